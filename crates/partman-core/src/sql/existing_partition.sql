-- What has the name of a partition that is to be created. $1, $2: its schema and name; $3: the parent. Locks: none.
SELECT i.inhparent::int8 AS parent,
       coalesce(i.inhparent = $3::text::regclass, false) AS same_parent,
       pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
 WHERE n.nspname = $1 AND c.relname = $2
