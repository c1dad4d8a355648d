//! A tenant in shadow (rule R1): to callers it is off, and what enforce would have decided is counted, shown and, when an
//! operator has had a word on all of it, the way to on. That no byte changes: also `passthrough`.

mod bounds;
mod outage;
mod promote;
mod records;
mod routes;
mod unnoticed;

use std::sync::Arc;
use std::time::Duration;

use annex_tests::http::eventually_some;
use annex_tests::http::json::Client;
use annex_tests::postgres::Database;
use annex_tests::scene::Scene;
use annex_tests::shared::Shared;
use annex_tests::sidecar::annex;
use annex_tests::story::{self, Person};
use serde_json::Value;

/// Far above the second after which counts are written.
const WRITTEN: Duration = Duration::from_secs(30);

async fn scene() -> Arc<Scene> {
    static SHARED: Shared<Scene> = Shared::new();
    SHARED.get(async || Scene::start("shadow", |options| options).await).await
}

/// Puts a tenant (`None`: everybody) into shadow.
async fn put_into_shadow(database: &Database, tenant: Option<&str>) {
    let sql = "INSERT INTO annex.feature_flags (key, tenant_id, enabled, mode)
               VALUES ('multi_workspace_enabled', $1, false, 'shadow')
               ON CONFLICT (key, tenant_id) DO UPDATE SET enabled = EXCLUDED.enabled, mode = EXCLUDED.mode";
    database.connect().await.execute(sql, &[&tenant]).await.expect("shadow");
}

/// Sets a role, or a block, for a native of `tenant`.
async fn restrict(database: &Database, tenant: &str, user: &str, role: Option<&str>, status: &str) {
    let client = database.connect().await;
    client.execute("SELECT annex.ensure_workspace($1)", &[&tenant]).await.expect("a workspace");
    let sql = "INSERT INTO annex.workspace_users (tenant_id, user_id, kind, role_id, status)
               VALUES ($1, $2, 'native', (SELECT id FROM annex.workspace_roles WHERE tenant_id = $1 AND key = $3), $4)
               ON CONFLICT (tenant_id, user_id) DO UPDATE SET role_id = EXCLUDED.role_id, status = EXCLUDED.status";
    client.execute(sql, &[&tenant, &user, &role, &status]).await.expect("a native's row");
}

/// An owner whom the CRM makes an ordinary member of their own agency, so that the derived role is not Admin.
async fn member(scene: &Scene, name: &str) -> Person {
    let mut person = scene.agency(name).await;
    let sql = "UPDATE public.users SET user_type = 'team_member', is_admin = false WHERE id = $1";
    scene.database.connect().await.execute(sql, &[&person.id]).await.expect("a users row");
    person.access = story::sign(&story::claims(&person, "team_member", false), &scene.crm.jwt_secret);
    person
}

/// What `annex shadow report` says of a tenant; null if nothing was recorded.
async fn report(environment: &[(String, String)], tenant: &str) -> Value {
    let output = annex(&["shadow", "report", "--tenant", tenant, "--json"], environment).await;
    assert_eq!(output.status, 0, "{}{}", output.stdout, output.stderr);
    let told: Value = serde_json::from_str(&output.stdout).expect("JSON");
    told["tenants"][0].clone()
}

/// The report, once `decisions` are written down.
async fn recorded(environment: &[(String, String)], tenant: &str, decisions: u64) -> Value {
    eventually_some(WRITTEN, &format!("{decisions} decisions are written"), || async {
        let told = report(environment, tenant).await;
        if told["decisions"].as_u64().unwrap_or(0) >= decisions { Ok(told) } else { Err(told.to_string()) }
    })
    .await
}

/// The refusals of a report: `METHOD PATTERN as role (basis): reason permission ×count`.
fn refusals(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = report["refusals"].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let [method, pattern, role, basis, reason, permission] =
                ["method", "pattern", "role", "basis", "reason", "permission"].map(|key| text(&row[key]));
            format!("{method} {pattern} as {role} ({basis}): {reason} {permission} ×{}", row["count"])
        })
        .collect();
    lines.sort();
    lines
}

/// The id of the only customer of `person`.
async fn only_customer(client: &Client) -> String {
    client.get("/api/customers").await.expect(200).json()[0]["id"].as_str().expect("an id").to_owned()
}
