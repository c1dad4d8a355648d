-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'ownership_transfers', 'ordinary, permanent'),
  ('column', 'ownership_transfers.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'ownership_transfers.ended_at', 'timestamp with time zone'),
  ('column', 'ownership_transfers.ended_by', 'text'),
  ('column', 'ownership_transfers.expires_at', 'timestamp with time zone not null default (now() + ''7 days''::interval)'),
  ('column', 'ownership_transfers.from_user_id', 'text'),
  ('column', 'ownership_transfers.id', 'uuid not null default gen_random_uuid()'),
  ('column', 'ownership_transfers.opened_by', 'text not null'),
  ('column', 'ownership_transfers.status', 'text not null default ''pending''::text'),
  ('column', 'ownership_transfers.tenant_id', 'text not null'),
  ('column', 'ownership_transfers.to_user_id', 'text not null'),
  ('column', 'workspaces.address', 'text'),
  ('column', 'workspaces.contact_email', 'text'),
  ('column', 'workspaces.industry', 'text'),
  ('column', 'workspaces.language', 'text'),
  ('column', 'workspaces.phone', 'text'),
  ('constraint', 'ownership_transfers.ownership_transfers_ended_check', 'CHECK (((status = ''pending''::text) = (ended_at IS NULL)))'),
  ('constraint', 'ownership_transfers.ownership_transfers_expires_check', 'CHECK ((expires_at > created_at))'),
  ('constraint', 'ownership_transfers.ownership_transfers_other_check', 'CHECK ((to_user_id <> from_user_id))'),
  ('constraint', 'ownership_transfers.ownership_transfers_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'ownership_transfers.ownership_transfers_status_check', 'CHECK ((status = ANY (ARRAY[''pending''::text, ''accepted''::text, ''declined''::text, ''cancelled''::text, ''expired''::text])))'),
  ('constraint', 'ownership_transfers.ownership_transfers_to_user_id_check', 'CHECK (((length(to_user_id) >= 1) AND (length(to_user_id) <= 128)))'),
  ('constraint', 'ownership_transfers.ownership_transfers_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'workspaces.workspaces_address_check', 'CHECK (((length(address) >= 1) AND (length(address) <= 500)))'),
  ('constraint', 'workspaces.workspaces_contact_email_check', 'CHECK ((contact_email ~ ''^[^@[:space:]]{1,64}@[^@[:space:]]{1,189}$''::text))'),
  ('constraint', 'workspaces.workspaces_industry_check', 'CHECK (((length(industry) >= 1) AND (length(industry) <= 120)))'),
  ('constraint', 'workspaces.workspaces_language_check', 'CHECK ((language ~ ''^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,4}$''::text))'),
  ('constraint', 'workspaces.workspaces_phone_check', 'CHECK ((phone ~ ''^[0-9+(][0-9 ()./+-]{2,38}$''::text))'),
  ('foreign key', 'ownership_transfers.ownership_transfers_workspace_fkey', 'enforced'),
  ('index', 'ownership_transfers_pending_idx', 'CREATE UNIQUE INDEX ownership_transfers_pending_idx ON annex.ownership_transfers USING btree (tenant_id) WHERE (status = ''pending''::text)'),
  ('index', 'ownership_transfers_pkey', 'CREATE UNIQUE INDEX ownership_transfers_pkey ON annex.ownership_transfers USING btree (id)'),
  ('index', 'ownership_transfers_workspace_idx', 'CREATE INDEX ownership_transfers_workspace_idx ON annex.ownership_transfers USING btree (tenant_id, created_at)')
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
