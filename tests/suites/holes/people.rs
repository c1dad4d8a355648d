//! What the CRM decides by the caller's own users row, or by a claim alone, and what it tells of people.

use annex_tests::http::json::{Answer, Client};
use annex_tests::story::{self, Person};
use annex_tests::strategy::{Strategy, shadow_of};
use serde_json::{Value, json};

use super::field::Field;
use crate::matrix::callers::give_custom_role;
use crate::matrix::requests::requests;
use crate::matrix::rows::{self, Plot};

/// Status and code.
fn said(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.code()).trim_end().to_owned()
}

async fn member(field: &Field, name: &str, role: &str) -> Person {
    let person = field.site.agency(name).await;
    story::add_member(&field.site.database, &field.site.workspace, &person.id, role).await;
    person
}

/// The person at Annex in the workspace, and at the CRM with claims of its administrator.
fn ways(field: &Field, person: &Person) -> (Client, Client) {
    let mut claims = story::claims(person, "agency_admin", true);
    claims["tenantId"] = field.site.workspace.clone().into();
    let direct = Client::new(&field.site.crm.url).bearer(&story::sign(&claims, &field.site.crm.jwt_secret));
    (Client::new(&field.site.annex.url).bearer(&person.access).workspace(&field.site.workspace), direct)
}

/// People of the workspace and of the other tenant, with a role each: `native-N`, `theirs-N`.
async fn plant_people(field: &Field) {
    let names = |prefix: &str| (0..9).map(|n| (format!("{prefix}-{n}"), String::new())).collect::<Vec<_>>();
    for (tenant, author, keys) in [
        (&field.site.workspace, &field.site.owner.id, names("native")),
        (&field.victim.tenant, &field.victim.id, names("theirs")),
    ] {
        let wanted = ["users", "roles"].into_iter().flat_map(|table| keys.iter().map(move |key| (table, key.clone())));
        rows::make(&field.site.database, Plot { tenant, author }, wanted).await;
    }
}

#[tokio::test]
async fn a_teams_routes_need_the_role_in_the_workspace_and_the_users_row() {
    let field = Field::new("team").await;
    plant_people(&field).await;
    // An administrator at home who only looks in the workspace, and an Admin there who is none at home.
    let viewer = member(&field, "viewer", "viewer").await;
    let plain = member(&field, "plain", "admin").await;
    let plain = field.site.become_kind(plain, "team_member", false).await;
    field.site.settle().await;
    let title = || json!({"jobTitle": "taken over"});
    let before = field.writes().await;

    let (viewer, viewer_direct) = ways(&field, &viewer);
    let (plain, plain_direct) = ways(&field, &plain);
    // Where members have a row in the tenant itself, an Admin's says so, and their row at home means nothing.
    let refused = match Strategy::of_this_run() {
        Strategy::Claims => vec![("viewer", &viewer), ("admin without the row", &plain)],
        Strategy::MemberRow => vec![("viewer", &viewer)],
    };
    for (name, client) in refused {
        let wanted = "403 WORKSPACE_PERMISSION_DENIED";
        let patch = client.patch("/api/team/members/native-0", title()).await;
        let delete = client.delete("/api/team/members/native-1").await;
        let role = client.post("/api/team/roles", json!({"name": "r"})).await;
        for answer in [&patch, &delete, &role] {
            assert_eq!(said(answer), wanted, "{name}: {}", answer.text);
        }
    }
    if Strategy::of_this_run() == Strategy::Claims {
        let pointer = plain.delete("/api/team/members/native-1").await.json()["message"].clone();
        assert!(pointer.as_str().is_some_and(|text| text.contains("Team page")), "it says where to go: {pointer}");
    }
    assert_eq!(field.writes().await, before, "a refused attempt changed something");
    if Strategy::of_this_run() == Strategy::MemberRow {
        assert_eq!(said(&plain.patch("/api/team/members/native-3", title()).await), "200", "an Admin's own row");
    }

    // The CRM asks the home's row: it lets the first in and keeps the second out.
    assert_eq!(said(&viewer_direct.patch("/api/team/members/native-0", title()).await), "200");
    assert_eq!(said(&viewer_direct.delete("/api/team/members/native-1").await), "200");
    assert_eq!(said(&plain_direct.patch("/api/team/members/native-2", title()).await), "403");
}

