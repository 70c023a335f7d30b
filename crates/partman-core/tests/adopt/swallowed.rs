//! Failures that pg_partman makes a warning of.

use crate::support;

use partman_core::run::Outcome;
use partman_testkit::{Partman, TestDb, fixture};
use support::Subject;

/// pg_partman's own error in the middle of its maintenance, which 5.5.0 makes a warning.
const BROKEN: &str = "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;
    CREATE OR REPLACE FUNCTION partman.show_partitions(p_parent_table text, p_order text DEFAULT 'ASC',
        p_include_default boolean DEFAULT false) RETURNS TABLE (partition_schemaname text, partition_tablename text)
        LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no way through here'; END $$;
    ALTER ROLE postgres SET client_min_messages = error";

#[tokio::test]
async fn a_failure_of_pg_partmans_own_is_told_with_its_cause() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        fixture::webhook_events(&db, 10).await;
        db.execute(BROKEN).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Unwound, "{version:?}: {done:?}");
        let error = format!("{:?}", done.error.expect("a reason"));
        assert!(
            error.contains("no way through here"),
            "{version:?}: {error}"
        );
    }
}

/// Twice, pg_partman doesn't get a lock: 5.5.0 only warns of it, older versions raise it under another code.
const BUSY: &str = "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;
    ALTER FUNCTION partman.show_partitions(text, text, boolean) RENAME TO show_them;
    CREATE SEQUENCE public.tries;
    CREATE OR REPLACE FUNCTION partman.show_partitions(p_parent_table text, p_order text DEFAULT 'ASC',
        p_include_default boolean DEFAULT false) RETURNS TABLE (partition_schemaname text, partition_tablename text)
        LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('public.tries') <= 2 THEN
            RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = 'lock_not_available';
        END IF;
        RETURN QUERY SELECT * FROM partman.show_them(p_parent_table, p_order, p_include_default);
    END $$";

#[tokio::test]
async fn a_lock_that_pg_partman_did_not_get_is_tried_for_again() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        fixture::webhook_events_now(&db).await;
        db.execute(BUSY).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let tried: i64 = db
            .query_text("SELECT last_value FROM public.tries")
            .await
            .parse()
            .expect("a number");
        assert!(tried > 2, "{version:?}: {tried}");
    }
}
