-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'orphaned_workspaces', 'ordinary, permanent'),
  ('column', 'orphaned_workspaces.since', 'timestamp with time zone not null default now()'),
  ('column', 'orphaned_workspaces.tenant_id', 'text not null'),
  ('constraint', 'orphaned_workspaces.orphaned_workspaces_pkey', 'PRIMARY KEY (tenant_id)'),
  ('constraint', 'orphaned_workspaces.orphaned_workspaces_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'workspace_roles.workspace_roles_admin_remains', 'TRIGGER DEFERRABLE INITIALLY DEFERRED'),
  ('constraint', 'workspace_roles.workspace_roles_description_check', 'CHECK (((length(description) >= 1) AND (length(description) <= 300)))'),
  ('constraint', 'workspace_users.workspace_users_admin_not_deleted', 'TRIGGER DEFERRABLE INITIALLY DEFERRED'),
  ('constraint', 'workspace_users.workspace_users_admin_remains', 'TRIGGER DEFERRABLE INITIALLY DEFERRED'),
  ('constraint', 'workspaces.workspaces_admin_remains', 'TRIGGER DEFERRABLE INITIALLY DEFERRED'),
  ('index', 'orphaned_workspaces_pkey', 'CREATE UNIQUE INDEX orphaned_workspaces_pkey ON annex.orphaned_workspaces USING btree (tenant_id)'),
  ('index', 'workspace_users_list_idx', 'CREATE INDEX workspace_users_list_idx ON annex.workspace_users USING btree (tenant_id, joined_at, user_id) WHERE (status <> ''removed''::text)'),
  ('index', 'workspace_users_joined_idx', 'CREATE INDEX workspace_users_joined_idx ON annex.workspace_users USING btree (user_id, joined_at, tenant_id) WHERE ((kind = ''joined''::text) AND (status = ''active''::text))'),
  ('trigger', 'workspace_roles.workspace_roles_admin_remains', 'CREATE CONSTRAINT TRIGGER workspace_roles_admin_remains AFTER UPDATE ON annex.workspace_roles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.key = ''admin''::text) AND (new.key <> ''admin''::text))) EXECUTE FUNCTION annex.keep_an_admin()'),
  ('trigger', 'workspace_users.workspace_users_admin_not_deleted', 'CREATE CONSTRAINT TRIGGER workspace_users_admin_not_deleted AFTER DELETE ON annex.workspace_users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.status = ''active''::text)) EXECUTE FUNCTION annex.keep_an_admin()'),
  ('trigger', 'workspace_users.workspace_users_admin_remains', 'CREATE CONSTRAINT TRIGGER workspace_users_admin_remains AFTER UPDATE ON annex.workspace_users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.status = ''active''::text) AND ((new.status <> ''active''::text) OR (new.role_id IS DISTINCT FROM old.role_id) OR (new.tenant_id <> old.tenant_id)))) EXECUTE FUNCTION annex.keep_an_admin()'),
  ('trigger', 'workspaces.workspaces_admin_remains', 'CREATE CONSTRAINT TRIGGER workspaces_admin_remains AFTER UPDATE ON annex.workspaces DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.deleted_at IS NULL) AND (new.sponsor_tenant_id IS NOT NULL) AND ((old.deleted_at IS NOT NULL) OR (old.sponsor_tenant_id IS NULL)))) EXECUTE FUNCTION annex.keep_an_admin()'),
  ('foreign key', 'orphaned_workspaces.orphaned_workspaces_workspace_fkey', 'enforced'),
  ('function', 'annex.keep_an_admin()', 'trigger, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 13c604fa14945189'),
  ('function', 'annex.release_native(text,text)', 'boolean, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 89ee58549bfb66b5'),
  ('function', 'annex.vouch_for_admin(text)', 'void, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 523ac86be0652041')
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
order by 1;
