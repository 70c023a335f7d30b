-- What relations of these names are, where they have no partitions. $1: JSON of pairs of schema and name. Locks: none.
SELECT n.nspname AS schema_name, c.relname AS table_name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'f' THEN 'foreign-table' WHEN 'v' THEN 'view'
                      WHEN 'm' THEN 'materialized-view' WHEN 'S' THEN 'sequence' ELSE 'index' END AS kind
  FROM json_array_elements($1::text::json) AS named (pair)
  JOIN pg_catalog.pg_namespace n ON n.nspname = pair ->> 0
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = pair ->> 1
 WHERE c.relkind IN ('r', 'f', 'v', 'm', 'S', 'i', 'I') AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)
 ORDER BY 1, 2
