-- The settings of every session that partman opens; `client_connection_check_interval` follows apart, because not
-- every platform has it. No locks.
SET row_security = off;
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET default_transaction_deferrable = off;
SET search_path = pg_catalog;
-- It lasts here. A standby gets steps and journal in the order in which they were done, so nothing is gained by waiting for it,
-- and one that is away would keep us waiting without end.
SET synchronous_commit = local;
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = postgres;
SET TimeZone = 'UTC';
SET extra_float_digits = 1;
SET bytea_output = hex;
SET standard_conforming_strings = on;
SET lock_timeout = 0;
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET jit = off;
SELECT set_config('idle_session_timeout', '0', false) WHERE current_setting('idle_session_timeout', true) IS NOT NULL;
SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('transaction_timeout', true) IS NOT NULL;
-- An autovacuum gives way to whoever waits for its table, once that one looks for a deadlock: before our waits are over.
SELECT set_config('deadlock_timeout', '10ms', false) WHERE current_setting('is_superuser') = 'on'
