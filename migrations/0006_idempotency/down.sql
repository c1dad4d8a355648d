-- Loses: the memory of which requests with an Idempotency-Key were done in the last 24 hours. One sent again is done again.

set local lock_timeout = '5s';

drop table annex.idempotency_keys;
