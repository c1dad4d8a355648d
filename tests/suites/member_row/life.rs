//! The row follows the membership, in one transaction: it comes, rests, comes back, and nothing stands half-way.

use std::time::{Duration, Instant};

use annex_tests::http::eventually;
use annex_tests::story;
use annex_tests::strategy::{Strategy, find_shadow, shadow_of};
use serde_json::json;

use super::{House, add, environment, remove, said, scene, start};
use crate::cli::{fails, says, succeeds};

/// How soon a revocation is in force, with much to spare for a busy machine.
const BOUND: Duration = Duration::from_secs(15);

#[tokio::test]
async fn leaving_disables_the_row_and_coming_back_gives_the_same_one() {
    let scene = scene().await;
    let house = House::new(&scene, "admin").await;
    let there = house.there(&scene);
    let task = there.post("/api/tasks", json!({"title": "kept"})).await.expect(201).json();
    let client = scene.database.connect().await;
    let token = "INSERT INTO public.auth_tokens (user_id, refresh_token, expires_at) VALUES ($1, 'refresh-of-' || $1::varchar, now() + interval '1 day')";
    client.execute(token, &[&house.shadow.id]).await.expect("a token of the row");
    let tokens = async || -> i64 {
        let sql = "SELECT count(*) FROM public.auth_tokens WHERE user_id = $1";
        client.query_one(sql, &[&house.shadow.id]).await.expect("a count").get(0)
    };
    assert_eq!((house.row(&scene).await, tokens().await), ((true, true, "!".to_owned()), 1));

    remove(&scene, house.workspace(), &house.guest).await;
    let since = Instant::now();
    eventually(Duration::from_secs(60), "the guest is out", || async {
        said(&there.get("/api/customers").await) == "403 WORKSPACE_ACCESS_DENIED"
    })
    .await;
    assert!(since.elapsed() < BOUND, "it took {:?}", since.elapsed());
    assert_eq!((house.row(&scene).await, tokens().await), ((false, false, "!".to_owned()), 0));

    add(&scene, house.workspace(), &house.guest, "manager").await;
    scene.settle().await;
    let again = shadow_of(&scene.database, house.workspace(), &house.guest.id).await;
    assert_eq!(again, house.shadow, "one person, one row, one address");
    assert_eq!(house.row(&scene).await, (true, false, "!".to_owned()));
    let tasks = there.get("/api/tasks").await.expect(200).json();
    assert_eq!(tasks[0]["id"], task["id"], "what they wrote is theirs still: {tasks}");
}

#[tokio::test]
async fn a_suspended_member_has_a_row_that_rests() {
    let scene = scene().await;
    let house = House::new(&scene, "manager").await;
    let client = scene.database.connect().await;
    for (status, stands) in [("suspended", false), ("active", true)] {
        let sql = "UPDATE annex.workspace_users SET status = $3 WHERE tenant_id = $1 AND user_id = $2";
        client.execute(sql, &[&house.owner.tenant, &house.guest.id, &status]).await.expect("another status");
        succeeds(&["members", "sync"], environment(&scene)).await;
        scene.settle().await;
        assert_eq!(house.row(&scene).await.0, stands, "{status}");
        assert_eq!(shadow_of(&scene.database, house.workspace(), &house.guest.id).await.stands, stands, "{status}");
        assert_eq!(house.there(&scene).get("/api/customers").await.status, if stands { 200 } else { 403 }, "{status}");
    }
}

