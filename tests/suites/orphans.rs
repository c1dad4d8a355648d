//! What the CRM takes away behind us is found, shown to the platform alone, and mended by it alone (rule R5).

use std::time::Duration;

use annex_tests::document::{self, lines};
use annex_tests::folder::Folder;
use annex_tests::http::{eventually, raw};
use annex_tests::story::{self, FlagScope, Person, set_flag};
use serde_json::{Value, json};

use super::members::{Place, said};

/// The published bound.
const FOUND: Duration = Duration::from_secs(60);

/// One that is looked at twice a second.
async fn place(label: &str) -> Place {
    Place::start_with(label, |options| options.with("ANNEX_AUDIT_ORPHANS_MS", "500")).await
}

async fn platform(place: &Place) -> Person {
    let person = story::register(&place.scene.crm.url, "platform").await;
    place.sql(&format!("UPDATE users SET user_type = 'saas_admin' WHERE id = '{}'", person.id)).await;
    story::log_in(&place.scene.crm.url, &person.email, &person.password).await
}

/// The ids that a list of the platform names.
async fn listed(place: &Place, admin: &Person, query: &str) -> Vec<String> {
    let list = place.of(admin).get(&format!("/api/admin/workspaces?{query}")).await.expect(200).json();
    list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// The gauge of the orphans.
async fn gauge(place: &Place) -> String {
    let port = place.scene.annex.admin_url.rsplit(':').next().unwrap().parse().unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let text = raw::exchange(port, request.as_bytes()).await.text();
    let line = text.lines().find(|line| line.starts_with("annex_orphaned_workspaces "));
    line.unwrap_or_else(|| panic!("no gauge in {text}")).to_owned()
}

#[tokio::test]
async fn a_workspace_whose_last_admin_the_crm_dismissed_is_found_and_rescued() {
    let place = place("orphans").await;
    let admin = platform(&place).await;
    let (member, other) = (place.join("member", "member").await, place.join("other", "viewer").await);
    let gone = place.join("gone", "viewer").await;
    let assign = format!("/api/admin/workspaces/{}/assign-admin", place.id);
    let body = |person: &Person| json!({"userId": person.id});
    place.of(&place.owner).delete(&place.member(&gone)).await.expect(200);

    assert_eq!(said(&place.of(&admin).post(&assign, body(&member)).await), "409 CONFLICT", "it has an Admin");
    assert_eq!(listed(&place, &admin, "orphaned=true").await, Vec::<String>::new());
    assert!(listed(&place, &admin, "orphaned=false").await.contains(&place.id));

    // The CRM dismisses the owner; nobody tells Annex.
    place.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", place.owner.id)).await;
    eventually(FOUND, "the orphan was found", || async {
        listed(&place, &admin, "orphaned=true").await.contains(&place.id)
    })
    .await;
    eventually(FOUND, "the gauge says so", || async { gauge(&place).await == "annex_orphaned_workspaces 1" }).await;
    assert!(place.scene.annex.log().contains("a workspace has no Admin left who can sign in"));
    assert!(!listed(&place, &admin, "orphaned=false").await.contains(&place.id));
    let list = place.of(&admin).get("/api/admin/workspaces?orphaned=true").await.expect(200).json();
    let shown = list["data"].as_array().unwrap().iter().find(|one| one["id"] == json!(place.id)).unwrap().clone();
    assert_eq!(
        (&shown["name"], &shown["state"], &shown["ownerUserId"], &shown["memberCount"], &shown["sponsorWorkspaceId"]),
        (&json!("The place"), &json!("on"), &json!(place.owner.id), &json!(3), &json!(place.owner.tenant))
    );
    assert!(shown["orphanedSince"].is_string());

    // Only somebody who belongs there, can sign in, and only while it is on.
    let stranger = place.scene.agency("stranger").await;
    for (person, why) in [
        (&stranger, "from elsewhere"),
        (&gone, "was removed"),
        (&place.owner, "cannot sign in"),
        (&admin, "the platform itself"),
    ] {
        let answer = place.of(&admin).post(&assign, body(person)).await.expect(400).json();
        assert_eq!(answer["errors"][0]["code"], "not_a_member", "{why}");
    }
    let unknown = "/api/admin/workspaces/nowhere/assign-admin";
    assert_eq!(said(&place.of(&admin).post(unknown, body(&member)).await), "404 NOT_FOUND");
    assert_eq!(place.text("SELECT count(*)::text FROM annex.workspaces WHERE tenant_id = 'nowhere'").await, "0");
    assert_eq!(said(&place.of(&admin).post(&assign, json!({"userId": 5})).await), "400 VALIDATION_FAILED");
    assert_eq!(said(&place.of(&other).post(&assign, body(&other)).await), "403 SAAS_ADMIN_REQUIRED");
    assert_eq!(said(&place.of(&other).get("/api/admin/workspaces").await), "403 SAAS_ADMIN_REQUIRED");
    set_flag(&place.scene.database, FlagScope::Tenant(&place.owner.tenant), false).await;
    place.scene.settle().await;
    assert_eq!(said(&place.of(&admin).post(&assign, body(&member)).await), "403 MULTI_WORKSPACE_DISABLED");
    set_flag(&place.scene.database, FlagScope::Tenant(&place.owner.tenant), true).await;
    place.scene.settle().await;

    let once = place.of(&admin).header("idempotency-key", "k");
    let answer = once.post(&assign, body(&member)).await.expect(200).json();
    assert_eq!(once.post(&assign, body(&member)).await.expect(200).json(), answer);
    assert_eq!(said(&place.of(&admin).post(&assign, body(&other)).await), "409 CONFLICT");
    assert!(listed(&place, &admin, "orphaned=true").await.is_empty(), "at once");
    place.of(&member).patch(&place.member(&other), json!({"role": "manager"})).await.expect(200);
    let told = place.text("SELECT actor_kind || ' ' || (details->>'from') || '>' || (details->>'role') FROM annex.audit_events WHERE action = 'workspace.admin_assigned'").await;
    assert_eq!(told, "saas_admin member>admin");
    eventually(FOUND, "the gauge says so", || async { gauge(&place).await == "annex_orphaned_workspaces 0" }).await;
}

#[tokio::test]
async fn an_admin_whom_the_crm_deletes_or_demotes_is_found_and_one_who_returns_too() {
    let place = place("orphannatives").await;
    let admin = platform(&place).await;
    let native = place.native(&place.id, "carla", true).await;
    place.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", place.owner.id)).await;
    let home = place.owner.tenant.clone();
    let orphans = async || listed(&place, &admin, "orphaned=true").await;
    // A home of which Annex has a row is watched as well.
    place.sql(&format!("SELECT annex.ensure_workspace('{home}')")).await;
    eventually(FOUND, "the home has nobody", || async { orphans().await.contains(&home) }).await;
    assert!(!orphans().await.contains(&place.id), "the CRM's own admin is one");
    place.sql(&format!("UPDATE users SET is_admin = false WHERE id = '{}'", native.id)).await;
    eventually(FOUND, "the CRM's admin is none any more", || async { orphans().await.contains(&place.id) }).await;
    place.sql(&format!("UPDATE users SET is_admin = true WHERE id = '{}'", native.id)).await;
    eventually(FOUND, "she is one again", || async { !orphans().await.contains(&place.id) }).await;
    place.sql(&format!("DELETE FROM users WHERE id = '{}'", native.id)).await;
    eventually(FOUND, "she is gone", || async { orphans().await.contains(&place.id) }).await;
    // Deleted, a workspace needs no Admin.
    place.sql(&format!("UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{}'", place.id)).await;
    eventually(FOUND, "it is deleted", || async { !orphans().await.contains(&place.id) }).await;
}

#[tokio::test]
async fn all_workspaces_are_listed_page_by_page() {
    let place = place("orphanpages").await;
    let admin = platform(&place).await;
    let made = "SELECT annex.ensure_workspace('page-' || lpad(n::text, 2, '0')) FROM generate_series(1, 12) n";
    place.sql(made).await;
    let whole = listed(&place, &admin, "limit=100").await;
    assert!(whole.len() >= 13 && whole.is_sorted(), "{whole:?}");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let list = place.of(&admin).get(&format!("/api/admin/workspaces?limit=5{cursor}")).await.expect(200).json();
        seen.extend(list["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let lost = list["data"].as_array().unwrap().iter().find(|one| one["id"] == "page-01").cloned();
        assert!(lost.is_none_or(|one| one["name"] == Value::Null), "its tenant is not in the CRM");
        match list["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, whole);
    for bad in ["orphaned=maybe", "limit=0", "cursor=x"] {
        place.of(&admin).get(&format!("/api/admin/workspaces?{bad}")).await.expect(400);
    }
}

#[tokio::test]
async fn every_line_of_the_document_about_them_does_what_it_says() {
    let place = place("orphandocs").await;
    let (admin, member) = (platform(&place).await, place.join("member", "member").await);
    place.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", place.owner.id)).await;
    eventually(FOUND, "the orphan was found", || async {
        listed(&place, &admin, "orphaned=true").await.contains(&place.id)
    })
    .await;
    let variables = [("A", &*place.scene.annex.url), ("P", &admin.access), ("W", &place.id), ("U", &member.id)];
    let folder = Folder::new("orphans");
    let said = document::typed(&lines("Workspaces without an Admin", 2), folder.path(), &variables).await;
    assert!(said.contains(&format!("\"id\":\"{}\"", place.id)) && said.contains("\"orphanedSince\":\"2"), "{said}");
    assert_eq!(place.admins().await, 1, "{said}");
}
