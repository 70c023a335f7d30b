-- What the server tells about itself before our own settings are in force. No locks.
SELECT current_setting('server_version_num'),
       pg_backend_pid(),
       pg_is_in_recovery(),
       current_setting('TimeZone'),
       current_setting('transaction_read_only')
