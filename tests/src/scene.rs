//! The usual scene: the CRM with its database, a Redis, and Annex in front, ready.
//!
//! Promise: people come from the CRM; what Annex stores is written by SQL, and [`settle`] tells when every
//! node has heard of all that was written before it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::crm::{self, Crm};
use crate::http::eventually;
use crate::http::json::Client;
use crate::postgres::{Cluster, Database};
use crate::redis;
use crate::shared::Shared;
use crate::sidecar::{Annex, Options};
use crate::story::{self, FlagScope, Person};
use crate::strategy::Strategy;

/// Far above what the rules allow a change to take.
const HEARD: Duration = Duration::from_secs(60);

/// A CRM on a database of its own.
#[derive(Debug)]
pub struct Upstream {
    /// The program.
    pub crm: Crm,
    /// Its tables.
    pub database: Database,
}

/// The CRM that tests share which neither stop it nor switch it.
pub async fn shared_crm() -> Arc<Upstream> {
    static SHARED: Shared<Upstream> = Shared::new();
    SHARED
        .get(async || {
            let database = Cluster::shared().crm_database("upstream").await;
            let crm = Crm::start(&database, crm::Options::default()).await;
            Upstream { crm, database }
        })
        .await
}

/// All parts, on a database that the CRM and Annex share.
#[derive(Debug)]
pub struct Scene {
    /// The product.
    pub annex: Annex,
    /// Its Redis.
    pub redis: redis::Server,
    /// The CRM behind it.
    pub crm: Crm,
    /// The database of both.
    pub database: Database,
}

impl Scene {
    /// Starts all of it; `configure` may change how Annex is started.
    pub async fn start(label: &str, configure: impl FnOnce(Options) -> Options) -> Self {
        let database = Cluster::shared().migrated_database(label).await;
        let crm = Crm::start(&database, crm::Options::default()).await;
        let redis = redis::Server::start().await;
        let annex = Annex::start(configure(Options::new(&crm, &database, Some(&redis)).patient())).await;
        Self { annex, redis, crm, database }
    }

    /// A new owner of a new agency whose only customer is called as the tenant.
    pub async fn agency(&self, name: &str) -> Person {
        agency(&self.crm.url, name).await
    }

    /// `person` at Annex.
    pub fn client(&self, person: &Person) -> Client {
        Client::new(&self.annex.url).bearer(&person.access)
    }

    /// Sets the flag of one tenant.
    pub async fn flag(&self, tenant: &str, enabled: bool) {
        story::set_flag(&self.database, FlagScope::Tenant(tenant), enabled).await;
    }

    /// Until Annex has heard of all that was committed before.
    pub async fn settle(&self) -> Duration {
        Strategy::of_this_run().sync(&self.annex.environment).await;
        settle(&self.database, &self.annex.url, &self.crm.jwt_secret).await
    }
}

/// A new owner of a new agency whose only customer is called as the tenant, so that a list of customers tells where
/// it comes from.
pub async fn agency(crm_url: &str, name: &str) -> Person {
    let person = story::register(crm_url, name).await;
    let customer = json!({"name": person.tenant, "email": format!("{name}@customer.test")});
    Client::new(crm_url).bearer(&person.access).post("/api/customers", customer).await.expect(201);
    person
}

/// The rows of `person` out of the CRM's database into Annex's, where they are two.
pub async fn copies(person: &Person, from: &Database, into: &Database) {
    let (theirs, ours) = (from.connect().await, into.connect().await);
    for (table, column) in [("tenants", "tenant_id"), ("roles", "role_id"), ("users", "id")] {
        let row = format!(
            "SELECT to_jsonb(r)::text FROM public.{table} r WHERE id = (SELECT {column} FROM public.users WHERE id = $1)"
        );
        let row = theirs.query_one(&row, &[&person.id]).await.expect("a row");
        let copy = format!(
            "INSERT INTO public.{table} SELECT * FROM jsonb_populate_record(NULL::public.{table}, $1::text::jsonb)"
        );
        ours.execute(&copy, &[&row.get::<_, String>(0)]).await.expect("its copy");
    }
}

