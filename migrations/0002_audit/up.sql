-- What happened, in an order that cannot be rewritten unseen.
--
-- One chain per workspace, and the platform's own chain, whose `tenant_id` is the empty string. Each event's hash covers the
-- one before it; the chain's head keeps the last number and hash, so a cut-off tail is found as well.
--
-- Invariant: events are added by annex.append_audit_event alone and never changed: no role but the owner has a right to
-- write here, and triggers refuse UPDATE, DELETE and TRUNCATE to everybody.
-- Deliberately absent: a door for purging. It will be a security definer function that sets a transaction-local guard which
-- annex.refuse_audit_change (redefined then) knows, and that moves the chain's beginning.
--
-- Lock order: a workspace's row before its chain; a workspace's chain before the platform's.

set local lock_timeout = '5s';

create table annex.audit_heads (
  tenant_id text   not null,
  seq       bigint not null default 0,
  hash      bytea  not null default decode(repeat('00', 32), 'hex'),
  constraint audit_heads_pkey primary key (tenant_id),
  constraint audit_heads_tenant_id_check check (length(tenant_id) <= 128),
  constraint audit_heads_seq_check check (seq >= 0),
  constraint audit_heads_hash_check check (octet_length(hash) = 32)
);

create table annex.audit_events (
  tenant_id   text        not null,   -- the workspace; '' is the platform's chain
  seq         bigint      not null,   -- 1, 2, 3, … within the chain
  id          uuid        not null,
  at          timestamptz not null,
  actor_id    text,
  actor_kind  text        not null,
  action      text        not null,
  target_kind text,
  target_id   text,
  details     jsonb       not null default '{}',
  ip          text,
  user_agent  text,
  request_id  text,
  prev_hash   bytea       not null,   -- of the first event: 32 zero bytes
  hash        bytea       not null,
  constraint audit_events_pkey primary key (tenant_id, seq),
  constraint audit_events_id_unique unique (id),
  constraint audit_events_seq_check check (seq > 0),
  constraint audit_events_actor_kind_check check (actor_kind in ('user', 'saas_admin', 'operator', 'node')),
  constraint audit_events_action_check check (action ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' and length(action) <= 64),
  constraint audit_events_details_check check (jsonb_typeof(details) = 'object'),
  constraint audit_events_hash_check check (octet_length(prev_hash) = 32 and octet_length(hash) = 32)
);

create index audit_events_at_idx on annex.audit_events (tenant_id, at desc, seq desc);
create index audit_events_action_idx on annex.audit_events (tenant_id, action, seq desc);
create index audit_events_actor_idx on annex.audit_events (tenant_id, actor_id, seq desc);

-- The text that a hash covers, so that anybody can recompute it. Fourteen fields, each one line: the number of its UTF-8 bytes,
-- a colon, the value, a line feed; a null is `-` and a line feed. In order: the words `annex-audit-1`, tenant_id, seq, id
-- (lower-case, with hyphens), at (UTC, `2026-01-31T12:34:56.123456Z`), actor_kind, actor_id, action, target_kind, target_id,
-- details (as PostgreSQL prints jsonb: `details::text`), ip, user_agent, request_id.
create function annex.audit_canonical(e annex.audit_events) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(coalesce(octet_length(convert_to(f.value, 'UTF8')) || ':' || f.value, '-') || E'\n', '' order by f.place)
  from unnest(array[
    'annex-audit-1',
    e.tenant_id,
    e.seq::text,
    e.id::text,
    to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    e.actor_kind,
    e.actor_id,
    e.action,
    e.target_kind,
    e.target_id,
    e.details::text,
    e.ip,
    e.user_agent,
    e.request_id
  ]) with ordinality as f (value, place)
$$;

-- sha256(prev_hash, 32 bytes, followed by the canonical text in UTF-8).
create function annex.audit_hash(e annex.audit_events) returns bytea
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select sha256(e.prev_hash || convert_to(annex.audit_canonical(e), 'UTF8'))
$$;

-- The only way to add an event. It belongs to the caller's transaction: no commit, no event. It waits for other writers of the
-- same chain; the chain is locked until the transaction ends, so append last.
create function annex.append_audit_event(
  p_tenant_id   text,
  p_action      text,
  p_actor_kind  text,
  p_actor_id    text  default null,
  p_target_kind text  default null,
  p_target_id   text  default null,
  p_details     jsonb default '{}',
  p_ip          text  default null,
  p_user_agent  text  default null,
  p_request_id  text  default null,
  out id uuid,
  out seq bigint
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  e annex.audit_events;
begin
  e.tenant_id := coalesce(p_tenant_id, '');

  insert into annex.audit_heads (tenant_id) values (e.tenant_id) on conflict do nothing;
  select h.seq + 1, h.hash into strict e.seq, e.prev_hash
  from annex.audit_heads as h where h.tenant_id = e.tenant_id for update;

  e.id          := gen_random_uuid();
  e.at          := clock_timestamp();
  e.actor_id    := p_actor_id;
  e.actor_kind  := p_actor_kind;
  e.action      := p_action;
  e.target_kind := p_target_kind;
  e.target_id   := p_target_id;
  e.details     := coalesce(p_details, '{}');
  e.ip          := p_ip;
  e.user_agent  := left(p_user_agent, 512);
  e.request_id  := p_request_id;
  e.hash        := annex.audit_hash(e);

  insert into annex.audit_events select e.*;
  update annex.audit_heads as h set seq = e.seq, hash = e.hash where h.tenant_id = e.tenant_id;

  id  := e.id;
  seq := e.seq;
end
$$;

-- Broken links of one chain, or of all with null. No rows: whole. Where the head and the last event differ, the finding
-- carries the head's number.
create function annex.verify_audit_chain(p_tenant_id text default null)
returns table (tenant_id text, seq bigint, problem text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with links as (
    select e.tenant_id, e.seq, e.prev_hash, e.hash, annex.audit_hash(e) as computed,
           lag(e.seq)  over chain as seq_before,
           lag(e.hash) over chain as hash_before
    from annex.audit_events as e
    where p_tenant_id is null or e.tenant_id = p_tenant_id
    window chain as (partition by e.tenant_id order by e.seq)
  ), tails as (
    select distinct on (l.tenant_id) l.tenant_id, l.seq, l.hash from links as l order by l.tenant_id, l.seq desc
  ), heads as (
    select h.* from annex.audit_heads as h where p_tenant_id is null or h.tenant_id = p_tenant_id
  )
  select l.tenant_id, l.seq, p.problem
  from links as l
  cross join lateral (values
    (l.seq <> coalesce(l.seq_before, 0) + 1, 'events before this one are missing'),
    (l.prev_hash <> coalesce(l.hash_before, decode(repeat('00', 32), 'hex')), 'does not follow the event before it'),
    (l.hash <> l.computed, 'was changed after it was written')
  ) as p (broken, problem)
  where p.broken
  union all
  select coalesce(h.tenant_id, t.tenant_id), coalesce(h.seq, t.seq),
    case when h.tenant_id is null then 'the chain has no head'
         when t.tenant_id is null then 'the chain has a head and no events'
         else 'the last event is not the one that the head names' end
  from heads as h
  full join tails as t on t.tenant_id = h.tenant_id
  where (h.seq, h.hash) is distinct from (t.seq, t.hash)
    and not (t.tenant_id is null and h.seq = 0)
  order by 1, 2, 3
$$;

create function annex.refuse_audit_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '% on annex.% is refused: audit events are only ever added', tg_op, tg_table_name
    using errcode = 'insufficient_privilege', hint = 'Use annex.append_audit_event.';
end
$$;

-- A head moves one step at a time and never back.
create function annex.guard_audit_head() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.tenant_id <> old.tenant_id or new.seq <> old.seq + 1 then
    raise exception 'the head of an audit chain moves one event at a time'
      using errcode = 'insufficient_privilege', hint = 'Use annex.append_audit_event.';
  end if;
  return new;
end
$$;

create trigger audit_events_refuse_change before update or delete or truncate on annex.audit_events
  for each statement execute function annex.refuse_audit_change();
create trigger audit_heads_refuse_change before delete or truncate on annex.audit_heads
  for each statement execute function annex.refuse_audit_change();
create trigger audit_heads_one_step before update on annex.audit_heads
  for each row execute function annex.guard_audit_head();

-- Always: also in a session with session_replication_role = replica.
alter table annex.audit_events enable always trigger audit_events_refuse_change;
alter table annex.audit_heads enable always trigger audit_heads_refuse_change;
alter table annex.audit_heads enable always trigger audit_heads_one_step;

revoke all on all tables in schema annex from public;
revoke all on all functions in schema annex from public;
