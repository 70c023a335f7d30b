-- Relations and types that are no partition and have a name as pg_partman gives, or as steps give. $1: whether to look into tables for rows.
-- Locks: none; with $1 ACCESS SHARE on each of the tables for a moment.
SELECT n.nspname AS schema_name,
       c.relname AS table_name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned-table' WHEN 'f' THEN 'foreign-table'
                      WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized-view' WHEN 'S' THEN 'sequence'
                      WHEN 'c' THEN 'type' ELSE 'index' END AS kind,
       (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]')
          FROM pg_catalog.pg_attribute a
         WHERE c.relkind = 'r' AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       CASE WHEN $1::bool AND c.relkind = 'r'
                 AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
            THEN (xpath('/row/e/text()', query_to_xml(
                     format('SELECT EXISTS (SELECT FROM ONLY %I.%I) AS e', n.nspname, c.relname), false, true, '')))[1]::text
                 = 'true' END AS has_rows,
       c.relkind = 'r'
           AND (EXISTS (SELECT FROM pg_catalog.pg_depend d
                         WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid AND d.deptype = 'n'
                           AND (d.classid IN ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_proc'::regclass)
                                OR EXISTS (SELECT FROM pg_catalog.pg_constraint k
                                            WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid
                                              AND k.conrelid <> c.oid)
                                OR EXISTS (SELECT FROM pg_catalog.pg_policy p
                                            WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = d.objid
                                              AND p.polrelid <> c.oid)))
                OR EXISTS (SELECT FROM pg_catalog.pg_type t
                             JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_type'::regclass
                                                        AND d.refobjid IN (t.oid, t.typarray)
                            WHERE t.oid = c.reltype AND d.deptype = 'n')
                OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))
                OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r WHERE r.prrelid = c.oid)) AS needed,
       pg_has_role(c.relowner, 'USAGE') AS is_owner
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relnamespace IN (SELECT p.relnamespace FROM pg_catalog.pg_class p WHERE p.relkind = 'p')
   AND NOT c.relispartition
   -- Copies of a run that is under way or stopped, which ends with them or without them.
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgname = 'partman_keep_out'
                      AND g.tgrelid IN (c.oid, (SELECT x.indrelid FROM pg_catalog.pg_index x WHERE x.indexrelid = c.oid)))
   AND c.relname ~ '_p[0-9]|_partman_before$|^partman_new_default$'
UNION ALL
SELECT n.nspname, t.typname, 'type', '[]', NULL, false, pg_has_role(t.typowner, 'USAGE')
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typnamespace IN (SELECT p.relnamespace FROM pg_catalog.pg_class p WHERE p.relkind = 'p')
   AND t.typrelid = 0 AND t.typcategory <> 'A'
   AND t.typname ~ '_p[0-9]'
 ORDER BY 1, 2
