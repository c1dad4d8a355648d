//! Every route of members and roles, in a workspace that is off, or deleted, or not the caller's; and by whom the CRM does
//! not make an Admin, whatever their token claims.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::json::Answer;
use annex_tests::plans::{Plan, Plans};
use annex_tests::story::{self, FlagScope, set_flag};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Place, said};

/// Every route, with a body that would do something.
fn routes(place: &Place, member: &str, role: &str) -> Vec<(Method, String, Option<Value>)> {
    vec![
        (Method::GET, place.path("/members"), None),
        (Method::GET, place.path(&format!("/members/{member}")), None),
        (Method::PATCH, place.path(&format!("/members/{member}")), Some(json!({"role": "manager"}))),
        (Method::DELETE, place.path(&format!("/members/{member}")), None),
        (Method::POST, place.path("/leave"), Some(json!({}))),
        (Method::GET, place.path("/roles"), None),
        (Method::POST, place.path("/roles"), Some(json!({"name": "New", "permissions": []}))),
        (Method::PATCH, place.path(&format!("/roles/{role}")), Some(json!({"name": "Other"}))),
        (Method::DELETE, place.path(&format!("/roles/{role}")), None),
    ]
}

#[tokio::test]
async fn off_and_deleted_are_told_to_members_alone_and_change_nothing() {
    let place = Place::start("memberstates").await;
    let (second, member) = (place.join("second", "admin").await, place.join("member", "viewer").await);
    let stranger = place.scene.agency("stranger").await;
    for on in [&second.tenant, &stranger.tenant] {
        place.scene.flag(on, true).await;
    }
    let made = place.of(&place.owner).post(&place.path("/roles"), json!({"name": "Own", "permissions": []})).await;
    let role = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    let rows = format!(
        "SELECT md5(string_agg(m::text, ',' ORDER BY m.id) || (SELECT string_agg(r::text, ',' ORDER BY r.id) FROM annex.workspace_roles r WHERE r.tenant_id = '{0}'))
         FROM annex.workspace_users m WHERE m.tenant_id = '{0}'",
        place.id
    );
    let before = place.text(&rows).await;
    let flag = async |on: bool| set_flag(&place.scene.database, FlagScope::Tenant(&place.owner.tenant), on).await;
    let delete = format!("UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{}'", place.id);
    for (state, expected) in [("off", "403 MULTI_WORKSPACE_DISABLED"), ("deleted", "410 WORKSPACE_DELETED")] {
        match state {
            "off" => flag(false).await,
            _ => {
                flag(true).await;
                place.sql(&delete).await;
            }
        }
        place.scene.settle().await;
        for (method, path, body) in routes(&place, &member.id, &role) {
            let shown = format!("{state}: {method} {path}");
            assert_eq!(said(&place.of(&second).send(method.clone(), &path, body.clone()).await), expected, "{shown}");
            let answer = place.of(&stranger).send(method, &path, body).await;
            assert_eq!(said(&answer), "403 WORKSPACE_ACCESS_DENIED", "{shown}, a stranger");
        }
    }
    assert_eq!(place.text(&rows).await, before);
}

/// Of a request, the statements about workspaces and people, in their order. Sweeps run beside, and the loader of what is
/// in force, which asks for all workspaces or for one by the same texts.
async fn statements(plans: &Plans, work: impl Future<Output = Answer>) -> (Vec<String>, String) {
    let (ran, answer) = plans.of(work).await;
    let ran = ran.iter().map(Plan::statement).filter(|statement| {
        let is_about = statement.contains("annex.workspace") || statement.contains("\"users\" u");
        let beside = ["orphaned_workspaces", "\"tenants\" t where", "$1::text is null"];
        is_about && !beside.iter().any(|words| statement.contains(words))
    });
    (ran.collect(), said(&answer))
}

