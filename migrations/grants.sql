-- Who may do what inside schema annex, stated whole and applied at the end of every `up`. The runner sets annex.runtime_role for
-- the transaction; empty: there is no separate runtime role, and only the narrowing happens.
--
-- Invariant: nobody but the owner writes audit_events, audit_heads, flag_overrides or schema_migrations, except through functions.
-- Rights of other roles that an operator granted on other tables are left alone.
do $$
declare
  runtime constant regrole := quote_ident(nullif(current_setting('annex.runtime_role', true), ''))::regrole;
  g record;
begin
  execute 'revoke all on schema annex from public';
  execute 'revoke all on all tables in schema annex from public';
  execute 'revoke all on all functions in schema annex from public';

  -- Default privileges of the database may have given new tables away.
  for g in
    select distinct c.relname, a.grantee::regrole::text as grantee, lower(a.privilege_type) as privilege
    from pg_class as c cross join lateral aclexplode(c.relacl) as a
    where c.relnamespace = 'annex'::regnamespace and a.grantee not in (0, c.relowner) and a.privilege_type <> 'SELECT'
      and c.relname in ('audit_events', 'audit_heads', 'flag_overrides', 'schema_migrations')
  loop
    execute format('revoke %s on annex.%I from %s', g.privilege, g.relname, g.grantee);
  end loop;

  if runtime is null or exists (select from pg_namespace where nspname = 'annex' and nspowner = runtime) then
    return;
  end if;

  execute format('revoke all on all tables in schema annex from %s', runtime);
  execute format('revoke all on all functions in schema annex from %s', runtime);
  execute format('grant usage on schema annex to %s', runtime);

  for g in
    select * from (values
      ('schema_migrations',          'select'),
      ('workspaces',                 'select, insert, update'),          -- purging leaves a tombstone
      ('workspace_roles',            'select, insert, update, delete'),
      ('workspace_role_permissions', 'select, insert, update, delete'),
      ('workspace_users',            'select, insert, update'),          -- removed rows stay
      ('audit_events',               'select'),
      ('audit_heads',                'select'),
      ('feature_flags',              'select, insert, update, delete'),
      ('flag_overrides',             'select'),
      ('rollout',                    'select, insert, update'),
      ('refresh_bindings',           'select, insert, update, delete'),
      ('orphaned_workspaces',        'select, insert, delete'),
      ('webhooks',                   'select, insert, update, delete'),
      ('webhook_deliveries',         'select, insert, update, delete'),  -- what is old goes
      ('shadow_users',               'select, insert, update'),          -- who was one once is nobody for good
      ('idempotency_keys',           'select, insert, update, delete'),  -- what expired goes
      ('shadow_decisions',           'select, insert, update, delete'),  -- an operator forgets a tenant's
      ('unmapped_routes',            'select, insert, update, delete'),  -- what is long unseen goes
      ('ownership_transfers',        'select, insert, update, delete'),  -- purging takes them
      ('workspace_invitations',      'select, insert, update, delete'),  -- purging takes them
      ('proven_addresses',           'select, insert'),
      ('outbox',                     'select, insert, update'),
      ('invitation_counters',        'select, insert, update, delete'),  -- old windows go
      ('branding',                   'select, insert, update, delete'),  -- purging deletes
      ('assets',                     'select, insert, delete'),          -- a picture never changes
      ('onboarding',                 'select, insert, update, delete')
    ) as t (name, privileges)
    where to_regclass('annex.' || t.name) is not null
  loop
    execute format('grant %s on annex.%I to %s', g.privileges, g.name, runtime);
  end loop;

  for g in
    select p.oid::regprocedure::text as signature
    from pg_proc as p
    where p.pronamespace = 'annex'::regnamespace
      and p.proname in ('ensure_workspace', 'append_audit_event', 'audit_canonical', 'audit_hash', 'verify_audit_chain',
                        'record_override', 'end_override', 'vouch_for_admin', 'release_native')
  loop
    execute format('grant execute on function %s to %s', g.signature, runtime);
  end loop;
end
$$;
