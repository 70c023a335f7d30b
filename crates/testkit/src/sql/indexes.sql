-- Indexes, including those of partitioned tables, and what they are attached to.
SELECT
    'index' AS kind,
    format('%I.%I', n.nspname, c.relname) AS name,
    c.oid,
    jsonb_build_object(
        'relfilenode', c.relfilenode::text,
        'table', x.indrelid::regclass::text,
        'definition', pg_get_indexdef(c.oid),
        'valid', x.indisvalid,
        'ready', x.indisready,
        'replica identity', x.indisreplident,
        'clustered', x.indisclustered,
        'owner', c.relowner::regrole::text,
        'options', c.reloptions,
        'tablespace', c.reltablespace::text,
        'parent', (SELECT i.inhparent::regclass::text FROM pg_inherits AS i WHERE i.inhrelid = c.oid)
    )::text AS facts
FROM pg_class AS c JOIN scope AS n ON n.oid = c.relnamespace JOIN pg_index AS x ON x.indexrelid = c.oid
