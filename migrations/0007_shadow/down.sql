-- Loses: what shadow recorded of every tenant, the marks of operators on it, and which routes were met that no profile maps.

set local lock_timeout = '5s';

drop table annex.unmapped_routes;
drop table annex.shadow_decisions;
