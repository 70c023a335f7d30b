-- pg_cron's jobs that call pg_partman. Locks: ACCESS SHARE on cron.job.
SELECT schedule || ' ' || command AS detail
  FROM cron.job
 WHERE command ~* 'run_maintenance' AND active
 ORDER BY 1
