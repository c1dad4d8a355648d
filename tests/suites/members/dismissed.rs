//! Whom the CRM lets in no more is a member of nothing, whatever our rows say.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::json;

use super::{Place, said};

/// Above the published bound for what the CRM changes behind us.
const DEADLINE: Duration = Duration::from_secs(90);
const STRANGER: &str = "403 WORKSPACE_ACCESS_DENIED";

async fn at_work(place: &Place, person: &Person) -> String {
    said(&place.of(person).workspace(&place.id).get("/api/customers").await)
}

#[tokio::test]
async fn whom_the_crm_dismissed_keeps_nothing_and_comes_back_with_the_role_that_they_had() {
    let place = Place::start("dismissed").await;
    let pawn = place.join("pawn", "viewer").await;
    let mut people = Vec::new();
    for (name, change, back) in [
        (
            "inactive",
            "UPDATE users SET is_active = false WHERE id = '$U'",
            "UPDATE users SET is_active = true WHERE id = '$U'",
        ),
        (
            "client",
            "UPDATE users SET user_type = 'customer' WHERE id = '$U'",
            "UPDATE users SET user_type = 'agency_admin' WHERE id = '$U'",
        ),
        (
            "gone",
            "UPDATE customers SET owner_id = (SELECT id FROM users WHERE id <> '$U' LIMIT 1) WHERE owner_id = '$U'; DELETE FROM users WHERE id = '$U'",
            "",
        ),
    ] {
        let person = place.join(name, "admin").await;
        // The management API reads nothing for the other half: what it learned would be what the data plane knows.
        let silent = place.join(&format!("silent{name}"), "admin").await;
        for person in [&person, &silent] {
            assert_eq!(at_work(&place, person).await, "200", "{name}");
        }
        people.push((name, change, back, person, silent));
    }
    for (_, change, _, person, silent) in &people {
        for person in [person, silent] {
            place.sql(&change.replace("$U", &person.id)).await;
        }
    }
    let transfer = place.path("/ownership-transfer");
    for (name, _, _, person, _) in &people {
        let theirs = place.of(person);
        for (method, path, body) in [
            (Method::GET, place.path(""), None),
            (Method::GET, place.path("/members"), None),
            (Method::GET, place.path("/roles"), None),
            (Method::GET, place.path("/activity"), None),
            (Method::PATCH, place.member(&pawn), Some(json!({"role": "admin"}))),
            (Method::POST, place.path("/invitations"), Some(json!({"email": "x@example.test", "role": "admin"}))),
            (Method::POST, transfer.clone(), Some(json!({"userId": person.id}))),
            (Method::POST, place.path("/switch"), Some(json!({}))),
            (Method::POST, place.path("/leave"), None),
            (Method::DELETE, place.path(""), Some(json!({"confirmName": "The place"}))),
        ] {
            assert_eq!(said(&theirs.send(method.clone(), &path, body).await), STRANGER, "{name}: {method} {path}");
        }
        assert_eq!(theirs.get("/api/workspaces").await.expect(200).json()["workspaces"], json!([]), "{name}");
        assert_eq!(theirs.get("/api/workspaces/deleted").await.expect(200).json()["data"], json!([]), "{name}");
        assert_eq!(
            at_work(&place, person).await,
            STRANGER,
            "{name}: what the management API has read counts everywhere"
        );
    }
    for (name, _, _, _, silent) in &people {
        let out = || async { at_work(&place, silent).await == STRANGER };
        eventually(DEADLINE, &format!("{name} is out of the workspace"), out).await;
    }
    assert_eq!(place.told().await, "", "nothing was done");

    for (name, _, back, person, _) in people.iter().filter(|(_, _, back, _, _)| !back.is_empty()) {
        place.sql(&back.replace("$U", &person.id)).await;
        let listed = place.of(person).get("/api/workspaces").await.expect(200).json()["workspaces"].clone();
        assert!(listed.as_array().unwrap().iter().any(|one| one["workspaceId"] == json!(place.id)), "{name}: {listed}");
        assert_eq!(at_work(&place, person).await, "200", "{name}");
    }
}
