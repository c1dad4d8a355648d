-- Who works where, and as what.
--
-- A workspace is a tenant of the CRM: `tenant_id` holds the CRM's id as text. Nothing here refers to a table of the CRM;
-- a workspace whose tenant vanished is found by reading, never by a foreign key.
--
-- Invariant: a membership's role belongs to the membership's own workspace (composite foreign key).
-- Invariant: a membership that ended stays as a row with status `removed`, so "was ever a member" has an answer.
-- Deliberately absent: the permissions of the five system roles. They live in the policy crate.

set local lock_timeout = '5s';

create table annex.workspaces (
  tenant_id         text        not null,
  sponsor_tenant_id text,                      -- the workspace whose flag this one follows
  name              text,                      -- null: the CRM's own name is shown
  slug              text,
  business_type     text,
  currency          text,
  timezone          text,
  logo_url          text,
  owner_user_id     text,
  -- Raised by triggers on every change of who may do what. It starts at the clock's milliseconds, so that a row made anew (after
  -- `down` and `up`, say) never meets an epoch that something cached before still carries.
  epoch             bigint      not null default (extract(epoch from clock_timestamp()) * 1000)::bigint,
  version           bigint      not null default 1,   -- raised by a trigger on every change of content (ETag)
  created_by        text,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now(),
  deleted_at        timestamptz,
  deleted_by        text,
  delete_reason     text,
  purge_after       timestamptz,               -- null on a deleted workspace: never purged
  purged_at         timestamptz,               -- tombstone: the row stays and counts as deleted
  constraint workspaces_pkey primary key (tenant_id),
  constraint workspaces_tenant_id_check check (length(tenant_id) between 1 and 128),
  constraint workspaces_sponsor_check check (length(sponsor_tenant_id) between 1 and 128),
  constraint workspaces_sponsor_other_check check (sponsor_tenant_id <> tenant_id),
  constraint workspaces_name_check check (length(name) between 1 and 200),
  constraint workspaces_slug_check check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  constraint workspaces_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint workspaces_epoch_check check (epoch > 0),
  constraint workspaces_version_check check (version > 0),
  constraint workspaces_deleted_check
    check (deleted_at is not null or (deleted_by is null and delete_reason is null and purge_after is null and purged_at is null))
);

create index workspaces_owner_idx on annex.workspaces (owner_user_id) where owner_user_id is not null;
create index workspaces_created_by_idx on annex.workspaces (created_by, created_at) where created_by is not null;
create index workspaces_sponsor_idx on annex.workspaces (sponsor_tenant_id) where sponsor_tenant_id is not null;
create index workspaces_purge_idx on annex.workspaces (purge_after) where deleted_at is not null and purged_at is null;

create table annex.workspace_roles (
  id          uuid        not null default gen_random_uuid(),
  tenant_id   text        not null,
  key         text        not null,
  name        text        not null,
  description text,
  color       text,
  is_system   boolean     not null default false,
  version     bigint      not null default 1,
  created_by  text,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint workspace_roles_pkey primary key (id),
  constraint workspace_roles_key_unique unique (tenant_id, key),
  constraint workspace_roles_of_workspace_unique unique (tenant_id, id),
  constraint workspace_roles_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint workspace_roles_key_check check (key ~ '^[a-z][a-z0-9_-]{0,62}$'),
  constraint workspace_roles_name_check check (length(name) between 1 and 80),
  constraint workspace_roles_color_check check (color ~ '^#[0-9a-fA-F]{6}$'),
  constraint workspace_roles_version_check check (version > 0),
  constraint workspace_roles_system_check check (is_system = (key in ('admin', 'manager', 'member', 'finance', 'viewer')))
);

