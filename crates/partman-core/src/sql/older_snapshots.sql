-- A client of this database with a snapshot from before the transaction $1, the oldest last. Locks: none.
SELECT format('backend %s (%s of %s, %s, its transaction open since %s)', pid, coalesce(nullif(application_name, ''), 'a client'),
              coalesce(usename, 'somebody'), coalesce(state, 'in an unknown state'), coalesce(xact_start::text, 'an unknown time')) AS who
  FROM pg_catalog.pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
   AND coalesce(backend_type, 'client backend') = 'client backend'
   AND backend_xmin IS NOT NULL AND age(backend_xmin) > age($1::text::xid)
 ORDER BY age(backend_xmin)
