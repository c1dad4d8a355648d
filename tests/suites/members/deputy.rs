//! A role of the workspace's own with every permission there is: it makes no Admin, and unmakes none, on any path.

use annex_tests::http::json::Client;
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Place, said};

const REFUSED: &str = "403 WORKSPACE_PERMISSION_DENIED";

/// A member with the role "Deputy", which holds what Admin holds.
async fn deputy(place: &Place, name: &str) -> Person {
    let owner = place.of(&place.owner);
    let person = place.join(name, "viewer").await;
    owner.patch(&place.member(&person), json!({"role": "deputy"})).await.expect(200);
    person
}

async fn make_deputy_role(owner: &Client, place: &Place) {
    let known = owner.get("/api/permissions").await.expect(200).json();
    let all: Vec<&Value> = known["permissions"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
    owner.post(&place.path("/roles"), json!({"name": "Deputy", "permissions": all})).await.expect(201);
}

async fn role_id(client: &Client, place: &Place, key: &str) -> Value {
    let roles = client.get(&place.path("/roles")).await.expect(200).json();
    roles["data"].as_array().unwrap().iter().find(|role| role["key"] == key).unwrap()["id"].clone()
}

#[tokio::test]
async fn every_permission_there_is_makes_no_admin_and_unmakes_none() {
    let place = Place::start("deputy").await;
    let owner = place.of(&place.owner);
    make_deputy_role(&owner, &place).await;
    let person = deputy(&place, "deputy").await;
    let (second, pawn) = (place.join("second", "admin").await, place.join("pawn", "viewer").await);
    let deputies = place.of(&person);
    let (admins, pawns) = (place.member(&second), place.member(&pawn));
    let admin = role_id(&owner, &place, "admin").await;

    let step = json!({"name": "Step", "permissions": ["customers:read"]});
    let step = deputies.post(&place.path("/roles"), step).await.expect(201).json()["id"].clone();
    deputies.patch(&pawns, json!({"roleId": step})).await.expect(200);
    let step = place.path(&format!("/roles/{}", step.as_str().unwrap()));
    for (path, method, at, body) in [
        ("a role by its key", Method::PATCH, &pawns, json!({"role": "admin"})),
        ("a role by its id", Method::PATCH, &pawns, json!({"roleId": admin})),
        ("a role whose holders become Admin", Method::DELETE, &step, json!({"reassignTo": admin})),
        ("another role for an Admin", Method::PATCH, &admins, json!({"role": "viewer"})),
        ("an Admin shut out", Method::PATCH, &admins, json!({"status": "suspended"})),
        ("an Admin removed", Method::DELETE, &admins, json!({})),
        ("ownership", Method::POST, &place.path("/ownership-transfer"), json!({"userId": person.id})),
    ] {
        assert_eq!(said(&deputies.send(method, at, Some(body)).await), REFUSED, "{path}");
    }
    // An Admin who is shut out is let in again by an Admin.
    owner.patch(&admins, json!({"status": "suspended"})).await.expect(200);
    assert_eq!(said(&deputies.patch(&admins, json!({"status": "active"})).await), REFUSED);
    owner.patch(&admins, json!({"status": "active"})).await.expect(200);
    assert_eq!(place.admins().await, 2);

    // What they are told they may do is what they may do.
    let roles = deputies.get(&place.path("/roles")).await.expect(200).json();
    let assignable = |roles: &Value| {
        let rows = roles["data"].as_array().unwrap().iter().filter(|role| role["can"]["assign"] == true);
        rows.map(|role| role["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(assignable(&roles), ["manager", "member", "finance", "viewer", "deputy", "step"]);
    let none = json!({"changeRole": false, "suspend": false, "remove": false});
    let all = json!({"changeRole": true, "suspend": true, "remove": true});
    for (at, of_deputy, of_owner) in [(&admins, &none, &all), (&pawns, &all, &all)] {
        assert_eq!(&deputies.get(at).await.expect(200).json()["can"], of_deputy, "{at}");
        assert_eq!(&owner.get(at).await.expect(200).json()["can"], of_owner, "{at}");
    }
    // All else they do, to another deputy too.
    let other = deputy(&place, "other").await;
    deputies.patch(&place.member(&other), json!({"status": "suspended"})).await.expect(200);
    deputies.patch(&pawns, json!({"role": "deputy"})).await.expect(200);
    deputies.delete(&pawns).await.expect(200);
}

#[tokio::test]
async fn whoever_is_no_admin_offers_no_admin() {
    let place = Place::start("deputyoffers").await;
    let owner = place.of(&place.owner);
    make_deputy_role(&owner, &place).await;
    let person = deputy(&place, "deputy").await;
    let (deputies, invitations) = (place.of(&person), place.path("/invitations"));
    let offer = |email: &str, role: &str| json!({"email": email, "role": role});
    assert_eq!(said(&deputies.post(&invitations, offer("a@example.test", "admin")).await), REFUSED);
    let many = json!({"invitations": [offer("b@example.test", "admin"), offer("c@example.test", "deputy")]});
    let keyed = deputies.header("idempotency-key", "many");
    for _ in ["done", "said again"] {
        let rows = keyed.post(&format!("{invitations}/bulk"), many.clone()).await.expect(200).json()["results"].clone();
        assert_eq!((&rows[0]["code"], &rows[1]["status"]), (&json!("WORKSPACE_PERMISSION_DENIED"), &json!("invited")));
    }
    // What an Admin offered they neither mail again nor link; taking it back gives nobody anything.
    let made = owner.post(&invitations, offer("d@example.test", "admin")).await.expect(201).json()["id"].clone();
    let made = format!("{invitations}/{}", made.as_str().unwrap());
    for verb in ["resend", "link"] {
        assert_eq!(said(&deputies.post(&format!("{made}/{verb}"), json!({})).await), REFUSED, "{verb}");
    }
    deputies.delete(&made).await.expect(200);

    // An Admin who is made a deputy takes along what only an Admin offers, and nothing else.
    let second = place.join("second", "admin").await;
    for (email, role) in [("e@example.test", "admin"), ("f@example.test", "deputy")] {
        place.of(&second).post(&invitations, offer(email, role)).await.expect(201);
    }
    owner.patch(&place.member(&second), json!({"role": "deputy"})).await.expect(200);
    let stand = "SELECT string_agg(address || ' ' || status, ', ' ORDER BY address) FROM annex.workspace_invitations
                 WHERE address IN ('e@example.test', 'f@example.test')";
    assert_eq!(place.text(stand).await, "e@example.test revoked, f@example.test pending");
}
