-- The tables that the backends of one backup are copying right now, and how far they are; PostgreSQL 14 and newer.
SELECT p.relid, p.bytes_processed
FROM pg_stat_progress_copy AS p
JOIN pg_stat_activity AS a ON a.pid = p.pid
WHERE a.application_name = $1 AND p.relid <> 0
