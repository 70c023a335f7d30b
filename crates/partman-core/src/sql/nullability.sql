-- Every partition of $1, at any depth, and whether its column $2 may be NULL: DEFAULT first, then from the leaves up.
-- Locks: none; pg_partition_tree() would lock all of them.
WITH RECURSIVE tree AS (
    SELECT inhrelid AS oid, 1 AS level FROM pg_catalog.pg_inherits WHERE inhparent = $1::text::regclass
    UNION ALL
    SELECT i.inhrelid, t.level + 1 FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
)
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind = 'r' AS has_rows, a.attnotnull AS not_null, k.convalidated AS proven
  FROM tree t
  JOIN pg_catalog.pg_class c ON c.oid = t.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.conname = $3 AND k.contype = 'c'
 ORDER BY t.level DESC, pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' DESC, c.oid
