-- Loses: which workspaces were found without an Admin, and since when; the next sweep finds them again. From here on plain SQL may
-- take the last Admin of a workspace away.

set local lock_timeout = '5s';

drop table annex.orphaned_workspaces;
alter table annex.workspace_roles drop constraint workspace_roles_description_check;
drop index annex.workspace_users_joined_idx;
drop index annex.workspace_users_list_idx;
drop trigger workspaces_admin_remains on annex.workspaces;
drop trigger workspace_roles_admin_remains on annex.workspace_roles;
drop trigger workspace_users_admin_not_deleted on annex.workspace_users;
drop trigger workspace_users_admin_remains on annex.workspace_users;
drop function annex.release_native(text, text);
drop function annex.vouch_for_admin(text);
drop function annex.keep_an_admin();
