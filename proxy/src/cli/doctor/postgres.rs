//! Is PostgreSQL there, for both roles, and new enough?

use annex_config::{Config, Secret};
use annex_migrations::OLDEST_SERVER;
use tokio_postgres::Client;

use super::{
    clock::Skew,
    finding::{Finding, causes},
};
use crate::{cli::database, clock};

/// Who answered.
pub struct Servers {
    /// As `annex serve` connects.
    pub runtime: Client,
    /// As `annex migrate` connects; `None` if it cannot.
    pub owner: Option<Client>,
    pub runtime_role: String,
    pub owner_role: Option<String>,
}

impl Servers {
    /// Whoever sees most of the catalog.
    pub fn best(&self) -> &Client {
        self.owner.as_ref().unwrap_or(&self.runtime)
    }
}

/// Connects as both roles. Without the runtime role, or with a server that is too old, nothing more can be asked.
pub async fn reachable(config: &Config, skews: &mut Vec<Skew>) -> (Vec<Finding>, Option<Servers>) {
    let urls = &config.database;
    let mut findings = Vec::new();
    let runtime = match ask(&urls.url, "ANNEX_DATABASE_URL").await {
        Ok(answer) => answer,
        Err(error) => return (vec![unreachable("annex serve", "ANNEX_DATABASE_URL", &error)], None),
    };
    skews.push(Skew { of: "PostgreSQL", seconds: runtime.now_s - clock::unix_seconds() });
    if runtime.version < OLDEST_SERVER {
        return (vec![too_old(&runtime.version_name)], None);
    }
    let (version, role) = (runtime.version_name, runtime.role.clone());
    findings.push(Finding::ok("Does PostgreSQL answer `annex serve`?", format!("Yes: {version}, as {role}.")));
    let owner = match ask(&urls.migrate_url, "ANNEX_MIGRATE_DATABASE_URL").await {
        Ok(answer) => {
            findings.push(Finding::ok("Does PostgreSQL answer `annex migrate`?", format!("Yes, as {}.", answer.role)));
            Some((answer.client, answer.role))
        }
        Err(error) => {
            findings.push(unreachable("annex migrate", "ANNEX_MIGRATE_DATABASE_URL", &error));
            None
        }
    };
    let (owner, owner_role) = owner.unzip();
    let servers = Servers { runtime: runtime.client, owner, runtime_role: runtime.role, owner_role };
    (findings, Some(servers))
}

struct Answer {
    client: Client,
    version: i32,
    version_name: String,
    role: String,
    now_s: i64,
}

async fn ask(url: &Secret, name: &str) -> anyhow::Result<Answer> {
    let client = database::connect(url, name).await?;
    let row = client.query_one(ABOUT, &[]).await?;
    Ok(Answer {
        version: row.try_get(0)?,
        version_name: row.try_get(1)?,
        role: row.try_get(2)?,
        now_s: row.try_get(3)?,
        client,
    })
}

const ABOUT: &str = "
    select pg_catalog.current_setting('server_version_num')::integer,
           'PostgreSQL ' || pg_catalog.current_setting('server_version'),
           session_user::text,
           extract(epoch from pg_catalog.clock_timestamp())::bigint";

fn unreachable(whom: &str, name: &str, error: &anyhow::Error) -> Finding {
    let why = causes(error.as_ref());
    let remedy = if why.contains("refused") || why.contains("did not answer") {
        format!("start PostgreSQL, or mend host and port in {name}; the CRM works without it, workspaces do not")
    } else if why.contains("password") || why.contains("authentication") || why.contains("does not exist") {
        format!("mend user, password and database in {name}, or make them in PostgreSQL")
    } else {
        format!("mend {name}")
    };
    Finding::bad(format!("Does PostgreSQL answer `{whom}`?"), format!("No: {why}."), remedy)
}

fn too_old(found: &str) -> Finding {
    Finding::bad(
        "Is PostgreSQL new enough?",
        format!("No: it is {found}, and Annex needs 15 or newer. Annex changes nothing in it."),
        "upgrade this server to 15 or newer (pg_upgrade), then `annex migrate up`; the CRM itself goes on as before meanwhile",
    )
}
