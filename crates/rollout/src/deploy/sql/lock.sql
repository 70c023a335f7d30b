-- Takes the advisory lock of deployments in this database for the session, without waiting. No other locks.
SELECT pg_try_advisory_lock(1885434484, 1684369519) AS taken
