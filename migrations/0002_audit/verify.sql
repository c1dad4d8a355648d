-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'audit_events', 'ordinary, permanent'),
  ('table', 'audit_heads', 'ordinary, permanent'),
  ('column', 'audit_events.action', 'text not null'),
  ('column', 'audit_events.actor_id', 'text'),
  ('column', 'audit_events.actor_kind', 'text not null'),
  ('column', 'audit_events.at', 'timestamp with time zone not null'),
  ('column', 'audit_events.details', 'jsonb not null default ''{}''::jsonb'),
  ('column', 'audit_events.hash', 'bytea not null'),
  ('column', 'audit_events.id', 'uuid not null'),
  ('column', 'audit_events.ip', 'text'),
  ('column', 'audit_events.prev_hash', 'bytea not null'),
  ('column', 'audit_events.request_id', 'text'),
  ('column', 'audit_events.seq', 'bigint not null'),
  ('column', 'audit_events.target_id', 'text'),
  ('column', 'audit_events.target_kind', 'text'),
  ('column', 'audit_events.tenant_id', 'text not null'),
  ('column', 'audit_events.user_agent', 'text'),
  ('column', 'audit_heads.hash', 'bytea not null default decode(repeat(''00''::text, 32), ''hex''::text)'),
  ('column', 'audit_heads.seq', 'bigint not null default 0'),
  ('column', 'audit_heads.tenant_id', 'text not null'),
  ('constraint', 'audit_events.audit_events_action_check', 'CHECK (((action ~ ''^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$''::text) AND (length(action) <= 64)))'),
  ('constraint', 'audit_events.audit_events_actor_kind_check', 'CHECK ((actor_kind = ANY (ARRAY[''user''::text, ''saas_admin''::text, ''operator''::text, ''node''::text])))'),
  ('constraint', 'audit_events.audit_events_details_check', 'CHECK ((jsonb_typeof(details) = ''object''::text))'),
  ('constraint', 'audit_events.audit_events_hash_check', 'CHECK (((octet_length(prev_hash) = 32) AND (octet_length(hash) = 32)))'),
  ('constraint', 'audit_events.audit_events_id_unique', 'UNIQUE (id)'),
  ('constraint', 'audit_events.audit_events_pkey', 'PRIMARY KEY (tenant_id, seq)'),
  ('constraint', 'audit_events.audit_events_seq_check', 'CHECK ((seq > 0))'),
  ('constraint', 'audit_heads.audit_heads_hash_check', 'CHECK ((octet_length(hash) = 32))'),
  ('constraint', 'audit_heads.audit_heads_pkey', 'PRIMARY KEY (tenant_id)'),
  ('constraint', 'audit_heads.audit_heads_seq_check', 'CHECK ((seq >= 0))'),
  ('constraint', 'audit_heads.audit_heads_tenant_id_check', 'CHECK ((length(tenant_id) <= 128))'),
  ('index', 'audit_events_action_idx', 'CREATE INDEX audit_events_action_idx ON annex.audit_events USING btree (tenant_id, action, seq DESC)'),
  ('index', 'audit_events_actor_idx', 'CREATE INDEX audit_events_actor_idx ON annex.audit_events USING btree (tenant_id, actor_id, seq DESC)'),
  ('index', 'audit_events_at_idx', 'CREATE INDEX audit_events_at_idx ON annex.audit_events USING btree (tenant_id, at DESC, seq DESC)'),
  ('index', 'audit_events_id_unique', 'CREATE UNIQUE INDEX audit_events_id_unique ON annex.audit_events USING btree (id)'),
  ('index', 'audit_events_pkey', 'CREATE UNIQUE INDEX audit_events_pkey ON annex.audit_events USING btree (tenant_id, seq)'),
  ('index', 'audit_heads_pkey', 'CREATE UNIQUE INDEX audit_heads_pkey ON annex.audit_heads USING btree (tenant_id)'),
  ('trigger', 'audit_events.audit_events_refuse_change', 'CREATE TRIGGER audit_events_refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON annex.audit_events FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_audit_change() (always)'),
  ('trigger', 'audit_heads.audit_heads_one_step', 'CREATE TRIGGER audit_heads_one_step BEFORE UPDATE ON annex.audit_heads FOR EACH ROW EXECUTE FUNCTION annex.guard_audit_head() (always)'),
  ('trigger', 'audit_heads.audit_heads_refuse_change', 'CREATE TRIGGER audit_heads_refuse_change BEFORE DELETE OR TRUNCATE ON annex.audit_heads FOR EACH STATEMENT EXECUTE FUNCTION annex.refuse_audit_change() (always)'),
  ('function', 'annex.append_audit_event(text,text,text,text,text,text,jsonb,text,text,text)', 'record, plpgsql, volatile, security definer, search_path=pg_catalog, pg_temp, body 66770fd5d2e60033'),
  ('function', 'annex.audit_canonical(annex.audit_events)', 'text, sql, stable, search_path=pg_catalog, pg_temp, body bfd9ee33c8ab56a9'),
  ('function', 'annex.audit_hash(annex.audit_events)', 'bytea, sql, stable, search_path=pg_catalog, pg_temp, body 87c1cbfea7d17b16'),
  ('function', 'annex.guard_audit_head()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body 7417a271568193d9'),
  ('function', 'annex.refuse_audit_change()', 'trigger, plpgsql, volatile, search_path=pg_catalog, pg_temp, body f922c12ddce6198f'),
  ('function', 'annex.verify_audit_chain(text)', 'TABLE(tenant_id text, seq bigint, problem text), sql, stable, search_path=pg_catalog, pg_temp, body 635b9542a9e605eb')
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
select format('table %s is append-only, but %s may %s', c.relname, g.grantee::regrole, lower(g.privilege_type))
from pg_catalog.pg_class as c cross join lateral aclexplode(c.relacl) as g
where c.relnamespace = (select oid from ours) and c.relname in ('audit_events', 'audit_heads')
  and g.grantee not in (0, c.relowner) and g.privilege_type <> 'SELECT'
union all
select format('column %s.%s is append-only, but %s may %s', c.relname, a.attname,
  case when g.grantee = 0 then 'everybody' else g.grantee::regrole::text end, lower(g.privilege_type))
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid
cross join lateral aclexplode(a.attacl) as g
where c.relnamespace = (select oid from ours) and c.relname in ('audit_events', 'audit_heads')
  and g.grantee <> c.relowner and g.privilege_type <> 'SELECT'
order by 1;

-- The head of each chain against its last event; the whole chain is annex.verify_audit_chain().
select format('the audit chain of %s ends at event %s, but its head says %s',
  case when h.tenant_id = '' then 'the platform' else 'workspace ' || h.tenant_id end, coalesce(e.seq, 0), h.seq)
from annex.audit_heads as h
left join lateral (
  select l.seq, l.hash from annex.audit_events as l where l.tenant_id = h.tenant_id order by l.seq desc limit 1
) as e on true
where h.seq <> coalesce(e.seq, 0) or (e.hash is not null and e.hash <> h.hash)
order by 1;
