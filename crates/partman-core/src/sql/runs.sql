-- Partman's own traces: the journal's schema and what this role may do with it, whoever else has the run lock, and
-- fences that stand around DEFAULT partitions. Catalogs only. Locks: none.
WITH journal AS (
    SELECT n.oid, obj_description(n.oid, 'pg_namespace') AS mark,
           has_schema_privilege(n.oid, 'USAGE') AS enter,
           (SELECT coalesce(bool_and(has_table_privilege(c.oid, 'SELECT')), false)
              FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname IN ('run', 'entry')) AS read,
           (SELECT coalesce(bool_and(has_table_privilege(c.oid, 'INSERT')), false)
              FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname IN ('run', 'entry')) AS write
      FROM pg_catalog.pg_namespace n
     WHERE n.nspname = 'partman_journal')
SELECT (SELECT mark FROM journal) AS mark,
       (SELECT CASE WHEN NOT (enter AND read) THEN 'hidden' WHEN write THEN 'writable' ELSE 'readable' END FROM journal) AS access,
       (SELECT json_build_object('pid', l.pid, 'application_name', a.application_name, 'user', a.usename,
                                 'client_addr', host(a.client_addr), 'since', a.backend_start)
          FROM pg_catalog.pg_locks l
          LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()
           AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
           AND l.classid = 1885434484 AND l.objid = 1835101745 AND l.objsubid = 2
         LIMIT 1) AS active,
       (SELECT coalesce(json_agg(json_build_array(n.nspname, c.relname) ORDER BY n.nspname, c.relname), '[]')
          FROM pg_catalog.pg_constraint k
          JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE k.conname = 'partman_fence' AND k.contype = 'c' AND k.coninhcount = 0) AS fences
