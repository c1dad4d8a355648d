-- Loses: no row. Changes are no longer announced and epochs no longer rise by themselves: no node may serve a workspace while
-- the schema stands at this step.

set local lock_timeout = '5s';

drop trigger rollout_refuse_truncate on annex.rollout;
drop trigger rollout_changed on annex.rollout;
drop trigger flag_overrides_refuse_truncate on annex.flag_overrides;
drop trigger flag_overrides_changed on annex.flag_overrides;
drop trigger feature_flags_refuse_truncate on annex.feature_flags;
drop trigger feature_flags_changed on annex.feature_flags;

drop trigger workspace_users_refuse_truncate on annex.workspace_users;
drop trigger workspace_users_deleted on annex.workspace_users;
drop trigger workspace_users_updated on annex.workspace_users;
drop trigger workspace_users_inserted on annex.workspace_users;
drop trigger workspace_users_row_changed on annex.workspace_users;
drop trigger workspace_users_row on annex.workspace_users;

drop trigger workspace_role_permissions_refuse_truncate on annex.workspace_role_permissions;
drop trigger workspace_role_permissions_deleted on annex.workspace_role_permissions;
drop trigger workspace_role_permissions_updated on annex.workspace_role_permissions;
drop trigger workspace_role_permissions_inserted on annex.workspace_role_permissions;

drop trigger workspace_roles_refuse_truncate on annex.workspace_roles;
drop trigger workspace_roles_deleted on annex.workspace_roles;
drop trigger workspace_roles_updated on annex.workspace_roles;
drop trigger workspace_roles_inserted on annex.workspace_roles;
drop trigger workspace_roles_row_changed on annex.workspace_roles;

drop trigger workspaces_refuse_truncate on annex.workspaces;
drop trigger workspaces_deleted on annex.workspaces;
drop trigger workspaces_updated on annex.workspaces;
drop trigger workspaces_inserted on annex.workspaces;
drop trigger workspaces_row_changed on annex.workspaces;
drop trigger workspaces_row on annex.workspaces;

drop function annex.refuse_truncate();
drop function annex.access_changed();
drop function annex.workspaces_changed();
drop function annex.flags_changed();
drop function annex.workspace_user_row();
drop function annex.workspace_row();
drop function annex.row_changed();
