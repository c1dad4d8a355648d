//! The management API, from outside: who may ask what, what a change leaves behind, and how a refusal looks.

mod admin;
mod bodies;
mod callers;
mod create;
mod idempotency;
mod outage;
mod switch;

use annex_tests::crm::{self, Crm};
use annex_tests::http::json::Client;
use annex_tests::postgres::{Cluster, Database};
use annex_tests::redis;
use annex_tests::sidecar::{Annex, Options};
use annex_tests::story::{self, Person};
use serde_json::Value;

/// One CRM with Annex in front of it.
struct World {
    database: Database,
    crm: Crm,
    annex: Annex,
}

impl World {
    async fn start(label: &str) -> Self {
        Self::start_with(label, None, |options| options).await
    }

    async fn start_with(label: &str, redis: Option<&redis::Server>, change: impl FnOnce(Options) -> Options) -> Self {
        let database = Cluster::shared().migrated_seeded_database(label).await;
        Self::on(database, redis, change).await
    }

    async fn on(database: Database, redis: Option<&redis::Server>, change: impl FnOnce(Options) -> Options) -> Self {
        let crm = Crm::start(&database, crm::Options::default()).await;
        let annex = Annex::start(change(Options::new(&crm, &database, redis).patient())).await;
        World { database, crm, annex }
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
        story::register(&self.crm.url, name).await
    }

    /// A person whose users row says that they administer the platform, signed in as such.
    async fn platform_admin(&self) -> Person {
        let person = self.register("platform").await;
        let sql = "UPDATE users SET user_type = 'saas_admin' WHERE id = $1";
        self.database.connect().await.execute(sql, &[&person.id]).await.expect("the test owns the CRM's rows");
        story::log_in(&self.crm.url, &person.email, &person.password).await
    }

    /// One number.
    async fn count(&self, sql: &str) -> i64 {
        self.database
            .connect()
            .await
            .query_one(sql, &[])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
            .get(0)
    }

    /// The actions of a chain, in order, with the actor's kind.
    async fn audit(&self, chain: &str) -> Vec<(String, String)> {
        let sql = "SELECT action, actor_kind FROM annex.audit_events WHERE tenant_id = $1 ORDER BY seq";
        let rows = self.database.connect().await.query(sql, &[&chain]).await.expect("the audit events");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Turns the feature on for a person's home through the API, as the platform's administrator.
    async fn enable(&self, admin: &Person, tenant: &str) -> Value {
        let path = format!("/api/admin/tenants/{tenant}/enable-multi-workspace");
        self.of(admin).send(reqwest::Method::POST, &path, None).await.expect(200).json()
    }

    async fn disable(&self, admin: &Person, tenant: &str) -> Value {
        let path = format!("/api/admin/tenants/{tenant}/disable-multi-workspace");
        self.of(admin).send(reqwest::Method::POST, &path, None).await.expect(200).json()
    }
}
