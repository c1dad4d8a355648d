//! Many hands at one offer. Each race ends in one of its two fair outcomes, never in a third.

use annex_tests::http::json::Answer;
use annex_tests::story::Person;
use reqwest::Method;

use super::{World, link_token, text};

/// The statuses of many answers.
async fn all(tasks: Vec<tokio::task::JoinHandle<Answer>>) -> Vec<u16> {
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.expect("an answer").status);
    }
    statuses
}

fn accept(world: &World, person: &Person, token: &str) -> tokio::task::JoinHandle<Answer> {
    let (client, path) = (world.of(person), format!("/api/invitations/{token}/accept"));
    tokio::spawn(async move { client.send(Method::POST, &path, None).await })
}

async fn joined(world: &World) -> i64 {
    let tenant = &world.owner.tenant;
    let sql = format!("SELECT count(*) FROM annex.workspace_users WHERE tenant_id = '{tenant}' AND status = 'active'");
    world.count(&sql).await
}

#[tokio::test]
async fn fifty_accepts_at_once_make_one_membership() {
    let world = World::start("invfifty").await;
    let guest = world.register("guest").await;
    let token = link_token(&world.invite(&guest.email, "viewer").await);
    let statuses = all((0..50).map(|_| accept(&world, &guest, &token)).collect()).await;
    assert_eq!(statuses, vec![200; 50], "whoever comes after the first is told the same");
    assert_eq!(joined(&world).await, 1);
    let events = world.audit().await.into_iter().filter(|(action, _)| action == "member.joined").count();
    assert_eq!(events, 1, "one event for one membership");
}

#[tokio::test]
async fn the_last_seat_is_taken_once() {
    let world = World::start_with("invseats", |options| options.with("ANNEX_LIMITS_MEMBERS_PER_WORKSPACE", "1")).await;
    let mut guests = Vec::new();
    for number in 0..8 {
        let guest = world.register(&format!("guest{number}")).await;
        let token = link_token(&world.invite(&guest.email, "viewer").await);
        guests.push((guest, token));
    }
    let tasks = guests.iter().map(|(guest, token)| accept(&world, guest, token)).collect();
    let mut statuses = all(tasks).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429, 429, 429, 429, 429, 429, 429]);
    assert_eq!(joined(&world).await, 1);
    // Nobody is invited where nobody fits.
    let body = serde_json::json!({"email": "late@example.test", "role": "viewer"});
    assert_eq!(world.of(&world.owner).post(&world.path(), body).await.expect(429).code(), "RATE_LIMITED");
}

/// The control: the same two questions and writes without the lock of the workspace fill one seat twice.
#[tokio::test]
async fn without_the_lock_the_last_seat_is_taken_twice() {
    let world = World::start("invcontrol").await;
    let tenant = world.owner.tenant.clone();
    world.sql(&format!("SELECT annex.ensure_workspace('{tenant}')")).await;
    let seats =
        format!("SELECT count(*) FROM annex.workspace_users WHERE tenant_id = '{tenant}' AND status = 'active'");
    let join = |user: &str| {
        format!(
            "INSERT INTO annex.workspace_users (tenant_id, user_id, role_id)
             SELECT '{tenant}', '{user}', id FROM annex.workspace_roles WHERE tenant_id = '{tenant}' AND key = 'viewer'"
        )
    };
    let (one, two) = (world.database.connect().await, world.database.connect().await);
    for client in [&one, &two] {
        client.batch_execute("BEGIN").await.expect("a transaction");
        let free: i64 = client.query_one(&seats, &[]).await.expect("a count").get(0);
        assert_eq!(free, 0, "both see a free seat");
    }
    // The epoch's trigger makes the second wait for the first; it joins all the same.
    one.batch_execute(&join("one")).await.expect("a member");
    one.batch_execute("COMMIT").await.expect("a commit");
    two.batch_execute(&join("two")).await.expect("a member");
    two.batch_execute("COMMIT").await.expect("a commit");
    assert_eq!(joined(&world).await, 2, "two members on one seat: the lock is what prevents it");
}

#[tokio::test]
async fn what_is_revoked_while_it_is_accepted_is_one_or_the_other() {
    let world = World::start("invrevoke").await;
    let (mut accepted, mut revoked) = (0, 0);
    for round in 0..12 {
        let guest = world.register(&format!("guest{round}")).await;
        let issued = world.invite(&guest.email, "viewer").await;
        let (client, path) = (world.of(&world.owner), format!("{}/{}", world.path(), text(&issued["id"])));
        let mut tasks: Vec<_> = (0..3).map(|_| accept(&world, &guest, &link_token(&issued))).collect();
        let revoke = tokio::spawn(async move { client.delete(&path).await });
        tasks.extend((0..3).map(|_| accept(&world, &guest, &link_token(&issued))));
        let statuses = all(tasks).await;
        let revoke = revoke.await.expect("an answer");
        let (status, role) = (world.status(&issued).await, world.role(&guest).await);
        match status.as_str() {
            "accepted" => {
                accepted += 1;
                assert_eq!((revoke.status, role.as_str()), (409, "viewer"), "{statuses:?}");
                assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
            }
            "revoked" => {
                revoked += 1;
                assert_eq!((revoke.status, role.as_str()), (200, ""), "{statuses:?}");
                assert!(statuses.iter().all(|status| *status == 404), "{statuses:?}");
            }
            other => panic!("an invitation that is {other}"),
        }
    }
    assert_eq!(accepted + revoked, 12);
}

/// Deletion holds the lock; whoever accepts meanwhile waits, and then finds nothing.
#[tokio::test]
async fn a_deletion_under_way_wins() {
    let world = World::start("invdelete").await;
    let guest = world.register("guest").await;
    let issued = world.invite(&guest.email, "viewer").await;
    let client = world.database.connect().await;
    client.batch_execute("BEGIN").await.expect("a transaction");
    let lock = "SELECT tenant_id FROM annex.ensure_workspace($1)";
    client.query_one(lock, &[&world.owner.tenant]).await.expect("the lock");
    let tasks: Vec<_> = (0..10).map(|_| accept(&world, &guest, &link_token(&issued))).collect();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    annex_tests::http::eventually(std::time::Duration::from_secs(60), "somebody waits for the lock", || async {
        world.count(waiting).await > 0
    })
    .await;
    let delete = "UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = $1";
    client.execute(delete, &[&world.owner.tenant]).await.expect("the deletion");
    client.batch_execute("COMMIT").await.expect("a commit");
    assert_eq!(all(tasks).await, vec![404; 10]);
    assert_eq!((world.role(&guest).await.as_str(), world.status(&issued).await.as_str()), ("", "pending"));
}
