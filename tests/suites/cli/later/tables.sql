-- The tables of the CRM's later version that Annex reads and writes, as crm-later-version.md lists them.
alter table tenants add column deleted_at timestamp;
create table feature_flags (
  id varchar primary key default gen_random_uuid(), key text not null, tenant_id varchar references tenants (id) on delete cascade,
  enabled boolean not null default false, description text, created_at timestamp default now(), updated_at timestamp default now());
create table workspace_users (
  id varchar primary key default gen_random_uuid(), user_id varchar not null,
  workspace_id varchar not null references tenants (id) on delete cascade, role text not null default 'member',
  is_primary boolean not null default false, invited_by varchar, joined_at timestamp default now(), last_accessed_at timestamp,
  created_at timestamp default now());
create table workspace_invitations (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null references tenants (id) on delete cascade,
  email text not null, role text not null default 'member', token text not null unique, invited_by varchar not null,
  status text not null default 'pending', expires_at timestamp not null, accepted_at timestamp, created_at timestamp default now());
create table workspace_activity_logs (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null references tenants (id) on delete cascade,
  user_id varchar not null, action text not null, details text, ip_address text, user_agent text, created_at timestamp default now());
create table workspace_custom_roles (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null references tenants (id) on delete cascade,
  name text not null, description text, color text, is_default boolean default false, created_by varchar,
  created_at timestamp default now(), updated_at timestamp default now());
create table workspace_role_permissions (
  id varchar primary key default gen_random_uuid(), role_id varchar not null, module text not null, action text not null,
  allowed boolean not null default false);
create table workspace_deletion_logs (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null references tenants (id) on delete cascade,
  action text not null, deleted_by varchar, restored_by varchar, reason text, scheduled_purge_at timestamp, ip_address text,
  created_at timestamp default now());
