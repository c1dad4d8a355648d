-- The numbers beside the names of a person's workspaces are counted by index, however many workspaces and members there are.

set local lock_timeout = '5s';

-- Who joined and may come in, as a number.
create index workspace_users_active_idx on annex.workspace_users (tenant_id) where kind = 'joined' and status = 'active';
-- The few natives who may not.
create index workspace_users_blocked_idx on annex.workspace_users (tenant_id, user_id)
  where kind = 'native' and status <> 'active';
