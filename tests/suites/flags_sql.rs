//! The SQL that administrators know, verbatim, with `search_path = annex, public`; and overrides from Redis, which any later write
//! beats (rule R1).

use tokio_postgres::Client;

use crate::migrations::changes::Listener;
use crate::migrations::{migrated, refusal, sql, value};

const KEY: &str = "multi_workspace_enabled";
const ENABLE_EVERYWHERE: &str =
    "UPDATE feature_flags SET enabled = true WHERE key = 'multi_workspace_enabled' AND tenant_id IS NULL;";
const ENABLE_ONE: &str = "INSERT INTO feature_flags (key, tenant_id, enabled, description) VALUES ('multi_workspace_enabled', 't1', true, 'Pilot') ON CONFLICT (key, tenant_id) DO UPDATE SET enabled = true;";
const ROLL_BACK_ALL: &str = "UPDATE feature_flags SET enabled = false WHERE key = 'multi_workspace_enabled';";
const ROLL_BACK_TENANTS: &str =
    "DELETE FROM feature_flags WHERE key = 'multi_workspace_enabled' AND tenant_id IS NOT NULL;";

/// The owner's session as `docs/feature_flags.md` tells an administrator to open it.
async fn administrator(owner: &Client) {
    sql(owner, "set search_path = annex, public").await;
}

/// Every row as `scope=enabled/mode`.
async fn rows(client: &Client) -> String {
    value(client, "select string_agg(coalesce(tenant_id, '*') || '=' || coalesce(enabled::text, 'null') || '/' || mode, ' ' order by tenant_id nulls first) from annex.feature_flags").await
}

/// Every override as `scope=value/state`.
async fn overrides(client: &Client) -> String {
    value(client, "select coalesce(string_agg(scope || '=' || value || '/' || state, ' ' order by scope), '') from annex.flag_overrides").await
}

async fn record(client: &Client, scope: &str, value: &str) -> String {
    client
        .query_one("select annex.record_override($1, $2, $3, 'node-1')", &[&KEY, &scope, &value])
        .await
        .expect("an answer")
        .get(0)
}

async fn end(client: &Client, scope: &str) -> String {
    client.query_one("select annex.end_override($1, $2, 'node-1')", &[&KEY, &scope]).await.expect("an answer").get(0)
}

#[tokio::test]
async fn a_fresh_schema_has_one_global_row_that_nobody_decided() {
    let (_database, owner) = migrated("fresh").await;
    assert_eq!(rows(&owner).await, "*=null/enforce");
    let rollout: String =
        value(&owner, "select key || ' ' || percentage || ' ' || deny::text from annex.rollout").await;
    assert_eq!(rollout, "multi_workspace_enabled 100 {}");
}

#[tokio::test]
async fn the_known_statements_work_verbatim() {
    let (_database, owner) = migrated("verbatim").await;
    administrator(&owner).await;
    for (statement, expected) in [
        (ENABLE_ONE, "*=null/enforce t1=true/enforce"),
        (ENABLE_ONE, "*=null/enforce t1=true/enforce"),
        (ENABLE_EVERYWHERE, "*=true/enforce t1=true/enforce"),
        (ROLL_BACK_ALL, "*=false/enforce t1=false/enforce"),
        (ENABLE_ONE, "*=false/enforce t1=true/enforce"),
        (ROLL_BACK_TENANTS, "*=false/enforce"),
        (ENABLE_EVERYWHERE, "*=true/enforce"),
    ] {
        sql(&owner, statement).await;
        assert_eq!(rows(&owner).await, expected, "after {statement}");
    }
}

#[tokio::test]
async fn on_always_enforces_and_shadow_is_off() {
    let (_database, owner) = migrated("shadow").await;
    administrator(&owner).await;
    for (statement, expected) in [
        ("update feature_flags set enabled = false, mode = 'shadow'", "*=false/shadow"),
        (ENABLE_EVERYWHERE, "*=true/enforce"),
        ("update feature_flags set mode = 'shadow'", "*=true/enforce"),
        ("update feature_flags set enabled = null", "*=null/enforce"),
        (
            "insert into feature_flags (key, tenant_id, enabled, mode) values ('multi_workspace_enabled', 't1', true, 'shadow')",
            "*=null/enforce t1=true/enforce",
        ),
    ] {
        sql(&owner, statement).await;
        assert_eq!(rows(&owner).await, expected, "after {statement}");
    }
}

#[tokio::test]
async fn the_global_row_comes_back_undecided_when_somebody_deletes_it() {
    let (_database, owner) = migrated("reseed").await;
    administrator(&owner).await;
    sql(&owner, ENABLE_EVERYWHERE).await;
    for statement in [
        "delete from feature_flags",
        "delete from feature_flags where tenant_id is null",
        "update feature_flags set tenant_id = 't9'",
    ] {
        sql(&owner, statement).await;
        assert!(rows(&owner).await.starts_with("*=null/enforce"), "after {statement}: {}", rows(&owner).await);
    }
    sql(&owner, ENABLE_EVERYWHERE).await;
    assert!(rows(&owner).await.starts_with("*=true/enforce"));
}

