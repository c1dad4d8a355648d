-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'feature_flags', 'ordinary, permanent'),
  ('table', 'flag_overrides', 'ordinary, permanent'),
  ('table', 'rollout', 'ordinary, permanent'),
  ('column', 'feature_flags.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'feature_flags.description', 'text'),
  ('column', 'feature_flags.enabled', 'boolean'),
  ('column', 'feature_flags.id', 'uuid not null default gen_random_uuid()'),
  ('column', 'feature_flags.key', 'text not null'),
  ('column', 'feature_flags.mode', 'text not null default ''enforce''::text'),
  ('column', 'feature_flags.tenant_id', 'text'),
  ('column', 'feature_flags.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'feature_flags.updated_by', 'text default SESSION_USER'),
  ('column', 'flag_overrides.ended_at', 'timestamp with time zone'),
  ('column', 'flag_overrides.key', 'text not null'),
  ('column', 'flag_overrides.node', 'text'),
  ('column', 'flag_overrides.scope', 'text not null'),
  ('column', 'flag_overrides.seen_at', 'timestamp with time zone not null default clock_timestamp()'),
  ('column', 'flag_overrides.source', 'text not null default ''redis''::text'),
  ('column', 'flag_overrides.state', 'text not null default ''active''::text'),
  ('column', 'flag_overrides.superseded_at', 'timestamp with time zone'),
  ('column', 'flag_overrides.value', 'text not null'),
  ('column', 'rollout.deny', 'text[] not null default ''{}''::text[]'),
  ('column', 'rollout.key', 'text not null'),
  ('column', 'rollout.percentage', 'integer not null default 100'),
  ('column', 'rollout.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'rollout.updated_by', 'text default SESSION_USER'),
  ('constraint', 'feature_flags.feature_flags_key_check', 'CHECK ((key ~ ''^[a-z][a-z0-9_]{0,62}$''::text))'),
  ('constraint', 'feature_flags.feature_flags_mode_check', 'CHECK ((mode = ANY (ARRAY[''enforce''::text, ''shadow''::text])))'),
  ('constraint', 'feature_flags.feature_flags_on_enforces_check', 'CHECK (((enabled IS NOT TRUE) OR (mode = ''enforce''::text)))'),
  ('constraint', 'feature_flags.feature_flags_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'feature_flags.feature_flags_scope_unique', 'UNIQUE NULLS NOT DISTINCT (key, tenant_id)'),
  ('constraint', 'feature_flags.feature_flags_tenant_id_check', 'CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 128)))'),
  ('constraint', 'feature_flags.feature_flags_tenant_id_one_check', 'CHECK ((tenant_id <> ''*''::text))'),
  ('constraint', 'flag_overrides.flag_overrides_key_check', 'CHECK ((key ~ ''^[a-z][a-z0-9_]{0,62}$''::text))'),
  ('constraint', 'flag_overrides.flag_overrides_pkey', 'PRIMARY KEY (key, scope)'),
  ('constraint', 'flag_overrides.flag_overrides_scope_check', 'CHECK (((length(scope) >= 1) AND (length(scope) <= 128)))'),
  ('constraint', 'flag_overrides.flag_overrides_source_check', 'CHECK ((source = ''redis''::text))'),
  ('constraint', 'flag_overrides.flag_overrides_state_check', 'CHECK ((state = ANY (ARRAY[''active''::text, ''superseded''::text, ''ended''::text])))'),
  ('constraint', 'flag_overrides.flag_overrides_value_check', 'CHECK ((value = ANY (ARRAY[''on''::text, ''off''::text])))'),
  ('constraint', 'rollout.rollout_deny_check', 'CHECK ((array_position(deny, NULL::text) IS NULL))'),
  ('constraint', 'rollout.rollout_key_check', 'CHECK ((key ~ ''^[a-z][a-z0-9_]{0,62}$''::text))'),
  ('constraint', 'rollout.rollout_percentage_check', 'CHECK (((percentage >= 0) AND (percentage <= 100)))'),
  ('constraint', 'rollout.rollout_pkey', 'PRIMARY KEY (key)'),
  ('index', 'feature_flags_pkey', 'CREATE UNIQUE INDEX feature_flags_pkey ON annex.feature_flags USING btree (id)'),
  ('index', 'feature_flags_scope_unique', 'CREATE UNIQUE INDEX feature_flags_scope_unique ON annex.feature_flags USING btree (key, tenant_id) NULLS NOT DISTINCT'),
  ('index', 'feature_flags_tenant_idx', 'CREATE INDEX feature_flags_tenant_idx ON annex.feature_flags USING btree (tenant_id) WHERE (tenant_id IS NOT NULL)'),
  ('index', 'flag_overrides_pkey', 'CREATE UNIQUE INDEX flag_overrides_pkey ON annex.flag_overrides USING btree (key, scope)'),
  ('index', 'rollout_pkey', 'CREATE UNIQUE INDEX rollout_pkey ON annex.rollout USING btree (key)'),
  ('trigger', 'feature_flags.feature_flags_keep_global', 'CREATE TRIGGER feature_flags_keep_global AFTER DELETE OR UPDATE OF key, tenant_id ON annex.feature_flags FOR EACH STATEMENT EXECUTE FUNCTION annex.seed_global_flag()'),
  ('trigger', 'feature_flags.feature_flags_row', 'CREATE TRIGGER feature_flags_row BEFORE INSERT OR UPDATE ON annex.feature_flags FOR EACH ROW EXECUTE FUNCTION annex.feature_flag_row()'),
  ('trigger', 'feature_flags.feature_flags_written', 'CREATE TRIGGER feature_flags_written AFTER INSERT OR DELETE OR UPDATE OF key, tenant_id, enabled, mode ON annex.feature_flags FOR EACH ROW EXECUTE FUNCTION annex.feature_flag_written()'),
  ('trigger', 'rollout.rollout_row', 'CREATE TRIGGER rollout_row BEFORE UPDATE ON annex.rollout FOR EACH ROW EXECUTE FUNCTION annex.rollout_row()'),
  ('function', 'annex.end_override(text,text,text)', 'text, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body f7d4d8eed1956f7f'),
  ('function', 'annex.feature_flag_row()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 168c66da58b8204f'),
  ('function', 'annex.feature_flag_written()', 'trigger, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body d4cd4e6645252223'),
  ('function', 'annex.record_override(text,text,text,text)', 'text, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body c38df4127ca921ae'),
  ('function', 'annex.rollout_row()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 5c189147bb2e34bc'),
  ('function', 'annex.seed_global_flag()', 'trigger, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 8babc8cffe37aa66'),
  ('function', 'annex.supersede_override(text,text)', 'void, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 34935ea7a77a1f38')
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
select format('table flag_overrides is written by functions alone, but %s may %s', g.grantee::regrole, lower(g.privilege_type))
from pg_catalog.pg_class as c cross join lateral aclexplode(c.relacl) as g
where c.relnamespace = (select oid from ours) and c.relname = 'flag_overrides'
  and g.grantee not in (0, c.relowner) and g.privilege_type <> 'SELECT'
order by 1;

select 'the global row of multi_workspace_enabled is missing from feature_flags'
where not exists (select from annex.feature_flags where key = 'multi_workspace_enabled' and tenant_id is null)
union all
select 'the row of multi_workspace_enabled is missing from rollout'
where not exists (select from annex.rollout where key = 'multi_workspace_enabled')
union all
select format('the override of %s for %s is active, but feature_flags has no row that a rollback could reach', o.key, o.scope)
from annex.flag_overrides as o
where o.state = 'active' and not exists (
  select from annex.feature_flags as f where f.key = o.key and f.tenant_id is not distinct from nullif(o.scope, '*'))
order by 1;
