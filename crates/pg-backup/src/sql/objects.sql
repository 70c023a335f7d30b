-- How many objects there are of each kind, but for PostgreSQL's own and extensions'. Takes no lock.
WITH schemas AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
relations AS (
    SELECT c.* FROM pg_class AS c
    WHERE c.relnamespace IN (SELECT oid FROM schemas) AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
),
counted (kind, number) AS (
    SELECT CASE relkind
        WHEN 'r' THEN 'tables' WHEN 'p' THEN 'partitioned tables' WHEN 'i' THEN 'indexes' WHEN 'I' THEN 'partitioned indexes'
        WHEN 'S' THEN 'sequences' WHEN 'v' THEN 'views' WHEN 'm' THEN 'materialized views' WHEN 'f' THEN 'foreign tables'
        ELSE 'types of rows' END, count(*)
    FROM relations WHERE relkind <> 't'
        AND NOT (relkind IN ('i', 'I') AND NOT EXISTS (
            SELECT FROM pg_index AS x JOIN relations AS t ON t.oid = x.indrelid WHERE x.indexrelid = relations.oid))
    GROUP BY 1
    UNION ALL
    SELECT CASE contype
        WHEN 'p' THEN 'primary keys' WHEN 'u' THEN 'unique constraints' WHEN 'f' THEN 'foreign keys'
        WHEN 'c' THEN 'check constraints' WHEN 'x' THEN 'exclusion constraints' ELSE 'other constraints' END, count(*)
    FROM pg_constraint WHERE conrelid IN (SELECT oid FROM relations) AND contype IN ('p', 'u', 'f', 'c', 'x')
    GROUP BY 1
    UNION ALL
    SELECT 'columns', count(*) FROM pg_attribute
    WHERE attrelid IN (SELECT oid FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f')) AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'partitions', count(*) FROM relations WHERE relispartition AND relkind IN ('r', 'p', 'f')
    UNION ALL
    SELECT 'triggers', count(*) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM relations) AND NOT tgisinternal
    UNION ALL
    SELECT 'policies', count(*) FROM pg_policy WHERE polrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'rules', count(*) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM relations) AND rulename <> '_RETURN'
    UNION ALL
    SELECT 'defaults', count(*) FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'functions', count(*) FROM pg_proc AS p
    WHERE pronamespace IN (SELECT oid FROM schemas)
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT 'types', count(*) FROM pg_type AS t
    WHERE typnamespace IN (SELECT oid FROM schemas) AND typtype IN ('d', 'e', 'r')
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'large objects', count(*) FROM pg_largeobject_metadata
)
SELECT coalesce(jsonb_object_agg(kind, number), '{}')::text FROM counted WHERE number > 0