#[tokio::test]
async fn rows_that_make_no_sense_are_refused() {
    let (_database, owner) = migrated("nonsense").await;
    administrator(&owner).await;
    for (statement, constraint) in [
        (
            "insert into feature_flags (key, tenant_id) values ('multi_workspace_enabled', null)",
            "feature_flags_scope_unique",
        ),
        (
            "insert into feature_flags (key, tenant_id) values ('multi_workspace_enabled', '*')",
            "feature_flags_tenant_id_one_check",
        ),
        (
            "insert into feature_flags (key, tenant_id) values ('multi_workspace_enabled', '')",
            "feature_flags_tenant_id_check",
        ),
        ("insert into feature_flags (key) values ('No Key')", "feature_flags_key_check"),
        ("update feature_flags set mode = 'observe'", "feature_flags_mode_check"),
        ("update rollout set percentage = 101", "rollout_percentage_check"),
        ("update rollout set deny = array[null]", "rollout_deny_check"),
        ("select annex.record_override('multi_workspace_enabled', 't1', 'maybe', 'n')", "flag_overrides_value_check"),
        ("select annex.record_override('multi_workspace_enabled', '', 'on', 'n')", "feature_flags_tenant_id_check"),
    ] {
        let words = refusal(&owner, statement).await;
        assert!(words.contains(constraint), "{statement}: {words}");
    }
    assert_eq!(rows(&owner).await, "*=null/enforce");
}

#[tokio::test]
async fn an_override_is_recorded_once_with_a_placeholder_that_a_rollback_can_reach() {
    let (_database, owner) = migrated("record").await;
    for (scope, value, answer, overridden) in [
        ("t1", "on", "active", "t1=on/active"),
        ("t1", "on", "unchanged", "t1=on/active"),
        ("*", "on", "active", "*=on/active t1=on/active"),
        ("t1", "off", "active", "*=on/active t1=off/active"),
    ] {
        assert_eq!(record(&owner, scope, value).await, answer, "{scope} {value}");
        assert_eq!(overrides(&owner).await, overridden, "{scope} {value}");
    }
    assert_eq!(rows(&owner).await, "*=null/enforce t1=null/enforce", "a placeholder decides nothing");
    assert_eq!(
        (end(&owner, "t1").await, end(&owner, "t1").await, end(&owner, "t7").await),
        ("ended".into(), "unchanged".into(), "unchanged".into())
    );
    assert_eq!(overrides(&owner).await, "*=on/active t1=off/ended");
    assert_eq!(record(&owner, "t1", "off").await, "active", "the same value after an end is a new decision");

    let events: String = value(
        &owner,
        "select string_agg(tenant_id || ' ' || action, ', ' order by tenant_id, seq) from annex.audit_events",
    )
    .await;
    assert_eq!(
        events,
        " flag.override_recorded, t1 flag.override_recorded, t1 flag.override_recorded, t1 flag.override_ended, t1 flag.override_recorded",
        "one event per change and none for what changed nothing"
    );
}

#[tokio::test]
async fn any_later_write_to_the_scope_beats_its_override() {
    let (_database, owner) = migrated("beats").await;
    administrator(&owner).await;
    let decided = "insert into feature_flags (key, tenant_id, enabled) values ('multi_workspace_enabled', 't1', false), ('multi_workspace_enabled', 't2', true)";
    sql(&owner, decided).await;
    // A statement, and which of the active overrides of `*`, t1, t2 and t3 (which only has a placeholder) it beats.
    for (statement, beaten) in [
        (ENABLE_ONE, "t1"),
        (ENABLE_EVERYWHERE, "*"),
        (ROLL_BACK_ALL, "* t1 t2 t3"),
        (ROLL_BACK_TENANTS, "t1 t2 t3"),
        ("update feature_flags set enabled = enabled where tenant_id = 't2'", "t2"),
        ("update feature_flags set mode = mode where tenant_id is null", "*"),
        ("update feature_flags set description = 'x', updated_by = 'me'", ""),
        ("update feature_flags set enabled = true where tenant_id = 'nobody'", ""),
        ("update feature_flags set tenant_id = 't4' where tenant_id = 't3'", "t3"),
        ("update rollout set percentage = 10", ""),
        ("insert into feature_flags (key, tenant_id, enabled) values ('other_flag', 't1', true)", ""),
    ] {
        sql(&owner, "begin").await;
        for scope in ["*", "t1", "t2", "t3"] {
            assert_eq!(record(&owner, scope, "on").await, "active");
        }
        sql(&owner, statement).await;
        let superseded: String = value(&owner, "select coalesce(string_agg(scope, ' ' order by scope), '') from annex.flag_overrides where state = 'superseded'").await;
        assert_eq!(superseded, beaten, "beaten by {statement}");
        let told: String = value(&owner, "select coalesce(string_agg(details ->> 'scope', ' ' order by details ->> 'scope'), '') from annex.audit_events where action = 'flag.override_superseded'").await;
        assert_eq!(told, beaten, "told in the audit chain of {statement}");
        sql(&owner, "rollback").await;
    }
}

