//! No allow outlives its reason: what is taken away in PostgreSQL is taken away on every node, whatever Redis says.

mod late;
mod memory;
mod redis_lies;
mod relay;
mod rows;

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use annex_tests::scene::{Nodes, place};
use annex_tests::story::{self, FlagScope, Person};

/// Far above the bound of every change here.
const DEADLINE: Duration = Duration::from_secs(30);
const DENIED: &str = "403 WORKSPACE_ACCESS_DENIED";

/// A manager of a workspace that is on, with the feature also without it: their own home is on.
struct Member {
    person: Person,
    workspace: String,
}

impl Member {
    async fn new(all: &Nodes) -> Self {
        let (person, workspace) = (all.agency("member").await, all.agency("workspace").await.tenant);
        for tenant in [&person.tenant, &workspace] {
            story::set_flag(&all.database, FlagScope::Tenant(tenant), true).await;
        }
        story::add_member(&all.database, &workspace, &person.id, "manager").await;
        all.settle().await;
        Self { person, workspace }
    }

    fn at(&self, all: &Nodes, index: usize) -> Client {
        all.client(index, &self.person).workspace(&self.workspace)
    }

    /// Where a request lands at every node.
    async fn places(&self, all: &Nodes) -> Vec<String> {
        let mut places = Vec::new();
        for index in 0..all.nodes.len() {
            places.push(place(&self.at(all, index).get("/api/customers").await));
        }
        places
    }

    /// Every node serves the workspace, twice, so that memory and Redis hold the allow.
    async fn warm(&self, all: &Nodes) {
        for _ in 0..2 {
            for place in self.places(all).await {
                assert_eq!(place, self.workspace);
            }
        }
    }

    /// Waits until every node answers `wanted`, and then once more so; tells how long that took.
    async fn becomes(&self, all: &Nodes, wanted: &str, what: &str) -> Duration {
        let agreed = || async { self.places(all).await.iter().all(|place| place == wanted) };
        let took = eventually(DEADLINE, &format!("{what}: {wanted}"), agreed).await;
        assert!(self.places(all).await.iter().all(|place| place == wanted), "{what}: it came back");
        took
    }

    async fn sql(&self, all: &Nodes, statement: &str) {
        let statement = statement.replace("$W", &self.workspace).replace("$U", &self.person.id);
        all.sql(&statement).await;
    }
}

const REMOVE: &str = "UPDATE workspace_users SET status = 'removed' WHERE tenant_id = '$W' AND user_id = '$U'";
