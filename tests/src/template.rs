//! The databases that others are cloned from: the CRM's tables, without rows and with its demo rows, each without schema
//! `annex` and with it.
//!
//! Promise: each is made once per cluster, by the CRM's own program, when a test first asks for it.
//! The grants to Annex's roles are those that `PRODUCTION_ROLLOUT.md` tells an operator to give.

use tokio::sync::OnceCell;

use crate::crm;
use crate::postgres::{Cluster, connect};
use crate::sidecar::{Options, SECRET, Wait, migrate};
use crate::strategy::{Strategy, member_row_grants};
use crate::tree;

/// The statements of `PRODUCTION_ROLLOUT.md` that give the runtime role its rights on the CRM's tables, as they stand there:
/// no suite runs with more than an operator gives.
fn grants() -> String {
    let usual = documented("GRANT USAGE ON SCHEMA public TO annex;");
    match Strategy::of_this_run() {
        Strategy::Claims => usual,
        Strategy::MemberRow => usual + &member_row_grants(),
    }
}

/// The block of statements that begins with `first`.
pub(crate) fn documented(first: &str) -> String {
    let document = std::fs::read_to_string(tree::root().join("PRODUCTION_ROLLOUT.md")).expect("PRODUCTION_ROLLOUT.md");
    let start = document.find(first).expect("the grants of the runtime role");
    let (statements, _) = document[start..].split_once("```").expect("the end of the grants");
    statements.replace(" TO annex;", " TO annex_app;")
}

#[derive(Debug, Default)]
pub(crate) struct Templates {
    schema: OnceCell<&'static str>,
    seeded: OnceCell<&'static str>,
    migrated: OnceCell<&'static str>,
    migrated_seeded: OnceCell<&'static str>,
}

impl Templates {
    /// The name of the template without rows.
    pub(crate) async fn schema(&self, cluster: &Cluster) -> &'static str {
        self.schema.get_or_init(|| make_schema(cluster)).await
    }

    /// The name of the template with demo rows.
    pub(crate) async fn seeded(&self, cluster: &Cluster) -> &'static str {
        self.seeded.get_or_init(|| make_seeded(self, cluster)).await
    }

    /// The name of the template without rows of the CRM's, and with schema `annex`.
    pub(crate) async fn migrated(&self, cluster: &Cluster) -> &'static str {
        let make = async || make_migrated(cluster, "template_migrated", self.schema(cluster).await).await;
        self.migrated.get_or_init(make).await
    }

    /// The name of the template with demo rows and schema `annex`.
    pub(crate) async fn migrated_seeded(&self, cluster: &Cluster) -> &'static str {
        let make = async || make_migrated(cluster, "template_migrated_seeded", self.seeded(cluster).await).await;
        self.migrated_seeded.get_or_init(make).await
    }
}

async fn make_schema(cluster: &Cluster) -> &'static str {
    let name = "template_schema";
    cluster.janitor.run(format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    let superuser = connect(&cluster.url("postgres", name)).await;
    superuser.batch_execute("ALTER SCHEMA public OWNER TO crm").await.expect("the superuser owns the schema");
    let tables = crm::schema_sql().await;
    let owner = connect(&cluster.url("crm", name)).await;
    owner.batch_execute(&tables).await.unwrap_or_else(|error| panic!("the CRM's tables: {error:?}"));
    superuser.batch_execute(&grants()).await.unwrap_or_else(|error| panic!("the documented grants: {error:?}"));
    drop((superuser, owner));
    close(cluster, name).await;
    name
}

async fn make_seeded(templates: &Templates, cluster: &Cluster) -> &'static str {
    let name = "template_seeded";
    let schema = templates.schema(cluster).await;
    cluster.janitor.run(format!("CREATE DATABASE {name} TEMPLATE {schema}")).await;
    crm::seed(&cluster.url("crm", name)).await;
    close(cluster, name).await;
    name
}

/// By the product's own command, as an operator's.
async fn make_migrated(cluster: &Cluster, name: &'static str, template: &str) -> &'static str {
    cluster.janitor.run(format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    cluster.janitor.run(format!("GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {name} TO annex_owner")).await;
    let environment = [
        ("ANNEX_UPSTREAM", "http://127.0.0.1:1".to_owned()),
        ("ANNEX_CRM_JWT_SECRET", "of-nobody-for-nobody-is-let-in-here".to_owned()),
        ("ANNEX_SECRET", SECRET.to_owned()),
        ("ANNEX_DATABASE_URL", cluster.url("annex_app", name)),
        ("ANNEX_MIGRATE_DATABASE_URL", cluster.url("annex_owner", name)),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
    migrate(&Options { environment, wait: Wait::Nothing }).await;
    close(cluster, name).await;
    name
}

/// A database can be cloned only while nobody is connected to it.
async fn close(cluster: &Cluster, name: &str) {
    cluster.janitor.run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
    cluster.janitor.run(format!("{end} = '{name}'")).await;
    cluster.janitor.run(format!("ALTER DATABASE {name} IS_TEMPLATE true")).await;
}
