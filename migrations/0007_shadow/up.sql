-- What shadow recorded: how home traffic would have been decided, and which routes nobody has mapped.
--
-- Counts, not requests: one row for all requests of a tenant that reach the same route in the same role with the same outcome.
-- A row holds its five latest samples, each a request's id, its time and the person's id.
--
-- Invariant: growth is bounded. Routes come from the profile, or are folded until ids are gone; a tenant has at most 2000 rows
-- and one more for each outcome, under route `*`, that counts what found no room; unmapped routes are at most 1000. The nodes
-- that write hold these numbers, under the advisory lock 'annex:shadow'.
-- Invariant: only a refusal can be accepted, by name and with a reason.
-- Deliberately absent: tokens, bodies, queries, e-mails, and paths as they were sent.

set local lock_timeout = '5s';

create table annex.shadow_decisions (
  tenant_id        text        not null,
  method           text        not null,
  pattern          text        not null,   -- of the profile's route, or the folded path where there is none
  role_key         text        not null,
  basis            text        not null,   -- where the role comes from
  effect           text        not null,
  reason           text        not null default '',
  permission       text        not null default '',
  seen             bigint      not null,
  first_seen_at    timestamptz not null,
  last_seen_at     timestamptz not null,
  samples          jsonb       not null default '[]',
  accepted_at      timestamptz,
  accepted_by      text,
  accepted_because text,
  constraint shadow_decisions_pkey primary key (tenant_id, method, pattern, role_key, basis, effect, reason, permission),
  constraint shadow_decisions_tenant_id_check check (length(tenant_id) between 1 and 128),
  constraint shadow_decisions_method_check check (method ~ '^[A-Z]{1,16}$'),
  constraint shadow_decisions_pattern_check check (length(pattern) between 1 and 512),
  constraint shadow_decisions_role_key_check check (length(role_key) between 1 and 64),
  constraint shadow_decisions_basis_check check (basis in ('derived', 'set', 'blocked', 'any')),
  constraint shadow_decisions_effect_check check (effect in ('allow', 'deny')),
  constraint shadow_decisions_reason_check check ((effect = 'deny') = (reason <> '')),
  constraint shadow_decisions_permission_check check (permission = '' or reason = 'permission_missing'),
  constraint shadow_decisions_seen_check check (seen > 0 and first_seen_at <= last_seen_at),
  constraint shadow_decisions_samples_check check (jsonb_typeof(samples) = 'array' and jsonb_array_length(samples) <= 5),
  constraint shadow_decisions_accepted_check check (
    num_nulls(accepted_at, accepted_by, accepted_because) in (0, 3) and (accepted_at is null or effect = 'deny'))
);

create table annex.unmapped_routes (
  method        text        not null,
  pattern       text        not null,   -- the folded path
  seen          bigint      not null,
  first_seen_at timestamptz not null,
  last_seen_at  timestamptz not null,
  constraint unmapped_routes_pkey primary key (method, pattern),
  constraint unmapped_routes_method_check check (method ~ '^[A-Z]{1,16}$'),
  constraint unmapped_routes_pattern_check check (length(pattern) between 1 and 512),
  constraint unmapped_routes_seen_check check (seen > 0 and first_seen_at <= last_seen_at)
);

revoke all on all tables in schema annex from public;
