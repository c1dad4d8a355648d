-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'shadow_users', 'ordinary, permanent'),
  ('column', 'shadow_users.activated_at', 'timestamp with time zone not null default now()'),
  ('column', 'shadow_users.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'shadow_users.deactivated_at', 'timestamp with time zone'),
  ('column', 'shadow_users.email', 'text not null'),
  ('column', 'shadow_users.shadow_user_id', 'text not null'),
  ('column', 'shadow_users.tenant_id', 'text not null'),
  ('column', 'shadow_users.user_id', 'text not null'),
  ('constraint', 'shadow_users.shadow_users_email_check', 'CHECK ((((length(email) >= 3) AND (length(email) <= 254)) AND (email = lower(email)) AND (email ~~ ''%_@_%''::text)))'),
  ('constraint', 'shadow_users.shadow_users_email_unique', 'UNIQUE (email)'),
  ('constraint', 'shadow_users.shadow_users_id_check', 'CHECK ((((length(shadow_user_id) >= 1) AND (length(shadow_user_id) <= 128)) AND (shadow_user_id <> user_id)))'),
  ('constraint', 'shadow_users.shadow_users_person_unique', 'UNIQUE (tenant_id, user_id)'),
  ('constraint', 'shadow_users.shadow_users_pkey', 'PRIMARY KEY (shadow_user_id)'),
  ('constraint', 'shadow_users.shadow_users_user_id_check', 'CHECK (((length(user_id) >= 1) AND (length(user_id) <= 128)))'),
  ('constraint', 'shadow_users.shadow_users_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id)'),
  ('index', 'shadow_users_email_unique', 'CREATE UNIQUE INDEX shadow_users_email_unique ON annex.shadow_users USING btree (email)'),
  ('index', 'shadow_users_person_unique', 'CREATE UNIQUE INDEX shadow_users_person_unique ON annex.shadow_users USING btree (tenant_id, user_id)'),
  ('index', 'shadow_users_pkey', 'CREATE UNIQUE INDEX shadow_users_pkey ON annex.shadow_users USING btree (shadow_user_id)'),
  ('trigger', 'shadow_users.shadow_users_deleted', 'CREATE TRIGGER shadow_users_deleted AFTER DELETE ON annex.shadow_users REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'shadow_users.shadow_users_inserted', 'CREATE TRIGGER shadow_users_inserted AFTER INSERT ON annex.shadow_users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('trigger', 'shadow_users.shadow_users_refuse_truncate', 'CREATE TRIGGER shadow_users_refuse_truncate BEFORE TRUNCATE ON annex.shadow_users FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_truncate()'),
  ('trigger', 'shadow_users.shadow_users_updated', 'CREATE TRIGGER shadow_users_updated AFTER UPDATE ON annex.shadow_users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION annex.access_changed()'),
  ('foreign key', 'shadow_users.shadow_users_workspace_fkey', 'enforced')
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