/// Where an answer to `GET /api/customers` comes from: the tenants whose customers it lists, or the refusal.
pub fn place(answer: &crate::http::json::Answer) -> String {
    if answer.status != 200 {
        return format!("{} {}", answer.status, answer.code()).trim_end().to_owned();
    }
    let rows = answer.json();
    let rows = rows.as_array().unwrap_or_else(|| panic!("no list of customers: {}", answer.text));
    let mut names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    names.sort_unstable();
    names.join(" ")
}

/// As [`settle_over`], for the node at `url` without TLS.
pub async fn settle(database: &Database, url: &str, secret: &str) -> Duration {
    settle_over(&Client::new(url), database, secret).await
}

/// Until the node that `client` asks has heard of all that was committed before, and how long that took.
///
/// Notifications come in the order of commits, and a node reads a batch of workspaces in the order of their ids. So
/// a workspace with the last of all ids, whose only person is shut out, tells: once they are, all before is known.
pub async fn settle_over(client: &Client, database: &Database, secret: &str) -> Duration {
    let tenant = format!("zzzz-{}", Uuid::new_v4());
    let row = "INSERT INTO annex.workspace_users (tenant_id, user_id, kind, status) VALUES ($1, 'last', 'native', 'suspended')";
    let operator = database.connect().await;
    operator.execute("SELECT annex.ensure_workspace($1)", &[&tenant]).await.expect("a workspace");
    story::set_flag(database, FlagScope::Tenant(&tenant), true).await;
    operator.execute(row, &[&tenant]).await.expect("a row");
    let now = story::now_s();
    let claims = json!({"userId": "last", "tenantId": tenant, "email": "last@example.test", "userType": "team_member",
        "isAdmin": false, "iat": now, "exp": now + 600});
    let last = client.bearer(&story::sign(&claims, secret));
    eventually(HEARD, "the node heard of everything", || async { last.get("/api/customers").await.status == 403 }).await
}

/// Nodes of Annex on one database and one Redis of their own, in front of the CRM that tests share.
#[derive(Debug)]
pub struct Nodes {
    /// The product, node by node.
    pub nodes: Vec<Annex>,
    /// The Redis of all nodes.
    pub redis: redis::Server,
    /// Annex's database; the CRM has another one.
    pub database: Database,
    /// The CRM.
    pub upstream: Arc<Upstream>,
}

impl Nodes {
    /// Starts `count` nodes; `configure` may change how each is started.
    pub async fn start(label: &str, count: usize, configure: impl Fn(Options) -> Options) -> Self {
        let upstream = shared_crm().await;
        let database = Cluster::shared().migrated_database(label).await;
        let redis = redis::Server::start().await;
        let mut all = Self { nodes: Vec::new(), redis, database, upstream };
        for _ in 0..count {
            let node = Annex::start(configure(all.options())).await;
            all.nodes.push(node);
        }
        all
    }

    /// How one more node is started.
    pub fn options(&self) -> Options {
        Options::new(&self.upstream.crm, &self.database, Some(&self.redis)).patient()
    }

    /// A new owner of a new agency whose only customer is called as the tenant; Annex finds their rows in its database, too.
    pub async fn agency(&self, name: &str) -> Person {
        let person = agency(&self.upstream.crm.url, name).await;
        copies(&person, &self.upstream.database, &self.database).await;
        person
    }

    /// `person` at node `index`.
    pub fn client(&self, index: usize, person: &Person) -> Client {
        Client::new(&self.nodes[index].url).bearer(&person.access)
    }

    /// Runs statements as an operator would: as the schema's owner, with the documented search path.
    pub async fn sql(&self, statements: &str) {
        let client = self.database.connect_as_owner().await;
        client.batch_execute("SET search_path = annex, public").await.expect("a search path");
        client.batch_execute(statements).await.unwrap_or_else(|error| panic!("`{statements}`: {error:?}"));
    }

    /// Until every node has heard of all that was committed before.
    pub async fn settle(&self) {
        Strategy::of_this_run().sync(&self.options().environment).await;
        for node in &self.nodes {
            settle(&self.database, &node.url, &self.upstream.crm.jwt_secret).await;
        }
    }
}
