//! Invitations from outside: offered over the API, mailed to a real server, taken over the API (rule R6).

mod bulk;
mod closing;
mod documented;
mod inviter;
mod letters;
mod limits;
mod offers;
mod outage;
mod post;
mod races;
mod rendered;
mod routes;
mod same;
mod secrets;
mod story;
mod unlocked;

use annex_tests::crm::{self, Crm};
use annex_tests::http::eventually;
use annex_tests::http::json::{Answer, Client};
use annex_tests::postgres::{Cluster, Database};
use annex_tests::sidecar::{Annex, Options};
use annex_tests::smtp;
use annex_tests::story::{FlagScope, Person};
use annex_tests::{scene, story as people};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// What people know the CRM by, in these suites.
const PUBLIC_URL: &str = "https://crm.example.test";

/// A CRM, Annex in front of it, and a mail server. `owner` administers a home that is on.
struct World {
    annex: Annex,
    mail: smtp::Server,
    crm: Crm,
    database: Database,
    owner: Person,
}

impl World {
    async fn start(label: &str) -> Self {
        Self::start_with(label, |options| options).await
    }

    async fn start_with(label: &str, change: impl FnOnce(Options) -> Options) -> Self {
        let mail = smtp::Server::start().await;
        let url = mail.url();
        Self::around(Cluster::shared().migrated_database(label).await, mail, |options| {
            change(options.with("ANNEX_MAIL_SMTP_URL", url))
        })
        .await
    }

    async fn around(database: Database, mail: smtp::Server, change: impl FnOnce(Options) -> Options) -> Self {
        let crm = Crm::start(&database, crm::Options::default()).await;
        let options = Options::new(&crm, &database, None)
            .patient()
            .with("ANNEX_MAIL_FROM", "Our CRM <crm@example.test>")
            .with("ANNEX_PUBLIC_URL", PUBLIC_URL);
        let annex = Annex::start(change(options)).await;
        let owner = people::register(&crm.url, "owner").await;
        let world = World { annex, mail, crm, database, owner };
        world.flag(&world.owner.tenant, true).await;
        world
    }

    async fn flag(&self, tenant: &str, enabled: bool) {
        people::set_flag(&self.database, FlagScope::Tenant(tenant), enabled).await;
        self.settle().await;
    }

    async fn settle(&self) {
        scene::settle(&self.database, &self.annex.url, &self.crm.jwt_secret).await;
    }

    /// Until nothing is on for the owner.
    async fn settle_off(&self) {
        eventually(Duration::from_secs(60), "the flag is off", || async {
            let features = self.of(&self.owner).get("/api/features").await.expect(200).json();
            features["multi_workspace_enabled"] == false
        })
        .await;
    }

    /// A stranger at Annex.
    fn client(&self) -> Client {
        Client::new(&self.annex.url)
    }

    /// `person` at Annex.
    fn of(&self, person: &Person) -> Client {
        self.client().bearer(&person.access)
    }

    async fn register(&self, name: &str) -> Person {
        people::register(&self.crm.url, name).await
    }

    /// Registers with a certain address, as somebody does who was invited to it.
    async fn register_as(&self, email: &str) -> Person {
        let password = "password-of-whoever-was-invited";
        let body = json!({"email": email, "password": password, "firstName": "New", "lastName": "Comer",
            "companyName": "Newcomer"});
        Client::new(&self.crm.url).post("/api/auth/register", body).await.expect(200);
        people::log_in(&self.crm.url, email, password).await
    }

    /// The invitations of the owner's workspace.
    fn path(&self) -> String {
        format!("/api/workspaces/{}/invitations", self.owner.tenant)
    }

    /// The owner invites.
    async fn invite(&self, email: &str, role: &str) -> Value {
        self.of(&self.owner).post(&self.path(), json!({"email": email, "role": role})).await.expect(201).json()
    }

    /// The owner does something with one invitation.
    async fn on(&self, invitation: &Value, verb: &str) -> Answer {
        let path = format!("{}/{}/{verb}", self.path(), text(&invitation["id"]));
        self.of(&self.owner).send(reqwest::Method::POST, &path, None).await
    }

    async fn revoke(&self, invitation: &Value) -> Answer {
        self.of(&self.owner).delete(&format!("{}/{}", self.path(), text(&invitation["id"]))).await
    }

    /// The secret of the mail that was sent last to an address.
    async fn mailed(&self, address: &str, count: usize) -> String {
        self.mail.mails_to(address, count).await.last().expect("a mail").letter().token()
    }

    /// Presents a secret.
    async fn present(&self, person: &Person, token: &str, verb: &str) -> Answer {
        self.of(person).send(reqwest::Method::POST, &format!("/api/invitations/{token}/{verb}"), None).await
    }

    async fn preview(&self, token: &str) -> Answer {
        self.client().post("/api/invitations/preview", json!({"token": token})).await
    }

    /// One number.
    async fn count(&self, sql: &str) -> i64 {
        let row = self.database.connect().await.query_one(sql, &[]).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
    }

    /// Statements of the superuser.
    async fn sql(&self, statements: &str) {
        let done = self.database.connect().await.batch_execute(statements).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// The status of an invitation in the table.
    async fn status(&self, invitation: &Value) -> String {
        let id: Uuid = text(&invitation["id"]).parse().expect("an id");
        let sql = "SELECT status FROM annex.workspace_invitations WHERE id = $1";
        self.database.connect().await.query_one(sql, &[&id]).await.expect("the invitation").get(0)
    }

    /// The role of a member of the owner's workspace; empty for nobody.
    async fn role(&self, person: &Person) -> String {
        let sql = "SELECT r.key FROM annex.workspace_users m JOIN annex.workspace_roles r ON r.id = m.role_id
                   WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.status = 'active'";
        let client = self.database.connect().await;
        let row = client.query_opt(sql, &[&self.owner.tenant, &person.id]).await.expect("the membership");
        row.map_or(String::new(), |row| row.get(0))
    }

    /// The actions in the owner's workspace, with the actor's kind.
    async fn audit(&self) -> Vec<(String, String)> {
        let sql = "SELECT action, actor_kind FROM annex.audit_events WHERE tenant_id = $1 ORDER BY seq";
        let rows = self.database.connect().await.query(sql, &[&self.owner.tenant]).await.expect("the audit events");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

/// A text, or the test fails.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The secret of a link.
fn link_token(issued: &Value) -> String {
    let link = text(&issued["inviteLink"]);
    link.strip_prefix("/_annex/invite#").unwrap_or_else(|| panic!("{link}")).to_owned()
}
