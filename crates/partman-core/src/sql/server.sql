-- The server, the database, and who we are there. Locks: none on the user's tables.
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::int AS version_num,
       (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system_identifier,
       current_database() AS database,
       (SELECT oid::int8 FROM pg_catalog.pg_database WHERE datname = current_database()) AS database_oid,
       current_user AS "user",
       (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       $1::text AS time_zone,
       pg_is_in_recovery() AS in_recovery,
       EXISTS (SELECT FROM pg_catalog.pg_settings
                WHERE name = 'default_transaction_isolation' AND reset_val NOT LIKE 'read %')
           OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) AS c
                       WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
                         AND c LIKE 'default_transaction_isolation=%' AND c NOT LIKE '%=read %') AS looks_back,
       clock_timestamp() AS now,
       (SELECT coalesce(json_agg(nspname ORDER BY nspname), '[]')
          FROM pg_catalog.pg_namespace
         WHERE nspname !~ '^pg_' AND nspname <> 'information_schema') AS schemas
