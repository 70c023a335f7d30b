-- The journal. Locks: none on the user's tables.
CREATE SCHEMA partman_journal;
CREATE TABLE partman_journal.run (
    id                text PRIMARY KEY,
    started_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_by        text NOT NULL DEFAULT session_user,
    application       text NOT NULL DEFAULT current_setting('application_name'),
    tool_version      text NOT NULL,
    system_identifier text NOT NULL,
    database_oid      oid NOT NULL,
    without_backup    text,
    plan              jsonb NOT NULL,
    before            jsonb NOT NULL
);
CREATE TABLE partman_journal.entry (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run    text NOT NULL REFERENCES partman_journal.run (id),
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    step   int,
    what   text NOT NULL,
    detail jsonb
);
CREATE INDEX entry_run_idx ON partman_journal.entry (run);
COMMENT ON TABLE partman_journal.run IS 'One line for each run of partman in this database';
COMMENT ON TABLE partman_journal.entry IS 'What each step of a run did; written in the transaction of the step';
