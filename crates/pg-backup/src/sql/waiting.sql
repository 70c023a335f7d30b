-- Locks that the backends of one backup wait for, and who stands before them; takes no lock itself.
SELECT coalesce(format('%I.%I', n.nspname, c.relname), l.locktype), pg_blocking_pids(l.pid)
FROM pg_locks AS l
JOIN pg_stat_activity AS a ON a.pid = l.pid
LEFT JOIN pg_class AS c ON c.oid = l.relation AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT l.granted AND a.application_name = $1
LIMIT 1
