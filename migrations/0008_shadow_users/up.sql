-- Shadow users: the users rows of the CRM that members have in a workspace, where the profile's strategy is `member_row`.
--
-- Invariant: a row stays for good once it is there. A person who comes back gets the same users row, and whoever finds the id of
-- one that rests still learns that it is nobody.
-- Invariant: writing a row raises the workspace's epoch, so that every node asks anew who somebody is there.
-- Deliberately absent: a foreign key to the CRM's users. The CRM may delete a row; then the next change makes it again.

set local lock_timeout = '5s';

create table annex.shadow_users (
  shadow_user_id text        not null,                 -- the id of the users row
  tenant_id      text        not null,
  user_id        text        not null,                 -- the person behind it
  email          text        not null,                 -- the address that nobody reads
  created_at     timestamptz not null default now(),
  activated_at   timestamptz not null default now(),   -- when it last began to stand
  deactivated_at timestamptz,                          -- null: it stands
  constraint shadow_users_pkey primary key (shadow_user_id),
  constraint shadow_users_person_unique unique (tenant_id, user_id),
  constraint shadow_users_email_unique unique (email),
  constraint shadow_users_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id),
  constraint shadow_users_id_check check (length(shadow_user_id) between 1 and 128 and shadow_user_id <> user_id),
  constraint shadow_users_user_id_check check (length(user_id) between 1 and 128),
  constraint shadow_users_email_check check (length(email) between 3 and 254 and email = lower(email) and email like '%_@_%')
);

create trigger shadow_users_inserted after insert on annex.shadow_users
  referencing new table as new_rows for each statement execute function annex.access_changed();
create trigger shadow_users_updated after update on annex.shadow_users
  referencing old table as old_rows new table as new_rows for each statement execute function annex.access_changed();
create trigger shadow_users_deleted after delete on annex.shadow_users
  referencing old table as old_rows for each statement execute function annex.access_changed();
create trigger shadow_users_refuse_truncate before truncate on annex.shadow_users
  for each statement execute function annex.refuse_truncate();

revoke all on all tables in schema annex from public;