#[tokio::test]
async fn the_permissions_of_another_tenants_role_stay() {
    let field = Field::new("roles").await;
    plant_people(&field).await;
    let (there, direct) = ways(&field, &field.attacker);
    let home = Client::new(&field.site.annex.url).bearer(&field.attacker.access);
    let attack = |role: &str| json!({"roleId": role, "permissions": ["stolen"]});
    let before = field.writes().await;
    for (person, role) in [("native-0", "theirs-0"), ("theirs-1", "theirs-1"), ("nobody-at-all", "theirs-2")] {
        for (way, client) in [("in the workspace", &there), ("at home", &home)] {
            let answer = client.patch(&format!("/api/team/members/{person}"), attack(role)).await;
            assert_eq!(said(&answer), "404 NOT_IN_WORKSPACE", "{way}: {person} {role}");
        }
        assert_eq!(field.writes().await, before, "{person} {role}");
    }
    // The CRM changes the role before it asks whose the person is.
    assert_eq!(said(&direct.patch("/api/team/members/theirs-1", attack("theirs-1")).await), "404");
    assert_eq!(permissions(&field, "theirs-1").await, ["stolen"]);
    assert_eq!(permissions(&field, "theirs-0").await, ["own"]);
    // A role of the workspace may be changed there.
    there.patch("/api/team/members/native-0", attack("native-0")).await.expect(200);
    assert_eq!(permissions(&field, "native-0").await, ["stolen"]);
}

async fn permissions(field: &Field, role: &str) -> Vec<String> {
    let sql = "SELECT permissions FROM public.roles WHERE id = $1";
    field.site.database.connect().await.query_one(sql, &[&role]).await.expect("the role").get(0)
}

#[tokio::test]
async fn nobody_becomes_the_platforms_administrator_or_a_native_with_more_than_they_hold() {
    let field = Field::new("elevation").await;
    plant_people(&field).await;
    let clerk = member(&field, "clerk", "viewer").await;
    give_custom_role(&field.site.database, &field.site.workspace, &clerk.id, &["team:manage", "team:read"]).await;
    field.site.settle().await;
    let person = |email: &str, kind: &str| json!({"email": email, "firstName": "F", "lastName": "L", "password": "p", "userType": kind});
    let (there, direct) = ways(&field, &field.attacker);
    let (clerk, clerk_direct) = ways(&field, &clerk);
    let home = Client::new(&field.site.annex.url).bearer(&field.attacker.access);
    let before = field.writes().await;
    for (way, client) in [("in the workspace", &there), ("at home", &home)] {
        let made = client.post("/api/team/members", person("p@elevation.test", "saas_admin")).await;
        assert_eq!(said(&made), "400 VALIDATION_FAILED", "{way}");
    }
    let raised = there.patch("/api/team/members/native-0", json!({"userType": "saas_admin"})).await;
    assert_eq!(said(&raised), "400 VALIDATION_FAILED");
    // A users row is a password and all that the CRM's own administrators may: `team:manage` alone is not enough.
    for body in [person("a@elevation.test", "agency_admin"), person("b@elevation.test", "team_member")] {
        assert_eq!(said(&clerk.post("/api/team/members", body).await), "403 WORKSPACE_PERMISSION_DENIED");
    }
    let takeover = json!({"password": "mine", "isAdmin": true});
    for answer in [
        clerk.patch("/api/team/members/native-0", takeover.clone()).await,
        clerk.delete("/api/team/members/native-0").await,
    ] {
        assert_eq!(said(&answer), "403 WORKSPACE_PERMISSION_DENIED");
    }
    assert_eq!(field.writes().await, before, "a refused attempt changed something");

    let made = direct.post("/api/team/members", person("p@elevation.test", "saas_admin")).await.expect(201);
    assert_eq!(made.json()["userType"], "saas_admin", "the CRM makes one");
    clerk_direct.patch("/api/team/members/native-0", takeover).await.expect(200);
    // What a tenant may have is made.
    for (at, kind) in ["agency_admin", "team_member", "customer"].iter().enumerate() {
        there.post("/api/team/members", person(&format!("{at}@elevation.test"), kind)).await.expect(201);
    }
}

