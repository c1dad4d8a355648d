//! What a workspace says of itself: who reads it, who changes it, and where a new name is seen.

use annex_tests::folder::Folder;
use annex_tests::tree;
use serde_json::{Value, json};

use super::{World, at, delete, mistakes, refusal};

#[tokio::test]
async fn everything_of_a_workspace_is_read_changed_and_taken_away() {
    let world = World::start("about").await;
    let [owner] = world.people(["owner"]).await;
    let id = world.make(&owner, "Studio North").await;
    let client = world.of(&owner);
    let read = client.get(&at(&id)).await.expect(200);
    let before = read.json();
    assert_eq!(
        json!([
            before["id"],
            before["name"],
            before["role"],
            before["state"],
            before["ownerUserId"],
            before["isPrimary"]
        ]),
        json!([id, "Studio North", "admin", "on", owner.id, false])
    );
    assert_eq!(before["sponsorWorkspaceId"], json!(owner.tenant));
    assert_eq!(before["can"]["transferOwnership"], json!(true));
    assert_eq!((&before["can"]["delete"], &before["can"]["manageSettings"]), (&json!(true), &json!(true)));
    let tag = read.header("etag").expect("a version").to_owned();
    assert_eq!(tag, format!("\"{}\"", before["version"]));

    let said = json!({
        "name": "Studio South", "businessType": "Design", "industry": "Media", "address": "Ring 1\r\n12345 Stadt",
        "email": "hello@south.example", "phone": "+49 30 1234567", "defaultCurrency": "CHF",
        "timeZone": "Europe/Zurich", "language": "de-CH",
    });
    let changed = client.header("if-match", &tag).patch(&at(&id), said.clone()).await.expect(200);
    let (after, next) = (changed.json(), changed.header("etag").expect("a version").to_owned());
    assert_ne!(next, tag);
    for (field, value) in said.as_object().expect("fields") {
        let wanted = if field == "address" { json!("Ring 1\n12345 Stadt") } else { value.clone() };
        assert_eq!(after[field], wanted, "{field}");
    }
    assert_eq!(client.get(&at(&id)).await.expect(200).json(), after);
    let list = client.get("/api/workspaces").await.expect(200).json();
    assert_eq!(list["workspaces"][1]["workspace"]["name"], json!("Studio South"));
    let tenant = world.value(&format!("select name from public.tenants where id = '{id}'")).await;
    assert_eq!(tenant.as_deref(), Some("Studio South"), "the CRM shows the new name");

    // The same again changes nothing, and nobody tells of it.
    let same = client.header("if-match", &next).patch(&at(&id), said).await.expect(200);
    assert_eq!(same.header("etag"), Some(next.as_str()));
    let stale = client.header("if-match", &tag).patch(&at(&id), json!({"industry": "None"})).await.expect(412);
    assert_eq!(stale.code(), "STALE_VERSION");
    let gone = json!({"industry": null, "address": null, "email": null, "phone": null, "language": null, "name": null});
    let gone = client.patch(&at(&id), gone).await.expect(200).json();
    assert_eq!(json!([gone["industry"], gone["address"], gone["email"]]), json!([null, null, null]));
    assert_eq!((&gone["name"], &gone["defaultCurrency"]), (&json!("Studio South"), &json!("CHF")));
    assert_eq!(world.audit(&id).await, ["workspace.created", "workspace.updated", "workspace.updated"]);
    let details = format!(
        "select details->'name' from annex.audit_events where tenant_id = '{id}' and action = 'workspace.updated' and seq = 2"
    );
    let details: Value = serde_json::from_str(&world.value(&details).await.expect("details")).expect("JSON");
    assert_eq!(details, json!({"from": "Studio North", "to": "Studio South"}));
}

#[tokio::test]
async fn a_home_that_annex_has_no_row_of_is_read_and_changed_all_the_same() {
    let world = World::start("abouthome").await;
    let [owner] = world.people(["owner"]).await;
    let (client, path) = (world.of(&owner), at(&owner.tenant));
    let rows = format!("annex.workspaces where tenant_id = '{}'", owner.tenant);
    let read = client.get(&path).await.expect(200);
    let body = read.json();
    assert_eq!(
        json!([body["name"], body["role"], body["roleId"], body["isPrimary"], body["ownerUserId"]]),
        json!(["Agency owner", "admin", null, true, null])
    );
    assert_eq!(world.count(&rows).await, 0, "reading writes nothing");
    let tag = read.header("etag").expect("a version").to_owned();
    client.header("if-match", "\"7\"").patch(&path, json!({"industry": "Media"})).await.expect(412);
    assert_eq!(world.count(&rows).await, 0, "a refusal writes nothing");
    let changed = client.header("if-match", &tag).patch(&path, json!({"industry": "Media"})).await.expect(200);
    assert_eq!(changed.json()["industry"], json!("Media"));
    client.header("if-match", &tag).patch(&path, json!({"industry": "Art"})).await.expect(412);
    assert_eq!(world.audit(&owner.tenant).await, ["workspace.updated"]);
}

