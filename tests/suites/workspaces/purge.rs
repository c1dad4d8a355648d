//! What is left of a workspace when its time is over, as an operator sees to it.

use std::collections::BTreeSet;

use annex_tests::story::Person;
use annex_tests::tree;
use serde_json::{Value, json};

use super::{World, at, delete, refusal, restore};
use crate::cli::{Environment, fails, says, succeeds, whole, world as everything};

/// A deleted workspace with a member, a custom role and an offer of ownership.
async fn deleted(world: &World) -> (Person, Person, String) {
    let [owner, member] = world.people(["owner", "member"]).await;
    let id = world.make(&owner, "Old").await;
    world
        .sql(&format!("insert into annex.workspace_roles (tenant_id, key, name) values ('{id}', 'guide', 'Guide')"))
        .await;
    world.join(&id, &member, "guide").await;
    world.of(&owner).patch(&at(&id), json!({"industry": "Media", "email": "old@old.example"})).await.expect(200);
    let offer = json!({"userId": member.id});
    world.of(&owner).post(&format!("{}/ownership-transfer", at(&id)), offer).await.expect(201);
    let invited = json!({"email": "never@example.test", "role": "viewer"});
    world.of(&owner).post(&format!("{}/invitations", at(&id)), invited).await.expect(201);
    delete(&world.of(&owner), &id, "Old").await.expect(200);
    (owner, member, id)
}

async fn time_is_over(world: &World, id: &str) {
    let days = "deleted_at = now() - interval '31 days', purge_after = now() - interval '1 day'";
    world.sql(&format!("update annex.workspaces set {days} where tenant_id = '{id}'")).await;
    world.scene.settle().await;
}

fn environment(world: &World) -> Environment {
    whole(&world.scene.database)
}

#[tokio::test]
async fn an_operator_lists_shows_and_restores_under_the_same_rules() {
    let world = World::start("opworkspace").await;
    let (owner, member, id) = deleted(&world).await;
    let env = environment(&world);
    let listed: Value = serde_json::from_str(&succeeds(&["workspace", "list", "--json"], &env).await).expect("JSON");
    let row = listed["workspaces"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["id"] == json!(id))
        .expect("listed")
        .clone();
    assert_eq!(
        json!([row["name"], row["state"], row["members"], row["customRoles"], row["ownerUserId"]]),
        json!(["Old", "deleted", 2, 1, owner.id])
    );
    let deleted = succeeds(&["workspace", "list", "--deleted"], &env).await;
    says(&deleted, &[&id, "Old", "deleted"]);
    assert!(deleted.contains("for 29 d") || deleted.contains("for 30 d"), "days are whole ones: {deleted}");
    says(&succeeds(&["workspace", "show", &id], &env).await, &["Old", "deleted", &owner.id]);
    says(&fails(1, &["workspace", "show", "nowhere"], &env).await, &["Annex has no workspace `nowhere`"]);
    says(&fails(1, &["workspace", "restore", "nowhere"], &env).await, &["Annex has no workspace `nowhere`"]);
    says(&succeeds(&["workspace", "restore", &id], &env).await, &["Old", "is back"]);
    says(&fails(1, &["workspace", "restore", &id], &env).await, &["is not deleted"]);
    world.scene.settle().await;
    world.of(&member).get(&at(&id)).await.expect(200);
    assert_eq!(world.audit(&id).await.last().map(String::as_str), Some("workspace.restored"));
    let actor = format!("select actor_kind from annex.audit_events where tenant_id = '{id}' order by seq desc limit 1");
    assert_eq!(world.value(&actor).await.as_deref(), Some("operator"));
}

