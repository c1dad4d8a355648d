//! Plain SQL takes effect as fast as the API: epochs rise exactly when they must, and every change is heard.

use annex_tests::postgres::Database;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, NoTls};

use super::{migrated, refusal, sql, value};

/// Hears `annex_changed` on a connection of its own.
pub(crate) struct Listener {
    client: Client,
    heard: mpsc::UnboundedReceiver<String>,
    asked: u32,
}

impl Listener {
    pub(crate) async fn start(database: &Database) -> Self {
        let (client, mut connection) = tokio_postgres::connect(&database.url, NoTls).await.expect("a connection");
        let (sender, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(notification) = message {
                    let _ = sender.send(notification.payload().to_owned());
                }
            }
        });
        sql(&client, "listen annex_changed").await;
        Self { client, heard, asked: 0 }
    }

    /// All that was sent since the last call, sorted. Notifications arrive in the order of commits, so one of our own marks the end.
    pub(crate) async fn since_last(&mut self) -> Vec<String> {
        self.asked += 1;
        let end = format!("end {}", self.asked);
        sql(&self.client, &format!("notify annex_changed, '{end}'")).await;
        let mut payloads = Vec::new();
        loop {
            let payload = self.heard.recv().await.expect("the connection lives");
            if payload == end {
                payloads.sort();
                return payloads;
            }
            payloads.push(payload);
        }
    }
}

/// Workspaces `a` and `b` with a custom role each; u1 and u2 are members of `a`, u1 of `b`.
async fn two_workspaces(client: &Client) {
    sql(
        client,
        "select annex.ensure_workspace('a'), annex.ensure_workspace('b');
         insert into annex.workspace_roles (tenant_id, key, name) values ('a', 'helper', 'Helper'), ('b', 'helper', 'Helper');
         insert into annex.workspace_role_permissions select id, tenant_id, 'deals:read' from annex.workspace_roles where key = 'helper';
         insert into annex.workspace_users (tenant_id, user_id, role_id)
         select r.tenant_id, u.id, r.id from annex.workspace_roles as r join (values ('a', 'u1'), ('a', 'u2'), ('b', 'u1')) as u (tenant_id, id) using (tenant_id)
         where r.key = 'helper'",
    )
    .await;
}

async fn epochs(client: &Client) -> (i64, i64) {
    (
        value(client, "select max(epoch) from annex.workspaces where tenant_id = 'a'").await,
        value(client, "select max(epoch) from annex.workspaces where tenant_id = 'b'").await,
    )
}

/// A statement; by how much it raises the epochs of `a` and of `b`; what is heard.
const CHANGES: &[(&str, i64, i64, &[&str])] = &[
    // Memberships.
    (
        "update annex.workspace_users set role_id = (select id from annex.workspace_roles where tenant_id = 'a' and key = 'viewer') where tenant_id = 'a' and user_id = 'u1'",
        1,
        0,
        &["ws:a"],
    ),
    ("update annex.workspace_users set status = 'suspended' where tenant_id = 'a'", 1, 0, &["ws:a"]),
    ("update annex.workspace_users set status = 'active'", 1, 0, &["ws:a"]),
    ("update annex.workspace_users set status = 'removed' where user_id = 'u1'", 1, 1, &["ws:a", "ws:b"]),
    (
        "update annex.workspace_users set status = 'active', role_id = role_id where user_id = 'u1'",
        1,
        1,
        &["ws:a", "ws:b"],
    ),
    (
        "insert into annex.workspace_users (tenant_id, user_id, kind, status) values ('a', 'n1', 'native', 'suspended')",
        1,
        0,
        &["ws:a"],
    ),
    (
        "insert into annex.workspace_users (tenant_id, user_id, kind, status) values ('a', 'n1', 'native', 'suspended') on conflict (tenant_id, user_id) do update set status = 'removed'",
        1,
        0,
        &["ws:a"],
    ),
    (
        "insert into annex.workspace_users (tenant_id, user_id, kind, status) values ('a', 'n1', 'native', 'suspended') on conflict do nothing",
        0,
        0,
        &[],
    ),
    ("delete from annex.workspace_users where user_id = 'n1'", 1, 0, &["ws:a"]),
    ("update annex.workspace_users set last_accessed_at = now()", 0, 0, &[]),
    ("update annex.workspace_users set last_accessed_at = now(), status = status where tenant_id = 'a'", 0, 0, &[]),
    ("update annex.workspace_users set status = 'suspended' where user_id = 'nobody'", 0, 0, &[]),
    // Roles and permissions.
    ("update annex.workspace_roles set name = 'Assistant' where key = 'helper'", 1, 1, &["ws:a", "ws:b"]),
    ("update annex.workspace_roles set name = name", 0, 0, &[]),
    ("insert into annex.workspace_roles (tenant_id, key, name) values ('b', 'clerk', 'Clerk')", 0, 1, &["ws:b"]),
    (
        "insert into annex.workspace_role_permissions select id, 'b', p from annex.workspace_roles, unnest(array['deals:read', 'deals:write']) as p where key = 'clerk'",
        0,
        1,
        &["ws:b"],
    ),
    (
        "update annex.workspace_role_permissions set permission = 'deals:delete' where permission = 'deals:write'",
        0,
        1,
        &["ws:b"],
    ),
    ("delete from annex.workspace_role_permissions where permission = 'deals:delete'", 0, 1, &["ws:b"]),
    ("delete from annex.workspace_roles where key = 'clerk'", 0, 2, &["ws:b"]),
    // The workspace itself.
    ("update annex.workspaces set name = 'Alpha' where tenant_id = 'a'", 0, 0, &["ws:a"]),
    ("update annex.workspaces set name = name", 0, 0, &[]),
    ("update annex.workspaces set owner_user_id = 'u1' where tenant_id = 'b'", 0, 0, &["ws:b"]),
    (
        "update annex.workspaces set deleted_at = now(), deleted_by = 'u1', purge_after = now() where tenant_id = 'a'",
        1,
        0,
        &["ws:a"],
    ),
    ("update annex.workspaces set deleted_at = null where tenant_id = 'a'", 1, 0, &["ws:a"]),
    // What is sponsored has an Admin.
    (
        "update annex.workspace_users set role_id = (select id from annex.workspace_roles where tenant_id = 'b' and key = 'admin') where tenant_id = 'b'",
        0,
        1,
        &["ws:b"],
    ),
    ("update annex.workspaces set sponsor_tenant_id = 'a' where tenant_id = 'b'", 0, 0, &["flags", "ws:b"]),
    ("update annex.workspaces set epoch = 1 where tenant_id = 'a'", 0, 0, &[]),
    ("select annex.ensure_workspace('a', 'b')", 0, 0, &[]),
    (
        "begin; update annex.workspaces set name = 'X'; update annex.workspace_users set status = 'removed'; rollback",
        0,
        0,
        &[],
    ),
];

#[tokio::test]
async fn an_epoch_rises_exactly_when_it_must_and_every_change_is_heard() {
    let (database, owner) = migrated("epochs").await;
    two_workspaces(&owner).await;
    let mut listener = Listener::start(&database).await;
    for (statement, a, b, payloads) in CHANGES {
        listener.since_last().await;
        let before = epochs(&owner).await;
        sql(&owner, statement).await;
        let after = epochs(&owner).await;
        assert_eq!((after.0 - before.0, after.1 - before.1), (*a, *b), "the epochs of a and b after `{statement}`");
        assert_eq!(listener.since_last().await, *payloads, "heard after `{statement}`");
    }
    // Gone with all that hangs on it; there is no epoch left to raise, but it is heard.
    sql(&owner, "delete from annex.workspaces where tenant_id = 'a'").await;
    assert_eq!(listener.since_last().await, ["ws:a"]);
    let left: i64 = value(&owner, "select (select count(*) from annex.workspace_users where tenant_id = 'a') + (select count(*) from annex.workspace_roles where tenant_id = 'a')").await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_membership_carries_the_epoch_that_its_own_last_change_brought() {
    let (_database, owner) = migrated("carry").await;
    two_workspaces(&owner).await;
    let of = |user: &'static str| {
        format!("select epoch from annex.workspace_users where tenant_id = 'a' and user_id = '{user}'")
    };
    let (one, two): (i64, i64) = (value(&owner, &of("u1")).await, value(&owner, &of("u2")).await);
    assert_eq!((one, two), (epochs(&owner).await.0, epochs(&owner).await.0));
    sql(&owner, "update annex.workspace_users set status = 'suspended' where tenant_id = 'a' and user_id = 'u1'").await;
    assert_eq!((value::<i64>(&owner, &of("u1")).await, value::<i64>(&owner, &of("u2")).await), (one + 1, two));
    assert_eq!(epochs(&owner).await.0, one + 1);
}

