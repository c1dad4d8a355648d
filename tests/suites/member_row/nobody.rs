//! A shadow user is nobody: it signs in nowhere, stands for nothing, and no route of the CRM changes it.

use annex_tests::http::json::Client;
use annex_tests::scene::Scene;
use annex_tests::story::{self, Person};
use serde_json::{Value, json};

use super::{House, add, environment, said, scene};
use crate::cli::{fails, says, succeeds};

/// Somebody got a password into the row of a shadow user, whose own one no password verifies: the second lock alone is left.
pub(super) async fn with_a_password(scene: &Scene, house: &House) -> (String, Person) {
    let client = scene.database.connect().await;
    let hash =
        "UPDATE public.users SET password_hash = (SELECT password_hash FROM public.users WHERE id = $2) WHERE id = $1";
    client.execute(hash, &[&house.shadow.id, &house.owner.id]).await.expect("a password");
    let password = house.owner.password.clone();
    let direct = story::log_in(&scene.crm.url, &house.shadow.email, &password).await;
    assert_eq!(direct.id, house.shadow.id, "the control: the CRM alone lets it in");
    (password, direct)
}

#[tokio::test]
async fn nobody_signs_in_as_one_on_or_off() {
    let scene = scene().await;
    let house = House::new(&scene, "member").await;
    for password in ["", "!", &house.guest.password, &house.owner.password] {
        let body = json!({"email": house.shadow.email, "password": password});
        let direct = Client::new(&scene.crm.url).post("/api/auth/login", body).await;
        assert_eq!(direct.status, 401, "no password verifies its hash: `{password}`");
    }
    let (password, _) = with_a_password(&scene, &house).await;
    let annex = Client::new(&scene.annex.url);
    for on in [true, false] {
        scene.flag(house.workspace(), on).await;
        scene.settle().await;
        let email = &house.shadow.email;
        for (what, body) in [
            ("plain", json!({"email": email, "password": password})),
            ("in capitals", json!({"email": email.to_uppercase(), "password": password})),
            ("with spaces", json!({"email": format!(" {email} "), "password": password})),
            ("under another name", json!({"user": {"login": [email]}, "password": password})),
        ] {
            for path in ["/api/auth/login", "/API/Auth/Login/", "/api/auth/login?a=1"] {
                let answer = annex.post(path, body.clone()).await;
                assert_eq!(said(&answer), "401 UNAUTHENTICATED", "{what} at {path}, on: {on}: {}", answer.text);
            }
        }
        // A body that we read otherwise than the CRM is none.
        let form = reqwest::Client::new()
            .post(format!("{}/api/auth/login", scene.annex.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("email={email}&password={password}"));
        assert_eq!(form.send().await.expect("an answer").status(), 415);
        let twice = format!("{{\"email\":\"a\",\"email\":\"{email}\",\"password\":\"{password}\"}}");
        let twice = reqwest::Client::new()
            .post(format!("{}/api/auth/login", scene.annex.url))
            .header("content-type", "application/json")
            .body(twice);
        assert_eq!(twice.send().await.expect("an answer").status(), 400);
        story::log_in(&scene.annex.url, &house.owner.email, &house.owner.password).await;
    }
}

#[tokio::test]
async fn a_token_of_one_is_no_bearer_on_or_off() {
    let scene = scene().await;
    let house = House::new(&scene, "admin").await;
    let (_, direct) = with_a_password(&scene, &house).await;
    Client::new(&scene.crm.url).bearer(&direct.access).get("/api/customers").await.expect(200);
    for on in [true, false] {
        scene.flag(house.workspace(), on).await;
        scene.settle().await;
        let bearer = Client::new(&scene.annex.url).bearer(&direct.access);
        for path in ["/api/customers", "/api/auth/me", "/api/users/profile", "/api/workspaces", "/api/features"] {
            for client in [&bearer, &bearer.workspace(house.workspace()), &bearer.workspace(&house.guest.tenant)] {
                let answer = client.get(path).await;
                // What tells everybody the same tells it them too.
                let open = path == "/api/features" && answer.json()["multi_workspace_enabled"] == false;
                assert!(open || said(&answer) == "401 UNAUTHENTICATED", "{path}, on: {on}: {}", answer.text);
            }
        }
        let pinned = format!("/_annex/w/{}/api/customers", house.workspace());
        assert_eq!(said(&bearer.get(&pinned).await), "401 UNAUTHENTICATED", "on: {on}");
        let renew = json!({"refreshToken": direct.refresh});
        let renewed = Client::new(&scene.annex.url).post("/api/auth/refresh", renew.clone()).await;
        assert_eq!(said(&renewed), "401 UNAUTHENTICATED", "on: {on}");
        Client::new(&scene.crm.url).post("/api/auth/refresh", renew).await.expect(200);
    }
}

#[tokio::test]
async fn no_route_of_the_crm_changes_one_on_or_off() {
    let scene = scene().await;
    let house = House::new(&scene, "admin").await;
    let native = json!({"email": format!("n-{}@x.test", house.shadow.id), "password": "a-long-password", "firstName": "N", "lastName": "N"});
    let native = scene.client(&house.owner).post("/api/team/members", native).await.expect(201).json();
    let native = native["id"].as_str().expect("an id").to_owned();
    let before = house.row(&scene).await;
    let encoded = house.shadow.id.replacen('-', "%2D", 1);
    for on in [true, false] {
        scene.flag(house.workspace(), on).await;
        scene.settle().await;
        let mut ways = vec![("a native at home", scene.client(&house.owner))];
        if on {
            ways.push(("an Admin in the workspace", house.there(&scene)));
        }
        for (way, client) in ways {
            for id in [house.shadow.id.as_str(), encoded.as_str()] {
                let takeover =
                    json!({"password": "mine-now", "isAdmin": true, "isActive": true, "email": "mine@x.test"});
                let answers = [
                    client.patch(&format!("/api/team/members/{id}"), takeover).await,
                    client.delete(&format!("/api/team/members/{id}")).await,
                    client.get(&format!("/api/team/members/{id}/details")).await,
                    client.get(&format!("/API/Team/Members/{id}/details/")).await,
                ];
                for answer in answers {
                    assert_eq!(said(&answer), "403 WORKSPACE_PERMISSION_DENIED", "{way}, on: {on}: {}", answer.text);
                    assert!(answer.text.contains("Team page"), "it says where to go: {}", answer.text);
                }
            }
            client.patch(&format!("/api/team/members/{native}"), json!({"jobTitle": "x"})).await.expect(200);
        }
        assert_eq!(house.row(&scene).await, before, "on: {on}");
    }
}

#[tokio::test]
async fn one_is_no_native_no_admin_and_no_invitee() {
    let scene = scene().await;
    let house = House::new(&scene, "admin").await;
    let workspace = house.workspace();
    for person in [["--user", &house.shadow.id], ["--email", &house.shadow.email]] {
        for role in ["viewer", "admin"] {
            let elsewhere = scene.agency("elsewhere").await.tenant;
            for place in [workspace, &elsewhere] {
                let command = ["members", "add", "--workspace", place, person[0], person[1], "--role", role];
                says(&fails(1, &command, environment(&scene)).await, &["the CRM has no user"]);
            }
        }
    }
    let listed = succeeds(&["members", "list", "--workspace", workspace, "--json"], environment(&scene)).await;
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let mut ids: Vec<&str> =
        listed["members"].as_array().expect("a list").iter().filter_map(|member| member["userId"].as_str()).collect();
    ids.sort_unstable();
    let mut wanted = [house.owner.id.as_str(), house.guest.id.as_str()];
    wanted.sort_unstable();
    assert_eq!(ids, wanted);

    // Two Admins whose rows here are the CRM's administrators; one cannot sign in, and the native is none any more.
    let second = scene.agency("second").await;
    add(&scene, workspace, &second, "admin").await;
    let client = scene.database.connect().await;
    let set = "UPDATE public.users SET is_admin = is_admin AND id <> $1, is_active = is_active AND id <> $2 WHERE id IN ($1, $2)";
    client.execute(set, &[&house.owner.id, &house.guest.id]).await.expect("the CRM changed behind us");
    assert!(house.row(&scene).await.1, "the shadow user of who cannot sign in is an administrator to the CRM");
    let demote = ["members", "add", "--workspace", workspace, "--user", &second.id, "--role", "viewer"];
    says(&fails(1, &demote, environment(&scene)).await, &["no Admin who can sign in would be left"]);
    client.execute("UPDATE public.users SET is_admin = true WHERE id = $1", &[&house.owner.id]).await.expect("again");
    succeeds(&demote, environment(&scene)).await;
}