#[tokio::test]
async fn the_known_rollback_turns_everything_off_with_no_other_step() {
    for statements in [[ROLL_BACK_ALL, ROLL_BACK_TENANTS], [ROLL_BACK_TENANTS, ROLL_BACK_ALL]] {
        let (database, owner) = migrated("rollback").await;
        administrator(&owner).await;
        let node = database.connect_as_runtime().await;
        sql(&owner, ENABLE_ONE).await;
        sql(&owner, ENABLE_EVERYWHERE).await;
        for scope in ["*", "t1", "t2"] {
            assert_eq!(record(&node, scope, "on").await, "active");
        }
        for statement in statements {
            sql(&owner, statement).await;
        }
        assert_eq!(rows(&owner).await, "*=false/enforce", "{statements:?}");
        assert_eq!(overrides(&owner).await, "*=on/superseded t1=on/superseded t2=on/superseded", "{statements:?}");
        // The fields still stand in Redis, and every node reports them again.
        for scope in ["*", "t1", "t2"] {
            assert_eq!(record(&node, scope, "on").await, "superseded", "{scope}, {statements:?}");
        }
        assert_eq!(rows(&owner).await, "*=false/enforce", "a beaten override brought a row back");
    }
}

#[tokio::test]
async fn a_beaten_value_stays_beaten_until_redis_forgot_it() {
    let (_database, owner) = migrated("beaten").await;
    administrator(&owner).await;
    assert_eq!(record(&owner, "t1", "on").await, "active");
    sql(&owner, ROLL_BACK_ALL).await;
    assert_eq!(record(&owner, "t1", "on").await, "superseded");
    assert_eq!(end(&owner, "t1").await, "unchanged", "it counted no more");
    assert_eq!(overrides(&owner).await, "t1=on/ended");
    assert_eq!(record(&owner, "t1", "on").await, "superseded", "a node with an old reading of Redis brought it back");
    sql(&owner, "update annex.flag_overrides set superseded_at = superseded_at - interval '11 seconds'").await;
    assert_eq!(record(&owner, "t1", "on").await, "active", "written again later, it is a new decision");

    sql(&owner, ROLL_BACK_ALL).await;
    assert_eq!(record(&owner, "t1", "off").await, "active", "a different value always counts");
    sql(&owner, ROLL_BACK_ALL).await;
    sql(&owner, "update annex.flag_overrides set superseded_at = superseded_at - interval '1 hour'").await;
    assert_eq!(record(&owner, "t1", "off").await, "superseded", "as long as Redis holds it, it stays beaten");
}

#[tokio::test]
async fn every_change_of_flags_is_heard() {
    let (database, owner) = migrated("heard").await;
    administrator(&owner).await;
    let mut listener = Listener::start(&database).await;
    for statement in [
        ENABLE_ONE,
        ENABLE_EVERYWHERE,
        ROLL_BACK_ALL,
        ROLL_BACK_TENANTS,
        "select annex.record_override('multi_workspace_enabled', 't1', 'on', 'n')",
        "select annex.end_override('multi_workspace_enabled', 't1', 'n')",
        "update rollout set deny = '{t1}'",
        "delete from rollout",
        "insert into rollout (key) values ('multi_workspace_enabled')",
        "delete from flag_overrides",
    ] {
        sql(&owner, statement).await;
        assert_eq!(listener.since_last().await, ["flags"], "after {statement}");
    }
    for quiet in [
        "select * from feature_flags",
        "begin; update feature_flags set enabled = true; rollback",
        "update rollout set percentage = 101",
    ] {
        let _ = owner.batch_execute(quiet).await;
        assert_eq!(listener.since_last().await, Vec::<String>::new(), "after {quiet}");
    }
}

#[tokio::test]
async fn nodes_and_administrators_at_once_neither_deadlock_nor_lose_a_rollback() {
    let (database, owner) = migrated("storm").await;
    let mut writers = tokio::task::JoinSet::new();
    for node in 0..3 {
        let client = database.connect_as_runtime().await;
        writers.spawn(async move {
            for round in 0..12 {
                record(&client, &format!("t{}", round % 3), if (round + node) % 2 == 0 { "on" } else { "off" }).await;
                end(&client, &format!("t{}", (round + 1) % 3)).await;
            }
        });
    }
    let administrators = database.connect_as_owner().await;
    administrator(&administrators).await;
    writers.spawn(async move {
        for round in 0..12 {
            let scope = round % 3;
            sql(&administrators, &format!("update feature_flags set enabled = false where tenant_id = 't{scope}'"))
                .await;
        }
    });
    writers.join_all().await;
    administrator(&owner).await;
    sql(&owner, ROLL_BACK_ALL).await;
    let active: i64 = value(&owner, "select count(*) from annex.flag_overrides where state = 'active'").await;
    assert_eq!(active, 0);
    let broken: i64 = value(&owner, "select count(*) from annex.verify_audit_chain()").await;
    assert_eq!(broken, 0);
}
