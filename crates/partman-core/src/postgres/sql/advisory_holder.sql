-- Who has partman's advisory lock of this database. No locks.
SELECT l.pid, a.application_name, a.usename AS "user", host(a.client_addr) AS client_addr, a.backend_start AS since
  FROM pg_locks AS l
  LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.classid = 1885434484 AND l.objid = 1835101745 AND l.objsubid = 2