#[tokio::test]
async fn the_platform_is_shut_in_a_workspace_even_to_its_administrator() {
    let field = Field::new("platform").await;
    let root = member(&field, "root", "admin").await;
    let root = field.site.become_kind(root, "saas_admin", true).await;
    let watcher = member(&field, "watcher", "viewer").await;
    let watcher = field.site.become_kind(watcher, "saas_admin", true).await;
    field.site.settle().await;
    // The claim alone opens it at the CRM, whoever signs it in.
    let mut claims = story::claims(&field.attacker, "saas_admin", true);
    claims["tenantId"] = field.site.workspace.clone().into();
    let forged = Client::new(&field.site.crm.url).bearer(&story::sign(&claims, &field.site.crm.jwt_secret));
    forged.get("/api/saas-admin/tenants").await.expect(200);
    let before = field.writes().await;
    let (root, _) = ways(&field, &root);
    let (attacker, _) = ways(&field, &field.attacker);
    let platform = requests().into_iter().filter(|request| request.route.path.starts_with("/api/saas-admin/"));
    let mut count = 0;
    for request in platform {
        count += 1;
        for client in [&root, &attacker] {
            let body = request.json("key", &field.attacker);
            let answer = client.send(request.route.verb(), &request.route.target("key"), body).await;
            assert_eq!(said(&answer), "403 ROUTE_NOT_MAPPED", "{}", request.route.name());
        }
    }
    assert_eq!((count, field.writes().await == before), (17, true));
    // The CRM lets its platform's administrators past the guard of its admin routes; the role in the workspace counts.
    let (watcher, _) = ways(&field, &watcher);
    assert_eq!(said(&watcher.get("/api/team/members").await), "403 WORKSPACE_PERMISSION_DENIED");
    watcher.get("/api/customers").await.expect(200);
}

#[tokio::test]
async fn who_am_i_is_of_the_workspace_that_is_asked_whatever_the_tag() {
    let field = Field::new("etag").await;
    let viewer = member(&field, "viewer", "viewer").await;
    field.site.settle().await;
    let (there, direct) = ways(&field, &viewer);
    let home = Client::new(&field.site.annex.url).bearer(&viewer.access);
    for path in ["/api/auth/me", "/api/auth/admin-check"] {
        let tag = home.get(path).await.expect(200).header("etag").expect("a tag").to_owned();
        assert_eq!(direct.header("if-none-match", &tag).get(path).await.status, 304, "{path}: the trap");
        for known in [&tag, "*", "W/\"other\""] {
            let answer = there.header("if-none-match", known).get(path).await.expect(200);
            let me = answer.json();
            let kind = (me["userType"].as_str(), me["isAdmin"].as_bool());
            assert_eq!(kind, (Some("agency_admin"), Some(false)), "{path} {known}");
            assert_eq!(answer.header("etag"), None, "{path}: a tag would be reused elsewhere");
        }
        assert_eq!(home.header("if-none-match", &tag).get(path).await.status, 304, "{path}: at home it may be reused");
    }
    let me = there.get("/api/auth/me").await.json();
    assert_eq!(me["tenantId"], field.site.workspace.as_str());
    assert_eq!(home.get("/api/auth/me").await.json()["tenantId"], viewer.tenant.as_str());
}

#[tokio::test]
async fn lists_of_people_hold_who_joined_from_elsewhere() {
    let field = Field::new("people").await;
    let (there, direct) = ways(&field, &field.attacker);
    for path in ["/api/users", "/api/team/members"] {
        let ids = |answer: Answer| -> Vec<String> {
            let rows: Vec<Value> = answer.expect(200).json().as_array().expect("a list").clone();
            let mut ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
            ids.sort();
            ids
        };
        let mut rows = vec![field.site.owner.id.clone()];
        if Strategy::of_this_run() == Strategy::MemberRow {
            let former = shadow_of(&field.site.database, &field.site.workspace, &field.former.id).await;
            assert!(!former.stands, "who left has a row that rests");
            rows.extend([field.acting.clone(), former.id]);
        }
        rows.sort();
        assert_eq!(ids(direct.get(path).await), rows, "{path}: rows of the tenant alone");
        let mut wanted = vec![field.site.owner.id.clone(), field.acting.clone()];
        wanted.sort();
        assert_eq!(ids(there.get(path).await), wanted, "{path}: and who joined, less who left");
    }
}
