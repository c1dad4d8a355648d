-- Loses: every decision about where the feature is on (global, per tenant, overrides copied from Redis, rollout share and deny
-- list). With these tables gone nothing is on. Fields still standing in Redis are copied anew after the next `up`.

set local lock_timeout = '5s';

drop function annex.end_override(text, text, text);
drop function annex.record_override(text, text, text, text);
drop table annex.rollout;
drop table annex.flag_overrides;
drop table annex.feature_flags;
drop function annex.seed_global_flag();
drop function annex.feature_flag_written();
drop function annex.supersede_override(text, text);
drop function annex.rollout_row();
drop function annex.feature_flag_row();
