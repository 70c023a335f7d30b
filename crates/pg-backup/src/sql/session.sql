-- The rules of our own sessions, as far as this server knows them; takes no lock.
-- Texts of values must not depend on the role's or the database's settings: they are hashed and compared.
SELECT set_config(rule.name, rule.value, false)
FROM (VALUES
    ('search_path', 'pg_catalog'),
    ('row_security', 'off'),
    ('quote_all_identifiers', 'off'),
    ('statement_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('lock_timeout', $1),
    ('client_connection_check_interval', '1s'),
    ('TimeZone', 'UTC'),
    ('DateStyle', 'ISO'),
    ('IntervalStyle', 'postgres'),
    ('extra_float_digits', '3'),
    ('bytea_output', 'hex'),
    ('xmlbinary', 'base64'),
    ('client_min_messages', 'warning')
) AS rule (name, value)
JOIN pg_settings AS known ON lower(known.name) = lower(rule.name)
