-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('index', 'workspace_users_active_idx', 'CREATE INDEX workspace_users_active_idx ON annex.workspace_users USING btree (tenant_id) WHERE ((kind = ''joined''::text) AND (status = ''active''::text))'),
  ('index', 'workspace_users_blocked_idx', 'CREATE INDEX workspace_users_blocked_idx ON annex.workspace_users USING btree (tenant_id, user_id) WHERE ((kind = ''native''::text) AND (status <> ''active''::text))')
),
actual (kind, name, definition) as (
  select 'index', c.relname::text,
    pg_catalog.pg_get_indexdef(i.indexrelid) || case when i.indisvalid and i.indisready then '' else ' (invalid)' end
  from pg_catalog.pg_index as i join pg_catalog.pg_class as c on c.oid = i.indexrelid
  where c.relnamespace = (select oid from ours)
)
select case when a.name is null then format('%s %s is missing', e.kind, e.name)
            else format('%s %s is "%s" and not "%s"', e.kind, e.name, a.definition, e.definition) end
from expected as e
left join actual as a on a.kind = e.kind and a.name = e.name
where a.definition is distinct from e.definition
  and not (e.kind || ':' || e.name) = any (string_to_array(coalesce(current_setting('annex.redefined', true), ''), '|'))
order by 1;
