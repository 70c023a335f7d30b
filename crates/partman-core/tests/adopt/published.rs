//! Sets whose changes others subscribe to: a subscriber has the same rows afterwards.

use crate::support;

use std::time::Duration;

use partman_core::run::Outcome;
use partman_testkit::{Cluster, Partman, TestDb, fixture};
use support::scene::NOBODY_MADE_THIS_MONTH;
use support::{Subject, dsn};

/// A database in which this is published, and one that subscribes to it.
async fn subscribed(version: Partman, publication: &str) -> (TestDb, TestDb) {
    let cluster = Cluster::options(version).setting("wal_level", "logical");
    let cluster = cluster.start().await.expect("a test server");
    let db = TestDb::on(cluster, "publisher").await;
    fixture::webhook_events_now(&db).await;
    db.execute(NOBODY_MADE_THIS_MONTH).await;
    db.execute(&format!("CREATE PUBLICATION told {publication}"))
        .await;
    // Made apart: CREATE SUBSCRIPTION would wait for itself on its own server.
    db.execute("SELECT pg_create_logical_replication_slot('told', 'pgoutput')")
        .await;
    let there = db.sibling("subscriber").await;
    there
        .execute(
            "CREATE TABLE public.webhook_events (id bigint, event_type text, payload jsonb, headers jsonb, \
             created_at timestamptz, PRIMARY KEY (id, created_at))",
        )
        .await;
    let subscribe = format!(
        "CREATE SUBSCRIPTION told CONNECTION '{}' PUBLICATION told WITH (create_slot = false)",
        dsn(&db, "postgres")
    );
    there.execute(&subscribe).await;
    (db, there)
}

async fn has_all_of(there: &TestDb, db: &TestDb, when: &str) {
    let rows = "SELECT count(*) || ' ' || md5(string_agg(concat_ws('|', id, event_type, created_at), ',' ORDER BY id, created_at)) \
                FROM public.webhook_events";
    let mut found = String::new();
    let expected = db.query_text(rows).await;
    for _ in 0..300 {
        found = there.query_text(rows).await;
        if found == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{when}: {found} instead of {expected}");
}

async fn of_now(db: &TestDb, what: &str) {
    let insert = format!(
        "INSERT INTO public.webhook_events (event_type, payload) VALUES ('{what}', '{{}}');
         UPDATE public.webhook_events SET event_type = '{what}' WHERE id = (SELECT max(id) FROM public.webhook_events WHERE event_type = 'now')"
    );
    db.execute(&insert).await;
}

#[tokio::test]
async fn rows_that_are_brought_along_and_back_stay_with_the_subscriber() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let root = "FOR TABLE public.webhook_events WITH (publish_via_partition_root = true)";
        let (db, there) = subscribed(version, root).await;
        has_all_of(&there, &db, "at first").await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        let mends: Vec<String> = plan.sets[0].mends.iter().map(ToString::to_string).collect();
        assert!(mends[0].starts_with("rescue-default"), "{mends:?}");
        let done = subject.migrate(&plan).await.expect("it is adopted");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        of_now(&db, "adopted").await;
        has_all_of(&there, &db, "adopted").await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        of_now(&db, "back").await;
        has_all_of(&there, &db, "taken back").await;
        there.execute("DROP SUBSCRIPTION told").await;
    }
}

#[tokio::test]
async fn new_partitions_are_identified_as_the_others_are() {
    let cluster = Cluster::options(Partman::V5_5_0).setting("wal_level", "logical");
    let cluster = cluster.start().await.expect("a test server");
    let by_index =
        "CREATE UNIQUE INDEX \"By Key\" ON public.webhook_events (event_type, created_at);
        ALTER TABLE public.webhook_events REPLICA IDENTITY USING INDEX \"By Key\"";
    let of_partitions = "DO $$ DECLARE p regclass; BEGIN
        FOR p IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.webhook_events'::regclass LOOP
            EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', p);
        END LOOP; END $$";
    for (n, (identity, expected, note)) in [(by_index, "i", false), (of_partitions, "f", true)]
        .into_iter()
        .enumerate()
    {
        let db = TestDb::on(cluster.clone(), &format!("identity_{n}")).await;
        fixture::webhook_events_now(&db).await;
        db.execute(
            "ALTER TABLE public.webhook_events DROP CONSTRAINT webhook_events_pkey;
             ALTER TABLE public.webhook_events ALTER event_type SET NOT NULL;
             CREATE PUBLICATION told FOR TABLE public.webhook_events WITH (publish_via_partition_root)",
        )
        .await;
        db.execute(identity).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        let notes: Vec<String> = plan.sets[0].notes.iter().map(ToString::to_string).collect();
        assert_eq!(
            notes.iter().any(|text| text.contains("REPLICA IDENTITY")),
            note,
            "{notes:?}"
        );
        let done = subject.migrate(&plan).await.expect("it is adopted");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        let made = plan.steps.iter().find_map(|step| {
            let id = &step.description.id;
            id.strip_prefix("create-partition:").map(str::to_owned)
        });
        let made = made.expect("it makes partitions");
        let look = format!("SELECT relreplident FROM pg_class WHERE oid = '{made}'::regclass");
        assert_eq!(db.query_text(&look).await, expected, "{identity}");
    }
}

#[tokio::test]
async fn subscribers_of_partitions_are_thought_of() {
    let db = TestDb::new(Partman::V4_7_2).await;
    fixture::webhook_events(&db, 20).await;
    for publication in [
        "FOR TABLE public.webhook_events_2025_09",
        "FOR TABLE public.webhook_events_2025_09 WITH (publish_via_partition_root)",
        "FOR TABLES IN SCHEMA public",
    ] {
        db.execute(&format!("CREATE PUBLICATION told {publication}"))
            .await;
        let plan = Subject::connect(&db)
            .await
            .plan("public.webhook_events")
            .await;
        assert_eq!(plan.refusals.len(), 1, "{publication}");
        let what = plan.refusals[0].what.to_string();
        assert!(what.contains("publication told"), "{publication}: {what}");
        let notes = &plan.sets[0].notes;
        assert!(
            notes
                .iter()
                .any(|note| note.to_string().contains("subscribers"))
        );
        db.execute("DROP PUBLICATION told").await;
    }
    db.execute(
        "CREATE PUBLICATION told FOR TABLES IN SCHEMA public WITH (publish_via_partition_root)",
    )
    .await;
    let plan = Subject::connect(&db)
        .await
        .plan("public.webhook_events")
        .await;
    assert_eq!(plan.refusals, vec![]);
}
