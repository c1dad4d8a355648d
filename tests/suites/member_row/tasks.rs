//! What the strategy is for: whoever joined can be assigned work, and is seen as who they are.

use annex_tests::http::json::Client;
use annex_tests::story;
use serde_json::{Value, json};

use super::{House, add, said, scene};

#[tokio::test]
async fn who_joined_is_assigned_a_task_sees_it_and_is_told() {
    let scene = scene().await;
    let house = House::new(&scene, "member").await;
    let (owner, there) = (scene.client(&house.owner), house.there(&scene));
    // A native at home names the row that the list of people shows.
    let task = json!({"title": "call them", "assignedTo": house.shadow.id, "assignees": [{"userId": house.shadow.id}]});
    let task = owner.post("/api/tasks", task).await.expect(201).json();
    let id = task["id"].as_str().expect("an id");
    // Theirs alone: a Team Member sees what is assigned to them, and the CRM asks its own rows for that.
    let other = owner.post("/api/tasks", json!({"title": "not theirs"})).await.expect(201).json();
    let seen: Vec<Value> = there.get("/api/tasks").await.expect(200).json().as_array().expect("tasks").clone();
    let seen: Vec<&Value> = seen.iter().map(|task| &task["id"]).collect();
    assert_eq!(seen, [id], "and not {}", other["id"]);
    let told = there.get("/api/notifications").await.expect(200).json();
    assert_eq!(told[0]["taskId"], id, "{told}");
    there.patch(&format!("/api/tasks/{id}"), json!({"status": "completed"})).await.expect(200);
    // At home there is nothing of it.
    assert_eq!(scene.client(&house.guest).get("/api/tasks").await.expect(200).json(), json!([]));
    assert_eq!(scene.client(&house.guest).get("/api/notifications").await.expect(200).json(), json!([]));
    // The id that they say of themselves is the one that tasks name.
    let me = there.get("/api/auth/me").await.expect(200).json();
    let mine = there.post("/api/tasks", json!({"title": "mine", "assignedTo": me["id"]})).await.expect(201).json();
    assert_eq!((&mine["createdBy"], &mine["assignedTo"]), (&json!(house.shadow.id), &json!(house.shadow.id)));
}

#[tokio::test]
async fn a_task_is_for_nobody_outside_the_workspace() {
    let scene = scene().await;
    let (house, elsewhere) = (House::new(&scene, "manager").await, House::new(&scene, "manager").await);
    let there = house.there(&scene);
    for (whose, id) in [
        ("their row at home", &house.guest.id),
        ("a shadow user of another workspace", &elsewhere.shadow.id),
        ("a native of another workspace", &elsewhere.owner.id),
    ] {
        let answer = there.post("/api/tasks", json!({"title": "t", "assignedTo": id})).await;
        assert_eq!(said(&answer), "404 NOT_IN_WORKSPACE", "{whose}: {}", answer.text);
    }
    there.post("/api/tasks", json!({"title": "t", "assignedTo": house.owner.id})).await.expect(201);
}

#[tokio::test]
async fn people_are_shown_as_who_they_are_and_once() {
    let scene = scene().await;
    let house = House::new(&scene, "admin").await;
    // The name changes at home afterwards; the row in the workspace still has the old one.
    let renamed = json!({"firstName": "Augusta", "lastName": "King"});
    scene.client(&house.guest).patch("/api/users/profile", renamed).await.expect(200);
    let left = scene.agency("left").await;
    add(&scene, house.workspace(), &left, "viewer").await;
    super::remove(&scene, house.workspace(), &left).await;
    scene.settle().await;
    let views = [("in the workspace", house.there(&scene)), ("a native at home", scene.client(&house.owner))];
    for (view, client) in &views {
        for path in ["/api/users", "/api/team/members"] {
            let answer = client.get(path).await.expect(200);
            assert!(!answer.text.contains("shadow.invalid"), "{view} {path}: {}", answer.text);
            let rows = answer.json();
            let rows = rows.as_array().expect("a list");
            let mut ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
            ids.sort_unstable();
            let mut wanted = [house.owner.id.as_str(), house.shadow.id.as_str()];
            wanted.sort_unstable();
            assert_eq!(ids, wanted, "{view} {path}: each once, and nobody who left");
            let row = rows.iter().find(|row| row["id"] == house.shadow.id.as_str()).expect("the guest");
            let name = (row["email"].as_str(), row["firstName"].as_str(), row["lastName"].as_str());
            assert_eq!(name, (Some(house.guest.email.as_str()), Some("Augusta"), Some("King")), "{view} {path}");
        }
    }
    let me = house.there(&scene).get("/api/auth/me").await.expect(200).json();
    assert_eq!((me["email"].as_str(), me["firstName"].as_str()), (Some(house.guest.email.as_str()), Some("Augusta")));
    // The control: the CRM itself says the address that nobody reads.
    let direct = Client::new(&scene.crm.url).bearer(&house.owner.access).get("/api/users").await.expect(200);
    assert!(direct.text.contains(&house.shadow.email), "{}", direct.text);
}

#[tokio::test]
async fn the_upstream_token_names_the_row_and_never_more_than_the_role() {
    use annex_tests::record::{arrivals, probe};
    let scene = scene().await;
    let house = House::new(&scene, "viewer").await;
    for (role, kind, admin) in
        [("viewer", "agency_admin", false), ("admin", "agency_admin", true), ("member", "team_member", false)]
    {
        if role != "viewer" {
            add(&scene, house.workspace(), &house.guest, role).await;
            scene.settle().await;
        }
        // Even the platform's own administrator is no more than their role here.
        let mut claims = story::claims(&house.guest, "saas_admin", true);
        claims["extra"] = "kept".into();
        let token = story::sign(&claims, &scene.crm.jwt_secret);
        let mark = probe();
        let client = Client::new(&scene.annex.url).bearer(&token).workspace(house.workspace()).header("x-probe", &mark);
        client.get("/api/customers").await.expect(200);
        let got = story::read_claims(arrivals(&scene.crm.url, &mark).await.remove(0).token());
        let mut wanted = claims.clone();
        for (name, value) in [
            ("userId", json!(house.shadow.id)),
            ("email", json!(house.shadow.email)),
            ("tenantId", json!(house.workspace())),
            ("userType", json!(kind)),
            ("isAdmin", json!(admin)),
        ] {
            wanted[name] = value;
        }
        assert_eq!(got, wanted, "{role}");
        assert_eq!(house.row(&scene).await.1, admin, "{role}: the row says what the claims say");
    }
}
