//! Which workspace a request acts in (rule R3), and what holds at home (rule R4): each sentence with its attack.
//!
//! All tests share one scene; each brings its own people and tenants. A customer is called as its tenant, so a list of
//! customers tells where it comes from.

mod home;
mod named;
mod pinned;
mod tokens;
mod upstream;

use std::sync::Arc;

use annex_tests::http::json::Answer;
use annex_tests::http::raw::{self, Response};
use annex_tests::record::{PROBE, arrivals, probe};
use annex_tests::scene::Scene;
use annex_tests::shared::Shared;
use annex_tests::story::{self, Person};
use annex_tests::strategy::Strategy;

async fn scene() -> Arc<Scene> {
    static SHARED: Shared<Scene> = Shared::new();
    SHARED.get(async || Scene::start("context", |options| options).await).await
}

/// A person whose home is on, with the ids of two other workspaces that are on, of which they are a manager.
struct Traveller {
    person: Person,
    second: String,
    third: String,
}

impl Traveller {
    async fn new(scene: &Scene) -> Self {
        let person = scene.agency("ada").await;
        let (second, third) = (scene.agency("second").await.tenant, scene.agency("third").await.tenant);
        for tenant in [&person.tenant, &second, &third] {
            scene.flag(tenant, true).await;
        }
        for tenant in [&second, &third] {
            story::add_member(&scene.database, tenant, &person.id, "manager").await;
        }
        scene.settle().await;
        Self { person, second, third }
    }

    fn home(&self) -> &str {
        &self.person.tenant
    }

    /// Whom the CRM knows them as in `tenant`.
    async fn id_in(&self, scene: &Scene, tenant: &str) -> String {
        Strategy::of_this_run().id_in(&scene.database, tenant, &self.person.id).await
    }
}

/// Somebody without the feature: their home is off and they joined nothing.
async fn outsider(scene: &Scene) -> Person {
    scene.agency("eve").await
}

/// Exact bytes: a request of `token` (none if empty) with more header lines, and a probe.
fn request(line: &str, token: &str, more: &[&str], probe: &str) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nHost: crm.test\r\n{PROBE}: {probe}\r\n");
    if !token.is_empty() {
        text += &format!("Authorization: Bearer {token}\r\n");
    }
    for header in more {
        text += &format!("{header}\r\n");
    }
    (text + "\r\n").into_bytes()
}

/// Sends exact bytes; tells the answer and the probe.
async fn send(scene: &Scene, line: &str, token: &str, more: &[&str]) -> (Response, String) {
    let probe = probe();
    let response = raw::exchange(scene.annex.port, &request(line, token, more, &probe)).await;
    (response, probe)
}

/// As [`annex_tests::scene::place`], for an exact answer.
fn place(response: &Response) -> String {
    let headers = reqwest::header::HeaderMap::new();
    annex_tests::scene::place(&Answer { status: response.status, headers, text: response.text() })
}

/// The request with this probe never reached the CRM.
async fn assert_never_arrived(scene: &Scene, probe: &str, what: &str) {
    let found = arrivals(&scene.crm.url, probe).await;
    assert!(found.is_empty(), "{what}: it reached the CRM: {found:?}");
}

/// A person's claims with `activeWorkspaceId`, signed.
fn switched(scene: &Scene, person: &Person, workspace: &str) -> String {
    let mut claims = story::claims(person, "agency_admin", true);
    claims["activeWorkspaceId"] = workspace.into();
    story::sign(&claims, &scene.crm.jwt_secret)
}

/// Deletes a workspace of Annex, softly.
async fn delete_workspace(scene: &Scene, tenant: &str) {
    let client = scene.database.connect().await;
    client.execute("SELECT annex.ensure_workspace($1)", &[&tenant]).await.expect("a workspace");
    let sql = "UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = $1";
    assert_eq!(client.execute(sql, &[&tenant]).await.expect("deleted"), 1);
}

/// Sets a role, or a block, for a native of `tenant`.
async fn restrict(scene: &Scene, tenant: &str, user: &str, role: Option<&str>, status: &str) {
    let client = scene.database.connect().await;
    client.execute("SELECT annex.ensure_workspace($1)", &[&tenant]).await.expect("a workspace");
    let sql = "INSERT INTO annex.workspace_users (tenant_id, user_id, kind, role_id, status)
               VALUES ($1, $2, 'native', (SELECT id FROM annex.workspace_roles WHERE tenant_id = $1 AND key = $3), $4)
               ON CONFLICT (tenant_id, user_id) DO UPDATE SET role_id = EXCLUDED.role_id, status = EXCLUDED.status";
    client.execute(sql, &[&tenant, &user, &role, &status]).await.expect("a native's row");
}
