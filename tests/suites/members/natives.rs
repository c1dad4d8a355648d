//! People whose home the workspace is: their role is the CRM's, until an Admin narrows it (rule R4).

use annex_tests::story::{FlagScope, set_flag};
use serde_json::json;

use super::{Place, said};

#[tokio::test]
async fn an_admin_narrows_shuts_out_and_lets_in_a_native() {
    let place = Place::start("natives").await;
    let owner = place.of(&place.owner);
    let home = format!("/api/workspaces/{}", place.owner.tenant);
    let native = place.native(&place.owner.tenant, "nina", false).await;
    let member = format!("{home}/members/{}", native.id);
    let client = place.of(&native);
    let customer = json!({"name": "New", "email": "new@example.test"});
    client.post("/api/customers", customer.clone()).await.expect(201);
    let before = owner.get(&member).await.expect(200);
    assert_eq!((&before.json()["id"], &before.json()["roleId"]), (&json!("primary"), &json!(null)));
    assert_eq!(client.get(&member).await.expect(200).json()["role"], "member");

    // A role set by an Admin narrows what the CRM allows.
    let tag = before.header("etag").unwrap().to_owned();
    let narrowed = owner.header("if-match", &tag).patch(&member, json!({"role": "viewer"})).await.expect(200).json();
    assert_eq!((&narrowed["role"], &narrowed["isPrimary"]), (&json!("viewer"), &json!(true)));
    assert_eq!(said(&client.post("/api/customers", customer.clone()).await), "403 WORKSPACE_PERMISSION_DENIED");
    assert_eq!(
        said(&owner.header("if-match", &tag).patch(&member, json!({"role": "member"})).await),
        "412 STALE_VERSION"
    );

    let out = owner.patch(&member, json!({"status": "suspended"})).await.expect(200).json();
    assert!(out["notice"].as_str().unwrap().contains("account in the CRM stays"), "{out}");
    assert_eq!(said(&client.get("/api/customers").await), "403 WORKSPACE_ACCESS_DENIED");
    assert_eq!(said(&client.get(&member).await), "403 WORKSPACE_ACCESS_DENIED");
    owner.patch(&member, json!({"status": "active"})).await.expect(200);
    client.get("/api/customers").await.expect(200);
    assert_eq!(
        said(&client.post("/api/customers", customer.clone()).await),
        "403 WORKSPACE_PERMISSION_DENIED",
        "as narrow as before"
    );

    // Nobody leaves their home; an Admin may shut them out of it.
    assert_eq!(said(&client.post(&format!("{home}/leave"), json!({})).await), "409 CONFLICT");
    let removed = owner.delete(&member).await.expect(200).json();
    assert!(removed["message"].as_str().unwrap().contains("account in the CRM stays"), "{removed}");
    assert_eq!(said(&client.get("/api/customers").await), "403 WORKSPACE_ACCESS_DENIED");
    assert_eq!(owner.get(&member).await.expect(200).json()["status"], "removed");
    assert_eq!(said(&owner.delete(&member).await), "404 NOT_FOUND");

    // Off, the CRM's own rules hold and nothing else.
    set_flag(&place.scene.database, FlagScope::Tenant(&place.owner.tenant), false).await;
    place.scene.settle().await;
    client.post("/api/customers", customer.clone()).await.expect(201);
    set_flag(&place.scene.database, FlagScope::Tenant(&place.owner.tenant), true).await;
    place.scene.settle().await;
    assert_eq!(said(&client.get("/api/customers").await), "403 WORKSPACE_ACCESS_DENIED");
    owner.patch(&member, json!({"status": "active", "role": "member"})).await.expect(200);
    client.post("/api/customers", customer).await.expect(201);
}

#[tokio::test]
async fn a_native_who_never_had_a_role_set_is_let_in_without_one() {
    let place = Place::start("nativefree").await;
    let owner = place.of(&place.owner);
    let native = place.native(&place.owner.tenant, "nina", false).await;
    let member = format!("/api/workspaces/{}/members/{}", place.owner.tenant, native.id);
    owner.patch(&member, json!({"status": "suspended"})).await.expect(200);
    assert_eq!(said(&place.of(&native).get("/api/customers").await), "403 WORKSPACE_ACCESS_DENIED");
    let back = owner.patch(&member, json!({"status": "active"})).await.expect(200).json();
    assert_eq!((&back["id"], &back["role"]), (&json!("primary"), &json!("member")));
    let rows = format!("SELECT count(*)::text FROM annex.workspace_users WHERE user_id = '{}'", native.id);
    assert_eq!(place.text(&rows).await, "0", "under the CRM's own rules again");
    place.of(&native).get("/api/customers").await.expect(200);
}

#[tokio::test]
async fn the_last_admin_of_a_home_is_the_crms_and_stays() {
    let place = Place::start("nativelast").await;
    let home = format!("/api/workspaces/{}", place.owner.tenant);
    let second = place.native(&place.owner.tenant, "second", true).await;
    let own = format!("{home}/members/{}", place.owner.id);
    let other = format!("{home}/members/{}", second.id);
    // Two admins by the CRM: one may narrow the other, and then nobody the one who is left.
    place.of(&place.owner).patch(&other, json!({"role": "viewer"})).await.expect(200);
    assert_eq!(
        said(&place.of(&second).patch(&own, json!({"role": "viewer"})).await),
        "403 WORKSPACE_PERMISSION_DENIED"
    );
    let lead = place.native(&place.owner.tenant, "lead", false).await;
    place.of(&place.owner).patch(&format!("{home}/members/{}", lead.id), json!({"role": "admin"})).await.expect(200);
    // An Admin by Annex takes the CRM's admin down: one is left.
    place.of(&lead).patch(&own, json!({"status": "suspended"})).await.expect(200);
    // The CRM dismisses that one: the workspace has no Admin, which nobody inside can mend or worsen.
    place.sql(&format!("UPDATE users SET is_active = false WHERE id = '{}'", lead.id)).await;
    assert_eq!(said(&place.of(&second).delete(&own).await), "403 WORKSPACE_PERMISSION_DENIED");
}

#[tokio::test]
async fn a_native_admin_of_a_made_workspace_may_be_the_last_one() {
    let place = Place::start("nativevouch").await;
    let native = place.native(&place.id, "carla", true).await;
    let second = place.join("second", "admin").await;
    let carla = place.of(&native);
    // The schema knows no native; Annex vouches for her.
    carla.delete(&place.member(&second)).await.expect(200);
    place.sql(&format!("UPDATE annex.workspaces SET owner_user_id = NULL WHERE tenant_id = '{}'", place.id)).await;
    carla.delete(&place.member(&place.owner)).await.expect(200);
    assert_eq!(place.admins().await, 1);
    // Plain SQL is not believed to know her.
    place
        .sql(&format!(
            "UPDATE annex.workspace_users SET status = 'active', removed_at = NULL WHERE user_id = '{}'",
            second.id
        ))
        .await;
    let sql = format!("UPDATE annex.workspace_users SET status = 'suspended' WHERE user_id = '{}'", second.id);
    place.scene.database.connect().await.batch_execute(&sql).await.expect_err("the last Admin that the schema knows");
}
