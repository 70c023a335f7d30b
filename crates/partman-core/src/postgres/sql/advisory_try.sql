-- Takes partman's advisory lock of this database for the session, without waiting; a second time by the same session
-- it isn't taken again, so that one release is enough.
SELECT CASE
         WHEN EXISTS (SELECT
                        FROM pg_locks
                       WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
                         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                         AND classid = 1885434484 AND objid = 1835101745 AND objsubid = 2)
         THEN true
         ELSE pg_try_advisory_lock(1885434484, 1835101745)
       END AS taken
