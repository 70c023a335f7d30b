-- Relations and types that are no partition and have a name as pg_partman gives. Locks: none.
SELECT n.nspname AS schema_name, c.relname AS table_name
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relnamespace IN (SELECT p.relnamespace FROM pg_catalog.pg_class p WHERE p.relkind = 'p')
   AND NOT c.relispartition
   AND c.relname ~ '_p[0-9]'
UNION
SELECT n.nspname, t.typname
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typnamespace IN (SELECT p.relnamespace FROM pg_catalog.pg_class p WHERE p.relkind = 'p')
   AND t.typrelid = 0 AND t.typcategory <> 'A'
   AND t.typname ~ '_p[0-9]'
 ORDER BY 1, 2
