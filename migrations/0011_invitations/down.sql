-- Loses: every invitation, pending ones included, which addresses people have proven, and mail that has not left yet. Whoever has
-- joined stays a member.

set local lock_timeout = '5s';

drop table annex.invitation_counters;
drop table annex.outbox;
drop table annex.proven_addresses;
drop table annex.workspace_invitations;
