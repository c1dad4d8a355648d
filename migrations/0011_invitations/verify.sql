-- One sentence per broken promise; no rows: health. Also for psql: `psql -1 -f verify.sql`.
-- What a later migration redefined (its `-- redefines:` line) is left to that migration's verify.

set local lock_timeout = '5s';
set local search_path = pg_catalog, pg_temp;

with ours as (
  select oid from pg_catalog.pg_namespace where nspname = 'annex'
),
expected (kind, name, definition) as (values
  ('table', 'invitation_counters', 'ordinary, permanent'),
  ('table', 'outbox', 'ordinary, permanent'),
  ('table', 'proven_addresses', 'ordinary, permanent'),
  ('table', 'workspace_invitations', 'ordinary, permanent'),
  ('column', 'invitation_counters.count', 'bigint not null'),
  ('column', 'invitation_counters.scope', 'text not null'),
  ('column', 'invitation_counters.starts_at', 'timestamp with time zone not null'),
  ('column', 'invitation_counters.subject', 'text not null'),
  ('column', 'outbox.attempts', 'integer not null default 0'),
  ('column', 'outbox.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'outbox.ended_at', 'timestamp with time zone'),
  ('column', 'outbox.id', 'bigint not null'),
  ('column', 'outbox.invitation_id', 'uuid not null'),
  ('column', 'outbox.key', 'text not null'),
  ('column', 'outbox.next_at', 'timestamp with time zone not null default now()'),
  ('column', 'outbox.reason', 'text'),
  ('column', 'outbox.state', 'text not null default ''queued''::text'),
  ('column', 'proven_addresses.address', 'text not null'),
  ('column', 'proven_addresses.proven_at', 'timestamp with time zone not null default now()'),
  ('column', 'proven_addresses.user_id', 'text not null'),
  ('column', 'workspace_invitations.accepted_by', 'text'),
  ('column', 'workspace_invitations.address', 'text not null'),
  ('column', 'workspace_invitations.created_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_invitations.email', 'text not null'),
  ('column', 'workspace_invitations.ended_at', 'timestamp with time zone'),
  ('column', 'workspace_invitations.ended_by', 'text'),
  ('column', 'workspace_invitations.expires_at', 'timestamp with time zone not null default (now() + ''7 days''::interval)'),
  ('column', 'workspace_invitations.id', 'uuid not null'),
  ('column', 'workspace_invitations.invited_by', 'text not null'),
  ('column', 'workspace_invitations.language', 'text not null default ''en''::text'),
  ('column', 'workspace_invitations.last_sent_at', 'timestamp with time zone not null default now()'),
  ('column', 'workspace_invitations.lifetime_days', 'integer not null default 7'),
  ('column', 'workspace_invitations.link_generation', 'integer not null default 1'),
  ('column', 'workspace_invitations.link_hash', 'bytea not null'),
  ('column', 'workspace_invitations.link_seed', 'bytea not null'),
  ('column', 'workspace_invitations.mail_hash', 'bytea not null'),
  ('column', 'workspace_invitations.mail_seed', 'bytea not null'),
  ('column', 'workspace_invitations.role_id', 'uuid'),
  ('column', 'workspace_invitations.send_count', 'integer not null default 1'),
  ('column', 'workspace_invitations.status', 'text not null default ''pending''::text'),
  ('column', 'workspace_invitations.tenant_id', 'text not null'),
  ('constraint', 'invitation_counters.invitation_counters_count_check', 'CHECK ((count >= 0))'),
  ('constraint', 'invitation_counters.invitation_counters_pkey', 'PRIMARY KEY (scope, subject, starts_at)'),
  ('constraint', 'invitation_counters.invitation_counters_scope_check', 'CHECK ((scope = ANY (ARRAY[''recipient''::text, ''person''::text, ''workspace''::text])))'),
  ('constraint', 'invitation_counters.invitation_counters_subject_check', 'CHECK (((length(subject) >= 1) AND (length(subject) <= 254)))'),
  ('constraint', 'outbox.outbox_attempts_check', 'CHECK ((attempts >= 0))'),
  ('constraint', 'outbox.outbox_ended_check', 'CHECK (((state = ANY (ARRAY[''queued''::text, ''sending''::text])) = (ended_at IS NULL)))'),
  ('constraint', 'outbox.outbox_invitation_fkey', 'FOREIGN KEY (invitation_id) REFERENCES annex.workspace_invitations(id) ON DELETE CASCADE'),
  ('constraint', 'outbox.outbox_key_check', 'CHECK (((length(key) >= 1) AND (length(key) <= 128)))'),
  ('constraint', 'outbox.outbox_key_unique', 'UNIQUE (key)'),
  ('constraint', 'outbox.outbox_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'outbox.outbox_reason_check', 'CHECK ((reason ~ ''^[a-z][a-z_]{0,62}$''::text))'),
  ('constraint', 'outbox.outbox_state_check', 'CHECK ((state = ANY (ARRAY[''queued''::text, ''sending''::text, ''sent''::text, ''failed''::text, ''dropped''::text])))'),
  ('constraint', 'proven_addresses.proven_addresses_address_check', 'CHECK (((length(address) >= 3) AND (length(address) <= 254)))'),
  ('constraint', 'proven_addresses.proven_addresses_pkey', 'PRIMARY KEY (user_id, address)'),
  ('constraint', 'proven_addresses.proven_addresses_user_id_check', 'CHECK (((length(user_id) >= 1) AND (length(user_id) <= 128)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_accepted_check', 'CHECK (((status = ''accepted''::text) = (accepted_by IS NOT NULL)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_address_check', 'CHECK ((((length(address) >= 3) AND (length(address) <= 254)) AND (address !~ ''[[:cntrl:][:space:]]''::text)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_email_check', 'CHECK ((((length(email) >= 3) AND (length(email) <= 254)) AND (email !~ ''[[:cntrl:]]''::text)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_ended_check', 'CHECK (((status = ANY (ARRAY[''pending''::text, ''expired''::text])) = (ended_at IS NULL)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_generation_check', 'CHECK ((link_generation > 0))'),
  ('constraint', 'workspace_invitations.workspace_invitations_invited_by_check', 'CHECK (((length(invited_by) >= 1) AND (length(invited_by) <= 128)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_language_check', 'CHECK ((language = ANY (ARRAY[''en''::text, ''de''::text])))'),
  ('constraint', 'workspace_invitations.workspace_invitations_lifetime_check', 'CHECK ((((lifetime_days >= 1) AND (lifetime_days <= 30)) AND (expires_at <= (created_at + ''30 days''::interval))))'),
  ('constraint', 'workspace_invitations.workspace_invitations_pkey', 'PRIMARY KEY (id)'),
  ('constraint', 'workspace_invitations.workspace_invitations_role_check', 'CHECK (((role_id IS NOT NULL) OR (status <> ''pending''::text)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_role_fkey', 'FOREIGN KEY (tenant_id, role_id) REFERENCES annex.workspace_roles(tenant_id, id) ON DELETE SET NULL (role_id)'),
  ('constraint', 'workspace_invitations.workspace_invitations_secrets_check', 'CHECK (((octet_length(mail_seed) = 32) AND (octet_length(mail_hash) = 32) AND (octet_length(link_seed) = 32) AND (octet_length(link_hash) = 32)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_send_count_check', 'CHECK (((send_count >= 1) AND (send_count <= 6)))'),
  ('constraint', 'workspace_invitations.workspace_invitations_status_check', 'CHECK ((status = ANY (ARRAY[''pending''::text, ''accepted''::text, ''declined''::text, ''revoked''::text, ''expired''::text])))'),
  ('constraint', 'workspace_invitations.workspace_invitations_workspace_fkey', 'FOREIGN KEY (tenant_id) REFERENCES annex.workspaces(tenant_id) ON DELETE CASCADE'),
  ('index', 'invitation_counters_old_idx', 'CREATE INDEX invitation_counters_old_idx ON annex.invitation_counters USING btree (starts_at)'),
  ('index', 'invitation_counters_pkey', 'CREATE UNIQUE INDEX invitation_counters_pkey ON annex.invitation_counters USING btree (scope, subject, starts_at)'),
  ('index', 'outbox_due_idx', 'CREATE INDEX outbox_due_idx ON annex.outbox USING btree (next_at) WHERE (state = ANY (ARRAY[''queued''::text, ''sending''::text]))'),
  ('index', 'outbox_invitation_idx', 'CREATE INDEX outbox_invitation_idx ON annex.outbox USING btree (invitation_id, id)'),
  ('index', 'outbox_key_unique', 'CREATE UNIQUE INDEX outbox_key_unique ON annex.outbox USING btree (key)'),
  ('index', 'outbox_pkey', 'CREATE UNIQUE INDEX outbox_pkey ON annex.outbox USING btree (id)'),
  ('index', 'proven_addresses_pkey', 'CREATE UNIQUE INDEX proven_addresses_pkey ON annex.proven_addresses USING btree (user_id, address)'),
  ('index', 'workspace_invitations_address_idx', 'CREATE INDEX workspace_invitations_address_idx ON annex.workspace_invitations USING btree (address) WHERE (status = ''pending''::text)'),
  ('index', 'workspace_invitations_inviter_idx', 'CREATE INDEX workspace_invitations_inviter_idx ON annex.workspace_invitations USING btree (tenant_id, invited_by) WHERE (status = ''pending''::text)'),
  ('index', 'workspace_invitations_link_unique', 'CREATE UNIQUE INDEX workspace_invitations_link_unique ON annex.workspace_invitations USING btree (link_hash)'),
  ('index', 'workspace_invitations_list_idx', 'CREATE INDEX workspace_invitations_list_idx ON annex.workspace_invitations USING btree (tenant_id, created_at, id)'),
  ('index', 'workspace_invitations_mail_unique', 'CREATE UNIQUE INDEX workspace_invitations_mail_unique ON annex.workspace_invitations USING btree (mail_hash)'),
  ('index', 'workspace_invitations_pending_unique', 'CREATE UNIQUE INDEX workspace_invitations_pending_unique ON annex.workspace_invitations USING btree (tenant_id, address) WHERE (status = ''pending''::text)'),
  ('index', 'workspace_invitations_pkey', 'CREATE UNIQUE INDEX workspace_invitations_pkey ON annex.workspace_invitations USING btree (id)'),
  ('index', 'workspace_invitations_role_idx', 'CREATE INDEX workspace_invitations_role_idx ON annex.workspace_invitations USING btree (tenant_id, role_id)'),
  ('foreign key', 'outbox.outbox_invitation_fkey', 'enforced'),
  ('foreign key', 'workspace_invitations.workspace_invitations_role_fkey', 'enforced'),
  ('foreign key', 'workspace_invitations.workspace_invitations_workspace_fkey', 'enforced')
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
