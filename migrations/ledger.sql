-- What ran, when, by whom, and what it said then. Made by the runner in the transaction of the first migration, dropped by it in
-- that of the last `down`. A row in a state other than `applied` is a migration that stopped half-way.
create table annex.schema_migrations (
  number        integer     not null,
  name          text        not null,
  up_sha256     text        not null,
  down_sha256   text        not null,
  verify_sha256 text        not null,
  applied_at    timestamptz not null default now(),
  applied_by    text        not null default session_user,
  duration_ms   bigint      not null default 0,
  version       text        not null,
  state         text        not null,
  constraint schema_migrations_pkey primary key (number),
  constraint schema_migrations_number_check check (number > 0),
  constraint schema_migrations_state_check check (state in ('applying', 'applied', 'reverting'))
);
revoke all on table annex.schema_migrations from public;
