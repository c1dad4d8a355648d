//! The SQL that fills the later version's tables with what Annex keeps.
//!
//! PostgreSQL itself writes the statements (`format` with `%I` and `%L`), so every value is quoted by the server that
//! will read it. Every statement can be run again: it adds only what is not there.
//!
//! **Deliberately absent:** tokens. A pending invitation leaves as an expired one with a random token that nobody has.

mod show;

use tokio_postgres::{Client, Error};

use super::SchemaName;
use crate::crm::Statements;

/// The script, one statement a line.
pub async fn script(client: &Client, crm: &Statements, schema: &SchemaName) -> Result<String, Error> {
    let mut lines = vec![
        "-- What Annex keeps, in the tables of the CRM's later version. Run it as their owner.".to_owned(),
        "begin;".to_owned(),
    ];
    for statement in [ROLES, PERMISSIONS, MEMBERS, OWNERS, INVITATIONS, DELETED, DELETIONS, FLAGS, EVENTS] {
        for row in client.query(statement, &[&schema.as_str()]).await? {
            lines.push(row.try_get(0)?);
        }
    }
    lines.extend(show::statements(client, crm, schema).await?);
    lines.push("commit;\n".to_owned());
    Ok(lines.join("\n"))
}

const ROLES: &str = "
    select format(
        'insert into %I.workspace_custom_roles (id, workspace_id, name, description, color, created_by) '
        || 'select %L, %L, %L, %L, %L, %L where not exists (select 1 from %I.workspace_custom_roles where id = %L);',
        $1::text, r.id::text, r.tenant_id, r.name, r.description, r.color, r.created_by, $1::text, r.id::text)
    from annex.workspace_roles r where not r.is_system order by r.tenant_id, r.key";

const PERMISSIONS: &str = "
    select format(
        'insert into %I.workspace_role_permissions (role_id, module, action, allowed) '
        || 'select %L, %L, %L, true where not exists '
        || '(select 1 from %I.workspace_role_permissions where role_id = %L and module = %L and action = %L);',
        $1::text, p.role_id::text, a.module, a.action, $1::text, p.role_id::text, a.module, a.action)
    from annex.workspace_role_permissions p
    cross join lateral (
        select split_part(p.permission, ':', 1) as module,
               case split_part(p.permission, ':', 2) when 'read' then 'view' when 'write' then 'edit'
                    else split_part(p.permission, ':', 2) end as action) a
    order by p.tenant_id, p.role_id, p.permission";

/// The owner is `owner` there; a custom role is called by its name.
const MEMBERS: &str = "
    select format(
        'insert into %I.workspace_users (user_id, workspace_id, role, is_primary, invited_by, joined_at, last_accessed_at) '
        || 'select %L, %L, %L, false, %L, %L, %L where not exists '
        || '(select 1 from %I.workspace_users where user_id = %L and workspace_id = %L);',
        $1::text, m.user_id, m.tenant_id,
        case when w.owner_user_id = m.user_id then 'owner' when r.is_system then r.key else r.name end,
        m.invited_by, m.joined_at, m.last_accessed_at, $1::text, m.user_id, m.tenant_id)
    from annex.workspace_users m
    join annex.workspaces w on w.tenant_id = m.tenant_id and w.purged_at is null
    join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.kind = 'joined' and m.status = 'active'
    order by m.tenant_id, m.joined_at, m.user_id";

/// An owner at home has no row of ours, and one there.
const OWNERS: &str = "
    select format(
        'insert into %I.workspace_users (user_id, workspace_id, role, is_primary) select %L, %L, ''owner'', true '
        || 'where not exists (select 1 from %I.workspace_users where user_id = %L and workspace_id = %L);',
        $1::text, w.owner_user_id, w.tenant_id, $1::text, w.owner_user_id, w.tenant_id)
    from annex.workspaces w
    where w.owner_user_id is not null and w.purged_at is null
      and not exists (select from annex.workspace_users m where m.tenant_id = w.tenant_id and m.user_id = w.owner_user_id
                      and m.kind = 'joined')
    order by w.tenant_id";

/// The token is made where the script runs, by the server that runs it: it stands in no script and opens nothing.
const INVITATIONS: &str = "
    select format(
        'insert into %I.workspace_invitations '
        || '(id, workspace_id, email, role, token, invited_by, status, expires_at, accepted_at, created_at) '
        || 'select %L, %L, %L, %L, replace(gen_random_uuid()::text || gen_random_uuid()::text, ''-'', ''''), '
        || '%L, %L, %L, %L, %L where not exists (select 1 from %I.workspace_invitations where id = %L);',
        $1::text, i.id::text, i.tenant_id, i.address,
        case when r.id is null then 'viewer' when r.is_system then r.key else r.name end, i.invited_by,
        case i.status when 'pending' then 'expired' else i.status end, least(i.expires_at, now()),
        case i.status when 'accepted' then i.ended_at end, i.created_at, $1::text, i.id::text)
    from annex.workspace_invitations i
    join annex.workspaces w on w.tenant_id = i.tenant_id and w.purged_at is null
    left join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    order by i.tenant_id, i.created_at, i.id";

const DELETED: &str = "
    select format('update %I.tenants set deleted_at = %L where id = %L and deleted_at is null;',
        $1::text, w.deleted_at, w.tenant_id)
    from annex.workspaces w where w.deleted_at is not null and w.purged_at is null order by w.tenant_id";

/// Who deleted it, why, and when it is purged: without this row it comes back as one that is never purged.
const DELETIONS: &str = "
    select format(
        'insert into %I.workspace_deletion_logs (workspace_id, action, deleted_by, reason, scheduled_purge_at, created_at) '
        || 'select %L, ''deleted'', %L, %L, %L, %L where not exists (select 1 from %I.workspace_deletion_logs '
        || 'where workspace_id = %L and deleted_by is not null and created_at = %L);',
        $1::text, w.tenant_id, w.deleted_by, w.delete_reason, w.purge_after, w.deleted_at, $1::text, w.tenant_id, w.deleted_at)
    from annex.workspaces w where w.deleted_by is not null and w.purged_at is null order by w.tenant_id";

const FLAGS: &str = "
    select format(
        'insert into %I.feature_flags (key, tenant_id, enabled, description) select %L, %L, %L, %L where not exists '
        || '(select 1 from %I.feature_flags where key = %L and tenant_id is not distinct from %L);',
        $1::text, f.key, f.tenant_id, f.enabled, f.description, $1::text, f.key, f.tenant_id)
    from annex.feature_flags f where f.enabled is not null order by f.tenant_id nulls first";

const EVENTS: &str = "
    select format(
        'insert into %I.workspace_activity_logs (id, workspace_id, user_id, action, details, ip_address, user_agent, created_at) '
        || 'select %L, %L, %L, %L, %L, %L, %L, %L where not exists '
        || '(select 1 from %I.workspace_activity_logs where id = %L);',
        $1::text, e.id::text, e.tenant_id, coalesce(e.actor_id, e.actor_kind), e.action, e.details::text, e.ip,
        e.user_agent, e.at, $1::text, e.id::text)
    from annex.audit_events e
    join annex.workspaces w on w.tenant_id = e.tenant_id and w.purged_at is null
    order by e.tenant_id, e.seq";
