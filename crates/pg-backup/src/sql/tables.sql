-- Every table whose rows pg_dump of the whole database writes: ordinary tables outside PostgreSQL's own schemas, and of
-- extensions' tables those that are marked as configuration. pg_table_size() takes ACCESS SHARE for an instant; so where
-- somebody has or waits for a lock that excludes it, the size is an estimate.
WITH locked AS MATERIALIZED (
    SELECT relation FROM pg_locks
    WHERE mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
configuration AS (
    SELECT e.extname, config.relid, nullif(e.extcondition[config.position], '') AS condition
    FROM pg_extension AS e, unnest(e.extconfig) WITH ORDINALITY AS config (relid, position)
)
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'name', format('%I.%I', n.nspname, c.relname),
    'schema', n.nspname,
    'relation', c.relname,
    'oid', c.oid::bigint,
    'bytes', CASE
        WHEN c.oid IN (SELECT relation FROM locked) THEN greatest(c.relpages, 0) * current_setting('block_size')::bigint
        ELSE coalesce(pg_table_size(c.oid), 0)
    END,
    'rows', 0,
    'digest', '0',
    'hash_root', (
        SELECT format('%I.%I', rn.nspname, r.relname)
        FROM pg_partition_ancestors(c.oid) WITH ORDINALITY AS ancestor (relid, distance)
        JOIN pg_partitioned_table AS p ON p.partrelid = ancestor.relid AND p.partstrat = 'h'
        JOIN pg_class AS r ON r.oid = p.partrelid
        JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
        ORDER BY ancestor.distance DESC
        LIMIT 1
    ),
    'extension', configuration.extname,
    'filter', configuration.condition
) ORDER BY n.nspname, c.relname), '[]')::text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN configuration ON configuration.relid = c.oid
WHERE c.relkind = 'r'
    AND c.relpersistence <> 't'
    AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (configuration.relid IS NOT NULL OR NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    ))