#[tokio::test]
async fn a_purge_leaves_a_tombstone_that_nothing_revives() {
    let world = World::start("purge").await;
    let (owner, member, id) = deleted(&world).await;
    let env = environment(&world);
    let before = everything(&world.scene.database).await;
    says(&fails(1, &["purge", "--workspace", &id], &env).await, &["can be restored until"]);
    says(&fails(1, &["purge", "--workspace", &owner.tenant], &env).await, &["Annex has no workspace"]);
    says(&succeeds(&["purge"], &env).await, &["0 purged"]);
    assert_eq!(everything(&world.scene.database).await, before);

    time_is_over(&world, &id).await;
    says(&fails(1, &["workspace", "restore", &id], &env).await, &["is over"]);
    let before = everything(&world.scene.database).await;
    says(
        &succeeds(&["purge", "--dry-run"], &env).await,
        &[&id, "would go", "2 memberships, 1 custom roles", "Nothing was changed"],
    );
    says(&succeeds(&["purge", "--older-than", "60"], &env).await, &["0 purged"]);
    assert_eq!(everything(&world.scene.database).await, before);
    says(&succeeds(&["purge", "--older-than", "31"], &env).await, &[&id, "1 purged"]);

    for (what, left) in [
        ("annex.ownership_transfers", 0),
        ("annex.workspace_invitations", 0),
        ("annex.invitation_counters as t (scope, tenant_id)", 0),
        ("annex.workspace_roles", 5),
        ("annex.workspace_users", 2),
        ("public.tenants as t (tenant_id)", 1),
    ] {
        assert_eq!(world.count(&format!("{what} where tenant_id = '{id}'")).await, left, "{what}");
    }
    let left =
        "select string_agg(status || coalesce(role_id::text, ''), ',') from annex.workspace_users where tenant_id";
    assert_eq!(
        world.value(&format!("{left} = '{id}'")).await.as_deref(),
        Some("removed,removed"),
        "who was ever a member"
    );
    let blank = format!(
        "annex.workspaces where tenant_id = '{id}' and deleted_at is not null and purged_at is not null
         and coalesce(name, industry, contact_email, owner_user_id, created_by) is null"
    );
    assert_eq!(world.count(&blank).await, 1);
    assert_eq!(world.audit(&id).await.last().map(String::as_str), Some("workspace.purged"), "and the chain is whole");
    succeeds(&["migrate", "verify"], &env).await;

    world.scene.settle().await;
    let never = refusal(&world.of(&owner).get(&at("no-such-workspace")).await);
    for person in [&owner, &member] {
        assert_eq!(refusal(&world.of(person).get(&at(&id)).await), never);
        assert_eq!(restore(&world.of(person), &id).await.expect(403).code(), "WORKSPACE_ACCESS_DENIED");
        let there = world.of(person).workspace(&id).get("/api/customers").await;
        assert_eq!((there.status, there.code().as_str()), (403, "WORKSPACE_ACCESS_DENIED"));
    }
    world.sql(&format!("select annex.ensure_workspace('{id}', null, '{}', '{}', 'Risen')", owner.id, owner.id)).await;
    assert_eq!(world.count(&blank).await, 1, "ensuring revives nothing");
    says(&fails(1, &["workspace", "restore", &id], &env).await, &["nothing brings it back"]);
    says(&fails(1, &["purge", "--workspace", &id], &env).await, &["was purged"]);
    let revive = world.scene.database.connect().await;
    let refused = revive.execute("update annex.workspaces set deleted_at = null where tenant_id = $1", &[&id]).await;
    assert!(refused.is_err(), "the table itself keeps a tombstone dead");
}