#[tokio::test]
async fn a_member_from_before_the_strategy_waits_for_the_operator_and_serves_nobody_elses_data() {
    let scene = start("memberrowbefore").await;
    let (owner, guest) = (scene.agency("owner").await, scene.agency("guest").await);
    scene.flag(&owner.tenant, true).await;
    story::add_member(&scene.database, &owner.tenant, &guest.id, "manager").await;
    scene.settle().await;
    let there = scene.client(&guest).workspace(&owner.tenant);
    assert_eq!(said(&there.get("/api/customers").await), "503 CONTEXT_UNAVAILABLE");
    says(&fails(1, &["doctor"], environment(&scene)).await, &["no users row", &guest.id, "annex members sync"]);
    let synced = succeeds(&["members", "sync", "--workspace", &owner.tenant], environment(&scene)).await;
    says(&synced, &["1 users rows made or activated, 0 deactivated, in 1 workspaces"]);
    scene.settle().await;
    there.get("/api/customers").await.expect(200);
    succeeds(&["doctor"], environment(&scene)).await;
    // Twice is once.
    says(&succeeds(&["members", "sync"], environment(&scene)).await, &["0 users rows made", "0 deactivated"]);
    // The CRM deletes the row behind us: the next change makes it again, under the id that tasks name.
    let shadow = shadow_of(&scene.database, &owner.tenant, &guest.id).await;
    let client = scene.database.connect().await;
    client.execute("DELETE FROM public.users WHERE id = $1", &[&shadow.id]).await.expect("gone");
    succeeds(&["members", "sync"], environment(&scene)).await;
    let found = client.query_one("SELECT email FROM public.users WHERE id = $1", &[&shadow.id]).await.expect("back");
    assert_eq!(found.get::<_, String>(0), shadow.email);
}

#[tokio::test]
async fn without_the_row_there_is_no_membership_and_the_other_way_round() {
    let scene = start("memberrowatomic").await;
    let (owner, guest) = (scene.agency("owner").await, scene.agency("guest").await);
    scene.flag(&owner.tenant, true).await;
    let superuser = scene.database.connect().await;
    superuser.batch_execute("REVOKE INSERT ON public.users FROM annex_app").await.expect("a right is missing");
    let join = ["members", "add", "--workspace", &owner.tenant, "--user", &guest.id, "--role", "viewer"];
    says(&fails(1, &join, environment(&scene)).await, &["nothing was changed"]);
    let members = async || -> i64 {
        let sql = "SELECT count(*) FROM annex.workspace_users WHERE user_id = $1 AND status = 'active'";
        superuser.query_one(sql, &[&guest.id]).await.expect("a count").get(0)
    };
    assert_eq!(members().await, 0);
    assert_eq!(find_shadow(&scene.database, &owner.tenant, &guest.id).await, None);
    says(&fails(1, &["doctor"], environment(&scene)).await, &["GRANT INSERT ON public.users TO annex_app;"]);
    superuser.batch_execute("GRANT INSERT ON public.users TO annex_app").await.expect("mended");
    succeeds(&join, environment(&scene)).await;

    superuser.batch_execute("REVOKE DELETE ON public.auth_tokens FROM annex_app").await.expect("a right is missing");
    let leave = ["members", "remove", "--workspace", &owner.tenant, "--user", &guest.id];
    says(&fails(1, &leave, environment(&scene)).await, &["nothing was changed"]);
    assert_eq!(members().await, 1);
    assert!(shadow_of(&scene.database, &owner.tenant, &guest.id).await.stands);
}

#[tokio::test]
async fn who_makes_a_workspace_stands_in_it_by_a_row_from_the_first_request() {
    let scene = scene().await;
    let person = scene.agency("founder").await;
    scene.flag(&person.tenant, true).await;
    scene.settle().await;
    let made = scene.client(&person).post("/api/workspaces", json!({"name": "Second"})).await.expect(201).json();
    let id = made["data"]["id"].as_str().or(made["id"].as_str()).unwrap_or_else(|| panic!("no id: {made}")).to_owned();
    let shadow = shadow_of(&scene.database, &id, &person.id).await;
    let there = scene.client(&person).workspace(&id);
    let task = json!({"title": "first", "assignedTo": shadow.id});
    let task = there.post("/api/tasks", task).await.expect(201).json();
    assert_eq!((&task["tenantId"], &task["createdBy"]), (&json!(id), &json!(shadow.id)));
    // Nobody is at home in it: its only users row is nobody.
    let natives = "SELECT count(*) FROM public.users u WHERE u.tenant_id = $1";
    let rows: i64 = scene.database.connect().await.query_one(natives, &[&id]).await.expect("a count").get(0);
    assert_eq!(rows, 1);
    assert_eq!(Strategy::MemberRow.profile(), "nexus_member_row");
}
