-- Tables, partitioned tables, views, materialized views and foreign tables, with their columns, constraints,
-- triggers and policies. Everything that belongs to a table is part of its entry, so that a rename is one change.
SELECT
    CASE c.relkind WHEN 'p' THEN 'table' WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        ELSE 'foreign table' END AS kind,
    format('%I.%I', n.nspname, c.relname) AS name,
    c.oid,
    (jsonb_build_object(
        'relfilenode', c.relfilenode::text,
        'relkind', c.relkind,
        'owner', c.relowner::regrole::text,
        'acl', c.relacl::text,
        'options', c.reloptions,
        'persistence', c.relpersistence,
        'tablespace', c.reltablespace::text,
        'access method', c.relam::text,
        'toast', c.reltoastrelid::text,
        'replica identity', c.relreplident,
        'row security', c.relrowsecurity,
        'row security forced', c.relforcerowsecurity,
        'partition key', pg_get_partkeydef(c.oid),
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'parents', (SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
        'detach pending', (SELECT bool_or(i.inhdetachpending) FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
        'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
        'comment', obj_description(c.oid, 'pg_class')
    )
    || coalesce((
        SELECT jsonb_object_agg('column ' || a.attname, jsonb_strip_nulls(jsonb_build_object(
            'attnum', a.attnum,
            'type', format_type(a.atttypid, a.atttypmod),
            'collation', nullif(a.attcollation, 0)::regcollation::text,
            'not null', a.attnotnull,
            'default', pg_get_expr(d.adbin, d.adrelid),
            'identity', nullif(a.attidentity, ''),
            'generated', nullif(a.attgenerated, ''),
            'storage', a.attstorage,
            'compression', nullif(a.attcompression, ''),
            'statistics', nullif(a.attstattarget, -1),
            'acl', a.attacl::text,
            'options', a.attoptions,
            'inherited', a.attinhcount,
            'local', a.attislocal,
            'comment', col_description(c.oid, a.attnum)
        )))
        FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ), '{}')
    || coalesce((
        SELECT jsonb_object_agg('constraint ' || k.conname, jsonb_build_object(
            'oid', k.oid::text,
            'definition', pg_get_constraintdef(k.oid),
            'validated', k.convalidated,
            'inherited', k.coninhcount,
            'local', k.conislocal,
            'of parent', k.conparentid <> 0
        ))
        FROM pg_constraint AS k WHERE k.conrelid = c.oid
    ), '{}')
    || coalesce((
        SELECT jsonb_object_agg('trigger ' || t.tgname, jsonb_build_object(
            'oid', t.oid::text,
            'function', t.tgfoid::regprocedure::text,
            'type', t.tgtype,
            'enabled', t.tgenabled,
            'when', substring(pg_get_triggerdef(t.oid) FROM ' WHEN (.*) EXECUTE '),
            'of parent', t.tgparentid <> 0
        ))
        FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
    ), '{}')
    || coalesce((
        SELECT jsonb_object_agg('policy ' || p.polname, jsonb_build_object(
            'oid', p.oid::text,
            'command', p.polcmd,
            'permissive', p.polpermissive,
            'roles', p.polroles::regrole[]::text,
            'using', pg_get_expr(p.polqual, p.polrelid),
            'check', pg_get_expr(p.polwithcheck, p.polrelid)
        ))
        FROM pg_policy AS p WHERE p.polrelid = c.oid
    ), '{}')
    || coalesce((
        SELECT jsonb_object_agg('rule ' || r.rulename, pg_get_ruledef(r.oid))
        FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'
    ), '{}')
    || coalesce((
        SELECT jsonb_object_agg('statistics ' || s.stxname, pg_get_statisticsobjdef(s.oid))
        FROM pg_statistic_ext AS s WHERE s.stxrelid = c.oid
    ), '{}'))::text AS facts
FROM pg_class AS c JOIN scope AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
