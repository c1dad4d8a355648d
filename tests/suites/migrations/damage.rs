//! Verify names every kind of damage: each object of the schema is taken away or bent, and more is bent by hand. Damages that
//! do not hide each other are done together, and each must be named.
//!
//! The damage is done in a transaction that is rolled back, and the trios' own verify.sql judges it there; the last test goes
//! through the runner.

use std::collections::BTreeMap;

use annex_migrations::{MIGRATIONS, verify};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{migrated, sql, value};

/// One damage for each object: which are done together, a statement, and the name that a finding must contain.
const EACH_OBJECT: &str = "
    select 'table ' || relname, format('drop table annex.%I cascade', relname), 'table ' || relname
    from pg_class where relnamespace = 'annex'::regnamespace and relkind = 'r' and relname <> 'schema_migrations'
    union all
    select 'column ' || a.attnum, format('alter table annex.%I drop column %I cascade', c.relname, a.attname), format('column %s.%s is missing', c.relname, a.attname)
    from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'annex'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
    union all
    select 'default', format('alter table annex.%I alter column %I drop default', c.relname, a.attname), format('column %s.%s is \"', c.relname, a.attname)
    from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.atthasdef
    where c.relnamespace = 'annex'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
    union all
    select 'not null', format('alter table annex.%I alter column %I drop not null', c.relname, a.attname), format('column %s.%s is \"', c.relname, a.attname)
    from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and a.attnotnull
    where c.relnamespace = 'annex'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
      and not exists (select from pg_index as i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey::int2[]))
    union all
    select 'constraint', format('alter table annex.%I drop constraint if exists %I cascade', c.relname, k.conname), format('constraint %s.%s is missing', c.relname, k.conname)
    from pg_constraint as k join pg_class as c on c.oid = k.conrelid
    where k.connamespace = 'annex'::regnamespace and k.contype not in ('n', 't') and c.relname <> 'schema_migrations'
    union all
    select 'index', format('drop index annex.%I', c.relname), format('index %s is missing', c.relname)
    from pg_index as i join pg_class as c on c.oid = i.indexrelid
    where c.relnamespace = 'annex'::regnamespace and not exists (select from pg_constraint as k where k.conindid = c.oid)
    union all
    select 'trigger', format('drop trigger if exists %I on annex.%I', t.tgname, c.relname), format('trigger %s.%s is missing', c.relname, t.tgname)
    from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
    where c.relnamespace = 'annex'::regnamespace and not t.tgisinternal
    union all
    select 'disabled trigger', format('alter table annex.%I disable trigger %I', c.relname, t.tgname), format('trigger %s.%s is \"', c.relname, t.tgname)
    from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
    where c.relnamespace = 'annex'::regnamespace and not t.tgisinternal
    union all
    select 'function', format('drop function if exists %s cascade', p.oid::regprocedure), format('function %s is missing', p.oid::regprocedure)
    from pg_proc as p where p.pronamespace = 'annex'::regnamespace
    union all
    select 'source', format('update pg_proc set prosrc = prosrc || '' '' where oid = %s', p.oid), format('function %s is \"', p.oid::regprocedure)
    from pg_proc as p where p.pronamespace = 'annex'::regnamespace
    union all
    select 'search_path', format('alter function %s reset search_path', p.oid::regprocedure), format('function %s is \"', p.oid::regprocedure)
    from pg_proc as p where p.pronamespace = 'annex'::regnamespace
    union all
    select 'security', format('alter function %s security %s', p.oid::regprocedure, case when p.prosecdef then 'invoker' else 'definer' end),
      format('function %s is \"', p.oid::regprocedure)
    from pg_proc as p where p.pronamespace = 'annex'::regnamespace
    union all
    select 'execute', format('grant execute on function %s to public', p.oid::regprocedure), format('function %s can be called by everybody', p.oid::regprocedure)
    from pg_proc as p where p.pronamespace = 'annex'::regnamespace
    union all
    select 'select', format('grant select on annex.%I to public', relname), format('table %s is open to everybody (select)', relname)
    from pg_class where relnamespace = 'annex'::regnamespace and relkind = 'r'
    union all
    select 'row level security', format('alter table annex.%I enable row level security', relname), format('table %s is \"', relname)
    from pg_class where relnamespace = 'annex'::regnamespace and relkind = 'r' and relname <> 'schema_migrations'
    union all
    select 'rule', format('create rule swallow as on insert to annex.%I do instead nothing', relname), format('table %s is \"', relname)
    from pg_class where relnamespace = 'annex'::regnamespace and relkind = 'r' and relname <> 'schema_migrations'";

