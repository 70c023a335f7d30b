-- Every extension; those that came with the database have an oid of its birth (below 16384). Takes no lock.
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'oid', e.oid::bigint,
    'name', e.extname,
    'version', e.extversion,
    'schema', n.nspname,
    'builtin', e.oid < 16384
) ORDER BY e.oid), '[]')::text
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace
