-- Clients of this database that go on with a snapshot of before, once our transaction has ended: those that are idle in a transaction
-- and keep one surely do; those that wait for us in the middle of a transaction may. The sure ones last. Locks: none.
SELECT format('backend %s (%s of %s, %s, its transaction open since %s)', pid, coalesce(nullif(application_name, ''), 'a client'),
              coalesce(usename, 'somebody'), state, coalesce(xact_start::text, 'an unknown time')) AS who,
       state LIKE 'idle in transaction%' AS surely
  FROM pg_catalog.pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
   AND coalesce(backend_type, 'client backend') = 'client backend'
   AND backend_xmin IS NOT NULL
   AND (state LIKE 'idle in transaction%'
        OR (state = 'active' AND xact_start < query_start AND wait_event_type = 'Lock'
            AND pg_backend_pid() = ANY (pg_blocking_pids(pid))))
 ORDER BY surely