#[tokio::test]
async fn a_workspace_made_anew_never_meets_an_epoch_it_had_before() {
    let (_database, owner) = migrated("anew").await;
    two_workspaces(&owner).await;
    let (before, _) = epochs(&owner).await;
    sql(
        &owner,
        "delete from annex.workspaces where tenant_id = 'a'; select pg_sleep(0.05); select annex.ensure_workspace('a')",
    )
    .await;
    assert!(epochs(&owner).await.0 > before, "a stale cached decision would count again");
}

#[tokio::test]
async fn version_and_updated_at_follow_content_and_nothing_else() {
    let (_database, owner) = migrated("version").await;
    two_workspaces(&owner).await;
    for (statement, rises) in [
        ("update annex.workspaces set name = 'Beta' where tenant_id = 'a'", 1_i64),
        ("update annex.workspaces set name = 'Gamma', version = version + 1 where tenant_id = 'a'", 1),
        ("update annex.workspaces set name = name where tenant_id = 'a'", 0),
        ("update annex.workspace_users set status = 'suspended' where tenant_id = 'a'", 0),
    ] {
        let query = "select version from annex.workspaces where tenant_id = 'a'";
        let (before, at): (i64, String) = (
            value(&owner, query).await,
            value(&owner, "select updated_at::text from annex.workspaces where tenant_id = 'a'").await,
        );
        sql(&owner, statement).await;
        let (after, now): (i64, String) = (
            value(&owner, query).await,
            value(&owner, "select updated_at::text from annex.workspaces where tenant_id = 'a'").await,
        );
        assert_eq!((after - before, at != now), (rises, rises > 0), "{statement}");
    }
}

#[tokio::test]
async fn writers_of_one_workspace_do_not_deadlock() {
    let (database, owner) = migrated("deadlock").await;
    sql(&owner, "select annex.ensure_workspace('a'), annex.ensure_workspace('b')").await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..6 {
        let client = database.connect_as_runtime().await;
        writers.spawn(async move {
            for number in 0..10 {
                sql(&client, &format!("insert into annex.workspace_users (tenant_id, user_id, role_id) select 'a', 'u{writer}-{number}', id from annex.workspace_roles where tenant_id = 'a' and key = 'member'")).await;
            }
        });
    }
    let before = epochs(&owner).await.0;
    writers.join_all().await;
    assert!(epochs(&owner).await.0 > before);
    let members: i64 = value(&owner, "select count(*) from annex.workspace_users").await;
    assert_eq!(members, 60);
}

#[tokio::test]
async fn ensure_workspace_makes_it_once_and_locks_it() {
    let (database, owner) = migrated("ensure").await;
    let first: (String, Option<String>) = {
        let row = owner
            .query_one(
                "select tenant_id, sponsor_tenant_id from annex.ensure_workspace('a', 's', 'u1', 'u1', 'Alpha')",
                &[],
            )
            .await
            .expect("a row");
        (row.get(0), row.get(1))
    };
    assert_eq!(first, ("a".to_owned(), Some("s".to_owned())));
    let sponsor: String = value(&owner, "select sponsor_tenant_id from annex.ensure_workspace('a', 'other')").await;
    assert_eq!(sponsor, "s", "a second call changed the sponsor");
    let roles: String = value(&owner, "select string_agg(key || '=' || name, ',' order by key) from annex.workspace_roles where tenant_id = 'a' and is_system").await;
    assert_eq!(roles, "admin=Admin,finance=Finance,manager=Manager,member=Team Member,viewer=Viewer");

    sql(&owner, "begin; select annex.ensure_workspace('a'); select annex.ensure_workspace('new')").await;
    let other = database.connect_as_runtime().await;
    for workspace in ["a", "new"] {
        let words = refusal(
            &other,
            &format!("begin; set local lock_timeout = '50ms'; select annex.ensure_workspace('{workspace}')"),
        )
        .await;
        assert!(words.contains("lock timeout"), "{workspace} is not locked: {words}");
        sql(&other, "rollback").await;
    }
    sql(&owner, "commit").await;
    sql(&other, "select annex.ensure_workspace('a'), annex.ensure_workspace('new')").await;
}

