-- Loses: which workspace a refresh token goes on in. Clients whose token was bound go on at home after their next refresh, until
-- they switch again.

set local lock_timeout = '5s';

drop table annex.refresh_bindings;
drop function annex.refresh_binding_changed();
