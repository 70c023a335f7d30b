//! A way back that can't take everything back says what it leaves.

use crate::support;

use partman_core::run::Outcome;
use partman_testkit::{Partman, TestDb, fixture};
use support::Subject;

#[tokio::test]
async fn a_partition_that_stays_leaves_a_hole_and_that_is_told() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        fixture::webhook_events_now(&db).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let last = plan
            .steps
            .iter()
            .rev()
            .find_map(|step| step.description.id.strip_prefix("create-partition:"))
            .expect("it makes some");
        db.execute(&format!(
            "INSERT INTO public.webhook_events (event_type, payload, created_at)
             SELECT 'ahead', '{{}}', substring(pg_get_expr(relpartbound, oid) from 'FROM \\(''([^'']*)')::timestamptz
               FROM pg_class WHERE oid = '{last}'::regclass"
        ))
        .await;
        let back = subject.rollback().await.expect("as far as it goes");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        let notes = back.verified.expect("it was looked at").notes;
        let stays = format!("{last} was not there before and stays");
        assert!(notes.contains(&stays), "{version:?}: {notes:?}");
        let holes: Vec<_> = notes
            .iter()
            .filter(|note| note.contains("has a hole now, from "))
            .collect();
        assert_eq!(holes.len(), 1, "{version:?}: {notes:?}");
        assert!(holes[0].contains("are refused until"), "{holes:?}");
        let rows = "SELECT count(*) FROM public.webhook_events WHERE event_type = 'ahead'";
        assert_eq!(db.query_text(rows).await, "1", "no row is lost");
    }
}
