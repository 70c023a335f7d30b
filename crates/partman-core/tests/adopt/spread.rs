//! A DEFAULT with so many rows of several ranges, and of none, that they can neither be brought along in a moment nor stay
//! in one partition: they are spread over partitions of their own while others write and read.

use crate::support;

use std::time::Duration;

use partman_core::assess::Adoptable;
use partman_core::mend::MendKind;
use partman_core::run::Outcome;
use partman_testkit::{Partman, Reader, TestDb, Writer, fixture};
use support::scene::default_of_many;
use support::{Subject, without_journal};

const EVENTS: &str = "public.webhook_events";

async fn set_of(version: Partman, sql: &str) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    fixture::webhook_events_now(&db).await;
    db.execute(sql).await;
    let subject = Subject::connect(&db).await;
    (db, subject)
}

/// How many rows are where they can't stay: in DEFAULT, though a partition takes them.
const IN_DEFAULT: &str =
    "SELECT count(*) FROM public.webhook_events_rest WHERE created_at > '2021-01-01'";

async fn there_and_back(version: Partman) {
    let (db, subject) = set_of(version, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    assert_eq!(plan.refusals, vec![]);
    assert_eq!(plan.sets[0].adoptable, Adoptable::YesWithMend);
    assert!(plan.sets[0].mend_kinds.contains(&MendKind::SpreadDefault));
    let before = db.snapshot().await;
    let rows = db.fingerprint(EVENTS).await;
    for _ in 0..2 {
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint(EVENTS).await, rows);
        assert_eq!(db.query_text(IN_DEFAULT).await, "0");
        let kept = db
            .fingerprint("public.webhook_events_rest_partman_before")
            .await;
        assert!(kept.rows() > 1_000, "the old one keeps its rows");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert!(back.error.is_none(), "{version:?}: {back:?}");
        assert_eq!(db.fingerprint(EVENTS).await, rows);
        let different = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(different, Vec::<String>::new(), "{version:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_ranges_are_spread_and_return_on_4_7_2() {
    there_and_back(Partman::V4_7_2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_ranges_are_spread_and_return_on_5_2_4() {
    there_and_back(Partman::V5_2_4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_ranges_are_spread_and_return_on_5_5_0() {
    there_and_back(Partman::V5_5_0).await;
}

/// What the set holds, kept beside it by whoever changes it, in the same transaction.
const WITNESS: &str = "
    CREATE TABLE public.witness AS SELECT id, created_at, event_type FROM public.webhook_events;
    CREATE INDEX ON public.witness (id)";

/// Every kind of change, each to rows of its own.
const CHANGES: [&str; 4] = [
    "WITH n AS (INSERT INTO public.webhook_events (event_type, payload, created_at)
                VALUES ('more', '{}', now() - random() * interval '40 days') RETURNING id, created_at, event_type)
     INSERT INTO public.witness SELECT * FROM n",
    "WITH u AS (UPDATE public.webhook_events SET event_type = 'changed by ' || :n WHERE id =
                (SELECT id FROM public.webhook_events WHERE event_type <> 'more' AND id % 3 = 0 ORDER BY id DESC
                 OFFSET :n % 150 LIMIT 1) RETURNING id, event_type)
     UPDATE public.witness w SET event_type = u.event_type FROM u WHERE u.id = w.id",
    "WITH u AS (UPDATE public.webhook_events SET created_at = created_at - interval '11 days' WHERE id =
                (SELECT id FROM public.webhook_events WHERE event_type <> 'more' AND id % 3 = 1 ORDER BY id DESC
                 OFFSET :n % 150 LIMIT 1) RETURNING id, created_at)
     UPDATE public.witness w SET created_at = u.created_at FROM u WHERE u.id = w.id",
    "WITH d AS (DELETE FROM public.webhook_events WHERE id =
                (SELECT id FROM public.webhook_events WHERE event_type <> 'more' AND id % 3 = 2 ORDER BY id DESC
                 OFFSET :n % 50 LIMIT 1) RETURNING id)
     DELETE FROM public.witness w USING d WHERE d.id = w.id",
];

/// Rows that only one of the two has.
const DIFFERENT: &str = "
    SELECT count(*) FROM (
        (SELECT id, created_at, event_type FROM public.webhook_events EXCEPT ALL SELECT * FROM public.witness)
        UNION ALL
        (SELECT * FROM public.witness EXCEPT ALL SELECT id, created_at, event_type FROM public.webhook_events)) AS rows";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_meanwhile_is_there_afterwards() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    db.execute(WITNESS).await;
    let plan = subject.plan(EVENTS).await;
    let writers: Vec<Writer> = CHANGES
        .iter()
        .map(|sql| Writer::with_sql(&db, sql, 25))
        .collect();
    let reader = Reader::start(&db, EVENTS, 50);
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert!(back.error.is_none(), "{back:?}");
    for writer in writers {
        let load = writer.stop().await;
        assert_eq!(load.failures, Vec::<String>::new());
        assert!(load.transactions > 20, "{load:?}");
    }
    assert_eq!(reader.stop().await.failures, Vec::<String>::new());
    assert_eq!(db.query_text(DIFFERENT).await, "0");
    let changed =
        "SELECT count(*) FROM public.webhook_events_rest WHERE event_type LIKE 'changed%'";
    assert_ne!(
        db.query_text(changed).await,
        "0",
        "the old DEFAULT has what was changed"
    );
}