#[tokio::test]
async fn rows_that_make_no_sense_are_refused() {
    let (_database, owner) = migrated("checks").await;
    two_workspaces(&owner).await;
    let role_of = |tenant: &str| {
        format!("(select id from annex.workspace_roles where tenant_id = '{tenant}' and key = 'helper')")
    };
    let rows = [
        // A role of another workspace is impossible.
        (format!("insert into annex.workspace_users (tenant_id, user_id, role_id) values ('a', 'u9', {})", role_of("b")), "workspace_users_role_fkey"),
        (format!("update annex.workspace_users set role_id = {} where tenant_id = 'a'", role_of("b")), "workspace_users_role_fkey"),
        ("update annex.workspace_users set tenant_id = 'b' where tenant_id = 'a' and user_id = 'u2'".to_owned(), "workspace_users_role_fkey"),
        (format!("insert into annex.workspace_role_permissions values ({}, 'a', 'deals:write')", role_of("b")), "workspace_role_permissions_role_fkey"),
        // A role that somebody holds does not go.
        ("delete from annex.workspace_roles where key = 'helper'".to_owned(), "workspace_users_role_check"),
        ("insert into annex.workspace_users (tenant_id, user_id) values ('a', 'u9')".to_owned(), "workspace_users_role_check"),
        ("insert into annex.workspace_users (tenant_id, user_id, kind) values ('a', 'u9', 'native')".to_owned(), "workspace_users_role_check"),
        ("update annex.workspace_users set status = 'paused'".to_owned(), "workspace_users_status_check"),
        ("update annex.workspace_users set kind = 'guest'".to_owned(), "workspace_users_kind_check"),
        ("insert into annex.workspace_users (tenant_id, user_id, kind, status) values ('a', 'u1', 'native', 'suspended')".to_owned(), "workspace_users_member_unique"),
        ("insert into annex.workspace_roles (tenant_id, key, name, is_system) values ('a', 'boss', 'Boss', true)".to_owned(), "workspace_roles_system_check"),
        ("insert into annex.workspace_roles (tenant_id, key, name) values ('a', 'helper', 'Second')".to_owned(), "workspace_roles_key_unique"),
        ("insert into annex.workspace_roles (tenant_id, key, name) values ('none', 'helper', 'Helper')".to_owned(), "workspace_roles_workspace_fkey"),
        ("update annex.workspace_roles set color = 'red'".to_owned(), "workspace_roles_color_check"),
        ("update annex.workspaces set sponsor_tenant_id = tenant_id".to_owned(), "workspaces_sponsor_other_check"),
        ("update annex.workspaces set currency = 'euro'".to_owned(), "workspaces_currency_check"),
        ("update annex.workspaces set slug = 'No Spaces'".to_owned(), "workspaces_slug_check"),
        ("update annex.workspaces set purged_at = now()".to_owned(), "workspaces_deleted_check"),
    ];
    for (statement, constraint) in rows {
        let words = refusal(&owner, &statement).await;
        assert!(words.contains(constraint), "{statement}: {words}");
    }
    for table in [
        "workspaces",
        "workspace_users",
        "workspace_roles",
        "workspace_role_permissions",
        "feature_flags",
        "flag_overrides",
        "rollout",
    ] {
        let words = refusal(&owner, &format!("truncate annex.{table} cascade")).await;
        assert!(words.contains("is refused: nobody would hear of it"), "{table}: {words}");
    }
}

#[tokio::test]
async fn a_removed_member_stays_known_and_loses_a_deleted_role() {
    let (_database, owner) = migrated("removed").await;
    two_workspaces(&owner).await;
    sql(&owner, "update annex.workspace_users set status = 'removed', removed_by = 'u9'; delete from annex.workspace_roles where key = 'helper'").await;
    let kept: i64 = value(&owner, "select count(*) from annex.workspace_users where status = 'removed' and role_id is null and removed_at is not null and removed_by = 'u9'").await;
    assert_eq!(kept, 3, "removed rows stay, with when and by whom");
    sql(&owner, "update annex.workspace_users set status = 'active', role_id = (select id from annex.workspace_roles where tenant_id = 'b' and key = 'viewer') where tenant_id = 'b'").await;
    let again: i64 = value(&owner, "select count(*) from annex.workspace_users where status = 'active' and removed_at is null and removed_by is null").await;
    assert_eq!(again, 1, "who comes back is not removed any more");
}
