//! Every way to take access away, on two nodes that both remember the allow.

use annex_tests::scene::{Nodes, place};
use serde_json::json;

use super::{DEADLINE, DENIED, Member, REMOVE};

#[tokio::test]
async fn whoever_is_removed_suspended_or_left_without_a_workspace_is_out_on_every_node() {
    let all = Nodes::start("revoke", 2, |options| options).await;
    let mut slowest = std::time::Duration::ZERO;
    for (what, statement, wanted) in [
        ("removed", REMOVE, DENIED),
        ("suspended", "UPDATE workspace_users SET status = 'suspended' WHERE user_id = '$U'", DENIED),
        ("the row deleted", "DELETE FROM workspace_users WHERE user_id = '$U'", DENIED),
        (
            "the workspace deleted",
            "UPDATE workspaces SET deleted_at = now() WHERE tenant_id = '$W'",
            "410 WORKSPACE_DELETED",
        ),
        ("the workspace's row gone", "DELETE FROM workspaces WHERE tenant_id = '$W'", DENIED),
        ("turned into a native elsewhere", "UPDATE workspace_users SET kind = 'native' WHERE user_id = '$U'", DENIED),
    ] {
        let member = Member::new(&all).await;
        member.warm(&all).await;
        member.sql(&all, statement).await;
        let settled = all.settle();
        settled.await;
        // Every node heard of it: the very next request is judged anew.
        for place in member.places(&all).await {
            assert_eq!(place, wanted, "{what}");
        }
        let member = Member::new(&all).await;
        member.warm(&all).await;
        member.sql(&all, statement).await;
        slowest = slowest.max(member.becomes(&all, wanted, what).await);
    }
    println!("a revocation was in force on two nodes after {slowest:?} (slowest of 6)");
    assert!(slowest < DEADLINE / 2, "the bound");
}

#[tokio::test]
async fn who_is_demoted_loses_the_rights_and_keeps_the_rest() {
    let all = Nodes::start("demote", 2, |options| options).await;
    let contact = json!({"name": "c", "email": "c@c.test"});
    let to_viewer = "UPDATE workspace_users SET role_id = (SELECT id FROM workspace_roles WHERE tenant_id = '$W' AND key = 'viewer') WHERE user_id = '$U'";
    let custom = "WITH made AS (INSERT INTO workspace_roles (tenant_id, key, name) VALUES ('$W', 'seller', 'Seller') RETURNING id),
        may AS (INSERT INTO workspace_role_permissions (role_id, tenant_id, permission)
                SELECT id, '$W', p FROM made, unnest(array['contacts:write', 'customers:read']) AS p)
        UPDATE workspace_users SET role_id = (SELECT id FROM made) WHERE user_id = '$U'";
    let poorer = "DELETE FROM workspace_role_permissions WHERE tenant_id = '$W' AND permission = 'contacts:write'";
    for (before, statement) in [("SELECT 1", to_viewer), (custom, poorer)] {
        let member = Member::new(&all).await;
        member.sql(&all, before).await;
        all.settle().await;
        member.warm(&all).await;
        for index in 0..2 {
            member.at(&all, index).post("/api/contacts", contact.clone()).await.expect(201);
        }
        member.sql(&all, statement).await;
        all.settle().await;
        for index in 0..2 {
            let refused = member.at(&all, index).post("/api/contacts", contact.clone()).await;
            assert_eq!(place(&refused), "403 WORKSPACE_PERMISSION_DENIED", "{statement}");
        }
        member.warm(&all).await;
    }
}

#[tokio::test]
async fn who_is_let_in_is_in_on_a_node_that_had_said_no() {
    let all = Nodes::start("letin", 2, |options| options).await;
    let member = Member::new(&all).await;
    member.sql(&all, REMOVE).await;
    all.settle().await;
    assert_eq!(member.places(&all).await, [DENIED, DENIED]);
    annex_tests::story::add_member(&all.database, &member.workspace, &member.person.id, "viewer").await;
    let took = member.becomes(&all, &member.workspace.clone(), "let in again").await;
    println!("an invitation was in force on two nodes after {took:?}");
}
