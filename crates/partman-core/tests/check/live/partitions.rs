//! Holes, rows in DEFAULT, names that are taken or can't be read, partitions that are half detached.

use partman_core::check::Severity;
use partman_testkit::{Partman, TestDb, fixture};

use super::{EVENTS, VERSIONS, adopted, check, help, horizon, is_told, maintain, migrate, told};
use crate::support::Subject;

#[tokio::test]
async fn a_hole_is_told_and_its_help_fills_it() {
    for version in VERSIONS {
        let (db, subject) = adopted(version).await;
        let lost = db
            .query_text("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'webhook_events'::regclass ORDER BY pg_get_expr((SELECT relpartbound FROM pg_class WHERE oid = inhrelid), inhrelid) DESC OFFSET 2 LIMIT 1")
            .await;
        db.execute(&format!("DROP TABLE {lost}")).await;
        let found = check(&subject).await;
        assert!(
            told(&found).contains(&format!("error partition-gap {EVENTS}")),
            "{version:?}"
        );
        assert!(maintain(&db, EVENTS).await, "maintenance doesn't mind");
        db.execute(&help(&subject, "partition-gap").await).await;
        assert!(!is_told(&subject, "partition-gap").await, "{version:?}");
    }
}

#[tokio::test]
async fn rows_in_default_are_told_by_where_they_lie() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        fixture::with_default(&db).await;
        let subject = Subject::connect(&db).await;
        assert!(is_told(&subject, "default-blocks-next-partition").await);
        assert!(!is_told(&subject, "default-has-rows").await);
        db.execute("DELETE FROM public.readings WHERE taken_at >= '2025-11-01'")
            .await;
        migrate(&subject, "public.readings").await;
        let found = check(&subject).await;
        assert!(
            !found.has_at_least(Severity::Error),
            "{version:?}: {:?}",
            told(&found)
        );
        assert!(is_told(&subject, "default-has-rows").await);

        let next = horizon(&subject.inspect().await, "public.readings").sql_text();
        db.execute(&format!(
            "INSERT INTO public.readings VALUES (9, '{next}', 1)"
        ))
        .await;
        assert!(
            is_told(&subject, "default-blocks-next-partition").await,
            "{version:?}"
        );
        db.execute("UPDATE partman.part_config SET premake = premake + 2")
            .await;
        let went_well = maintain(&db, "public.readings").await;
        assert_eq!(
            went_well,
            version == Partman::V5_5_0,
            "only 5.5 hides that it failed"
        );
        let after = horizon(&subject.inspect().await, "public.readings").sql_text();
        assert_eq!(after, next, "nothing was made");
    }
}

#[tokio::test]
async fn a_stray_name_makes_a_hole_that_pg_partman_does_not_see() {
    for version in VERSIONS {
        let (db, subject) = adopted(version).await;
        let next = horizon(&subject.inspect().await, EVENTS).sql_text();
        let month = &next[..10];
        let suffix = match version {
            Partman::V4_7_2 => month[..7].replace('-', "_"),
            _ => month.replace('-', ""),
        };
        db.execute(&format!("CREATE TABLE public.webhook_events_p{suffix} ()"))
            .await;
        let found = check(&subject).await;
        assert!(
            told(&found).contains(&format!("error partition-name-taken {EVENTS}")),
            "{version:?}"
        );
        db.execute("UPDATE partman.part_config SET premake = premake + 2")
            .await;
        assert!(maintain(&db, EVENTS).await);
        assert!(
            is_told(&subject, "partition-gap").await,
            "{version:?}: it was as the rule said"
        );
    }
}

#[tokio::test]
async fn names_that_were_kept_on_4_7_2_are_told_and_the_help_mends_the_newest() {
    let db = TestDb::new(Partman::V4_7_2).await;
    fixture::webhook_events(&db, 10).await;
    db.execute(
        "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman; \
         INSERT INTO partman.part_config (parent_table, control, partition_type, partition_interval, datetime_string, \
         infinite_time_partitions) VALUES ('public.webhook_events', 'created_at', 'native', '1 month', 'YYYY_MM', true)",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let found = told(&check(&subject).await);
    assert!(
        found.contains(&format!("error partition-name-unreadable {EVENTS}")),
        "{found:?}"
    );
    assert!(!maintain(&db, EVENTS).await, "it fails, as the rule says");
    db.execute(&help(&subject, "partition-name-unreadable").await)
        .await;
    assert!(
        maintain(&db, EVENTS).await,
        "the newest one is readable now"
    );
    let found = told(&check(&subject).await);
    assert!(
        found.contains(&format!("warning partition-name-unreadable {EVENTS}")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_half_detached_partition_is_told_and_finished() {
    let (db, subject) = adopted(Partman::V5_2_4).await;
    let mut reader = db.client().await;
    let open = reader.transaction().await.expect("a transaction");
    open.query("SELECT count(*) FROM webhook_events", &[])
        .await
        .expect("it reads");
    let detach = "SET statement_timeout = '200ms'; ";
    let client = db.client().await;
    client.batch_execute(detach).await.expect("a setting");
    let detach = "ALTER TABLE webhook_events DETACH PARTITION webhook_events_2025_09 CONCURRENTLY";
    client
        .batch_execute(detach)
        .await
        .expect_err("the reader is in its way");
    open.rollback().await.expect("it ends");
    let found = told(&check(&subject).await);
    assert!(
        found.contains(&format!("warning detach-pending {EVENTS}")),
        "{found:?}"
    );
    let insert = "INSERT INTO webhook_events OVERRIDING SYSTEM VALUE SELECT * FROM ONLY webhook_events_2025_09 LIMIT 1";
    let refused = client.batch_execute(insert).await;
    let code = refused.expect_err("rows of its range are refused");
    assert_eq!(code.code().map(|code| code.code()), Some("23514"));
    let others = "SELECT count(*) FROM webhook_events WHERE created_at < '2025-10-01'";
    assert_eq!(
        db.query_text(others).await,
        "0",
        "and those that are there aren't seen"
    );
    db.execute(&help(&subject, "detach-pending").await).await;
    assert!(!is_told(&subject, "detach-pending").await);
}

#[tokio::test]
async fn keys_that_only_partitions_have_are_told() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(
        "CREATE TABLE public.kinds (id int PRIMARY KEY);
         CREATE TABLE public.t (id bigint NOT NULL, kind int, at timestamptz NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t (PRIMARY KEY (id), FOREIGN KEY (kind) REFERENCES public.kinds)
             FOR VALUES FROM ('2026-01-01+00') TO ('2026-02-01+00');
         CREATE TABLE public.u (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
         CREATE TABLE public.u_1 PARTITION OF public.u FOR VALUES FROM ('2026-01-01+00') TO ('2026-02-01+00')",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let found = check(&subject).await.findings;
    let told: Vec<_> = found
        .iter()
        .filter(|f| f.id == "parent-lacks-index")
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    let message = told[0].message.to_string();
    assert!(message.ends_with(": t_1_kind_fkey, t_1_pkey"), "{message}");
}
