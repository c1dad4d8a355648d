//! Many at once: one deletion, one owner, and nobody without a workspace. Each beside a control that does the same
//! writes without the lock and comes out wrong.

use annex_tests::http::json::Client;
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use super::{World, at, delete, restore};

/// How often a race is run: the interleaving differs each time.
const ROUNDS: usize = 6;

#[tokio::test]
async fn one_of_many_deletions_is_the_one() {
    let world = World::start("racedelete").await;
    let [owner, admin] = world.people(["owner", "admin"]).await;
    let id = world.make(&owner, "Raced").await;
    world.join(&id, &admin, "admin").await;
    let mut deletions = JoinSet::new();
    for number in 0..8 {
        let (client, id) = (world.of(if number % 2 == 0 { &owner } else { &admin }), id.clone());
        deletions.spawn(async move { delete(&client, &id, "Raced").await.status });
    }
    let mut statuses = deletions.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(world.audit(&id).await, ["workspace.created", "workspace.deleted"]);
}

#[tokio::test]
async fn two_deletions_never_take_somebodys_last_two_workspaces() {
    let world = World::start("racelast").await;
    for round in 0..ROUNDS {
        let [person] = world.people([&format!("last{round}")[..]]).await;
        let second = world.make(&person, "Second").await;
        let home_name = format!("Agency last{round}");
        let (one, two) = (world.of(&person), world.of(&person));
        let (home, away) = tokio::join!(delete(&one, &person.tenant, &home_name), delete(&two, &second, "Second"));
        let mut statuses = [home.status, away.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {} {}", home.text, away.text);
        let mine = format!("tenant_id in ('{}', '{second}') and deleted_at is not null", person.tenant);
        assert_eq!(world.count(&format!("annex.workspaces where {mine}")).await, 1, "round {round}");
    }

    // The control: the same question and the same write, each on its own row, without the one lock.
    let [person] = world.people(["control"]).await;
    let second = world.make(&person, "Second").await;
    world.sql(&format!("select annex.ensure_workspace('{}')", person.tenant)).await;
    let mine = format!("('{}', '{second}')", person.tenant);
    let (one, two) = (world.scene.database.connect().await, world.scene.database.connect().await);
    for (client, own) in [(&one, &person.tenant), (&two, &second)] {
        client.batch_execute(&format!("begin; select annex.ensure_workspace('{own}')")).await.expect("locked");
        let others = format!(
            "select count(*) from annex.workspaces where tenant_id in {mine} and tenant_id <> '{own}' and deleted_at is null"
        );
        let others: i64 = client.query_one(&others, &[]).await.expect("a count").get(0);
        assert_eq!(others, 1, "each sees the other one alive");
    }
    for (client, own) in [(&one, &person.tenant), (&two, &second)] {
        let end = format!("update annex.workspaces set deleted_at = now() where tenant_id = '{own}'; commit");
        client.batch_execute(&end).await.expect("deleted");
    }
    assert_eq!(
        world.count(&format!("annex.workspaces where tenant_id in {mine} and deleted_at is null")).await,
        0,
        "the control bites"
    );
}

#[tokio::test]
async fn deletions_and_restorations_follow_one_another() {
    let world = World::start("racerestore").await;
    let [owner, admin] = world.people(["owner", "admin"]).await;
    let id = world.make(&owner, "To and fro").await;
    world.join(&id, &admin, "admin").await;
    let mut changes = JoinSet::new();
    for number in 0..16 {
        let (client, id) = (world.of(if number % 3 == 0 { &owner } else { &admin }), id.clone());
        changes.spawn(async move {
            match number % 2 {
                0 => delete(&client, &id, "To and fro").await.status,
                _ => restore(&client, &id).await.status,
            }
        });
    }
    for status in changes.join_all().await {
        assert!([200, 400, 410].contains(&status), "{status}");
    }
    let told = world.audit(&id).await;
    for pair in told.windows(2).skip(1) {
        assert_ne!(pair[0], pair[1], "{told:?}");
    }
    let is_deleted = told.last().is_some_and(|last| last == "workspace.deleted");
    let deleted = world.count(&format!("annex.workspaces where tenant_id = '{id}' and deleted_at is not null")).await;
    assert_eq!(deleted == 1, is_deleted, "{told:?}");
}

async fn post(client: Client, path: String) -> u16 {
    client.send(Method::POST, &path, None).await.status
}

async fn open(world: &World, owner: &Person, workspace: &str, to: &Person) -> String {
    let body = json!({"userId": to.id});
    let made = world.of(owner).post(&format!("{}/ownership-transfer", at(workspace)), body).await.expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn ownership_is_one_persons_at_every_instant() {
    let world = World::start("raceowner").await;
    let [owner, heir, third] = world.people(["owner", "heir", "third"]).await;
    for round in 0..ROUNDS {
        let id = world.make(&owner, "Contested").await;
        world.join(&id, &heir, "member").await;
        world.join(&id, &third, "admin").await;
        let offer = open(&world, &owner, &id, &heir).await;
        let under = format!("{}/ownership-transfer/{offer}", at(&id));
        // Removal as every change of members does it: the workspace first.
        let operator = world.scene.database.connect().await;
        let removal = format!(
            "begin; select annex.ensure_workspace('{id}');
             update annex.workspace_users set status = 'removed' where tenant_id = '{id}' and user_id = '{}'
               and not exists (select from annex.workspaces w where w.tenant_id = '{id}' and w.owner_user_id = '{}'); commit",
            heir.id, heir.id
        );
        let (giver, again) = (world.of(&owner), json!({"userId": third.id}));
        let offers = format!("{}/ownership-transfer", at(&id));
        let (accepted, cancelled, second, removed) = tokio::join!(
            post(world.of(&heir), format!("{under}/accept")),
            post(world.of(&owner), format!("{under}/cancel")),
            giver.post(&offers, again),
            operator.batch_execute(&removal),
        );
        removed.expect("a removal");
        let owned = world.owner_of(&id).await.expect("an owner");
        let wanted = if accepted == 200 { &heir.id } else { &owner.id };
        assert_eq!(&owned, wanted, "round {round}: accept {accepted}, cancel {cancelled}, again {}", second.text);
        assert!(accepted != 200 || cancelled != 200, "round {round}: accepted and taken back");
        let admins = format!(
            "annex.workspace_users m join annex.workspace_roles r on r.id = m.role_id
             where m.tenant_id = '{id}' and m.user_id = '{owned}' and m.status = 'active' and r.key = 'admin'"
        );
        assert_eq!(world.count(&admins).await, 1, "round {round}: the owner is an active Admin");
        let pending =
            world.count(&format!("annex.ownership_transfers where tenant_id = '{id}' and status = 'pending'")).await;
        assert!(pending <= 1, "round {round}: {pending} are pending");
        let handed =
            world.audit(&id).await.iter().filter(|action| *action == "workspace.ownership_transferred").count();
        assert_eq!(handed, usize::from(accepted == 200), "round {round}");
        world.sql(&format!("update annex.workspaces set created_by = null where tenant_id = '{id}'")).await;
    }

    // The control: acceptance and removal without the workspace's lock leave an owner who is no member.
    let id = world.make(&owner, "Control").await;
    world.join(&id, &heir, "admin").await;
    let (one, two) = (world.scene.database.connect().await, world.scene.database.connect().await);
    let is_member = format!(
        "select count(*) from annex.workspace_users where tenant_id = '{id}' and user_id = '{}' and status = 'active'",
        heir.id
    );
    let is_owner =
        format!("select count(*) from annex.workspaces where tenant_id = '{id}' and owner_user_id = '{}'", heir.id);
    one.batch_execute("begin").await.expect("begun");
    two.batch_execute("begin").await.expect("begun");
    let member: i64 = one.query_one(&is_member, &[]).await.expect("a count").get(0);
    let owns: i64 = two.query_one(&is_owner, &[]).await.expect("a count").get(0);
    assert_eq!((member, owns), (1, 0), "each may, as far as it sees");
    let accept = format!("update annex.workspaces set owner_user_id = '{}' where tenant_id = '{id}'; commit", heir.id);
    one.batch_execute(&accept).await.expect("accepted");
    let remove = format!(
        "update annex.workspace_users set status = 'removed' where tenant_id = '{id}' and user_id = '{}'; commit",
        heir.id
    );
    two.batch_execute(&remove).await.expect("removed");
    let (left, owned): (i64, i64) = (
        one.query_one(&is_member, &[]).await.expect("a count").get(0),
        one.query_one(&is_owner, &[]).await.expect("a count").get(0),
    );
    assert_eq!((left, owned), (0, 1), "the control bites");
}