#[tokio::test]
async fn a_foreign_workspace_and_none_cost_the_same_statements_in_the_same_order() {
    let place = Place::start("memberstatements").await;
    let stranger = place.scene.agency("stranger").await;
    place.scene.flag(&stranger.tenant, true).await;
    place.scene.settle().await;
    let plans = Plans::watch(&place.scene.database).await;
    let asking = place.of(&stranger);
    eventually(Duration::from_secs(20), "it is connected again", || async {
        asking.get("/api/workspaces").await.status == 200
    })
    .await;
    let absent = "00000000-0000-4000-8000-000000000000";
    let role = "00000000-0000-4000-8000-000000000001";
    for (method, path, body) in routes(&place, &place.owner.id, role) {
        let (foreign, told) = statements(&plans, asking.send(method.clone(), &path, body.clone())).await;
        let unknown = path.replace(&place.id, absent);
        let (none, told_none) = statements(&plans, asking.send(method.clone(), &unknown, body)).await;
        assert_eq!((told.as_str(), told_none), ("403 WORKSPACE_ACCESS_DENIED", told.clone()), "{method} {path}");
        assert!(!foreign.is_empty(), "{method} {path}: something was asked");
        assert_eq!(foreign, none, "{method} {path}");
    }
    // The control: for somebody who belongs there it is another sequence.
    let (denied, _) = statements(&plans, asking.get(&place.path("/members"))).await;
    let (allowed, told) = statements(&plans, place.of(&place.owner).get(&place.path("/members"))).await;
    assert_eq!(told, "200");
    assert_ne!(denied, allowed);
}

#[tokio::test]
async fn what_a_token_claims_makes_no_admin_at_home() {
    let place = Place::start("memberclaims").await;
    let home = format!("/api/workspaces/{}", place.owner.tenant);
    let (plain, other) = (
        place.native(&place.owner.tenant, "plain", false).await,
        place.native(&place.owner.tenant, "other", false).await,
    );
    let boast = story::sign(&story::claims(&plain, "agency_admin", true), &place.scene.crm.jwt_secret);
    let boasting = place.of(&plain).bearer(&boast);
    let member = format!("{home}/members/{}", other.id);
    for (method, path, body) in [
        (Method::PATCH, member.clone(), json!({"role": "viewer"})),
        (Method::DELETE, member.clone(), json!({})),
        (Method::POST, format!("{home}/roles"), json!({"name": "Mine", "permissions": ["deals:read"]})),
    ] {
        let answer = boasting.send(method.clone(), &path, Some(body)).await;
        assert_eq!(said(&answer), "403 WORKSPACE_PERMISSION_DENIED", "{method} {path}");
    }
    // Whom the CRM dismissed or demoted a moment ago: writes read the row itself, no remembered role.
    let admin = place.of(&place.owner);
    admin.get(&member).await.expect(200);
    place.sql(&format!("UPDATE users SET is_admin = false WHERE id = '{}'", place.owner.id)).await;
    assert_eq!(said(&admin.patch(&member, json!({"role": "viewer"})).await), "403 WORKSPACE_PERMISSION_DENIED");
    place.sql(&format!("UPDATE users SET is_admin = true, is_active = false WHERE id = '{}'", place.owner.id)).await;
    assert_eq!(said(&admin.patch(&member, json!({"role": "viewer"})).await), "403 WORKSPACE_ACCESS_DENIED");
    place.sql(&format!("UPDATE users SET is_active = true WHERE id = '{}'", place.owner.id)).await;
    admin.patch(&member, json!({"role": "viewer"})).await.expect(200);
}

#[tokio::test]
async fn a_row_of_somebody_who_moved_house_leads_nothing() {
    let place = Place::start("membermoved").await;
    let second = place.join("second", "admin").await;
    // The CRM moves the second Admin into the workspace itself: what they joined counts no more, and their users row
    // makes them no administrator there.
    let moved = format!("UPDATE users SET tenant_id = '{}', is_admin = false WHERE id = '{}'", place.id, second.id);
    place.sql(&moved).await;
    place.sql(&format!("UPDATE annex.workspaces SET owner_user_id = NULL WHERE tenant_id = '{}'", place.id)).await;
    assert_eq!(said(&place.of(&place.owner).post(&place.path("/leave"), json!({})).await), "409 LAST_ADMIN");
    place.sql(&format!("UPDATE users SET is_admin = true WHERE id = '{}'", second.id)).await;
    place.of(&place.owner).post(&place.path("/leave"), json!({})).await.expect(200);
}
