-- The last hundred runs, the newest first, each with where it stands, with the tables that it created, that were kept
-- when it was taken back, and that are no partition any more, and with those that it took out of their sets. Locks: ACCESS SHARE on the journal.
SELECT r.id, r.started_at, r.started_by, r.without_backup,
       CASE WHEN e.rolled_back THEN 'rolled-back' WHEN e.completed > e.unwinding THEN 'completed' ELSE 'stopped' END AS outcome,
       here.system_identifier <> r.system_identifier OR here.database_oid <> r.database_oid AS elsewhere,
       here.superuser OR coalesce((SELECT pg_has_role(o.oid, 'USAGE') FROM pg_catalog.pg_roles o
                                    WHERE o.rolname = r.started_by), false) AS may_act,
       (SELECT coalesce(json_agg(json_build_array(n.nspname, c.relname) ORDER BY n.nspname, c.relname), '[]')
          FROM partman_journal.entry d
         CROSS JOIN LATERAL jsonb_array_elements_text(
                    CASE jsonb_typeof(d.detail -> 'created') WHEN 'array' THEN d.detail -> 'created' ELSE '[]' END) AS made(oid)
          JOIN pg_catalog.pg_class c ON c.oid = made.oid::oid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE d.run = r.id AND d.what = 'done' AND e.rolled_back) AS left_behind,
       (SELECT coalesce(json_agg(json_build_array(n.nspname, c.relname) ORDER BY n.nspname, c.relname), '[]')
          FROM partman_journal.entry d
          JOIN pg_catalog.pg_class c ON c.oid = (d.detail ->> 'replaced')::oid AND NOT c.relispartition
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE d.run = r.id AND d.what = 'done') AS replaced
  FROM partman_journal.run r
 CROSS JOIN (SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system_identifier,
                    (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AS database_oid,
                    (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser) AS here
 CROSS JOIN LATERAL (SELECT coalesce(bool_or(what = 'rolled-back'), false) AS rolled_back,
                            coalesce(max(id) FILTER (WHERE what = 'completed'), 0) AS completed,
                            coalesce(max(id) FILTER (WHERE what = 'unwinding'), 0) AS unwinding
                       FROM partman_journal.entry WHERE run = r.id) AS e
 ORDER BY r.started_at DESC, r.id DESC
 LIMIT 100
