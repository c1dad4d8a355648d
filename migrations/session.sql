-- Opens each of the runner's transactions: nothing of the session's, the role's or the database's defaults decides what our SQL
-- means or how the catalog prints. All of it ends with the transaction.
set local search_path = pg_catalog, pg_temp;
set local lock_timeout = '5s';
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
set local client_min_messages = warning;
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local check_function_bodies = on;
set local row_security = off;
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local timezone = 'UTC';
set local bytea_output = 'hex';
set local extra_float_digits = 1;
