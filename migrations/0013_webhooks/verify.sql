-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'webhook_deliveries', 'ordinary, permanent'),
  ('table', 'webhooks', 'ordinary, permanent'),
  ('column', 'webhook_deliveries.attempts', 'integer not null default 0'),
  ('column', 'webhook_deliveries.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'webhook_deliveries.ended_at', 'timestamp with time zone'),
  ('column', 'webhook_deliveries.event', 'text not null'),
  ('column', 'webhook_deliveries.id', 'uuid not null default gen_random_uuid()'),
  ('column', 'webhook_deliveries.last_error', 'text'),
  ('column', 'webhook_deliveries.last_status', 'integer'),
  ('column', 'webhook_deliveries.next_attempt_at', 'timestamp with time zone not null default now()'),
  ('column', 'webhook_deliveries.payload', 'jsonb not null'),
  ('column', 'webhook_deliveries.state', 'text not null default ''pending''::text'),
  ('column', 'webhook_deliveries.tenant_id', 'text not null'),
  ('column', 'webhook_deliveries.webhook_id', 'uuid not null'),
  ('column', 'webhooks.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'webhooks.created_by', 'text not null'),
  ('column', 'webhooks.description', 'text'),
  ('column', 'webhooks.disabled_at', 'timestamp with time zone'),
  ('column', 'webhooks.disabled_reason', 'text'),
  ('column', 'webhooks.events', 'text[] not null'),
  ('column', 'webhooks.failing_since', 'timestamp with time zone'),
  ('column', 'webhooks.id', 'uuid not null default gen_random_uuid()'),
  ('column', 'webhooks.is_enabled', 'boolean not null default true'),
  ('column', 'webhooks.previous_secret', 'bytea'),
  ('column', 'webhooks.previous_until', 'timestamp with time zone'),
  ('column', 'webhooks.secret', 'bytea not null'),
  ('column', 'webhooks.tenant_id', 'text not null'),
  ('column', 'webhooks.updated_at', 'timestamp with time zone not null default now()'),
  ('column', 'webhooks.url', 'text not null'),
  ('column', 'webhooks.version', 'bigint not null default 1'),
  ('constraint', 'webhook_deliveries.webhook_deliveries_ended_check', 'CHECK (((state = ''pending''::text) = (ended_at IS NULL)))'),
  ('constraint', 'webhook_deliveries.webhook_deliveries_payload_check', 'CHECK ((jsonb_typeof(payload) = ''object''::text))'),
  ('constraint', 'webhook_deliveries.webhook_deliveries_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'webhook_deliveries.webhook_deliveries_state_check', 'CHECK ((state = ANY (ARRAY[''pending''::text, ''delivered''::text, ''failed''::text])))'),
  ('constraint', 'webhook_deliveries.webhook_deliveries_webhook_id_fkey', 'FOREIGN KEY (webhook_id) REFERENCES annex.webhooks(id) ON DELETE CASCADE'),
  ('constraint', 'webhooks.webhooks_description_check', 'CHECK ((length(description) <= 200))'),
  ('constraint', 'webhooks.webhooks_disabled_check', 'CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL)))'),
  ('constraint', 'webhooks.webhooks_events_check', 'CHECK (((cardinality(events) >= 1) AND (cardinality(events) <= 50)))'),
  ('constraint', 'webhooks.webhooks_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'webhooks.webhooks_previous_check', 'CHECK (((previous_secret IS NULL) = (previous_until IS NULL)))'),
  ('constraint', 'webhooks.webhooks_secret_check', 'CHECK ((octet_length(secret) = 80))'),
  ('constraint', 'webhooks.webhooks_tenant_id_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('constraint', 'webhooks.webhooks_url_check', 'CHECK (((length(url) >= 1) AND (length(url) <= 2048)))'),
  ('foreign key', 'webhook_deliveries.webhook_deliveries_webhook_id_fkey', 'enforced'),
  ('foreign key', 'webhooks.webhooks_tenant_id_fkey', 'enforced'),
  ('index', 'webhook_deliveries_due_idx', 'CREATE INDEX webhook_deliveries_due_idx ON annex.webhook_deliveries USING btree (next_attempt_at) WHERE (state = ''pending''::text)'),
  ('index', 'webhook_deliveries_ended_idx', 'CREATE INDEX webhook_deliveries_ended_idx ON annex.webhook_deliveries USING btree (ended_at) WHERE (state <> ''pending''::text)'),
  ('index', 'webhook_deliveries_list_idx', 'CREATE INDEX webhook_deliveries_list_idx ON annex.webhook_deliveries USING btree (webhook_id, created_at DESC, id DESC)'),
  ('index', 'webhook_deliveries_pkey', 'CREATE UNIQUE INDEX webhook_deliveries_pkey ON annex.webhook_deliveries USING btree (id)'),
  ('index', 'webhooks_pkey', 'CREATE UNIQUE INDEX webhooks_pkey ON annex.webhooks USING btree (id)'),
  ('index', 'webhooks_tenant_id_idx', 'CREATE INDEX webhooks_tenant_id_idx ON annex.webhooks USING btree (tenant_id, created_at, id)'),
  ('trigger', 'audit_events.audit_events_queue_webhooks', 'CREATE TRIGGER audit_events_queue_webhooks AFTER INSERT ON annex.audit_events FOR EACH ROW EXECUTE FUNCTION annex.queue_webhook_deliveries()'),
  ('function', 'annex.queue_webhook_deliveries()', 'trigger, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 03d09eb2f10e8933')
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
