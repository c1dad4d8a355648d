-- How a workspace shows itself, and how far its first steps went.
--
-- Invariant: what the live look wrote into the CRM's own tables stands in `branding.crm_kept` beside what stood there before, in the
-- transaction that wrote it, so that taking the look away puts it back.
-- Invariant: a look is resettable and its row stays: its version (ETag) never means two things.
-- Invariant: a picture's name is a MAC by a key that the database does not have, so names are not guessed from pictures.
-- Deliberately absent: a row for a workspace that was there before Annex and chose nothing. No row reads as an empty one of version 0.

set local lock_timeout = '5s';

create table annex.branding (
  tenant_id  text        not null,
  live       jsonb       not null default '{}',
  draft      jsonb,                              -- null: there is no draft
  logo       text,                               -- the pictures in annex.assets that are shown
  crm_kept   jsonb       not null default '{}',  -- {"column": {"before": …, "written": …}} in the CRM's table of the profile
  version    bigint      not null default 1,     -- raised by a trigger on every change of content (ETag)
  updated_by text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint branding_pkey primary key (tenant_id),
  constraint branding_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint branding_live_check check (jsonb_typeof(live) = 'object' and octet_length(live::text) <= 65536),
  constraint branding_draft_check check (jsonb_typeof(draft) = 'object' and octet_length(draft::text) <= 65536),
  constraint branding_crm_kept_check check (jsonb_typeof(crm_kept) = 'object'),
  constraint branding_live_colors_check
    check ((live ->> 'primaryColor') ~ '^#[0-9a-f]{6}$' and (live ->> 'secondaryColor') ~ '^#[0-9a-f]{6}$'),
  constraint branding_draft_colors_check
    check ((draft ->> 'primaryColor') ~ '^#[0-9a-f]{6}$' and (draft ->> 'secondaryColor') ~ '^#[0-9a-f]{6}$'),
  constraint branding_logo_check check (logo ~ '^[0-9a-f]{64}$'),
  constraint branding_version_check check (version > 0)
);

create table annex.assets (
  name       text        not null,               -- as in its address
  tenant_id  text        not null,
  logo       text        not null,               -- one for all sizes of one picture
  px         smallint    not null,
  bytes      bytea       not null,               -- PNG, drawn by Annex
  created_at timestamptz not null default now(),
  constraint assets_pkey primary key (name),
  constraint assets_size_unique unique (tenant_id, logo, px),
  constraint assets_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint assets_name_check check (name ~ '^[0-9a-f]{64}$'),
  constraint assets_logo_check check (logo ~ '^[0-9a-f]{64}$'),
  constraint assets_px_check check (px in (32, 64, 128, 256)),
  constraint assets_bytes_check check (octet_length(bytes) between 1 and 524288)
);

create table annex.onboarding (
  tenant_id    text        not null,
  steps        jsonb       not null default '{}',  -- {"step": {"status": …, "by": …, "at": …}}: what people said, not what the data say
  dismissed_at timestamptz,
  dismissed_by text,
  version      bigint      not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  constraint onboarding_pkey primary key (tenant_id),
  constraint onboarding_workspace_fkey foreign key (tenant_id) references annex.workspaces (tenant_id) on delete cascade,
  constraint onboarding_steps_check check (jsonb_typeof(steps) = 'object' and octet_length(steps::text) <= 8192),
  constraint onboarding_dismissed_check check (dismissed_at is not null or dismissed_by is null),
  constraint onboarding_version_check check (version > 0)
);

create trigger branding_row_changed before update on annex.branding
  for each row execute function annex.row_changed();
create trigger onboarding_row_changed before update on annex.onboarding
  for each row execute function annex.row_changed();

revoke all on all tables in schema annex from public;
