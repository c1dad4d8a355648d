//! Two Admins who take each other down, at once, in every way: one is always left.

use std::{sync::Arc, time::Duration};

use annex_tests::http::eventually;
use annex_tests::http::json::{Answer, Client};
use annex_tests::story::Person;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::{Place, said};

/// One request of one person.
struct Act {
    who: Client,
    method: Method,
    path: String,
    body: Option<Value>,
}

/// All at the same moment, each over a connection of its own.
async fn at_once(acts: Vec<Act>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(acts.len()));
    let tasks: Vec<_> = acts
        .into_iter()
        .map(|act| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                act.who.send(act.method, &act.path, act.body).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("an answer"));
    }
    answers
}

/// Something that the first person does, to the second one or alone.
type Way<'a> = dyn Fn(&Person, &Person) -> Act + Sync + 'a;

#[tokio::test]
async fn however_two_admins_go_at_once_one_is_left() {
    let place = Place::start("memberraces").await;
    let (one, two) = (place.join("one", "admin").await, place.join("two", "admin").await);
    for on in [&one, &two] {
        place.scene.flag(&on.tenant, true).await;
    }
    // Nobody is protected as owner, and the two are all there is.
    place
        .sql(&format!(
            "UPDATE annex.workspaces SET owner_user_id = NULL WHERE tenant_id = '{0}';
             UPDATE annex.workspace_users SET status = 'removed' WHERE tenant_id = '{0}' AND user_id = '{1}'",
            place.id, place.owner.id
        ))
        .await;
    place.scene.settle().await;
    let ways: [&Way<'_>; 4] = [
        &|who, whom| act(&place, who, Method::PATCH, place.member(whom), Some(json!({"role": "viewer"}))),
        &|who, whom| act(&place, who, Method::PATCH, place.member(whom), Some(json!({"status": "suspended"}))),
        &|who, whom| act(&place, who, Method::DELETE, place.member(whom), None),
        &|who, _| act(&place, who, Method::POST, place.path("/leave"), Some(json!({}))),
    ];
    let restore = format!(
        "UPDATE annex.workspace_users m SET status = 'active', removed_at = NULL, role_id = r.id FROM annex.workspace_roles r
         WHERE m.tenant_id = '{0}' AND m.user_id IN ('{1}', '{2}') AND r.tenant_id = '{0}' AND r.key = 'admin'",
        place.id, one.id, two.id
    );
    for first in 0..ways.len() {
        for second in 0..ways.len() {
            for _ in 0..2 {
                place.sql(&restore).await;
                let answers = at_once(vec![ways[first](&one, &two), ways[second](&two, &one)]).await;
                let told: Vec<String> = answers.iter().map(said).collect();
                assert!(
                    answers.iter().all(|answer| [200, 403, 404, 409].contains(&answer.status)),
                    "{first} {second}: {told:?}"
                );
                assert!(place.admins().await >= 1, "ways {first} and {second} left nobody: {told:?}");
            }
        }
    }
}

fn act(place: &Place, who: &Person, method: Method, path: String, body: Option<Value>) -> Act {
    Act { who: place.of(who), method, path, body }
}

/// The same two writes, each in a transaction that looked before it wrote, and neither behind the lock: nobody is left.
/// This is what the lock and the trigger are for.
#[tokio::test]
async fn without_the_lock_and_the_trigger_nobody_is_left() {
    let place = Place::start("membercontrol").await;
    let two = place.join("two", "admin").await;
    let demote = |user: &str| {
        format!(
            "UPDATE annex.workspace_users SET status = 'removed', removed_at = now() WHERE tenant_id = '{}' AND user_id = '{user}'
             AND (SELECT count(*) FROM annex.workspace_users m JOIN annex.workspace_roles r ON r.id = m.role_id AND r.key = 'admin'
                  WHERE m.tenant_id = '{}' AND m.status = 'active') > 1",
            place.id, place.id
        )
    };
    place.sql("ALTER TABLE annex.workspace_users DISABLE TRIGGER USER").await;
    let (mut a, mut b) = (place.scene.database.connect().await, place.scene.database.connect().await);
    let (ta, tb) = (a.transaction().await.unwrap(), b.transaction().await.unwrap());
    ta.batch_execute(&demote(&two.id)).await.unwrap();
    tb.batch_execute(&demote(&place.owner.id)).await.unwrap();
    ta.commit().await.unwrap();
    tb.commit().await.unwrap();
    assert_eq!(place.admins().await, 0, "the control shows nothing: two writes that looked first do no harm");

    // With the trigger the second of the two waits, looks again and is refused.
    place
        .sql(
            "UPDATE annex.workspace_users SET status = 'active', removed_at = NULL WHERE status = 'removed';
             ALTER TABLE annex.workspace_users ENABLE TRIGGER USER",
        )
        .await;
    assert_eq!(place.admins().await, 2);
    let (first, second) = (demote(&two.id), demote(&place.owner.id));
    let pid: i32 = b.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let (ta, tb) = (a.transaction().await.unwrap(), b.transaction().await.unwrap());
    ta.batch_execute(&first).await.unwrap();
    let (other, _) = tokio::join!(
        async {
            tb.batch_execute(&second).await.unwrap();
            tb.commit().await
        },
        async {
            // It looked while two were there; then it waits for the first one.
            let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)";
            let watcher = place.scene.database.connect().await;
            eventually(Duration::from_secs(20), "the second waits for the first", || async {
                watcher.query_one(waits, &[&pid]).await.unwrap().get(0)
            })
            .await;
            ta.commit().await.unwrap()
        }
    );
    let refused = other.expect_err("the last Admin went");
    assert_eq!(refused.as_db_error().unwrap().constraint(), Some("workspace_users_admin_remains"));
    assert_eq!(place.admins().await, 1);
}