/// Damage that keeps every name.
const BENT: &[(&str, &str)] = &[
    ("delete from annex.feature_flags; delete from annex.rollout", "row of multi_workspace_enabled is missing from rollout"),
    ("alter table annex.feature_flags disable trigger feature_flags_keep_global; delete from annex.feature_flags where tenant_id is null",
        "the global row of multi_workspace_enabled is missing"),
    ("alter table annex.workspace_users drop constraint workspace_users_status_check, add constraint workspace_users_status_check check (status <> '')",
        "constraint workspace_users.workspace_users_status_check is \"CHECK"),
    ("alter table annex.workspace_users drop constraint workspace_users_role_fkey,
        add constraint workspace_users_role_fkey foreign key (role_id) references annex.workspace_roles (id)",
        "constraint workspace_users.workspace_users_role_fkey is \"FOREIGN KEY (role_id)"),
    ("alter table annex.workspace_users drop constraint workspace_users_kind_check,
        add constraint workspace_users_kind_check check (kind in ('joined', 'native')) not valid", "NOT VALID"),
    ("alter table annex.workspace_users disable trigger all", "foreign key workspace_users.workspace_users_role_fkey is missing"),
    ("alter table annex.audit_events disable trigger all", "trigger audit_events.audit_events_refuse_change is \"CREATE TRIGGER"),
    ("alter table annex.audit_events enable trigger audit_events_refuse_change", "trigger audit_events.audit_events_refuse_change is \""),
    ("alter table annex.feature_flags drop constraint feature_flags_scope_unique, add constraint feature_flags_scope_unique unique (key, tenant_id)",
        "constraint feature_flags.feature_flags_scope_unique is \"UNIQUE (key, tenant_id)\""),
    ("update pg_index set indisvalid = false where indexrelid = 'annex.workspace_users_user_idx'::regclass", "(invalid)"),
    ("alter table annex.flag_overrides set unlogged", "table flag_overrides is \"ordinary, not permanent\""),
    ("alter table annex.workspaces alter column name type varchar", "column workspaces.name is \"character varying\""),
    ("grant insert on annex.audit_events to annex_app", "table audit_events is append-only, but annex_app may insert"),
    ("grant update on annex.audit_heads to crm", "table audit_heads is append-only, but crm may update"),
    ("grant update (details) on annex.audit_events to crm", "column audit_events.details is append-only, but crm may update"),
    ("grant update (hash) on annex.audit_events to public", "column audit_events.hash is append-only, but everybody may update"),
    ("grant update on annex.flag_overrides to annex_app", "table flag_overrides is written by functions alone, but annex_app may update"),
    ("grant delete on annex.schema_migrations to crm", "table schema_migrations may be changed by crm (delete)"),
    ("grant usage on schema annex to public", "schema annex is open to everybody (usage)"),
    ("grant create on schema annex to crm", "schema annex is open to crm (create)"),
    ("select annex.ensure_workspace('t'); delete from annex.workspace_roles where key = 'viewer'", "workspace t lacks its system role viewer"),
    ("select annex.append_audit_event('t', 'a', 'node'), annex.append_audit_event('t', 'a', 'node');
      alter table annex.audit_events disable trigger all; delete from annex.audit_events where seq = 2",
        "the audit chain of workspace t ends at event 1, but its head says 2"),
    ("select annex.append_audit_event('', 'a', 'node'); alter table annex.audit_events disable trigger all; delete from annex.audit_events",
        "the audit chain of the platform ends at event 0, but its head says 1"),
    ("select annex.record_override('multi_workspace_enabled', 't', 'on', 'n'); alter table annex.feature_flags disable trigger all;
      delete from annex.feature_flags where tenant_id = 't'", "the override of multi_workspace_enabled for t is active, but feature_flags has no row"),
];

#[tokio::test]
async fn each_object_that_is_gone_or_bent_is_named() {
    let (database, _owner) = migrated("objects").await;
    let superuser = database.connect().await;
    sql(&superuser, "set allow_system_table_mods = on").await;
    let damages = superuser.query(EACH_OBJECT, &[]).await.expect("a list of the schema's objects");
    assert!(damages.len() > 300, "only {} damages were found to try", damages.len());
    let mut together: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in damages {
        together.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }
    for (kind, damages) in together {
        let damages: Vec<(&str, &str)> = damages.iter().map(|(damage, expected)| (&**damage, &**expected)).collect();
        named(&superuser, &kind, &damages).await;
    }
}

#[tokio::test]
async fn what_is_bent_without_losing_its_name_is_named() {
    let (database, _owner) = migrated("bent").await;
    let superuser = database.connect().await;
    for damage in BENT {
        named(&superuser, damage.0, &[*damage]).await;
    }
}

/// Each damage is named, when all are done together; nothing is, before.
async fn named(superuser: &Client, what: &str, damages: &[(&str, &str)]) {
    sql(superuser, "begin").await;
    assert_eq!(findings(superuser).await, Vec::<String>::new(), "there is damage before `{what}`");
    for (damage, _) in damages {
        sql(superuser, damage).await;
    }
    let found = findings(superuser).await;
    for (damage, expected) in damages {
        assert!(
            found.iter().any(|sentence| sentence.contains(expected)),
            "after `{damage}` nobody says `{expected}`: {found:#?}"
        );
    }
    sql(superuser, "rollback").await;
}

/// The sentences of all verify.sql within the open transaction.
async fn findings(client: &Client) -> Vec<String> {
    let mut sentences = Vec::new();
    for migration in MIGRATIONS {
        sql(client, "savepoint verify").await;
        for statement in migration.verify.split_inclusive(";\n") {
            // What fails here is what damage made impossible; the sentences before it name the damage.
            let Ok(messages) = client.simple_query(statement).await else { break };
            sentences.extend(messages.iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            }));
        }
        sql(client, "rollback to verify").await;
    }
    sentences
}