#[tokio::test]
async fn only_members_read_and_only_who_manages_changes() {
    let world = World::start("aboutwho").await;
    let [owner, viewer, stranger] = world.people(["owner", "viewer", "stranger"]).await;
    let outsider = world.scene.agency("outsider").await;
    let id = world.make(&owner, "Inner").await;
    world.join(&id, &viewer, "viewer").await;
    let edit = || json!({"industry": "Media"});

    let seen = world.of(&viewer).get(&at(&id)).await.expect(200).json();
    assert_eq!(
        json!([seen["role"], seen["can"]["manageSettings"], seen["can"]["delete"]]),
        json!(["viewer", false, false])
    );
    let denied = world.of(&viewer).patch(&at(&id), edit()).await.expect(403);
    assert_eq!(
        (denied.code().as_str(), &denied.json()["missingPermissions"]),
        ("WORKSPACE_PERMISSION_DENIED", &json!(["workspace:manage"]))
    );

    // Another workspace's Admin, of one that is there and of one that never was: the same words.
    let client = world.of(&stranger);
    let (real, none) = (client.get(&at(&id)).await, client.get(&at("no-such-workspace")).await);
    assert_eq!(refusal(&real), refusal(&none));
    assert_eq!((real.status, real.code().as_str()), (403, "WORKSPACE_ACCESS_DENIED"));
    let (real, none) = (client.patch(&at(&id), edit()).await, client.patch(&at("no-such-workspace"), edit()).await);
    assert_eq!(refusal(&real), refusal(&none));
    assert_eq!(real.status, 403);
    assert_eq!(world.of(&outsider).get(&at(&id)).await.expect(403).code(), "MULTI_WORKSPACE_DISABLED");
    annex_tests::http::json::Client::new(&world.scene.annex.url).get(&at(&id)).await.expect(401);

    let elsewhere = world.of(&owner).workspace(&owner.tenant).get(&at(&id)).await.expect(409);
    assert_eq!(elsewhere.code(), "WORKSPACE_CONTEXT_MISMATCH");
    delete(&world.of(&owner), &id, "Inner").await.expect(200);
    assert_eq!(world.of(&owner).get(&at(&id)).await.expect(410).code(), "WORKSPACE_DELETED");
    assert_eq!(world.of(&viewer).patch(&at(&id), edit()).await.expect(410).code(), "WORKSPACE_DELETED");
    assert_eq!(refusal(&world.of(&stranger).get(&at(&id)).await), refusal(&none_of(&world, &stranger).await));
    let untouched = world.value(&format!("select industry from annex.workspaces where tenant_id = '{id}'")).await;
    assert_eq!(untouched, None);
}

async fn none_of(world: &World, stranger: &annex_tests::story::Person) -> annex_tests::http::json::Answer {
    world.of(stranger).get(&at("no-such-workspace")).await
}

#[tokio::test]
async fn every_mistake_of_a_change_is_told_and_nothing_is_half_done() {
    let world = World::start("aboutbad").await;
    let [owner] = world.people(["owner"]).await;
    let id = world.make(&owner, "Fine").await;
    for (body, wanted) in [
        (json!({"name": "Admin"}), json!([["name", "reserved"]])),
        (json!({"name": "a\r\nBcc: b"}), json!([["name", "control_character"]])),
        (json!({"name": 7, "industry": ""}), json!([["name", "invalid_type"], ["industry", "too_short"]])),
        (json!({"logoUrl": "http://x", "industry": "Media"}), json!([["logoUrl", "unknown_field"]])),
        (json!({"ownerUserId": owner.id}), json!([["ownerUserId", "unknown_field"]])),
        (
            json!({"address": "1\n2\n3\n4\n5\n6\n7", "email": "nobody", "phone": "call", "language": "de_DE",
                "defaultCurrency": "eur", "timeZone": "Mars"}),
            json!([
                ["address", "too_long"],
                ["email", "not_an_email_address"],
                ["phone", "not_a_phone_number"],
                ["defaultCurrency", "not_a_currency"],
                ["timeZone", "unknown_time_zone"],
                ["language", "not_a_language"],
            ]),
        ),
    ] {
        let answer = world.of(&owner).patch(&at(&id), body.clone()).await.expect(400);
        assert_eq!(mistakes(&answer), wanted, "{body}");
    }
    assert_eq!(world.audit(&id).await, ["workspace.created"]);
}

#[tokio::test]
async fn without_a_statement_that_renames_annex_alone_shows_the_new_name() {
    let folder = Folder::new("profile");
    let file = folder.path().join("nexus.toml");
    let profile = std::fs::read_to_string(tree::root().join("config/crm/nexus.toml")).expect("the profile");
    let kept: Vec<&str> = profile.lines().filter(|line| !line.starts_with("rename_tenant")).collect();
    assert!(kept.len() < profile.lines().count(), "the profile renames no tenant");
    std::fs::write(&file, kept.join("\n")).expect("a profile");
    let file = file.display().to_string();
    let world = World::start_with("norename", |options| options.with("ANNEX_CRM_PROFILE", file)).await;
    let [owner] = world.people(["owner"]).await;
    let id = world.make(&owner, "Before").await;
    let client = world.of(&owner);
    let renamed = client.patch(&at(&id), json!({"name": "After"})).await.expect(200).json();
    let list = client.get("/api/workspaces").await.expect(200).json();
    assert_eq!((&renamed["name"], &list["workspaces"][1]["workspace"]["name"]), (&json!("After"), &json!("After")));
    let tenant = world.value(&format!("select name from public.tenants where id = '{id}'")).await;
    assert_eq!(tenant.as_deref(), Some("Before"), "the CRM's row is the CRM's");
    delete(&client, &id, "Before").await.expect(400);
    let back = client.patch(&at(&id), json!({"name": null})).await.expect(200).json();
    assert_eq!(back["name"], json!("Before"), "null: the CRM's own name");
}
