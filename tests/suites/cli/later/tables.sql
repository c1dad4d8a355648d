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
create table workspace_branding (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null unique references tenants (id) on delete cascade,
  logo_url text, logo_light_url text, favicon_url text, primary_color text, secondary_color text, accent_color text,
  email_signature text, custom_domain text, custom_domain_verified boolean default false,
  created_at timestamp default now(), updated_at timestamp default now());
create table workspace_pdf_settings (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null unique references tenants (id) on delete cascade,
  header_logo_url text, footer_text text, show_company_address boolean default true, show_company_phone boolean default true,
  show_company_email boolean default true, proposal_template text default 'modern', invoice_template text default 'modern',
  quotation_template text default 'modern', terms_and_conditions text,
  created_at timestamp default now(), updated_at timestamp default now());
create table workspace_onboarding_progress (
  id varchar primary key default gen_random_uuid(), workspace_id varchar not null unique references tenants (id) on delete cascade,
  is_completed boolean not null default false, is_dismissed boolean not null default false, current_step integer not null default 1,
  step1_add_branding text not null default 'pending', step2_invite_team text not null default 'pending',
  step3_create_customer text not null default 'pending', step4_create_product text not null default 'pending',
  step5_create_proposal text not null default 'pending', completed_at timestamp,
  created_at timestamp default now(), updated_at timestamp default now());
