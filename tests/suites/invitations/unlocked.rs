//! What the lock of the workspace prevents: each race through the API, and beside it the same reads and writes without the
//! lock, which end as no race may.

use annex_tests::story::Person;
use reqwest::Method;
use tokio_postgres::Client;

use super::{World, link_token, text};

/// Reads the offer as somebody does who is about to accept it, and is told that it is open.
async fn reads(client: &Client, invitation: &str) {
    client.batch_execute("BEGIN").await.expect("a transaction");
    let open = "SELECT i.status = 'pending' AND w.deleted_at IS NULL FROM annex.workspace_invitations i
                JOIN annex.workspaces w ON w.tenant_id = i.tenant_id WHERE i.id::text = $1";
    let is_open: bool = client.query_one(open, &[&invitation]).await.expect("the invitation").get(0);
    assert!(is_open, "it is open to whoever reads now");
}

/// Writes what accepting writes, without asking again.
async fn writes(client: &Client, world: &World, invitation: &str, person: &Person) {
    let join = "INSERT INTO annex.workspace_users (tenant_id, user_id, role_id)
                SELECT tenant_id, $2, role_id FROM annex.workspace_invitations WHERE id::text = $1";
    client.execute(join, &[&invitation, &person.id]).await.expect("a member");
    let end =
        "UPDATE annex.workspace_invitations SET status = 'accepted', accepted_by = $2, ended_at = now(), ended_by = $2
               WHERE id::text = $1 AND status = 'pending'";
    client.execute(end, &[&invitation, &person.id]).await.expect("an end");
    client.batch_execute("COMMIT").await.expect("a commit");
    assert_eq!(world.role(person).await, "viewer");
}

/// Two people whose addresses differ in case alone: the CRM keeps them apart, a mailbox does not.
async fn twins(world: &World) -> (Person, Person) {
    (world.register_as("twin@example.test").await, world.register_as("Twin@example.test").await)
}

#[tokio::test]
async fn of_two_people_with_one_mailbox_one_joins() {
    let world = World::start("invtwins").await;
    let (one, two) = twins(&world).await;
    for _ in 0..6 {
        let token = link_token(&world.invite("twin@example.test", "viewer").await);
        let accept = |person: &Person| {
            let (client, path) = (world.of(person), format!("/api/invitations/{token}/accept"));
            tokio::spawn(async move { client.send(Method::POST, &path, None).await.status })
        };
        let tasks = [accept(&one), accept(&two), accept(&one), accept(&two)];
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.expect("an answer"));
        }
        let roles = (world.role(&one).await, world.role(&two).await);
        match (roles.0.as_str(), roles.1.as_str()) {
            ("viewer", "") => assert_eq!(statuses, [200, 404, 200, 404]),
            ("", "viewer") => assert_eq!(statuses, [404, 200, 404, 200]),
            other => panic!("{other:?}: {statuses:?}"),
        }
        world.sql("DELETE FROM annex.workspace_users; DELETE FROM annex.workspace_invitations").await;
    }
}

#[tokio::test]
async fn without_the_lock_both_people_with_one_mailbox_join() {
    let world = World::start("invtwinscontrol").await;
    let (one, two) = twins(&world).await;
    let issued = world.invite("twin@example.test", "viewer").await;
    let id = text(&issued["id"]);
    let (first, second) = (world.database.connect().await, world.database.connect().await);
    reads(&first, id).await;
    reads(&second, id).await;
    writes(&first, &world, id, &one).await;
    writes(&second, &world, id, &two).await;
}

#[tokio::test]
async fn without_the_lock_a_revoked_offer_is_taken() {
    let world = World::start("invrevokecontrol").await;
    let guest = world.register("guest").await;
    let issued = world.invite(&guest.email, "viewer").await;
    let client = world.database.connect().await;
    reads(&client, text(&issued["id"])).await;
    world.revoke(&issued).await.expect(200);
    writes(&client, &world, text(&issued["id"]), &guest).await;
    assert_eq!(world.status(&issued).await, "revoked", "a member by an offer that was taken back");
}

#[tokio::test]
async fn without_the_lock_somebody_joins_a_deleted_workspace() {
    let world = World::start("invdeletecontrol").await;
    let guest = world.register("guest").await;
    let issued = world.invite(&guest.email, "viewer").await;
    let client = world.database.connect().await;
    reads(&client, text(&issued["id"])).await;
    let delete = format!("UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{}'", world.owner.tenant);
    world.sql(&delete).await;
    writes(&client, &world, text(&issued["id"]), &guest).await;
    assert_eq!(world.count("SELECT count(*) FROM annex.workspaces WHERE deleted_at IS NOT NULL").await, 1);
}

/// As the outbox is asked, and as it would be asked without `for update skip locked`.
#[tokio::test]
async fn two_nodes_that_ask_at_once_get_two_mails_and_without_the_lock_one_twice() {
    let world = World::start("invskiplocked").await;
    world.mail.behave(annex_tests::smtp::Manner::Later);
    for number in 0..2 {
        world.invite(&format!("n{number}@example.test"), "viewer").await;
    }
    world.annex.program().signal("STOP");
    world.sql("UPDATE annex.outbox SET state = 'queued', next_at = now()").await;
    let (one, two) = (world.database.connect().await, world.database.connect().await);
    for (lock, alike) in [("FOR UPDATE SKIP LOCKED", false), ("", true)] {
        let due = format!(
            "SELECT id FROM annex.outbox WHERE state = 'queued' AND next_at <= now() ORDER BY next_at, id LIMIT 1 {lock}"
        );
        let mut ids: Vec<i64> = Vec::new();
        for client in [&one, &two] {
            client.batch_execute("BEGIN").await.expect("a transaction");
            ids.push(client.query_one(&due, &[]).await.expect("a mail").get(0));
        }
        for client in [&one, &two] {
            client.batch_execute("ROLLBACK").await.expect("an end");
        }
        assert_eq!(ids[0] == ids[1], alike, "{lock:?}");
    }
    world.annex.program().signal("CONT");
}
