-- Loses: every workspace that Annex knows (names, owners, sponsors, deletions and their dates), every custom role with its
-- permissions, and every membership, removed ones included, so that "was ever a member" can no longer be answered.
-- The CRM's tenants and users are untouched: people keep their home.

set local lock_timeout = '5s';

drop function annex.ensure_workspace(text, text, text, text, text);
drop table annex.workspace_users;
drop table annex.workspace_role_permissions;
drop table annex.workspace_roles;
drop table annex.workspaces;
