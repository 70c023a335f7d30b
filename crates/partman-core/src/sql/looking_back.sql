-- Clients of this database that go on with a snapshot of before, once our transaction has ended: those that are idle in a transaction
-- and keep one surely do, and so do those that wait for us where their role, the database or the server, or the text of what
-- they run, says that transactions are at repeatable read or serializable; others that wait for us in the middle of a transaction
-- may. The sure ones last. Locks: none.
SELECT format('backend %s (%s of %s, %s, its transaction open since %s)', a.pid, coalesce(nullif(a.application_name, ''), 'a client'),
              coalesce(a.usename, 'somebody'), a.state, coalesce(a.xact_start::text, 'an unknown time')) AS who,
       a.state LIKE 'idle in transaction%' OR a.query ~* 'repeatable\s+read|serializable' OR said.to_all OR said.to_these AS surely
  FROM pg_catalog.pg_stat_activity a
 CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT FROM pg_catalog.pg_settings s
                       WHERE s.name = 'default_transaction_isolation' AND s.reset_val NOT LIKE 'read %') AS to_all,
              EXISTS (SELECT FROM pg_catalog.pg_db_role_setting d
                       WHERE d.setdatabase IN (0, a.datid) AND d.setrole IN (0, a.usesysid)
                         AND EXISTS (SELECT FROM unnest(d.setconfig) AS c
                                      WHERE c LIKE 'default_transaction_isolation=%' AND c NOT LIKE '%=read %')) AS to_these) AS said
 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usename IS NOT NULL
   AND coalesce(a.backend_type, 'client backend') = 'client backend'
   AND a.backend_xmin IS NOT NULL
   AND (a.state LIKE 'idle in transaction%'
        OR (a.state = 'active' AND (a.xact_start < a.query_start OR a.query ~* 'repeatable\s+read|serializable' OR said.to_all OR said.to_these)
            AND a.wait_event_type = 'Lock' AND pg_backend_pid() = ANY (pg_blocking_pids(a.pid))))
 ORDER BY surely
