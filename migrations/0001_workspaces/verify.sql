-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'schema_migrations', 'ordinary, permanent'),
  ('table', 'workspace_role_permissions', 'ordinary, permanent'),
  ('table', 'workspace_roles', 'ordinary, permanent'),
  ('table', 'workspace_users', 'ordinary, permanent'),
  ('table', 'workspaces', 'ordinary, permanent'),
  ('column', 'schema_migrations.applied_at', 'timestamp with time zone not null default now()'),
  ('column', 'schema_migrations.applied_by', 'text not null default SESSION_USER'),
  ('column', 'schema_migrations.down_sha256', 'text not null'),
  ('column', 'schema_migrations.duration_ms', 'bigint not null default 0'),
  ('column', 'schema_migrations.name', 'text not null'),
  ('column', 'schema_migrations.number', 'integer not null'),
  ('column', 'schema_migrations.state', 'text not null'),
  ('column', 'schema_migrations.up_sha256', 'text not null'),
  ('column', 'schema_migrations.verify_sha256', 'text not null'),
  ('column', 'schema_migrations.version', 'text not null'),
  ('column', 'workspace_role_permissions.permission', 'text not null'),
  ('column', 'workspace_role_permissions.role_id', 'uuid not null'),
  ('column', 'workspace_role_permissions.tenant_id', 'text not null'),
  ('column', 'workspace_roles.color', 'text'),
  ('column', 'workspace_roles.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_roles.created_by', 'text'),
  ('column', 'workspace_roles.description', 'text'),
  ('column', 'workspace_roles.id', 'uuid not null default gen_random_uuid()'),
  ('column', 'workspace_roles.is_system', 'boolean not null default false'),
  ('column', 'workspace_roles.key', 'text not null'),
  ('column', 'workspace_roles.name', 'text not null'),
  ('column', 'workspace_roles.tenant_id', 'text not null'),
  ('column', 'workspace_roles.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_roles.version', 'bigint not null default 1'),
  ('column', 'workspace_users.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_users.epoch', 'bigint not null default 1'),
  ('column', 'workspace_users.id', 'uuid not null default gen_random_uuid()'),
  ('column', 'workspace_users.invited_by', 'text'),
  ('column', 'workspace_users.joined_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_users.kind', 'text not null default ''joined''::text'),
  ('column', 'workspace_users.last_accessed_at', 'timestamp with time zone'),
  ('column', 'workspace_users.removed_at', 'timestamp with time zone'),
  ('column', 'workspace_users.removed_by', 'text'),
  ('column', 'workspace_users.role_id', 'uuid'),
  ('column', 'workspace_users.status', 'text not null default ''active''::text'),
  ('column', 'workspace_users.tenant_id', 'text not null'),
  ('column', 'workspace_users.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_users.user_id', 'text not null'),
  ('column', 'workspaces.business_type', 'text'),
  ('column', 'workspaces.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspaces.created_by', 'text'),
  ('column', 'workspaces.currency', 'text'),
  ('column', 'workspaces.delete_reason', 'text'),
  ('column', 'workspaces.deleted_at', 'timestamp with time zone'),
  ('column', 'workspaces.deleted_by', 'text'),
  ('column', 'workspaces.epoch', 'bigint not null default ((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint'),
  ('column', 'workspaces.logo_url', 'text'),
  ('column', 'workspaces.name', 'text'),
  ('column', 'workspaces.owner_user_id', 'text'),
  ('column', 'workspaces.purge_after', 'timestamp with time zone'),
  ('column', 'workspaces.purged_at', 'timestamp with time zone'),
  ('column', 'workspaces.slug', 'text'),
  ('column', 'workspaces.sponsor_tenant_id', 'text'),
  ('column', 'workspaces.tenant_id', 'text not null'),
  ('column', 'workspaces.timezone', 'text'),
  ('column', 'workspaces.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspaces.version', 'bigint not null default 1'),
  ('constraint', 'schema_migrations.schema_migrations_number_check', 'CHECK ((number > 0))'),
  ('constraint', 'schema_migrations.schema_migrations_pkey', 'PRIMARY KEY (number)'),
  ('constraint', 'schema_migrations.schema_migrations_state_check', 'CHECK ((state = ANY (ARRAY[''applying''::text, ''applied''::text, ''reverting''::text])))'),
  ('constraint', 'workspace_role_permissions.workspace_role_permissions_form_check', 'CHECK ((permission ~ ''^[a-z][a-z_]{0,62}:[a-z][a-z_]{0,62}$''::text))'),
  ('constraint', 'workspace_role_permissions.workspace_role_permissions_pkey', 'PRIMARY KEY (role_id, permission)'),
  ('constraint', 'workspace_role_permissions.workspace_role_permissions_role_fkey', 'FOREIGN KEY (tenant_id, role_id) REFERENCES annex.workspace_roles(tenant_id, id) ON DELETE CASCADE'),
  ('constraint', 'workspace_roles.workspace_roles_color_check', 'CHECK ((color ~ ''^#[0-9a-fA-F]{6}$''::text))'),
  ('constraint', 'workspace_roles.workspace_roles_key_check', 'CHECK ((key ~ ''^[a-z][a-z0-9_-]{0,62}$''::text))'),
  ('constraint', 'workspace_roles.workspace_roles_key_unique', 'UNIQUE (tenant_id, key)'),
  ('constraint', 'workspace_roles.workspace_roles_name_check', 'CHECK (((length(name) >= 1) AND (length(name) <= 80)))'),
  ('constraint', 'workspace_roles.workspace_roles_of_workspace_unique', 'UNIQUE (tenant_id, id)'),
  ('constraint', 'workspace_roles.workspace_roles_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'workspace_roles.workspace_roles_system_check', 'CHECK ((is_system = (key = ANY (ARRAY[''admin''::text, ''manager''::text, ''member''::text, ''finance''::text, ''viewer''::text]))))'),
  ('constraint', 'workspace_roles.workspace_roles_version_check', 'CHECK ((version > 0))'),
  ('constraint', 'workspace_roles.workspace_roles_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'workspace_users.workspace_users_epoch_check', 'CHECK ((epoch > 0))'),
  ('constraint', 'workspace_users.workspace_users_kind_check', 'CHECK ((kind = ANY (ARRAY[''joined''::text, ''native''::text])))'),
  ('constraint', 'workspace_users.workspace_users_member_unique', 'UNIQUE (tenant_id, user_id)'),
  ('constraint', 'workspace_users.workspace_users_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'workspace_users.workspace_users_removed_check', 'CHECK (((status = ''removed''::text) = (removed_at IS NOT NULL)))'),
  ('constraint', 'workspace_users.workspace_users_role_check', 'CHECK (((role_id IS NOT NULL) OR (status = ''removed''::text) OR ((kind = ''native''::text) AND (status = ''suspended''::text))))'),
  ('constraint', 'workspace_users.workspace_users_role_fkey', 'FOREIGN KEY (tenant_id, role_id) REFERENCES annex.workspace_roles(tenant_id, id) ON DELETE SET NULL (role_id)'),
  ('constraint', 'workspace_users.workspace_users_status_check', 'CHECK ((status = ANY (ARRAY[''active''::text, ''suspended''::text, ''removed''::text])))'),
  ('constraint', 'workspace_users.workspace_users_user_id_check', 'CHECK (((length(user_id) >= 1) AND (length(user_id) <= 128)))'),
  ('constraint', 'workspace_users.workspace_users_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'workspaces.workspaces_currency_check', 'CHECK ((currency ~ ''^[A-Z]{3}$''::text))'),
  ('constraint', 'workspaces.workspaces_deleted_check', 'CHECK (((deleted_at IS NOT NULL) OR ((deleted_by IS NULL) AND (delete_reason IS NULL) AND (purge_after IS NULL) AND (purged_at IS NULL))))'),
  ('constraint', 'workspaces.workspaces_epoch_check', 'CHECK ((epoch > 0))'),
  ('constraint', 'workspaces.workspaces_name_check', 'CHECK (((length(name) >= 1) AND (length(name) <= 200)))'),
  ('constraint', 'workspaces.workspaces_pkey', 'PRIMARY KEY (tenant_id)'),
  ('constraint', 'workspaces.workspaces_slug_check', 'CHECK ((slug ~ ''^[a-z0-9][a-z0-9-]{0,62}$''::text))'),
  ('constraint', 'workspaces.workspaces_sponsor_check', 'CHECK (((length(sponsor_tenant_id) >= 1) AND (length(sponsor_tenant_id) <= 128)))'),
  ('constraint', 'workspaces.workspaces_sponsor_other_check', 'CHECK ((sponsor_tenant_id <> tenant_id))'),
  ('constraint', 'workspaces.workspaces_tenant_id_check', 'CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 128)))'),
  ('constraint', 'workspaces.workspaces_version_check', 'CHECK ((version > 0))'),
  ('foreign key', 'workspace_role_permissions.workspace_role_permissions_role_fkey', 'enforced'),
  ('foreign key', 'workspace_roles.workspace_roles_workspace_fkey', 'enforced'),
  ('foreign key', 'workspace_users.workspace_users_role_fkey', 'enforced'),
  ('foreign key', 'workspace_users.workspace_users_workspace_fkey', 'enforced'),
  ('index', 'schema_migrations_pkey', 'CREATE UNIQUE INDEX schema_migrations_pkey ON annex.schema_migrations USING btree (number)'),
  ('index', 'workspace_role_permissions_pkey', 'CREATE UNIQUE INDEX workspace_role_permissions_pkey ON annex.workspace_role_permissions USING btree (role_id, permission)'),
  ('index', 'workspace_role_permissions_role_idx', 'CREATE INDEX workspace_role_permissions_role_idx ON annex.workspace_role_permissions USING btree (tenant_id, role_id)'),
  ('index', 'workspace_roles_key_unique', 'CREATE UNIQUE INDEX workspace_roles_key_unique ON annex.workspace_roles USING btree (tenant_id, key)'),
  ('index', 'workspace_roles_of_workspace_unique', 'CREATE UNIQUE INDEX workspace_roles_of_workspace_unique ON annex.workspace_roles USING btree (tenant_id, id)'),
  ('index', 'workspace_roles_pkey', 'CREATE UNIQUE INDEX workspace_roles_pkey ON annex.workspace_roles USING btree (id)'),
  ('index', 'workspace_users_member_unique', 'CREATE UNIQUE INDEX workspace_users_member_unique ON annex.workspace_users USING btree (tenant_id, user_id)'),
  ('index', 'workspace_users_pkey', 'CREATE UNIQUE INDEX workspace_users_pkey ON annex.workspace_users USING btree (id)'),
  ('index', 'workspace_users_role_idx', 'CREATE INDEX workspace_users_role_idx ON annex.workspace_users USING btree (tenant_id, role_id)'),
  ('index', 'workspace_users_user_idx', 'CREATE INDEX workspace_users_user_idx ON annex.workspace_users USING btree (user_id)'),
  ('index', 'workspaces_created_by_idx', 'CREATE INDEX workspaces_created_by_idx ON annex.workspaces USING btree (created_by, created_at) WHERE (created_by IS NOT NULL)'),
  ('index', 'workspaces_owner_idx', 'CREATE INDEX workspaces_owner_idx ON annex.workspaces USING btree (owner_user_id) WHERE (owner_user_id IS NOT NULL)'),
  ('index', 'workspaces_pkey', 'CREATE UNIQUE INDEX workspaces_pkey ON annex.workspaces USING btree (tenant_id)'),
  ('index', 'workspaces_purge_idx', 'CREATE INDEX workspaces_purge_idx ON annex.workspaces USING btree (purge_after) WHERE ((deleted_at IS NOT NULL) AND (purged_at IS NULL))'),
  ('index', 'workspaces_sponsor_idx', 'CREATE INDEX workspaces_sponsor_idx ON annex.workspaces USING btree (sponsor_tenant_id) WHERE (sponsor_tenant_id IS NOT NULL)'),
  ('function', 'annex.ensure_workspace(text,text,text,text,text)', 'annex.workspaces, plpgsql, volatile, search_path=pg_catalog, pg_temp, body f0bc2038224c0fd2')
),
actual (kind, name, definition) as (
  select 'table', c.relname::text,
    concat_ws(', ', case c.relkind when 'r' then 'ordinary' else 'not ordinary' end,
      case c.relpersistence when 'p' then 'permanent' else 'not permanent' end,
      case when c.relrowsecurity then 'with row security' end,
      case when exists (select from pg_catalog.pg_rewrite as r where r.ev_class = c.oid) then 'with rules' end)
  from pg_catalog.pg_class as c
  where c.relnamespace = (select oid from ours) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select 'column', c.relname || '.' || a.attname,
    concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid))
  from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relnamespace = (select oid from ours) and c.relkind = 'r'
  union all
  select 'constraint', c.relname || '.' || k.conname, pg_catalog.pg_get_constraintdef(k.oid)
  from pg_catalog.pg_constraint as k join pg_catalog.pg_class as c on c.oid = k.conrelid
  where k.connamespace = (select oid from ours)
  union all
  select 'index', c.relname::text,
    pg_catalog.pg_get_indexdef(i.indexrelid) || case when i.indisvalid and i.indisready then '' else ' (invalid)' end
  from pg_catalog.pg_index as i join pg_catalog.pg_class as c on c.oid = i.indexrelid
  where c.relnamespace = (select oid from ours)
  union all
  select 'trigger', c.relname || '.' || t.tgname,
    pg_catalog.pg_get_triggerdef(t.oid)
    || case t.tgenabled when 'O' then '' when 'A' then ' (always)' when 'R' then ' (replica only)' else ' (disabled)' end
  from pg_catalog.pg_trigger as t join pg_catalog.pg_class as c on c.oid = t.tgrelid
  where c.relnamespace = (select oid from ours) and not t.tgisinternal
  union all
  -- A foreign key is enforced by internal triggers; switching those off leaves the constraint's text as it was.
  select 'foreign key', c.relname || '.' || k.conname, 'enforced'
  from pg_catalog.pg_constraint as k join pg_catalog.pg_class as c on c.oid = k.conrelid
  where k.connamespace = (select oid from ours) and k.contype = 'f'
    and not exists (select from pg_catalog.pg_trigger as t where t.tgconstraint = k.oid and t.tgenabled in ('D', 'R'))
  union all
  select 'function', p.oid::pg_catalog.regprocedure::text,
    concat_ws(', ', pg_catalog.pg_get_function_result(p.oid), l.lanname,
      case p.provolatile when 'v' then 'volatile' when 's' then 'stable' else 'immutable' end,
      case when p.prosecdef then 'security definer' end, pg_catalog.array_to_string(p.proconfig, ' '),
      'body ' || left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex'), 16))
  from pg_catalog.pg_proc as p join pg_catalog.pg_language as l on l.oid = p.prolang
  where p.pronamespace = (select oid from ours)
)
select case when a.name is null then format('%s %s is missing', e.kind, e.name)
            else format('%s %s is "%s" and not "%s"', e.kind, e.name, a.definition, e.definition) end
from expected as e
left join actual as a on a.kind = e.kind and a.name = e.name
where a.definition is distinct from e.definition
  and not (e.kind || ':' || e.name) = any (string_to_array(coalesce(current_setting('annex.redefined', true), ''), '|'))
union all
select format('schema annex is open to %s (%s)',
  case when g.grantee = 0 then 'everybody' else g.grantee::regrole::text end, lower(g.privilege_type))
from pg_catalog.pg_namespace as n cross join lateral aclexplode(n.nspacl) as g
where n.nspname = 'annex' and (g.grantee = 0 or (g.privilege_type = 'CREATE' and g.grantee <> n.nspowner))
union all
select format('table %s is open to everybody (%s)', c.relname, lower(g.privilege_type))
from pg_catalog.pg_class as c cross join lateral aclexplode(c.relacl) as g
where c.relnamespace = (select oid from ours) and g.grantee = 0
union all
select format('function %s can be called by everybody', p.oid::regprocedure)
from pg_catalog.pg_proc as p
where p.pronamespace = (select oid from ours)
  and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as g where g.grantee = 0)
union all
select format('table schema_migrations may be changed by %s (%s)', g.grantee::regrole, lower(g.privilege_type))
from pg_catalog.pg_class as c cross join lateral aclexplode(c.relacl) as g
where c.relnamespace = (select oid from ours) and c.relname = 'schema_migrations'
  and g.grantee not in (0, c.relowner) and g.privilege_type <> 'SELECT'
order by 1;

select format('workspace %s lacks its system role %s', w.tenant_id, k.key)
from annex.workspaces as w
cross join (values ('admin'), ('manager'), ('member'), ('finance'), ('viewer')) as k (key)
where w.purged_at is null
  and not exists (select from annex.workspace_roles as r where r.tenant_id = w.tenant_id and r.key = k.key)
order by 1;
