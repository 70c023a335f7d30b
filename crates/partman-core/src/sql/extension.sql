-- pg_partman: the files that the server has, and what the database has installed. Locks: none.
SELECT (SELECT default_version FROM pg_catalog.pg_available_extensions WHERE name = 'pg_partman') AS default_version,
       (SELECT coalesce(json_agg(json_build_object('version', version, 'superuser', superuser AND NOT trusted)
                                 ORDER BY string_to_array(regexp_replace(version, '[^0-9.]', '', 'g'), '.')::int[]), '[]')
          FROM pg_catalog.pg_available_extension_versions
         WHERE name = 'pg_partman') AS versions,
       (SELECT json_build_object('version', e.extversion, 'schema', n.nspname)
          FROM pg_catalog.pg_extension e
          JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'pg_partman') AS installed
