-- What calls run_maintenance here: pg_partman's background worker, and whether pg_cron's table is there. Locks: none.
-- pg_settings hides shared_preload_libraries from most roles (current_setting() would fail): then the worker's own
-- setting tells, which only its library, or somebody who means it, defines.
SELECT coalesce((SELECT setting ~ '\mpg_partman_bgw\M' FROM pg_catalog.pg_settings WHERE name = 'shared_preload_libraries'),
                current_setting('pg_partman_bgw.dbname', true) <> '', false) AS worker,
       coalesce(current_setting('pg_partman_bgw.dbname', true), '') AS worker_databases,
       to_regclass('cron.job') IS NOT NULL AND has_table_privilege(to_regclass('cron.job'), 'SELECT') AS cron
