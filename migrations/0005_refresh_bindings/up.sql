-- Which workspace a refresh token of the CRM goes on in.
--
-- A client that switched and presented its refresh token gets access tokens that name the workspace; the CRM's own refresh
-- knows only the home, so Annex puts the claim back, for as long as the binding stands and the membership holds.
--
-- Invariant: no token stands here, only its keyed hash (HMAC-SHA256 by a key that the database does not have).
-- Every node keeps the bindings in memory, so that a refresh at home asks nobody: each change is told on `annex_changed` as
-- `rb:<hash in hex>`.

set local lock_timeout = '5s';

create table annex.refresh_bindings (
  token_hash bytea       not null,
  user_id    text        not null,
  tenant_id  text        not null,
  bound_at   timestamptz not null default now(),
  expires_at timestamptz not null,             -- the token's own end
  constraint refresh_bindings_pkey primary key (token_hash),
  constraint refresh_bindings_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint refresh_bindings_token_hash_check check (octet_length(token_hash) = 32),
  constraint refresh_bindings_user_id_check check (length(user_id) between 1 and 128)
);

create index refresh_bindings_expires_idx on annex.refresh_bindings (expires_at);
create index refresh_bindings_workspace_idx on annex.refresh_bindings (tenant_id);

create function annex.refresh_binding_changed() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('annex_changed', 'rb:' || encode(coalesce(new.token_hash, old.token_hash), 'hex'));
  return null;
end
$$;

create trigger refresh_bindings_changed after insert or update or delete on annex.refresh_bindings
  for each row execute function annex.refresh_binding_changed();
create trigger refresh_bindings_refuse_truncate before truncate on annex.refresh_bindings
  for each statement execute function annex.refuse_truncate();

revoke all on all tables in schema annex from public;
revoke all on all functions in schema annex from public;
