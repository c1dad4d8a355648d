-- Who outside is told of what happens in a workspace.
--
-- A delivery is made by a trigger on annex.audit_events, so that it stands in the transaction of the change it tells of,
-- whoever made the change: no commit, no delivery; no delivery lost.
--
-- Invariant: a secret stands here only sealed under a key that is derived from ANNEX_SECRET; a dump holds none that works.
-- Invariant: a payload holds ids, an action and a time. Names, addresses and `details` are not in it; an operator, who is known
-- by the name of their account, is left out.
-- Deliberately absent: `workspace.switched`, which tells where people look and not what changed.

set local lock_timeout = '5s';

create table annex.webhooks (
  id              uuid        not null default gen_random_uuid(),
  tenant_id       text        not null,
  url             text        not null,
  description     text,
  events          text[]      not null,   -- names, families (`member.*`), or `*`
  is_enabled      boolean     not null default true,
  secret          bytea       not null,   -- sealed
  previous_secret bytea,                  -- sealed; signs too until previous_until
  previous_until  timestamptz,
  failing_since   timestamptz,            -- null: the last attempt arrived
  disabled_at     timestamptz,            -- switched off by a node, with a reason
  disabled_reason text,
  version         bigint      not null default 1,
  created_by      text        not null,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint webhooks_pkey primary key (id),
  constraint webhooks_tenant_id_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint webhooks_url_check check (length(url) between 1 and 2048),
  constraint webhooks_description_check check (length(description) <= 200),
  constraint webhooks_events_check check (cardinality(events) between 1 and 50),
  constraint webhooks_secret_check check (octet_length(secret) = 80),
  constraint webhooks_previous_check check ((previous_secret is null) = (previous_until is null)),
  constraint webhooks_disabled_check check ((disabled_at is null) = (disabled_reason is null))
);

create index webhooks_tenant_id_idx on annex.webhooks (tenant_id, created_at, id);

create table annex.webhook_deliveries (
  id              uuid        not null default gen_random_uuid(),   -- the header webhook-id
  webhook_id      uuid        not null,
  tenant_id       text        not null,
  event           text        not null,
  payload         jsonb       not null,
  state           text        not null default 'pending',
  attempts        integer     not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_status     integer,                -- of the last answer
  last_error      text,                   -- a word of ours, never what the other side said
  created_at      timestamptz not null default now(),
  ended_at        timestamptz,
  constraint webhook_deliveries_pkey primary key (id),
  constraint webhook_deliveries_webhook_id_fkey foreign key (webhook_id) references annex.webhooks (id) on delete cascade,
  constraint webhook_deliveries_state_check check (state in ('pending', 'delivered', 'failed')),
  constraint webhook_deliveries_ended_check check ((state = 'pending') = (ended_at is null)),
  constraint webhook_deliveries_payload_check check (jsonb_typeof(payload) = 'object')
);

create index webhook_deliveries_due_idx on annex.webhook_deliveries (next_attempt_at) where state = 'pending';
create index webhook_deliveries_list_idx on annex.webhook_deliveries (webhook_id, created_at desc, id desc);
create index webhook_deliveries_ended_idx on annex.webhook_deliveries (ended_at) where state <> 'pending';

-- Runs as the owner, because annex.append_audit_event does.
create function annex.queue_webhook_deliveries() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if split_part(new.action, '.', 1) not in ('workspace', 'member', 'invitation') or new.action = 'workspace.switched' then
    return null;
  end if;
  insert into annex.webhook_deliveries (webhook_id, tenant_id, event, payload)
  select w.id, w.tenant_id, new.action, jsonb_build_object(
    'type', new.action,
    'timestamp', to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'data', jsonb_build_object(
      'eventId', new.id,
      'workspaceId', new.tenant_id,
      'actorKind', new.actor_kind,
      'actorId', case when new.actor_kind in ('user', 'saas_admin') then new.actor_id end,
      'targetKind', new.target_kind,
      'targetId', new.target_id))
  from annex.webhooks as w
  where w.tenant_id = new.tenant_id and w.is_enabled and w.disabled_at is null
    and w.events && array[new.action, split_part(new.action, '.', 1) || '.*', '*'];
  return null;
end
$$;

create trigger audit_events_queue_webhooks after insert on annex.audit_events
  for each row execute function annex.queue_webhook_deliveries();

revoke all on all tables in schema annex from public;
revoke all on all functions in schema annex from public;
