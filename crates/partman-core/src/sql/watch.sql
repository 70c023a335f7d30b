-- What the session with partman's advisory lock of this database has locked, who waits for it, and for whom it waits. Relations that only
-- that session can see yet have no name here, and are left out: nobody can wait for them. Locks nothing but catalogs.
WITH locks AS MATERIALIZED (
    SELECT l.*, upper(regexp_replace(left(l.mode, -4), '([a-z])([A-Z])', '\1 \2', 'g')) AS word
      FROM pg_locks AS l
     WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        OR NOT l.granted
), us AS (
    SELECT pid
      FROM locks
     WHERE locktype = 'advisory' AND granted AND classid = 1885434484 AND objid = 1835101745 AND objsubid = 2
), held AS (
    SELECT n.nspname::text AS schema, c.relname::text AS name, l.word AS mode
      FROM us
      JOIN locks AS l USING (pid)
      JOIN pg_class AS c ON c.oid = l.relation
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE l.locktype = 'relation' AND l.granted AND l.mode <> 'AccessShareLock' AND c.relkind IN ('r', 'p')
       AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'partman_journal')
), waiting AS (
    SELECT n.nspname::text AS schema, c.relname::text AS name, w.word AS mode, w.pid, a.usename::text AS "user",
           a.application_name, extract(epoch FROM clock_timestamp() - w.waitstart)::float8 * 1000 AS waited_ms
      FROM locks AS w
      LEFT JOIN pg_stat_activity AS a ON a.pid = w.pid
      LEFT JOIN pg_class AS c ON c.oid = w.relation
      LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE NOT w.granted AND EXISTS (SELECT FROM us WHERE us.pid = ANY (pg_blocking_pids(w.pid)))
), in_the_way AS (
    SELECT n.nspname::text AS schema, c.relname::text AS name, w.word AS mode, b.pid, a.usename::text AS "user",
           a.application_name, a.state, a.xact_start
      FROM us
      JOIN locks AS w ON w.pid = us.pid AND NOT w.granted
     CROSS JOIN LATERAL unnest(pg_blocking_pids(us.pid)) AS b (pid)
      LEFT JOIN pg_stat_activity AS a ON a.pid = b.pid
      LEFT JOIN pg_class AS c ON c.oid = w.relation
      LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
)
SELECT 'held' AS what, schema, name, mode, NULL::int4 AS pid, NULL::text AS "user", NULL::text AS application_name,
       NULL::float8 AS waited_ms, NULL::text AS state, NULL::timestamptz AS since
  FROM held
UNION ALL
SELECT 'waits', schema, name, mode, pid, "user", application_name, waited_ms, NULL, NULL
  FROM waiting
UNION ALL
SELECT 'blocks', schema, name, mode, pid, "user", application_name, NULL, state, xact_start
  FROM in_the_way
