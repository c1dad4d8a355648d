-- What a workspace says of itself, and whose it is.
--
-- Invariant: at most one offer of ownership is pending in a workspace; who owns it stands in annex.workspaces alone, one column,
-- so that nobody ever sees two owners. Accepting an offer changes that column and ends the offer in one transaction, under the
-- lock of the workspace's row.
-- Invariant: an offer that ended stays as it ended.
-- Deliberately absent: a reference from an offer to annex.workspace_users. A native has no row there until an Admin sets a role,
-- and whoever accepts is judged anew anyway. And a door for purging audit events: what happened in a workspace outlives it.

set local lock_timeout = '5s';

alter table annex.workspaces
  add column industry      text,
  add column address       text,                  -- lines, separated by line feeds
  add column contact_email text,
  add column phone         text,
  add column language      text,                  -- BCP 47
  add constraint workspaces_industry_check check (length(industry) between 1 and 120),
  add constraint workspaces_address_check check (length(address) between 1 and 500),
  add constraint workspaces_contact_email_check check (contact_email ~ '^[^@[:space:]]{1,64}@[^@[:space:]]{1,189}$'),
  add constraint workspaces_phone_check check (phone ~ '^[0-9+(][0-9 ()./+-]{2,38}$'),
  add constraint workspaces_language_check check (language ~ '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,4}$');

create table annex.ownership_transfers (
  id           uuid        not null default gen_random_uuid(),
  tenant_id    text        not null,
  from_user_id text,                              -- the owner then; null: there was none
  opened_by    text        not null,
  to_user_id   text        not null,
  status       text        not null default 'pending',
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null default now() + interval '7 days',
  ended_at     timestamptz,
  ended_by     text,                              -- null: time did
  constraint ownership_transfers_pkey primary key (id),
  constraint ownership_transfers_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint ownership_transfers_to_user_id_check check (length(to_user_id) between 1 and 128),
  constraint ownership_transfers_other_check check (to_user_id <> from_user_id),
  constraint ownership_transfers_status_check check (status in ('pending', 'accepted', 'declined', 'cancelled', 'expired')),
  constraint ownership_transfers_ended_check check ((status = 'pending') = (ended_at is null)),
  constraint ownership_transfers_expires_check check (expires_at > created_at)
);

create unique index ownership_transfers_pending_idx on annex.ownership_transfers (tenant_id) where status = 'pending';
create index ownership_transfers_workspace_idx on annex.ownership_transfers (tenant_id, created_at);

revoke all on all tables in schema annex from public;
