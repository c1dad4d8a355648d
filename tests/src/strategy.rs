//! Which of the CRM's two profiles a run of the suites is about.
//!
//! Promise: without a word it is `nexus`, whose members stand in a workspace by claims. `ANNEX_TEST_STRATEGY=member_row`
//! runs the same tests with a users row for each member; what differs then asks here.

use std::path::PathBuf;

use crate::postgres::{Database, connect};
use crate::sidecar::{Options, annex};
use crate::tree;

/// How members stand in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// By the claims of the upstream token.
    Claims,
    /// By a users row of their own.
    MemberRow,
}

/// The domain of shadow users in all suites.
pub const MAIL_DOMAIN: &str = "shadow.invalid";

impl Strategy {
    /// The strategy of this run.
    #[expect(clippy::disallowed_methods, reason = "says which profile this run is about")]
    pub fn of_this_run() -> Self {
        match std::env::var("ANNEX_TEST_STRATEGY").as_deref() {
            Ok("member_row") => Strategy::MemberRow,
            Ok("claims" | "") | Err(_) => Strategy::Claims,
            Ok(other) => panic!("`{other}` is not a strategy"),
        }
    }

    /// The name of the shipped profile.
    pub fn profile(self) -> &'static str {
        match self {
            Strategy::Claims => "nexus",
            Strategy::MemberRow => "nexus_member_row",
        }
    }

    /// That profile, as it stands in the tree.
    pub fn profile_path(self) -> PathBuf {
        tree::root().join(format!("config/crm/{}.toml", self.profile()))
    }

    /// The golden file of that name, if the strategies differ in it.
    pub fn golden(self, name: &str) -> String {
        match self {
            Strategy::Claims => name.to_owned(),
            Strategy::MemberRow => format!("member_row/{name}"),
        }
    }

    /// `options` with what the strategy needs.
    #[must_use]
    pub fn configure(self, options: Options) -> Options {
        let options = options.with("ANNEX_CRM_PROFILE", self.profile());
        match self {
            Strategy::Claims => options,
            Strategy::MemberRow => options.with("ANNEX_MEMBER_ROW_MAIL_DOMAIN", MAIL_DOMAIN),
        }
    }

    /// Whom the CRM knows `user` as in `tenant`: the id that its rows name. Of whoever has no row there, their own.
    pub async fn id_in(self, database: &Database, tenant: &str, user: &str) -> String {
        match self {
            Strategy::Claims => user.to_owned(),
            Strategy::MemberRow => {
                find_shadow(database, tenant, user).await.map_or_else(|| user.to_owned(), |shadow| shadow.id)
            }
        }
    }

    /// Makes the rows of members that a test wrote by SQL.
    pub async fn sync(self, environment: &[(String, String)]) {
        if self == Strategy::MemberRow {
            let output = annex(&["members", "sync"], environment).await;
            assert!(output.status == 0, "`annex members sync` failed:\n{}{}", output.stdout, output.stderr);
        }
    }
}

/// A shadow user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// The id of its users row.
    pub id: String,
    /// Its address.
    pub email: String,
    /// Whether it stands.
    pub stands: bool,
}

/// The shadow user of `user` in `tenant`.
///
/// # Panics
/// If there is none.
pub async fn shadow_of(database: &Database, tenant: &str, user: &str) -> Shadow {
    let shadow = find_shadow(database, tenant, user).await;
    shadow.unwrap_or_else(|| panic!("{user} has no shadow user in {tenant}"))
}

/// The shadow user of `user` in `tenant`, if there ever was one.
pub async fn find_shadow(database: &Database, tenant: &str, user: &str) -> Option<Shadow> {
    let sql = "SELECT shadow_user_id, email, deactivated_at IS NULL FROM annex.shadow_users WHERE tenant_id = $1 AND user_id = $2";
    let row = database.connect().await.query_opt(sql, &[&tenant, &user]).await.expect("the shadow users");
    row.map(|row| Shadow { id: row.get(0), email: row.get(1), stands: row.get(2) })
}

/// Gives the runtime role what `PRODUCTION_ROLLOUT.md` gives it for this strategy beside the usual.
pub async fn grant_member_row(database: &Database) {
    let superuser = connect(&database.url).await;
    superuser.batch_execute(&member_row_grants()).await.expect("the documented grants of member_row");
}

/// Those statements, as they stand there.
pub(crate) fn member_row_grants() -> String {
    crate::template::documented("GRANT INSERT ON public.users TO annex;")
}
