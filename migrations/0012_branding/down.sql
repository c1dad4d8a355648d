-- Loses: colours, words, signatures and logos of all workspaces, and how far each workspace's first steps went.
-- Refused while the CRM's own tables hold any of it: afterwards nobody would know what stood there before. `annex uninstall`, or
-- `annex branding restore --all`, puts it back.

set local lock_timeout = '5s';

do $$
declare
  shown constant bigint := (select count(*) from annex.branding where crm_kept <> '{}');
begin
  if shown > 0 then
    raise exception 'the branding of % workspaces stands in the tables of the CRM', shown
      using errcode = 'object_in_use', hint = 'Run annex uninstall first: it puts back what stood there before.';
  end if;
end
$$;

drop table annex.onboarding;
drop table annex.assets;
drop table annex.branding;