/// A home: the trigger says nothing there, because the CRM's own administrators count too. What keeps one is the lock.
#[tokio::test]
async fn however_two_admins_of_a_home_go_at_once_one_is_left_and_without_the_lock_none() {
    let place = Place::start("homeraces").await;
    let home = place.owner.tenant.clone();
    let (one, two) = (place.native(&home, "one", false).await, place.native(&home, "two", false).await);
    // Whom the CRM made its administrator is shut out, so that these two are all there is.
    let set = format!(
        "SELECT annex.ensure_workspace('{home}');
         INSERT INTO annex.workspace_users (tenant_id, user_id, kind, role_id)
         SELECT '{home}', unnest(ARRAY['{0}', '{1}']), 'native', id FROM annex.workspace_roles
         WHERE tenant_id = '{home}' AND key = 'admin';
         INSERT INTO annex.workspace_users (tenant_id, user_id, kind, status) VALUES ('{home}', '{2}', 'native', 'suspended')",
        one.id, two.id, place.owner.id
    );
    place.sql(&set).await;
    place.scene.settle().await;
    let at = |whom: &Person| format!("/api/workspaces/{home}/members/{}", whom.id);
    let ways: [&Way<'_>; 3] = [
        &|who, whom| act(&place, who, Method::PATCH, at(whom), Some(json!({"role": "viewer"}))),
        &|who, whom| act(&place, who, Method::PATCH, at(whom), Some(json!({"status": "suspended"}))),
        &|who, whom| act(&place, who, Method::DELETE, at(whom), None),
    ];
    let restore = format!(
        "UPDATE annex.workspace_users m SET status = 'active', removed_at = NULL, role_id = r.id FROM annex.workspace_roles r
         WHERE m.tenant_id = '{home}' AND m.user_id IN ('{}', '{}') AND r.tenant_id = '{home}' AND r.key = 'admin'",
        one.id, two.id
    );
    for first in 0..ways.len() {
        for second in 0..ways.len() {
            place.sql(&restore).await;
            let answers = at_once(vec![ways[first](&one, &two), ways[second](&two, &one)]).await;
            let told: Vec<String> = answers.iter().map(said).collect();
            assert!(answers.iter().any(|answer| answer.status == 200), "{first} {second}: {told:?}");
            assert_eq!(place.admins_of(&home).await, 1, "ways {first} and {second}: {told:?}");
        }
    }

    place.sql(&restore).await;
    assert_eq!(place.admins_of(&home).await, 2);
    let shut_out = |user: &str| {
        format!(
            "UPDATE annex.workspace_users SET status = 'suspended' WHERE tenant_id = '{home}' AND user_id = '{user}'
             AND (SELECT count(*) FROM annex.workspace_users m JOIN annex.workspace_roles r ON r.id = m.role_id AND r.key = 'admin'
                  WHERE m.tenant_id = '{home}' AND m.status = 'active') > 1"
        )
    };
    let (mut a, mut b) = (place.scene.database.connect().await, place.scene.database.connect().await);
    let (first, second) = (shut_out(&one.id), shut_out(&two.id));
    let pid: i32 = a.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let (ta, tb) = (a.transaction().await.unwrap(), b.transaction().await.unwrap());
    ta.batch_execute(&first).await.unwrap();
    // The second looks while two are there, and then waits to count up the epoch.
    let (looked, ()) = tokio::join!(tb.batch_execute(&second), async {
        waited_for(&place, pid).await;
        ta.commit().await.unwrap();
    });
    looked.unwrap();
    tb.commit().await.unwrap();
    assert_eq!(place.admins_of(&home).await, 0, "the control shows nothing: two writes that looked first do no harm");
}

