//! The flag through the running binary (rules R1 and R2): who decides, how soon, and what a rollback reaches.

mod overrides;
mod precedence;
mod speed;

use std::time::Duration;

use annex_tests::http::json::Client;
use annex_tests::http::{eventually, eventually_some};
use annex_tests::scene::Nodes;
use annex_tests::story::{self, Person};

/// Far above the bound of every change here.
const DEADLINE: Duration = Duration::from_secs(30);

const ENABLE_ONE: &str =
    "INSERT INTO feature_flags (key, enabled, tenant_id) VALUES ('multi_workspace_enabled', true, '$1')
    ON CONFLICT (key, tenant_id) DO UPDATE SET enabled = true";
const ENABLE_EVERYWHERE: &str =
    "UPDATE feature_flags SET enabled = true WHERE key = 'multi_workspace_enabled' AND tenant_id IS NULL";
const ROLL_BACK: &str = "UPDATE feature_flags SET enabled = false WHERE key = 'multi_workspace_enabled';
    DELETE FROM feature_flags WHERE key = 'multi_workspace_enabled' AND tenant_id IS NOT NULL";

/// Somebody whose own home nobody turned on, and workspaces that they joined: whether a request there is served in
/// the workspace shows its flag.
struct Watcher {
    person: Person,
    workspaces: Vec<String>,
}

impl Watcher {
    async fn new(all: &Nodes, count: usize) -> Self {
        let person = all.agency("watcher").await;
        let mut workspaces = Vec::new();
        for _ in 0..count {
            let tenant = all.agency("watched").await.tenant;
            story::add_member(&all.database, &tenant, &person.id, "manager").await;
            workspaces.push(tenant);
        }
        all.settle().await;
        Self { person, workspaces }
    }

    /// Which of the workspaces are on at node `index`, such as `[true, false]`.
    async fn on(&self, all: &Nodes, index: usize) -> Vec<bool> {
        let mut on = Vec::new();
        for workspace in &self.workspaces {
            on.push(is_on(&all.client(index, &self.person), workspace).await);
        }
        on
    }

    /// Waits until every node says `wanted`; tells how long that took.
    async fn becomes(&self, all: &Nodes, wanted: &[bool], what: &str) -> Duration {
        let agreed = || async {
            for index in 0..all.nodes.len() {
                if self.on(all, index).await != wanted {
                    return false;
                }
            }
            true
        };
        eventually(DEADLINE, &format!("{what}: {wanted:?}"), agreed).await
    }

    /// All nodes heard of everything in PostgreSQL and in Redis; then they must say `wanted`.
    async fn stays(&self, all: &Nodes, wanted: &[bool], what: &str) {
        self.hear_redis(all).await;
        all.settle().await;
        for index in 0..all.nodes.len() {
            assert_eq!(self.on(all, index).await, wanted, "{what}, node {index}");
        }
    }

    /// What stands in Redis is heard in order: once a new override of one more workspace is in force, all before is.
    async fn hear_redis(&self, all: &Nodes) {
        let marker = format!("marker-{}", uuid::Uuid::new_v4());
        story::add_member(&all.database, &marker, &self.person.id, "manager").await;
        set(all, &marker, "on").await;
        for index in 0..all.nodes.len() {
            let client = all.client(index, &self.person);
            eventually(DEADLINE, "Redis is heard", || async { is_on(&client, &marker).await }).await;
        }
    }
}

/// Whether `client`, a member of `workspace`, is served there. While a node has heard half of what changed it says neither.
async fn is_on(client: &Client, workspace: &str) -> bool {
    eventually_some(DEADLINE, "it is on or off", || async {
        let answer = client.workspace(workspace).get("/api/customers").await;
        match (answer.status, answer.code().as_str(), answer.header("x-annex-workspace-id")) {
            (200, _, Some(served)) if served == workspace => Ok(true),
            (200, _, None) | (403, "MULTI_WORKSPACE_DISABLED", None) => Ok(false),
            _ => Err((answer.status, answer.text)),
        }
    })
    .await
}

async fn set(all: &Nodes, scope: &str, value: &str) {
    let command = redis::cmd("HSET").arg("annex:flags:multi_workspace_enabled").arg(scope).arg(value).to_owned();
    command.exec_async(&mut all.redis.connect().await).await.expect("Redis takes it");
}

async fn take_out(all: &Nodes, scope: &str) {
    let command = redis::cmd("HDEL").arg("annex:flags:multi_workspace_enabled").arg(scope).to_owned();
    command.exec_async(&mut all.redis.connect().await).await.expect("Redis takes it out");
}

async fn flush(all: &Nodes) {
    redis::cmd("FLUSHALL").exec_async(&mut all.redis.connect().await).await.expect("Redis is flushed");
}
