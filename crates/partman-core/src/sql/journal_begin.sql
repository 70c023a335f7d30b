-- Writes down a run that begins. $1: plan, $2: sets before, $3: system identifier, $4: database oid,
-- $5: why there is no backup, $6: partman's version. Locks: ROW EXCLUSIVE on the journal.
INSERT INTO partman_journal.run (id, plan, before, system_identifier, database_oid, without_backup, tool_version)
VALUES (to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"-') || lpad(to_hex(pg_backend_pid()), 5, '0')
            || to_hex((random() * 4095)::int),
        $1::text::jsonb, $2::text::jsonb, $3, $4::text::oid, $5, $6)
RETURNING id
