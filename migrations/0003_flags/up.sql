-- Where the feature is on.
--
-- A row's scope is a tenant, or everything where tenant_id is null. `enabled` null means "nobody decided": what is below in
-- precedence decides, for the global row the environment. The global row of `multi_workspace_enabled` always stands: whoever
-- deletes it finds it again with enabled null.
--
-- Overrides are what operators wrote into the Redis hash `annex:flags:<key>`, copied here by the nodes so that they survive a
-- lost Redis. One row per scope, in one of three states:
--   active      counts, above the scope's row in feature_flags;
--   superseded  a later write to feature_flags of this scope won; the field may still stand in Redis, where the node drops it;
--   ended       the field is known to be gone from Redis.
--
-- Invariant: any later write to a scope's enabled or mode (insert, update even to the same value, delete) supersedes that
-- scope's active override, so the known SQL turns things off with no other step.
-- Invariant: every tenant with an active override has a row in feature_flags (enabled null if nobody decided), so a statement
-- over all rows reaches it.
-- Invariant: enabled = true always means mode = 'enforce'.
--
-- Lock order: the scope's feature_flags row, its override, its audit chain.

set local lock_timeout = '5s';

create table annex.feature_flags (
  id          uuid        not null default gen_random_uuid(),
  key         text        not null,
  tenant_id   text,
  enabled     boolean,
  mode        text        not null default 'enforce',
  description text,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  updated_by  text        default session_user,
  constraint feature_flags_pkey primary key (id),
  constraint feature_flags_scope_unique unique nulls not distinct (key, tenant_id),
  constraint feature_flags_key_check check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint feature_flags_tenant_id_check check (length(tenant_id) between 1 and 128),
  constraint feature_flags_tenant_id_one_check check (tenant_id <> '*'),
  constraint feature_flags_mode_check check (mode in ('enforce', 'shadow')),
  constraint feature_flags_on_enforces_check check (enabled is not true or mode = 'enforce')
);

create index feature_flags_tenant_idx on annex.feature_flags (tenant_id) where tenant_id is not null;

create table annex.flag_overrides (
  key           text        not null,
  scope         text        not null,   -- a tenant's id or '*'
  value         text        not null,
  state         text        not null default 'active',
  seen_at       timestamptz not null default clock_timestamp(),
  superseded_at timestamptz,
  ended_at      timestamptz,
  source        text        not null default 'redis',
  node          text,
  constraint flag_overrides_pkey primary key (key, scope),
  constraint flag_overrides_key_check check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint flag_overrides_scope_check check (length(scope) between 1 and 128),
  constraint flag_overrides_value_check check (value in ('on', 'off')),
  constraint flag_overrides_state_check check (state in ('active', 'superseded', 'ended')),
  constraint flag_overrides_source_check check (source in ('redis'))
);

-- Narrows a true global value: a stable share of tenants, less those on the deny list.
create table annex.rollout (
  key        text        not null,
  percentage integer     not null default 100,
  deny       text[]      not null default '{}',
  updated_at timestamptz not null default now(),
  updated_by text        default session_user,
  constraint rollout_pkey primary key (key),
  constraint rollout_key_check check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint rollout_percentage_check check (percentage between 0 and 100),
  constraint rollout_deny_check check (array_position(deny, null) is null)
);

create function annex.feature_flag_row() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.enabled then
    new.mode := 'enforce';
  end if;
  if tg_op = 'UPDATE' then
    new.updated_at := now();
  end if;
  return new;
end
$$;

create function annex.rollout_row() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create function annex.supersede_override(p_key text, p_scope text) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  was text;
begin
  update annex.flag_overrides set state = 'superseded', superseded_at = clock_timestamp()
  where key = p_key and scope = p_scope and state = 'active'
  returning value into was;

  if found then
    perform annex.append_audit_event(
      case p_scope when '*' then '' else p_scope end, 'flag.override_superseded', 'operator', session_user::text,
      'flag', p_key, jsonb_build_object('scope', p_scope, 'value', was));
  end if;
end
$$;

create function annex.feature_flag_written() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op <> 'INSERT' then
    perform annex.supersede_override(old.key, coalesce(old.tenant_id, '*'));
  end if;
  if tg_op <> 'DELETE' then
    perform annex.supersede_override(new.key, coalesce(new.tenant_id, '*'));
  end if;
  return null;
end
$$;

