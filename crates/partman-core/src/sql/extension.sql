-- pg_partman: the files that the server has, and what the database has installed. Locks: none.
SELECT (SELECT default_version FROM pg_catalog.pg_available_extensions WHERE name = 'pg_partman') AS default_version,
       (SELECT coalesce(json_agg(json_build_object('version', version, 'superuser', superuser AND NOT trusted)
                                 ORDER BY string_to_array(regexp_replace(version, '[^0-9.]', '', 'g'), '.')::int[]), '[]')
          FROM pg_catalog.pg_available_extension_versions
         WHERE name = 'pg_partman') AS versions,
       (SELECT json_build_object('version', e.extversion, 'schema', n.nspname, 'lacks',
                   (SELECT coalesce(json_agg(l.lacks), '[]')
                      FROM (SELECT 'USAGE ON SCHEMA ' || quote_ident(n.nspname) AS lacks
                             WHERE NOT has_schema_privilege(n.oid, 'USAGE')
                             UNION ALL
                            SELECT 'SELECT, INSERT, UPDATE, DELETE ON ' || quote_ident(n.nspname) || '.' || c.relname
                              FROM pg_catalog.pg_class c
                             WHERE c.relnamespace = n.oid AND c.relname = 'part_config'
                               AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                                        AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
                             UNION ALL
                            -- Maintenance reads it, of every version.
                            SELECT 'SELECT ON ' || quote_ident(n.nspname) || '.' || c.relname
                              FROM pg_catalog.pg_class c
                             WHERE c.relnamespace = n.oid AND c.relname = 'part_config_sub'
                               AND NOT has_table_privilege(c.oid, 'SELECT')) l))
          FROM pg_catalog.pg_extension e
          JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'pg_partman') AS installed
