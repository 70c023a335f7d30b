-- The root's columns in order, and every relation of its tree that holds rows. $1 is the root as written in SQL.
WITH RECURSIVE tree (oid) AS (
    SELECT $1::text::regclass::oid
    UNION
    SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON tree.oid = i.inhparent
)
SELECT
    ARRAY(
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    ),
    ARRAY(
        SELECT format('%I.%I', n.nspname, c.relname)
        FROM tree JOIN pg_class AS c USING (oid) JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'f', 'm')
    )