create function annex.seed_global_flag() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into annex.feature_flags (key, tenant_id, enabled, description)
  values ('multi_workspace_enabled', null, null, 'Many workspaces per person')
  on conflict (key, tenant_id) do nothing;
  return null;
end
$$;

create trigger feature_flags_row before insert or update on annex.feature_flags
  for each row execute function annex.feature_flag_row();
create trigger feature_flags_written after insert or delete or update of key, tenant_id, enabled, mode on annex.feature_flags
  for each row execute function annex.feature_flag_written();
create trigger feature_flags_keep_global after delete or update of key, tenant_id on annex.feature_flags
  for each statement execute function annex.seed_global_flag();
create trigger rollout_row before update on annex.rollout
  for each row execute function annex.rollout_row();

-- A node saw `value` in Redis for `scope`. Answers
--   active      it counts from now on;
--   unchanged   it counted already;
--   superseded  a later write to feature_flags won over this very value: drop the field from Redis.
-- For ten seconds after being superseded a value stays beaten even if the field vanished meanwhile: a node with an old reading
-- of Redis cannot bring it back. A different value always counts.
create function annex.record_override(p_key text, p_scope text, p_value text, p_node text) returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  tenant constant text := nullif(p_scope, '*');
  was annex.flag_overrides;
begin
  select * into was from annex.flag_overrides where key = p_key and scope = p_scope;
  if was.value = p_value and was.state = 'active' then
    return 'unchanged';
  elsif was.value = p_value and (was.state = 'superseded' or was.superseded_at > clock_timestamp() - interval '10 seconds') then
    return 'superseded';
  end if;

  -- The placeholder comes before the override, so its own insert has nothing to supersede.
  insert into annex.feature_flags (key, tenant_id, enabled, description)
  values (p_key, tenant, null, 'Placeholder of an override') on conflict (key, tenant_id) do nothing;
  perform 1 from annex.feature_flags where key = p_key and tenant_id is not distinct from tenant for update;

  -- Another node, or a write to feature_flags, may have been quicker while this one waited: judge again under lock.
  select * into was from annex.flag_overrides where key = p_key and scope = p_scope for update;
  if was.value = p_value and was.state = 'active' then
    return 'unchanged';
  elsif was.value = p_value and (was.state = 'superseded' or was.superseded_at > clock_timestamp() - interval '10 seconds') then
    return 'superseded';
  end if;

  insert into annex.flag_overrides as o (key, scope, value, state, source, node)
  values (p_key, p_scope, p_value, 'active', 'redis', p_node)
  on conflict (key, scope) do update
  set value = excluded.value, state = 'active', seen_at = clock_timestamp(), superseded_at = null, ended_at = null,
      source = excluded.source, node = excluded.node;

  perform annex.append_audit_event(
    coalesce(tenant, ''), 'flag.override_recorded', 'node', p_node, 'flag', p_key,
    jsonb_build_object('scope', p_scope, 'value', p_value, 'previous', was.value, 'previous_state', was.state));
  return 'active';
end
$$;

-- The field of `scope` is gone from Redis. Answers `ended` if that ended an active override, else `unchanged`. A superseded one
-- is marked ended as well: from then on (ten seconds apart) the same value written to Redis is a new decision.
create function annex.end_override(p_key text, p_scope text, p_node text) returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  was annex.flag_overrides;
begin
  perform 1 from annex.feature_flags
  where key = p_key and tenant_id is not distinct from nullif(p_scope, '*') for update;

  select * into was from annex.flag_overrides
  where key = p_key and scope = p_scope and state <> 'ended' for update;
  if not found then
    return 'unchanged';
  end if;

  update annex.flag_overrides set state = 'ended', ended_at = clock_timestamp(), node = p_node
  where key = p_key and scope = p_scope;
  if was.state = 'superseded' then
    return 'unchanged';
  end if;

  perform annex.append_audit_event(
    case p_scope when '*' then '' else p_scope end, 'flag.override_ended', 'node', p_node, 'flag', p_key,
    jsonb_build_object('scope', p_scope, 'value', was.value));
  return 'ended';
end
$$;

insert into annex.feature_flags (key, tenant_id, enabled, description)
values ('multi_workspace_enabled', null, null, 'Many workspaces per person');
insert into annex.rollout (key) values ('multi_workspace_enabled');

revoke all on all tables in schema annex from public;
revoke all on all functions in schema annex from public;
