-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'shadow_decisions', 'ordinary, permanent'),
  ('table', 'unmapped_routes', 'ordinary, permanent'),
  ('column', 'shadow_decisions.accepted_at', 'timestamp with time zone'),
  ('column', 'shadow_decisions.accepted_because', 'text'),
  ('column', 'shadow_decisions.accepted_by', 'text'),
  ('column', 'shadow_decisions.basis', 'text not null'),
  ('column', 'shadow_decisions.effect', 'text not null'),
  ('column', 'shadow_decisions.first_seen_at', 'timestamp with time zone not null'),
  ('column', 'shadow_decisions.last_seen_at', 'timestamp with time zone not null'),
  ('column', 'shadow_decisions.method', 'text not null'),
  ('column', 'shadow_decisions.pattern', 'text not null'),
  ('column', 'shadow_decisions.permission', 'text not null default ''''::text'),
  ('column', 'shadow_decisions.reason', 'text not null default ''''::text'),
  ('column', 'shadow_decisions.role_key', 'text not null'),
  ('column', 'shadow_decisions.samples', 'jsonb not null default ''[]''::jsonb'),
  ('column', 'shadow_decisions.seen', 'bigint not null'),
  ('column', 'shadow_decisions.tenant_id', 'text not null'),
  ('column', 'unmapped_routes.first_seen_at', 'timestamp with time zone not null'),
  ('column', 'unmapped_routes.last_seen_at', 'timestamp with time zone not null'),
  ('column', 'unmapped_routes.method', 'text not null'),
  ('column', 'unmapped_routes.pattern', 'text not null'),
  ('column', 'unmapped_routes.seen', 'bigint not null'),
  ('constraint', 'shadow_decisions.shadow_decisions_accepted_check', 'CHECK (((num_nulls(accepted_at, accepted_by, accepted_because) = ANY (ARRAY[0, 3])) AND ((accepted_at IS NULL) OR (effect = ''deny''::text))))'),
  ('constraint', 'shadow_decisions.shadow_decisions_basis_check', 'CHECK ((basis = ANY (ARRAY[''derived''::text, ''set''::text, ''blocked''::text, ''any''::text])))'),
  ('constraint', 'shadow_decisions.shadow_decisions_effect_check', 'CHECK ((effect = ANY (ARRAY[''allow''::text, ''deny''::text])))'),
  ('constraint', 'shadow_decisions.shadow_decisions_method_check', 'CHECK ((method ~ ''^[A-Z]{1,16}$''::text))'),
  ('constraint', 'shadow_decisions.shadow_decisions_pattern_check', 'CHECK (((length(pattern) >= 1) AND (length(pattern) <= 512)))'),
  ('constraint', 'shadow_decisions.shadow_decisions_permission_check', 'CHECK (((permission = ''''::text) OR (reason = ''permission_missing''::text)))'),
  ('constraint', 'shadow_decisions.shadow_decisions_pkey', 'PRIMARY KEY (tenant_id, method, pattern, role_key, basis, effect, reason, permission)'),
  ('constraint', 'shadow_decisions.shadow_decisions_reason_check', 'CHECK (((effect = ''deny''::text) = (reason <> ''''::text)))'),
  ('constraint', 'shadow_decisions.shadow_decisions_role_key_check', 'CHECK (((length(role_key) >= 1) AND (length(role_key) <= 64)))'),
  ('constraint', 'shadow_decisions.shadow_decisions_samples_check', 'CHECK (((jsonb_typeof(samples) = ''array''::text) AND (jsonb_array_length(samples) <= 5)))'),
  ('constraint', 'shadow_decisions.shadow_decisions_seen_check', 'CHECK (((seen > 0) AND (first_seen_at <= last_seen_at)))'),
  ('constraint', 'shadow_decisions.shadow_decisions_tenant_id_check', 'CHECK (((length(tenant_id) >= 1) AND (length(tenant_id) <= 128)))'),
  ('constraint', 'unmapped_routes.unmapped_routes_method_check', 'CHECK ((method ~ ''^[A-Z]{1,16}$''::text))'),
  ('constraint', 'unmapped_routes.unmapped_routes_pattern_check', 'CHECK (((length(pattern) >= 1) AND (length(pattern) <= 512)))'),
  ('constraint', 'unmapped_routes.unmapped_routes_pkey', 'PRIMARY KEY (method, pattern)'),
  ('constraint', 'unmapped_routes.unmapped_routes_seen_check', 'CHECK (((seen > 0) AND (first_seen_at <= last_seen_at)))'),
  ('index', 'shadow_decisions_pkey', 'CREATE UNIQUE INDEX shadow_decisions_pkey ON annex.shadow_decisions USING btree (tenant_id, method, pattern, role_key, basis, effect, reason, permission)'),
  ('index', 'unmapped_routes_pkey', 'CREATE UNIQUE INDEX unmapped_routes_pkey ON annex.unmapped_routes USING btree (method, pattern)')
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
