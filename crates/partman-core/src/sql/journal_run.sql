-- The last run, or that of id $1. Locks: ACCESS SHARE on the journal.
SELECT id, started_at, started_by, without_backup, plan, before, system_identifier, database_oid::int8 AS database_oid
  FROM partman_journal.run
 WHERE $1::text IS NULL OR id = $1
 ORDER BY started_at DESC
 LIMIT 1
