-- The path of our role, for the transaction. Everything is qualified, for until it has ended the path is the role's. Locks: none.
SET LOCAL search_path TO DEFAULT;
SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog',
           (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname::pg_catalog.text), ', ' ORDER BY s.place)
              FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place)
              JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) s.name
             WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) AS a
                                WHERE a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid
                                  AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'::pg_catalog.text))), true)