#[tokio::test]
async fn the_runner_turns_damage_into_findings_and_never_into_an_error() {
    let (database, mut owner) = migrated("runner").await;
    let superuser = database.connect().await;
    let path: String = value(&owner, "select current_setting('search_path')").await;
    sql(
        &superuser,
        "drop table annex.rollout, annex.workspace_users cascade; drop function annex.flags_changed() cascade",
    )
    .await;
    let found = verify(&mut owner).await.expect("damage is no error");
    for (migration, sentence) in [
        ("0001_workspaces", "table workspace_users is missing"),
        ("0003_flags", "table rollout is missing"),
        ("0004_changes", "function annex.flags_changed() is missing"),
    ] {
        assert!(
            found.iter().any(|f| f.migration == migration && f.sentence == sentence),
            "no `{sentence}` in {found:#?}"
        );
    }
    assert_eq!(path, value::<String>(&owner, "select current_setting('search_path')").await);
}

#[tokio::test]
async fn what_a_later_migration_redefined_is_left_to_its_own_verify() {
    let (database, _owner) = migrated("redefined").await;
    let superuser = database.connect().await;
    sql(&superuser, "begin; drop trigger rollout_changed on annex.rollout; drop index annex.workspaces_owner_idx")
        .await;
    assert_eq!(
        findings(&superuser).await,
        ["index workspaces_owner_idx is missing", "trigger rollout.rollout_changed is missing"]
    );
    sql(&superuser, "select set_config('annex.redefined', 'index:other|trigger:rollout.rollout_changed', true)").await;
    assert_eq!(findings(&superuser).await, ["index workspaces_owner_idx is missing"]);
}
