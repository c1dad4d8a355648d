//! The isolation canary: what another tenant's row in a workspace's answer does in each mode, and what is left alone.
//!
//! The leak is a real one: a copy of the profile without the check of a task's parent, so that the CRM lists the
//! comments of any tenant's task with the whole users row of who wrote them.

mod answers;
mod large;
mod leak;

use std::sync::Arc;
use std::time::Duration;

use annex_tests::folder::Folder;
use annex_tests::http::json::{Answer, Client};
use annex_tests::http::{eventually, eventually_some};
use annex_tests::ports::free_port;
use annex_tests::scene;
use annex_tests::shared::Shared;
use annex_tests::sidecar::Annex;
use annex_tests::story::{self, FlagScope, Person};

use crate::matrix::rows::{self, Plot};
use crate::matrix::{self, Site};

const DEADLINE: Duration = Duration::from_secs(60);

/// The task of another tenant, which holds a comment of its own person.
const THEIRS: &str = "theirs";
/// A task of the workspace with a comment by somebody who joined from elsewhere.
const OURS: &str = "ours";
/// What every one of their rows says.
const SECRET: &str = "secret theirs";

/// A workspace, a member of it from elsewhere, and another tenant.
struct Yard {
    site: Site,
    admin: Person,
    victim: Person,
}

async fn yard() -> Arc<Yard> {
    static SHARED: Shared<Yard> = Shared::new();
    SHARED.get(async || Yard::new("canary").await).await
}

impl Yard {
    async fn new(label: &str) -> Self {
        let site = Site::start(label).await;
        let (admin, victim) = (site.agency("admin").await, site.agency("victim").await);
        story::add_member(&site.database, &site.workspace, &admin.id, "admin").await;
        // Another workspace that every node knows; nobody of it is a member elsewhere.
        story::set_flag(&site.database, FlagScope::Tenant(&victim.tenant), true).await;
        let ensure = "SELECT annex.ensure_workspace($1)";
        site.database.connect().await.execute(ensure, &[&victim.tenant]).await.expect("a workspace");
        for (key, tenant, author) in [(THEIRS, &victim.tenant, &victim.id), (OURS, &site.workspace, &admin.id)] {
            let rows = [("task_comments", (key.to_owned(), author.clone()))];
            rows::make(&site.database, Plot { tenant, author }, rows).await;
        }
        site.settle().await;
        Self { site, admin, victim }
    }

    /// A node with the profile as `edit` leaves it, and more of the environment.
    async fn node(&self, environment: &[(&str, &str)], edit: impl FnOnce(String) -> String) -> Annex {
        let folder = Folder::new("profile");
        let shipped = std::fs::read_to_string(matrix::profile()).expect("the profile stands in the tree");
        let path = matrix::profile_in(&folder, &edit(shipped));
        let mut options = self.site.options.clone().with("ANNEX_CRM_PROFILE", path);
        for name in ["ANNEX_LISTEN", "ANNEX_ADMIN_LISTEN"] {
            options = options.with(name, format!("127.0.0.1:{}", free_port()));
        }
        for (name, value) in environment {
            options = options.with(name, *value);
        }
        let annex = Annex::start(options).await;
        scene::settle(&self.site.database, &annex.url, &self.site.crm.jwt_secret).await;
        annex
    }

    /// A node that reads every answer, with the leak.
    async fn leaking(&self, mode: &str) -> Annex {
        self.node(&[("ANNEX_CANARY_MODE", mode), ("ANNEX_CANARY_SAMPLE_PERCENT", "100")], leaky).await
    }

    /// The member from elsewhere, in the workspace, at `annex`.
    fn there(&self, annex: &Annex) -> Client {
        Client::new(&annex.url).bearer(&self.admin.access).workspace(&self.site.workspace)
    }

    /// The same at the CRM itself: what a proxy that only rewrites the token would get.
    fn direct(&self) -> Client {
        let mut claims = story::claims(&self.admin, "agency_admin", true);
        claims["tenantId"] = self.site.workspace.clone().into();
        Client::new(&self.site.crm.url).bearer(&story::sign(&claims, &self.site.crm.jwt_secret))
    }
}

fn comments(task: &str) -> String {
    format!("/api/tasks/{task}/comments")
}

/// The profile without the check of a task's parent where comments are listed, and without redaction, which changes bytes.
fn leaky(profile: String) -> String {
    let guarded = "\"GET /api/tasks/:id/comments\", class = \"tasks:read\", parent = { id = \"tasks\" }, redact = true";
    let bare = "\"GET /api/tasks/:id/comments\", class = \"tasks:read\"";
    assert!(profile.contains(guarded), "the route is guarded in the profile");
    profile.replace(guarded, bare)
}

/// As [`leaky`], with the CRM's test routes as routes of the workspace.
fn with_test_routes(profile: String) -> String {
    let routes = ["GET /__test/echo", "GET /__test/download", "GET /__test/sse", "GET /__test/die"];
    let lines = routes
        .iter()
        .zip(9001..)
        .map(|(at, line)| format!("  {{ line = {line}, at = \"{at}\", class = \"reports:read\" }},\n"));
    leaky(profile).replacen("routes = [\n", &format!("routes = [\n{}", lines.collect::<String>()), 1)
}

/// How many answers a node counted, by outcome, reason and module; without those at 0.
async fn counted(annex: &Annex) -> Vec<String> {
    let metrics = Client::new(&annex.admin_url).get("/metrics").await.expect(200).text;
    let lines = metrics.lines().filter_map(|line| line.strip_prefix("annex_canary_answers_total"));
    let lines = lines.filter(|line| !line.ends_with(" 0"));
    lines
        .map(|line| line.replace("module=", "").replace("outcome=", "").replace("reason=", "").replace('"', ""))
        .collect()
}

/// Until a node has counted just these answers; it counts them when their last byte is gone.
async fn assert_counted(annex: &Annex, wanted: &[&str]) {
    eventually_some(DEADLINE, "the answers are counted", || async {
        let found = counted(annex).await;
        if found == wanted { Ok(()) } else { Err(found) }
    })
    .await;
}

/// Until a node has recorded the exchange of this answer, the last thing that it does of it: what it counted is counted.
async fn recorded(annex: &Annex, answer: &Answer) {
    let id = answer.header("x-annex-request-id").expect("an id");
    let is_recorded =
        || async { annex.log().lines().any(|line| line.contains("\"message\":\"exchange\"") && line.contains(id)) };
    eventually(DEADLINE, "the exchange is recorded", is_recorded).await;
}

/// The code of a refusal and its request id.
fn refusal(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.code(), answer.json()["requestId"].as_str().unwrap_or_default().to_owned())
}
