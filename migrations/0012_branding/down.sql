-- Loses: colours, words, signatures and logos of all workspaces, what the CRM's own profiles held before them, and how far each
-- workspace's first steps went. Run `annex branding restore --all` first, so that the CRM gets back what it had.

set local lock_timeout = '5s';

drop table annex.onboarding;
drop table annex.assets;
drop table annex.branding;
