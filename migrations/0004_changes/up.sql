-- Every change is heard at once, whoever made it: the API, the command line, or plain SQL.
--
-- Channel `annex_changed`. Payload `flags`: read feature_flags, flag_overrides, rollout and sponsors anew. Payload
-- `ws:<tenant_id>`: read that workspace, its roles, permissions and members anew.
--
-- Invariant: the epoch of a workspace rises with every change of who may do what in it (a membership, a role, a permission, its
-- deletion or restoration) and never falls. A membership row carries the epoch that its own last change brought.
-- Invariant: writing last_accessed_at alone raises nothing and tells nobody.
-- Deliberately absent: the check that an Admin remains. It belongs here, as a deferred constraint trigger on workspace_users
-- that locks the workspace row at commit.
--
-- One statement raises an epoch once, however many rows it changes (statement triggers with transition tables). The triggers'
-- own writes of `epoch` come back to the same triggers, which find nothing but epochs changed and stop.

set local lock_timeout = '5s';

-- Content changed: a new version and a new updated_at. Epoch and last access are not content.
create function annex.row_changed() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  not_content constant text[] := '{epoch,version,updated_at,last_accessed_at}';
begin
  if to_jsonb(new) - not_content is distinct from to_jsonb(old) - not_content then
    new.updated_at := now();
    if tg_table_name <> 'workspace_users' then
      new.version := old.version + 1;
    end if;
  end if;
  return new;
end
$$;

create function annex.workspace_row() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.deleted_at is null and new.purged_at is null then
    new.deleted_by := null;
    new.delete_reason := null;
    new.purge_after := null;
  end if;
  new.epoch := greatest(new.epoch, old.epoch
    + case when (new.deleted_at, new.purged_at) is distinct from (old.deleted_at, old.purged_at) then 1 else 0 end);
  return new;
end
$$;

create function annex.workspace_user_row() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.status = 'removed' then
    new.removed_at := coalesce(new.removed_at, now());
  else
    new.removed_at := null;
    new.removed_by := null;
  end if;
  return new;
end
$$;

create function annex.flags_changed() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('annex_changed', 'flags');
  return null;
end
$$;

create function annex.workspaces_changed() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  sponsors_changed boolean;
begin
  if tg_op = 'INSERT' then
    perform pg_notify('annex_changed', 'ws:' || tenant_id) from new_rows;
    sponsors_changed := exists (select from new_rows where sponsor_tenant_id is not null);
  elsif tg_op = 'DELETE' then
    perform pg_notify('annex_changed', 'ws:' || tenant_id) from old_rows;
    sponsors_changed := exists (select from old_rows where sponsor_tenant_id is not null);
  else
    perform pg_notify('annex_changed', 'ws:' || d.tenant_id)
    from ((select * from new_rows except select * from old_rows)
          union all
          (select * from old_rows except select * from new_rows)) as d;
    sponsors_changed := exists (
      (select tenant_id, sponsor_tenant_id from new_rows except select tenant_id, sponsor_tenant_id from old_rows)
      union all
      (select tenant_id, sponsor_tenant_id from old_rows except select tenant_id, sponsor_tenant_id from new_rows));
  end if;
  if sponsors_changed then
    perform pg_notify('annex_changed', 'flags');
  end if;
  return null;
end
$$;

-- Members, roles and permissions. Raising the workspace's epoch is itself a change of annex.workspaces, which notifies.
create function annex.access_changed() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  not_access constant text[] := '{epoch,version,updated_at,last_accessed_at}';
  touched text[];
  members uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct tenant_id) into touched from new_rows;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct tenant_id) into touched from old_rows;
  else
    select array_agg(distinct c.tenant_id) into touched
    from ((select n.tenant_id, to_jsonb(n) - not_access from new_rows as n
           except select o.tenant_id, to_jsonb(o) - not_access from old_rows as o)
          union all
          (select o.tenant_id, to_jsonb(o) - not_access from old_rows as o
           except select n.tenant_id, to_jsonb(n) - not_access from new_rows as n)) as c;
  end if;
  if touched is null then
    return null;
  end if;

  -- In one order, so that two statements over many workspaces do not wait for each other; not FOR UPDATE, which the foreign
  -- keys of two concurrent inserts would turn into a deadlock.
  perform 1 from annex.workspaces where tenant_id = any (touched) order by tenant_id for no key update;
  update annex.workspaces set epoch = epoch + 1 where tenant_id = any (touched);

  if tg_table_name = 'workspace_users' and tg_op <> 'DELETE' then
    if tg_op = 'INSERT' then
      select array_agg(n.id) into members from new_rows as n;
    else
      select array_agg(c.id) into members
      from (select n.id, to_jsonb(n) - not_access from new_rows as n
            except select o.id, to_jsonb(o) - not_access from old_rows as o) as c;
    end if;
    update annex.workspace_users as m set epoch = w.epoch
    from annex.workspaces as w
    where m.id = any (members) and w.tenant_id = m.tenant_id;
  end if;
  return null;
