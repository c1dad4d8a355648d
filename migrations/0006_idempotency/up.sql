-- What a request with an Idempotency-Key did, so that the same request sent again does it once.
--
-- Invariant: a row is written in the transaction of the change it stands for, so there is none for a change that was rolled
-- back, and none that hangs half-way. Requests under way exclude each other by an advisory lock of that transaction.
-- Invariant: `result` holds ids and times, never a secret; what a caller is shown is derived from it anew.
-- Deliberately absent: refusals. Only what was done is remembered.

set local lock_timeout = '5s';

create table annex.idempotency_keys (
  principal_id text        not null,
  method       text        not null,
  path         text        not null,
  key          text        not null,
  fingerprint  bytea       not null,   -- SHA-256 of the payload
  result       jsonb       not null,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null default now() + interval '24 hours',
  constraint idempotency_keys_pkey primary key (principal_id, method, path, key),
  constraint idempotency_keys_principal_id_check check (length(principal_id) between 1 and 128),
  constraint idempotency_keys_method_check check (method ~ '^[A-Z]{1,16}$'),
  constraint idempotency_keys_path_check check (length(path) between 1 and 1024),
  constraint idempotency_keys_key_check check (length(key) between 1 and 255),
  constraint idempotency_keys_fingerprint_check check (octet_length(fingerprint) = 32),
  constraint idempotency_keys_result_check check (jsonb_typeof(result) = 'object')
);

revoke all on all tables in schema annex from public;
