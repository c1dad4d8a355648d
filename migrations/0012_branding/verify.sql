-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'assets', 'ordinary, permanent'),
  ('table', 'branding', 'ordinary, permanent'),
  ('table', 'onboarding', 'ordinary, permanent'),
  ('column', 'assets.bytes', 'bytea not null'),
  ('column', 'assets.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'assets.logo', 'text not null'),
  ('column', 'assets.name', 'text not null'),
  ('column', 'assets.px', 'smallint not null'),
  ('column', 'assets.tenant_id', 'text not null'),
  ('column', 'branding.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'branding.crm_kept', 'jsonb not null default ''{}''::jsonb'),
  ('column', 'branding.draft', 'jsonb'),
  ('column', 'branding.live', 'jsonb not null default ''{}''::jsonb'),
  ('column', 'branding.logo', 'text'),
  ('column', 'branding.tenant_id', 'text not null'),
  ('column', 'branding.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'branding.updated_by', 'text'),
  ('column', 'branding.version', 'bigint not null default 1'),
  ('column', 'onboarding.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'onboarding.dismissed_at', 'timestamp with time zone'),
  ('column', 'onboarding.dismissed_by', 'text'),
  ('column', 'onboarding.steps', 'jsonb not null default ''{}''::jsonb'),
  ('column', 'onboarding.tenant_id', 'text not null'),
  ('column', 'onboarding.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'onboarding.version', 'bigint not null default 1'),
  ('constraint', 'assets.assets_bytes_check', 'CHECK (((octet_length(bytes) >= 1) AND (octet_length(bytes) <= 524288)))'),
  ('constraint', 'assets.assets_logo_check', 'CHECK ((logo ~ ''^[0-9a-f]{64}$''::text))'),
  ('constraint', 'assets.assets_name_check', 'CHECK ((name ~ ''^[0-9a-f]{64}$''::text))'),
  ('constraint', 'assets.assets_pkey', 'PRIMARY KEY (name)'),
  ('constraint', 'assets.assets_px_check', 'CHECK ((px = ANY (ARRAY[32, 64, 128, 256])))'),
  ('constraint', 'assets.assets_size_unique', 'UNIQUE (tenant_id, logo, px)'),
  ('constraint', 'assets.assets_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'branding.branding_crm_kept_check', 'CHECK ((jsonb_typeof(crm_kept) = ''object''::text))'),
  ('constraint', 'branding.branding_draft_check', 'CHECK (((jsonb_typeof(draft) = ''object''::text) AND (octet_length((draft)::text) <= 65536)))'),
  ('constraint', 'branding.branding_draft_colors_check', 'CHECK ((((draft ->> ''primaryColor''::text) ~ ''^#[0-9a-f]{6}$''::text) AND ((draft ->> ''secondaryColor''::text) ~ ''^#[0-9a-f]{6}$''::text)))'),
  ('constraint', 'branding.branding_live_check', 'CHECK (((jsonb_typeof(live) = ''object''::text) AND (octet_length((live)::text) <= 65536)))'),
  ('constraint', 'branding.branding_live_colors_check', 'CHECK ((((live ->> ''primaryColor''::text) ~ ''^#[0-9a-f]{6}$''::text) AND ((live ->> ''secondaryColor''::text) ~ ''^#[0-9a-f]{6}$''::text)))'),
  ('constraint', 'branding.branding_logo_check', 'CHECK ((logo ~ ''^[0-9a-f]{64}$''::text))'),
  ('constraint', 'branding.branding_pkey', 'PRIMARY KEY (tenant_id)'),
  ('constraint', 'branding.branding_version_check', 'CHECK ((version > 0))'),
  ('constraint', 'branding.branding_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'onboarding.onboarding_dismissed_check', 'CHECK (((dismissed_at IS NOT NULL) OR (dismissed_by IS NULL)))'),
  ('constraint', 'onboarding.onboarding_pkey', 'PRIMARY KEY (tenant_id)'),
  ('constraint', 'onboarding.onboarding_steps_check', 'CHECK (((jsonb_typeof(steps) = ''object''::text) AND (octet_length((steps)::text) <= 8192)))'),
  ('constraint', 'onboarding.onboarding_version_check', 'CHECK ((version > 0))'),
  ('constraint', 'onboarding.onboarding_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('index', 'assets_pkey', 'CREATE UNIQUE INDEX assets_pkey ON annex.assets USING btree (name)'),
  ('index', 'assets_size_unique', 'CREATE UNIQUE INDEX assets_size_unique ON annex.assets USING btree (tenant_id, logo, px)'),
  ('index', 'branding_pkey', 'CREATE UNIQUE INDEX branding_pkey ON annex.branding USING btree (tenant_id)'),
  ('index', 'onboarding_pkey', 'CREATE UNIQUE INDEX onboarding_pkey ON annex.onboarding USING btree (tenant_id)'),
  ('trigger', 'branding.branding_row_changed', 'CREATE TRIGGER branding_row_changed BEFORE UPDATE ON annex.branding FOR EACH ROW EXECUTE FUNCTION annex.row_changed()'),
  ('trigger', 'onboarding.onboarding_row_changed', 'CREATE TRIGGER onboarding_row_changed BEFORE UPDATE ON annex.onboarding FOR EACH ROW EXECUTE FUNCTION annex.row_changed()'),
  ('foreign key', 'assets.assets_workspace_fkey', 'enforced'),
  ('foreign key', 'branding.branding_workspace_fkey', 'enforced'),
  ('foreign key', 'onboarding.onboarding_workspace_fkey', 'enforced')
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