end
$$;

create function annex.refuse_truncate() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'TRUNCATE on annex.% is refused: nobody would hear of it', tg_table_name
    using errcode = 'insufficient_privilege', hint = 'Use DELETE.';
end
$$;

create trigger workspaces_row before update on annex.workspaces
  for each row execute function annex.workspace_row();
create trigger workspaces_row_changed before update on annex.workspaces
  for each row execute function annex.row_changed();
create trigger workspaces_inserted after insert on annex.workspaces
  referencing new table as new_rows for each statement execute function annex.workspaces_changed();
create trigger workspaces_updated after update on annex.workspaces
  referencing old table as old_rows new table as new_rows for each statement execute function annex.workspaces_changed();
create trigger workspaces_deleted after delete on annex.workspaces
  referencing old table as old_rows for each statement execute function annex.workspaces_changed();
create trigger workspaces_refuse_truncate before truncate on annex.workspaces
  for each statement execute function annex.refuse_truncate();

create trigger workspace_roles_row_changed before update on annex.workspace_roles
  for each row execute function annex.row_changed();
create trigger workspace_roles_inserted after insert on annex.workspace_roles
  referencing new table as new_rows for each statement execute function annex.access_changed();
create trigger workspace_roles_updated after update on annex.workspace_roles
  referencing old table as old_rows new table as new_rows for each statement execute function annex.access_changed();
create trigger workspace_roles_deleted after delete on annex.workspace_roles
  referencing old table as old_rows for each statement execute function annex.access_changed();
create trigger workspace_roles_refuse_truncate before truncate on annex.workspace_roles
  for each statement execute function annex.refuse_truncate();

create trigger workspace_role_permissions_inserted after insert on annex.workspace_role_permissions
  referencing new table as new_rows for each statement execute function annex.access_changed();
create trigger workspace_role_permissions_updated after update on annex.workspace_role_permissions
  referencing old table as old_rows new table as new_rows for each statement execute function annex.access_changed();
create trigger workspace_role_permissions_deleted after delete on annex.workspace_role_permissions
  referencing old table as old_rows for each statement execute function annex.access_changed();
create trigger workspace_role_permissions_refuse_truncate before truncate on annex.workspace_role_permissions
  for each statement execute function annex.refuse_truncate();

create trigger workspace_users_row before insert or update on annex.workspace_users
  for each row execute function annex.workspace_user_row();
create trigger workspace_users_row_changed before update on annex.workspace_users
  for each row execute function annex.row_changed();
create trigger workspace_users_inserted after insert on annex.workspace_users
  referencing new table as new_rows for each statement execute function annex.access_changed();
create trigger workspace_users_updated after update on annex.workspace_users
  referencing old table as old_rows new table as new_rows for each statement execute function annex.access_changed();
create trigger workspace_users_deleted after delete on annex.workspace_users
  referencing old table as old_rows for each statement execute function annex.access_changed();
create trigger workspace_users_refuse_truncate before truncate on annex.workspace_users
  for each statement execute function annex.refuse_truncate();

create trigger feature_flags_changed after insert or update or delete on annex.feature_flags
  for each statement execute function annex.flags_changed();
create trigger feature_flags_refuse_truncate before truncate on annex.feature_flags
  for each statement execute function annex.refuse_truncate();
create trigger flag_overrides_changed after insert or update or delete on annex.flag_overrides
  for each statement execute function annex.flags_changed();
create trigger flag_overrides_refuse_truncate before truncate on annex.flag_overrides
  for each statement execute function annex.refuse_truncate();
create trigger rollout_changed after insert or update or delete on annex.rollout
  for each statement execute function annex.flags_changed();
create trigger rollout_refuse_truncate before truncate on annex.rollout
  for each statement execute function annex.refuse_truncate();

revoke all on all functions in schema annex from public;
