-- Loses: which users rows of the CRM are shadow users, and who is behind them. The rows themselves stay in the CRM, inactive.
-- Refused while any of them is active: afterwards nobody would know that it is no person. `annex uninstall` deactivates them.

set local lock_timeout = '5s';

do $$
declare
  standing constant bigint := (select count(*) from annex.shadow_users where deactivated_at is null);
begin
  if standing > 0 then
    raise exception '% shadow users are active in the CRM', standing
      using errcode = 'object_in_use', hint = 'Run annex uninstall first: it deactivates them.';
  end if;
end
$$;

drop table annex.shadow_users;
