-- An Admin remains, whoever writes; lists are read by index; who has no Admin left is known.
--
-- Invariant: a workspace made through Annex (`sponsor_tenant_id` is there) that is not deleted has, at every commit that took an
-- Admin away, an active member with the role Admin; or whoever committed has vouched, in that very transaction, for an Admin whom
-- only the CRM's tables know (`annex.vouch_for_admin`). Plain SQL is held to it like everybody.
-- Invariant: such commits of one workspace happen one after another: the check locks the workspace's row.
-- Deliberately absent: who can sign in. That stands in the CRM's tables; `orphaned_workspaces` keeps what Annex read there.

set local lock_timeout = '5s';

-- Deferred, so that a change of hands may take first and give then.
create function annex.keep_an_admin() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_table_name = 'workspace_users' then
    perform 1 from annex.workspace_roles as r
    where r.tenant_id = old.tenant_id and r.id = old.role_id and r.key = 'admin';
    if not found then
      return null;
    end if;
  end if;
  perform 1 from annex.workspaces as w
  where w.tenant_id = old.tenant_id and w.sponsor_tenant_id is not null and w.deleted_at is null and w.purged_at is null
  for no key update;
  if not found then
    return null;
  end if;
  -- A statement of its own: it sees what was committed while this one waited for the lock.
  perform 1 from annex.workspace_users as m
  join annex.workspace_roles as r on r.tenant_id = m.tenant_id and r.id = m.role_id
  where m.tenant_id = old.tenant_id and m.status = 'active' and r.key = 'admin'
  limit 1;
  if found or current_setting('annex.admin_in_crm', true) = pg_current_xact_id()::text || ' ' || old.tenant_id then
    return null;
  end if;
  raise exception 'workspace % would be left without an Admin', old.tenant_id
    using errcode = 'check_violation', schema = 'annex', table = 'workspace_users',
      constraint = 'workspace_users_admin_remains', hint = 'Give somebody else the role Admin in the same transaction.';
end
$$;

-- Whoever calls this has read, in this transaction, that the CRM's own tables give the workspace an Admin who can sign in. It
-- counts for this transaction and this workspace alone.
create function annex.vouch_for_admin(p_tenant_id text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('annex.admin_in_crm', pg_current_xact_id()::text || ' ' || p_tenant_id, true);
end
$$;

-- Takes away what an Admin set for a native: they live under the CRM's own rules again. A membership from elsewhere stays as a row
-- for good, so nobody may delete rows as such.
create function annex.release_native(p_tenant_id text, p_user_id text) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from annex.workspace_users where tenant_id = p_tenant_id and user_id = p_user_id and kind = 'native';
  return found;
end
$$;

create constraint trigger workspace_users_admin_remains after update on annex.workspace_users
  deferrable initially deferred for each row
  when (old.status = 'active' and (new.status <> 'active' or new.role_id is distinct from old.role_id
                                   or new.tenant_id <> old.tenant_id))
  execute function annex.keep_an_admin();
create constraint trigger workspace_users_admin_not_deleted after delete on annex.workspace_users
  deferrable initially deferred for each row when (old.status = 'active')
  execute function annex.keep_an_admin();
create constraint trigger workspace_roles_admin_remains after update on annex.workspace_roles
  deferrable initially deferred for each row when (old.key = 'admin' and new.key <> 'admin')
  execute function annex.keep_an_admin();
create constraint trigger workspaces_admin_remains after update on annex.workspaces
  deferrable initially deferred for each row
  when (new.deleted_at is null and new.sponsor_tenant_id is not null
        and (old.deleted_at is not null or old.sponsor_tenant_id is null))
  execute function annex.keep_an_admin();

-- A list in the order of joining, from any place in it.
create index workspace_users_list_idx on annex.workspace_users (tenant_id, joined_at, user_id) where status <> 'removed';
-- The workspaces of one person, in the order of joining.
create index workspace_users_joined_idx on annex.workspace_users (user_id, joined_at, tenant_id)
  where kind = 'joined' and status = 'active';

alter table annex.workspace_roles
  add constraint workspace_roles_description_check check (length(description) between 1 and 300);

-- What Annex found to have no Admin who can sign in. A node sweeps every few seconds; a workspace that has one again is taken out.
create table annex.orphaned_workspaces (
  tenant_id text        not null,
  since     timestamptz not null default now(),
  constraint orphaned_workspaces_pkey primary key (tenant_id),
  constraint orphaned_workspaces_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade
);

revoke all on all tables in schema annex from public;
revoke all on all functions in schema annex from public;
