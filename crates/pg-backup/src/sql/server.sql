-- What matters about the server; takes no lock.
SELECT jsonb_build_object(
    'version', current_setting('server_version'),
    'in_recovery', pg_is_in_recovery(),
    'now', to_char(transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'system_identifier', CASE
        WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
            THEN (SELECT system_identifier::text FROM pg_control_system())
    END,
    'roles', (SELECT coalesce(jsonb_agg(rolname ORDER BY rolname), '[]') FROM pg_roles WHERE rolname !~ '^pg_')
)::text
