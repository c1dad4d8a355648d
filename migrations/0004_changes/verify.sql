-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('trigger', 'feature_flags.feature_flags_changed', 'CREATE TRIGGER feature_flags_changed AFTER INSERT OR DELETE OR UPDATE ON annex.feature_flags FOR EACH STATEMENT EXECUTE FUNCTION annex.flags_changed()'),
  ('trigger', 'feature_flags.feature_flags_refuse_truncate', 'CREATE TRIGGER feature_flags_refuse_truncate BEFORE TRUNCATE ON annex.feature_flags FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'flag_overrides.flag_overrides_changed', 'CREATE TRIGGER flag_overrides_changed AFTER INSERT OR DELETE OR UPDATE ON annex.flag_overrides FOR EACH STATEMENT EXECUTE FUNCTION annex.flags_changed()'),
  ('trigger', 'flag_overrides.flag_overrides_refuse_truncate', 'CREATE TRIGGER flag_overrides_refuse_truncate BEFORE TRUNCATE ON annex.flag_overrides FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'rollout.rollout_changed', 'CREATE TRIGGER rollout_changed AFTER INSERT OR DELETE OR UPDATE ON annex.rollout FOR EACH STATEMENT EXECUTE FUNCTION annex.flags_changed()'),
  ('trigger', 'rollout.rollout_refuse_truncate', 'CREATE TRIGGER rollout_refuse_truncate BEFORE TRUNCATE ON annex.rollout FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'workspace_role_permissions.workspace_role_permissions_deleted', 'CREATE TRIGGER workspace_role_permissions_deleted AFTER DELETE ON annex.workspace_role_permissions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_role_permissions.workspace_role_permissions_inserted', 'CREATE TRIGGER workspace_role_permissions_inserted AFTER INSERT ON annex.workspace_role_permissions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_role_permissions.workspace_role_permissions_refuse_truncate', 'CREATE TRIGGER workspace_role_permissions_refuse_truncate BEFORE TRUNCATE ON annex.workspace_role_permissions FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'workspace_role_permissions.workspace_role_permissions_updated', 'CREATE TRIGGER workspace_role_permissions_updated AFTER UPDATE ON annex.workspace_role_permissions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_roles.workspace_roles_deleted', 'CREATE TRIGGER workspace_roles_deleted AFTER DELETE ON annex.workspace_roles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_roles.workspace_roles_inserted', 'CREATE TRIGGER workspace_roles_inserted AFTER INSERT ON annex.workspace_roles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_roles.workspace_roles_refuse_truncate', 'CREATE TRIGGER workspace_roles_refuse_truncate BEFORE TRUNCATE ON annex.workspace_roles FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'workspace_roles.workspace_roles_row_changed', 'CREATE TRIGGER workspace_roles_row_changed BEFORE UPDATE ON annex.workspace_roles FOR EACH ROW EXECUTE FUNCTION annex.row_changed()'),
  ('trigger', 'workspace_roles.workspace_roles_updated', 'CREATE TRIGGER workspace_roles_updated AFTER UPDATE ON annex.workspace_roles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_users.workspace_users_deleted', 'CREATE TRIGGER workspace_users_deleted AFTER DELETE ON annex.workspace_users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_users.workspace_users_inserted', 'CREATE TRIGGER workspace_users_inserted AFTER INSERT ON annex.workspace_users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspace_users.workspace_users_refuse_truncate', 'CREATE TRIGGER workspace_users_refuse_truncate BEFORE TRUNCATE ON annex.workspace_users FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'workspace_users.workspace_users_row', 'CREATE TRIGGER workspace_users_row BEFORE INSERT OR UPDATE ON annex.workspace_users FOR EACH ROW EXECUTE FUNCTION annex.workspace_user_row()'),
  ('trigger', 'workspace_users.workspace_users_row_changed', 'CREATE TRIGGER workspace_users_row_changed BEFORE UPDATE ON annex.workspace_users FOR EACH ROW EXECUTE FUNCTION annex.row_changed()'),
  ('trigger', 'workspace_users.workspace_users_updated', 'CREATE TRIGGER workspace_users_updated AFTER UPDATE ON annex.workspace_users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'workspaces.workspaces_deleted', 'CREATE TRIGGER workspaces_deleted AFTER DELETE ON annex.workspaces REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.workspaces_changed()'),
  ('trigger', 'workspaces.workspaces_inserted', 'CREATE TRIGGER workspaces_inserted AFTER INSERT ON annex.workspaces REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.workspaces_changed()'),
  ('trigger', 'workspaces.workspaces_refuse_truncate', 'CREATE TRIGGER workspaces_refuse_truncate BEFORE TRUNCATE ON annex.workspaces FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'workspaces.workspaces_row', 'CREATE TRIGGER workspaces_row BEFORE UPDATE ON annex.workspaces FOR EACH ROW EXECUTE FUNCTION annex.workspace_row()'),
  ('trigger', 'workspaces.workspaces_row_changed', 'CREATE TRIGGER workspaces_row_changed BEFORE UPDATE ON annex.workspaces FOR EACH ROW EXECUTE FUNCTION annex.row_changed()'),
  ('trigger', 'workspaces.workspaces_updated', 'CREATE TRIGGER workspaces_updated AFTER UPDATE ON annex.workspaces REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.workspaces_changed()'),
  ('function', 'annex.access_changed()', 'trigger, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 573817942a62cc80'),
  ('function', 'annex.flags_changed()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 4c5d775dbda21430'),
  ('function', 'annex.refuse_truncate()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 47eee0936c94fd85'),
  ('function', 'annex.row_changed()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 3d6711c914b3e8ca'),
  ('function', 'annex.workspace_row()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 138943eeb3206e8d'),
  ('function', 'annex.workspace_user_row()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 1be3ce45e00dd72f'),
  ('function', 'annex.workspaces_changed()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 61e1110aa64e2923')
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