#[tokio::test]
async fn the_crms_data_goes_only_with_its_name_and_never_from_under_somebody() {
    let world = World::start("purgecrm").await;
    let (owner, member, id) = deleted(&world).await;
    let env = environment(&world);
    restore(&world.of(&owner), &id).await.expect(200);
    let there = world.of(&owner).workspace(&id);
    let customer =
        there.post("/api/customers", json!({"name": "First", "email": "f@example.test"})).await.expect(201).json();
    let quotation = json!({"customerId": customer["id"], "title": "Offer", "items": [
        {"description": "Work", "quantity": 1, "unitPrice": "10.00", "taxRate": "0", "totalPrice": "10.00"}]});
    let quotation = there.post("/api/quotations", quotation).await.expect(201).json();
    let invoice = json!({"quotationId": quotation["id"], "customerId": customer["id"], "title": "Bill",
        "issueDate": "2026-01-01", "dueDate": "2026-02-01", "items": []});
    there.post("/api/invoices", invoice).await.expect(201);
    there.post("/api/tasks", json!({"title": "Do", "assignees": [member.id]})).await.expect(201);
    delete(&world.of(&owner), &id, "Old").await.expect(200);
    // The home of people is kept from it, whatever is typed.
    delete(&world.of(&owner), &owner.tenant, "Agency owner").await.expect(409);
    time_is_over(&world, &id).await;

    let purge = |name: &'static str| {
        [
            "purge".to_owned(),
            "--workspace".to_owned(),
            id.clone(),
            "--crm-data".to_owned(),
            "--confirm".to_owned(),
            name.to_owned(),
        ]
    };
    let fail = async |name: &'static str| {
        let words = purge(name);
        fails(1, &words.iter().map(String::as_str).collect::<Vec<_>>(), &env).await
    };
    fails(2, &["purge", "--crm-data", "--confirm", "Old"], &env).await;
    fails(2, &["purge", "--workspace", &id, "--crm-data"], &env).await;
    let before = everything(&world.scene.database).await;
    says(&fail("old").await, &["calls", "\"Old\"", "nothing was changed"]);
    says(&fail("Old").await, &["may the runtime role do so?"]);
    assert_eq!(everything(&world.scene.database).await, before, "all or nothing");

    let tables = "public.automation_rules, public.email_logs, public.follow_up_sequences, public.scheduled_emails, public.invoices,
                  public.quotations, public.tenants";
    world.sql(&format!("grant select, delete on {tables} to annex_app")).await;
    let others = format!("public.customers where tenant_id <> '{id}'");
    let kept = world.count(&others).await;
    let words = purge("Old");
    let said = succeeds(&words.iter().map(String::as_str).collect::<Vec<_>>(), &env).await;
    says(&said, &["the CRM's data is gone", "1 purged"]);
    for table in [
        "customers",
        "quotations",
        "invoices",
        "tasks",
        "tenant_modules",
        "roles",
        "company_profiles",
        "task_notifications",
    ] {
        assert_eq!(world.count(&format!("public.{table} where tenant_id = '{id}'")).await, 0, "{table}");
    }
    assert_eq!(world.count(&format!("public.tenants where id = '{id}'")).await, 0);
    assert_eq!(world.count(&others).await, kept, "nobody else's");
    for person in [&owner, &member] {
        world.of(person).get("/api/customers").await.expect(200);
    }
    says(&fail("Old").await, &["the CRM has no tenant"]);
    assert_eq!(world.audit(&id).await.iter().filter(|action| *action == "workspace.purged").count(), 2);
}

#[tokio::test]
async fn the_crms_data_of_somebodys_home_stays() {
    let world = World::start("purgehome").await;
    let [owner] = world.people(["owner"]).await;
    world.make(&owner, "Away").await;
    delete(&world.of(&owner), &owner.tenant, "Agency owner").await.expect(200);
    time_is_over(&world, &owner.tenant).await;
    let env = environment(&world);
    let words = ["purge", "--workspace", &owner.tenant, "--crm-data", "--confirm", "Agency owner"];
    let before = everything(&world.scene.database).await;
    says(&fails(1, &words, &env).await, &["is the home of 1 people"]);
    assert_eq!(everything(&world.scene.database).await, before);
    succeeds(&["purge", "--workspace", &owner.tenant], &env).await;
    assert_eq!(world.count(&format!("public.users where id = '{}'", owner.id)).await, 1);
    world.scene.settle().await;
    annex_tests::story::log_in(&world.scene.annex.url, &owner.email, &owner.password).await;
    world.of(&owner).get("/api/customers").await.expect(410);
    assert_eq!(restore(&world.of(&owner), &owner.tenant).await.expect(410).code(), "WORKSPACE_DELETED");
}

/// What a purge keeps, and why it may: `store/purge.rs` says.
const KEPT: [&str; 9] = [
    "audit_events",
    "audit_heads",
    "feature_flags",
    "refresh_bindings",
    "shadow_users",
    "workspace_role_permissions",
    "workspace_roles",
    "workspace_users",
    "workspaces",
];

#[tokio::test]
async fn a_purge_knows_every_table_of_workspaces() {
    let world = World::start("purgetables").await;
    let client = world.scene.database.connect().await;
    let sql = "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'annex' AND column_name = 'tenant_id'";
    let rows = client.query(sql, &[]).await.expect("the tables");
    let source = std::fs::read_to_string(tree::root().join("proxy/src/store/purge.rs")).expect("the purge");
    let unknown: BTreeSet<String> = rows
        .iter()
        .map(|row| row.get(0))
        .filter(|table: &String| {
            !KEPT.contains(&table.as_str()) && !source.contains(&format!("delete from annex.{table} "))
        })
        .collect();
    assert!(unknown.is_empty(), "neither kept nor purged: {unknown:?}");
    assert!(rows.len() > KEPT.len(), "the question finds tables");
}