/// Until somebody waits for a lock that `pid` holds.
async fn waited_for(place: &Place, pid: i32) {
    let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND $1 = ANY(pg_blocking_pids(pid)))";
    let watcher = place.scene.database.connect().await;
    eventually(Duration::from_secs(20), "somebody waits", || async {
        watcher.query_one(sql, &[&pid]).await.unwrap().get(0)
    })
    .await;
}

#[tokio::test]
async fn who_is_demoted_while_their_request_waits_grants_nothing() {
    let place = Place::start("memberwaits").await;
    let (second, person) = (place.join("second", "admin").await, place.join("person", "viewer").await);
    let wanted: [(Method, String, Value); 3] = [
        (Method::PATCH, place.member(&person), json!({"role": "admin"})),
        (Method::DELETE, place.member(&person), json!({})),
        (Method::POST, place.path("/roles"), json!({"name": "Late", "permissions": ["deals:delete"]})),
    ];
    for (method, path, body) in wanted {
        let role = |key: &str| {
            format!(
                "UPDATE annex.workspace_users SET role_id = (SELECT id FROM annex.workspace_roles WHERE tenant_id = '{0}' AND key = '{key}')
                 WHERE tenant_id = '{0}' AND user_id = '{1}'",
                place.id, second.id
            )
        };
        place.sql(&role("admin")).await;
        place.scene.settle().await;
        let mut client = place.scene.database.connect().await;
        let transaction = client.transaction().await.unwrap();
        let pid: i32 = transaction.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        transaction.batch_execute(&format!("SELECT annex.ensure_workspace('{}')", place.id)).await.unwrap();
        let theirs = place.of(&second);
        let (late, ()) = tokio::join!(theirs.send(method.clone(), &path, Some(body)), async {
            // They were an Admin when they asked, and are none when their turn comes.
            waited_for(&place, pid).await;
            transaction.batch_execute(&role("viewer")).await.unwrap();
            transaction.commit().await.unwrap();
        });
        assert_eq!(said(&late), "403 WORKSPACE_PERMISSION_DENIED", "{method} {path}");
    }
    assert_eq!(place.told().await, "");
    let row = place.of(&place.owner).get(&place.member(&person)).await.expect(200).json();
    assert_eq!(row["role"], "viewer");
}

#[tokio::test]
async fn plain_sql_cannot_take_the_last_admin_away() {
    let place = Place::start("memberplain").await;
    let id = &place.id;
    let owner = place.scene.database.connect_as_owner().await;
    for statement in [
        format!("DELETE FROM annex.workspace_users WHERE tenant_id = '{id}'"),
        format!("UPDATE annex.workspace_users SET status = 'suspended' WHERE tenant_id = '{id}'"),
        format!("UPDATE annex.workspace_users SET status = 'removed' WHERE tenant_id = '{id}'"),
        format!(
            "UPDATE annex.workspace_users m SET role_id = r.id FROM annex.workspace_roles r
             WHERE m.tenant_id = '{id}' AND r.tenant_id = '{id}' AND r.key = 'viewer'"
        ),
        format!(
            "UPDATE annex.workspace_roles SET key = 'admin2', is_system = false WHERE tenant_id = '{id}' AND key = 'admin'"
        ),
        format!(
            "BEGIN; UPDATE annex.workspaces SET deleted_at = now() WHERE tenant_id = '{id}';
             DELETE FROM annex.workspace_users WHERE tenant_id = '{id}';
             UPDATE annex.workspaces SET deleted_at = NULL WHERE tenant_id = '{id}'; COMMIT"
        ),
    ] {
        let refused = owner.batch_execute(&statement).await.expect_err(&statement);
        let refused = refused.as_db_error().expect("PostgreSQL refuses").constraint().map(str::to_owned);
        assert_eq!(refused.as_deref(), Some("workspace_users_admin_remains"), "{statement}");
        let _ = owner.batch_execute("ROLLBACK").await;
    }
    assert_eq!(place.admins().await, 1);
    // What must stay possible: a change of hands, and a workspace that goes with its people.
    let heir = place.join("heir", "viewer").await;
    let hands = format!(
        "BEGIN; UPDATE annex.workspace_users SET status = 'removed' WHERE tenant_id = '{id}' AND user_id = '{}';
         UPDATE annex.workspace_users m SET role_id = r.id FROM annex.workspace_roles r
         WHERE m.tenant_id = '{id}' AND m.user_id = '{}' AND r.tenant_id = '{id}' AND r.key = 'admin'; COMMIT",
        place.owner.id, heir.id
    );
    owner.batch_execute(&hands).await.expect("one takes over from the other");
    assert_eq!(place.admins().await, 1);
    owner
        .batch_execute(&format!(
            "BEGIN; DELETE FROM annex.shadow_users WHERE tenant_id = '{id}';
             DELETE FROM annex.workspaces WHERE tenant_id = '{id}'; COMMIT"
        ))
        .await
        .expect("it goes whole");
}
