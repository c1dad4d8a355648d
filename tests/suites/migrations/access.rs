//! What the runtime role may do inside schema `annex`, and what it may not.

use annex_migrations::{UpOptions, up, verify};
use annex_tests::postgres::{Cluster, connect};
use uuid::Uuid;

use super::{for_runtime, migrated, refusal, sql, value};

#[tokio::test]
async fn the_runtime_role_may_what_it_needs_and_no_more() {
    let (database, _owner) = migrated("grants").await;
    let runtime = database.connect_as_runtime().await;
    for allowed in [
        "select number, state from annex.schema_migrations",
        "select tenant_id from annex.ensure_workspace('t1')",
        "update annex.workspaces set name = 'One' where tenant_id = 't1'",
        "insert into annex.workspace_roles (tenant_id, key, name) values ('t1', 'helper', 'Helper')",
        "insert into annex.workspace_role_permissions select id, tenant_id, 'deals:read' from annex.workspace_roles where key = 'helper'",
        "insert into annex.workspace_users (tenant_id, user_id, role_id) select 't1', 'u1', id from annex.workspace_roles where key = 'helper'",
        "update annex.workspace_users set status = 'removed' where user_id = 'u1'",
        "delete from annex.workspace_role_permissions",
        "delete from annex.workspace_roles where key = 'helper'",
        "select annex.append_audit_event('t1', 'workspace.created', 'user', 'u1')",
        "select * from annex.verify_audit_chain()",
        "select * from annex.audit_events",
        "insert into annex.feature_flags (key, tenant_id, enabled) values ('multi_workspace_enabled', 't1', true)",
        "delete from annex.feature_flags where tenant_id = 't1'",
        "select annex.record_override('multi_workspace_enabled', 't1', 'on', 'n1')",
        "select annex.end_override('multi_workspace_enabled', 't1', 'n1')",
        "update annex.rollout set percentage = 50",
        "insert into annex.shadow_decisions (tenant_id, method, pattern, role_key, basis, effect, seen, first_seen_at, last_seen_at) values ('t1', 'GET', '/a', 'admin', 'set', 'allow', 1, now(), now())",
        "delete from annex.shadow_decisions",
        "insert into annex.unmapped_routes values ('GET', '/a', 1, now(), now())",
        "delete from annex.unmapped_routes",
    ] {
        sql(&runtime, allowed).await;
    }
    for refused in [
        "update annex.schema_migrations set state = 'applied'",
        "delete from annex.workspaces",
        "delete from annex.workspace_users",
        "insert into annex.audit_events select * from annex.audit_events",
        "update annex.audit_events set action = 'x'",
        "delete from annex.audit_events",
        "truncate annex.audit_events",
        "update annex.audit_heads set seq = 0",
        "delete from annex.audit_heads",
        "insert into annex.flag_overrides (key, scope, value) values ('multi_workspace_enabled', '*', 'on')",
        "update annex.flag_overrides set state = 'active'",
        "select annex.supersede_override('multi_workspace_enabled', 't1')",
        "alter table annex.audit_events disable trigger all",
        "create table annex.mine ()",
        "drop table annex.rollout",
    ] {
        let words = refusal(&runtime, refused).await;
        assert!(words.contains("permission denied") || words.contains("must be owner"), "{refused}: {words}");
    }
    let crm = connect(&database.crm_url).await;
    let words = refusal(&crm, "select * from annex.workspaces").await;
    assert!(words.contains("permission denied for schema annex"), "the CRM's role sees our schema: {words}");
}

#[tokio::test]
async fn a_role_s_name_is_quoted_whatever_it_is() {
    let (database, mut owner) = migrated("names").await;
    let superuser = database.connect().await;
    let role = format!("odd \"role'; drop schema annex;-- {}", &Uuid::new_v4().simple().to_string()[..12]);
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    sql(&superuser, &format!("create role {quoted}")).await;
    let result = up(&mut owner, &UpOptions { runtime_role: Some(role.clone()), ..UpOptions::default() }).await;
    let may: bool = value(&superuser, "select bool_or(grantee::regrole::text like '%odd %') from pg_class, aclexplode(relacl) where oid = 'annex.rollout'::regclass").await;
    sql(&superuser, &format!("drop owned by {quoted}; drop role {quoted}")).await;
    assert_eq!(result.expect("up").granted_to, Some(role));
    assert!(may, "the odd role got no grants");
}

#[tokio::test]
async fn default_privileges_of_the_database_do_not_open_what_is_append_only() {
    let database = Cluster::shared().database("defaults").await;
    let mut owner = database.connect_as_owner().await;
    sql(
        &owner,
        "alter default privileges grant all on tables to crm; alter default privileges grant all on tables to public;
         alter default privileges grant execute on functions to public",
    )
    .await;
    up(&mut owner, &for_runtime()).await.expect("up");
    assert_eq!(verify(&mut owner).await.expect("verify"), []);
    for table in ["audit_events", "audit_heads", "flag_overrides", "schema_migrations"] {
        for role in ["crm", "annex_app"] {
            let may: bool = value(
                &owner,
                &format!("select has_table_privilege('{role}', 'annex.{table}', 'insert, update, delete, truncate')"),
            )
            .await;
            assert!(!may, "{role} may write {table}");
        }
    }
}

#[tokio::test]
async fn a_widened_grant_is_narrowed_by_the_next_up() {
    let (_database, mut owner) = migrated("narrow").await;
    sql(&owner, "grant all on annex.audit_events, annex.workspaces to annex_app").await;
    assert_ne!(verify(&mut owner).await.expect("verify"), [], "verify does not see the widened grant");
    up(&mut owner, &for_runtime()).await.expect("up");
    assert_eq!(verify(&mut owner).await.expect("verify"), []);
    let may: bool = value(&owner, "select has_table_privilege('annex_app', 'annex.workspaces', 'delete')").await;
    assert!(!may, "the runtime role keeps more than grants.sql gives");
}

#[tokio::test]
async fn an_owner_that_serves_too_keeps_its_rights() {
    let database = Cluster::shared().database("oneforboth").await;
    let mut owner = database.connect_as_owner().await;
    let options = UpOptions { runtime_role: Some("annex_owner".to_owned()), ..UpOptions::default() };
    for round in ["first", "second"] {
        up(&mut owner, &options).await.expect(round);
        sql(
            &owner,
            "delete from annex.workspaces; select annex.append_audit_event('t', 'workspace.created', 'operator')",
        )
        .await;
        assert_eq!(verify(&mut owner).await.expect("verify"), [], "{round}");
    }
}
