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