-- Only custom roles have rows here. The form is checked; which modules and verbs exist is the policy crate's word, and a
-- permission that it does not know grants nothing.
create table annex.workspace_role_permissions (
  role_id    uuid not null,
  tenant_id  text not null,
  permission text not null,
  constraint workspace_role_permissions_pkey primary key (role_id, permission),
  constraint workspace_role_permissions_role_fkey foreign key (tenant_id, role_id)
    references annex.workspace_roles (tenant_id, id) on delete cascade,
  constraint workspace_role_permissions_form_check check (permission ~ '^[a-z][a-z_]{0,62}:[a-z][a-z_]{0,62}$')
);

create index workspace_role_permissions_role_idx on annex.workspace_role_permissions (tenant_id, role_id);

create table annex.workspace_users (
  id               uuid        not null default gen_random_uuid(),
  tenant_id        text        not null,
  user_id          text        not null,
  kind             text        not null default 'joined',   -- native: whose home this is, with a role set or access blocked by an Admin
  role_id          uuid,
  status           text        not null default 'active',
  epoch            bigint      not null default 1,          -- the workspace's epoch when this row last changed what it allows
  invited_by       text,
  joined_at        timestamptz not null default now(),
  last_accessed_at timestamptz,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  removed_at       timestamptz,
  removed_by       text,
  constraint workspace_users_pkey primary key (id),
  constraint workspace_users_member_unique unique (tenant_id, user_id),
  constraint workspace_users_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  -- A deleted role leaves removed rows without a role; the check below refuses it while anybody still holds it.
  constraint workspace_users_role_fkey foreign key (tenant_id, role_id)
    references annex.workspace_roles (tenant_id, id) on delete set null (role_id),
  constraint workspace_users_user_id_check check (length(user_id) between 1 and 128),
  constraint workspace_users_kind_check check (kind in ('joined', 'native')),
  constraint workspace_users_status_check check (status in ('active', 'suspended', 'removed')),
  constraint workspace_users_role_check
    check (role_id is not null or status = 'removed' or (kind = 'native' and status = 'suspended')),
  constraint workspace_users_removed_check check ((status = 'removed') = (removed_at is not null)),
  constraint workspace_users_epoch_check check (epoch > 0)
);

create index workspace_users_user_idx on annex.workspace_users (user_id);
create index workspace_users_role_idx on annex.workspace_users (tenant_id, role_id);

-- Makes sure that the workspace and its five system roles stand, locks the workspace row and returns it. Every mutation of a
-- workspace begins with this call, so that mutations of one workspace happen one after another. An existing row is not changed:
-- sponsor, creator, owner and name count only at the first call.
create function annex.ensure_workspace(
  p_tenant_id         text,
  p_sponsor_tenant_id text default null,
  p_created_by        text default null,
  p_owner_user_id     text default null,
  p_name              text default null
) returns annex.workspaces
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  found_row annex.workspaces;
begin
  insert into annex.workspaces (tenant_id, sponsor_tenant_id, created_by, owner_user_id, name)
  values (p_tenant_id, p_sponsor_tenant_id, p_created_by, p_owner_user_id, p_name)
  on conflict do nothing;

  perform 1 from annex.workspaces where tenant_id = p_tenant_id for update;
  if not found then
    raise exception 'workspace % was created by a transaction that this one cannot see; retry', p_tenant_id
      using errcode = 'serialization_failure';
  end if;

  insert into annex.workspace_roles (tenant_id, key, name, description, is_system)
  select p_tenant_id, r.key, r.name, r.description, true
  from (values
    ('admin',   'Admin',       'Everything in this workspace'),
    ('manager', 'Manager',     'Runs the work and the team'),
    ('member',  'Team Member', 'Works on what is theirs'),
    ('finance', 'Finance',     'Quotations, invoices and payments'),
    ('viewer',  'Viewer',      'Reads, changes nothing')
  ) as r (key, name, description)
  on conflict (tenant_id, key) do nothing;

  -- Read again: creating the roles raised the epoch.
  select * into found_row from annex.workspaces where tenant_id = p_tenant_id;
  return found_row;
end
$$;

revoke all on all tables in schema annex from public;
revoke all on all functions in schema annex from public;
