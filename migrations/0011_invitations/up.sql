-- Who is offered a membership, and the mail that says so.
--
-- Invariant: no row holds a usable token. A token is a MAC, by a key that is no part of the database, over the invitation, a seed and
-- the token's purpose; here stand the seed (the hash of 32 random bytes) and the hash of the token.
-- Invariant: at most one pending invitation per workspace and address. One past its expiry is marked expired before the next is made.
-- Invariant: an outbox row leaves `queued` for `sending` in a transaction that commits before the mail's text goes out, and goes back
-- only on the server's own word that it took nothing, so that nothing is sent twice with one key.
-- Deliberately absent: any row of the CRM. Nobody is created before they accept.

set local lock_timeout = '5s';

create table annex.workspace_invitations (
  id              uuid        not null,
  tenant_id       text        not null,
  email           text        not null,                    -- as it was typed
  address         text        not null,                    -- as it is compared: lower case, the domain in ASCII
  role_id         uuid,
  status          text        not null default 'pending',
  language        text        not null default 'en',
  -- The mailed secret and the shown one are two: only the mailed one proves that somebody reads that mailbox.
  mail_seed       bytea       not null,
  mail_hash       bytea       not null,
  link_seed       bytea       not null,
  link_hash       bytea       not null,
  link_generation integer     not null default 1,          -- raised when a new link is shown
  invited_by      text        not null,
  lifetime_days   integer     not null default 7,
  expires_at      timestamptz not null default now() + interval '7 days',
  send_count      integer     not null default 1,          -- the first mail and each one sent again
  last_sent_at    timestamptz not null default now(),
  created_at      timestamptz not null default now(),
  accepted_by     text,
  ended_at        timestamptz,                             -- accepted, declined, revoked
  ended_by        text,                                    -- null: nobody's act, such as the inviter losing the right
  constraint workspace_invitations_pkey primary key (id),
  constraint workspace_invitations_workspace_fkey
    foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  -- As for members: a deleted role leaves ended invitations without one; the check below refuses it while one is pending.
  constraint workspace_invitations_role_fkey foreign key (tenant_id, role_id)
    references annex.workspace_roles (tenant_id, id) on delete set null (role_id),
  constraint workspace_invitations_role_check check (role_id is not null or status <> 'pending'),
  constraint workspace_invitations_status_check check (status in ('pending', 'accepted', 'declined', 'revoked', 'expired')),
  constraint workspace_invitations_email_check check (length(email) between 3 and 254 and email !~ '[[:cntrl:]]'),
  constraint workspace_invitations_address_check check (length(address) between 3 and 254 and address !~ '[[:cntrl:][:space:]]'),
  constraint workspace_invitations_language_check check (language in ('en', 'de')),
  constraint workspace_invitations_secrets_check check (octet_length(mail_seed) = 32 and octet_length(mail_hash) = 32
    and octet_length(link_seed) = 32 and octet_length(link_hash) = 32),
  constraint workspace_invitations_generation_check check (link_generation > 0),
  constraint workspace_invitations_invited_by_check check (length(invited_by) between 1 and 128),
  constraint workspace_invitations_lifetime_check
    check (lifetime_days between 1 and 30 and expires_at <= created_at + interval '30 days'),
  constraint workspace_invitations_send_count_check check (send_count between 1 and 6),
  constraint workspace_invitations_accepted_check check ((status = 'accepted') = (accepted_by is not null)),
  constraint workspace_invitations_ended_check check ((status in ('pending', 'expired')) = (ended_at is null))
);

create unique index workspace_invitations_pending_unique
  on annex.workspace_invitations (tenant_id, address) where status = 'pending';
create unique index workspace_invitations_mail_unique on annex.workspace_invitations (mail_hash);
create unique index workspace_invitations_link_unique on annex.workspace_invitations (link_hash);
create index workspace_invitations_list_idx on annex.workspace_invitations (tenant_id, created_at, id);
create index workspace_invitations_address_idx on annex.workspace_invitations (address) where status = 'pending';
create index workspace_invitations_inviter_idx
  on annex.workspace_invitations (tenant_id, invited_by) where status = 'pending';
create index workspace_invitations_role_idx on annex.workspace_invitations (tenant_id, role_id);

-- Who has shown, by a token that was mailed, that they read an address.
create table annex.proven_addresses (
  user_id       text        not null,
  address       text        not null,
  proven_at     timestamptz not null default now(),
  constraint proven_addresses_pkey primary key (user_id, address),
  constraint proven_addresses_user_id_check check (length(user_id) between 1 and 128),
  constraint proven_addresses_address_check check (length(address) between 3 and 254)
);

-- Mail that leaves after the commit that wrote it down. What it says, token included, is derived when it leaves.
create table annex.outbox (
  id            bigint      not null generated always as identity,
  key           text        not null,                      -- one mail, whatever happens: `invitation/<id>/<n-th sending>`
  invitation_id uuid        not null,
  state         text        not null default 'queued',
  attempts      integer     not null default 0,
  next_at       timestamptz not null default now(),        -- queued: when it is due; sending: when it counts as interrupted
  reason        text,                                      -- why it failed: one word, never what a server said
  created_at    timestamptz not null default now(),
  ended_at      timestamptz,
  constraint outbox_pkey primary key (id),
  constraint outbox_key_unique unique (key),
  constraint outbox_invitation_fkey
    foreign key (invitation_id) references annex.workspace_invitations (id) on delete cascade,
  constraint outbox_key_check check (length(key) between 1 and 128),
  constraint outbox_state_check check (state in ('queued', 'sending', 'sent', 'failed', 'dropped')),
  constraint outbox_attempts_check check (attempts >= 0),
  constraint outbox_reason_check check (reason ~ '^[a-z][a-z_]{0,62}$'),
  constraint outbox_ended_check check ((state in ('queued', 'sending')) = (ended_at is null))
);

create index outbox_due_idx on annex.outbox (next_at) where state in ('queued', 'sending');
create index outbox_invitation_idx on annex.outbox (invitation_id, id);

-- How much was invited lately, by whom, from where, to whom.
create table annex.invitation_counters (
  scope     text        not null,
  subject   text        not null,
  starts_at timestamptz not null,
  count     bigint      not null,
  constraint invitation_counters_pkey primary key (scope, subject, starts_at),
  constraint invitation_counters_scope_check check (scope in ('recipient', 'person', 'workspace')),
  constraint invitation_counters_subject_check check (length(subject) between 1 and 254),
  constraint invitation_counters_count_check check (count >= 0)
);

create index invitation_counters_old_idx on annex.invitation_counters (starts_at);

revoke all on all tables in schema annex from public;
revoke all on all sequences in schema annex from public;
