//! A control column that may be NULL: it stays so, or becomes NOT NULL where that is asked for, while everybody works.

use crate::support;

use partman_core::assess::Adoptable;
use partman_core::mend::MendKind;
use partman_core::run::Outcome;
use partman_core::wanted::Nulls;
use partman_testkit::{Partman, Reader, Writer};
use support::scene::{Scene, Shape};

const NOW: &str = "INSERT INTO public.webhook_events (event_type, payload) VALUES ('load', '{}')";

/// How many tables of the set may have NULL there, and how many may not.
const NULLABLE: &str = "
    SELECT count(*) FILTER (WHERE NOT attnotnull) || ' ' || count(*) FILTER (WHERE attnotnull)
      FROM pg_partition_tree('public.webhook_events') JOIN pg_attribute ON attrelid = relid AND attname = 'created_at'";

const CHECKS: &str = "SELECT count(*) FROM pg_constraint WHERE conname = 'partman_fence'";

/// There and back, alone; and there and back while others write and read.
async fn forbidden(version: Partman) {
    let scene = Scene::new(version, Shape::Nullable).await;
    let db = &scene.db;
    let plan = scene.plan().await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::YesWithMend);
    let first = |verb: &str| {
        let mut steps = plan.steps.iter();
        steps.position(|step| step.description.id.starts_with(verb))
    };
    assert!(first("forbid-null") < first("create-partition"), "{plan:?}");
    let done = scene.subject.migrate(&plan).await.expect("it begins");
    assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
    let found = db.query_text(NULLABLE).await;
    assert!(found.starts_with("0 "), "{version:?}: {found}");
    assert_eq!(db.query_text(CHECKS).await, "0");
    assert_eq!(scene.taken_back().await, Vec::<String>::new());

    let writer = Writer::with_sql(db, NOW, 150);
    let all = "SELECT 1 / (count(*) >= 80)::int FROM public.webhook_events";
    let reader = Reader::with_sql(db, all, 50);
    let done = scene.subject.migrate(&plan).await;
    let done = done.expect("it finds its moments");
    assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    let back = scene.subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
    let (wrote, read) = (writer.stop().await, reader.stop().await);
    assert_eq!(wrote.failures, Vec::<String>::new(), "{version:?}");
    assert_eq!(read.failures, Vec::<String>::new(), "{version:?}");
    let mut left = scene.differences().await;
    left.retain(|line| !line.starts_with("rows: "));
    assert_eq!(left, Vec::<String>::new(), "{version:?}");
}

#[tokio::test]
async fn on_4_7_2_it_becomes_not_null_where_that_is_asked_for() {
    forbidden(Partman::V4_7_2).await;
}

#[tokio::test]
async fn on_5_2_4_it_becomes_not_null_where_that_is_asked_for() {
    forbidden(Partman::V5_2_4).await;
}

#[tokio::test]
async fn on_5_5_0_it_becomes_not_null_where_that_is_asked_for() {
    forbidden(Partman::V5_5_0).await;
}

#[tokio::test]
async fn it_stays_where_nobody_asks_or_somebody_declines() {
    let mut scene = Scene::new(Partman::V5_5_0, Shape::Nullable).await;
    for (nulls, decline) in [
        (Nulls::Keep, vec![]),
        (Nulls::Forbid, vec![MendKind::ForbidNull]),
    ] {
        scene.wanted.nulls = nulls;
        scene.wanted.decline = decline;
        let plan = scene.plan().await;
        let said = &plan.sets[0];
        assert_eq!(said.adoptable, Adoptable::Yes, "{said:?}");
        assert_eq!(said.declined.len(), scene.wanted.decline.len(), "{said:?}");
        let done = scene.subject.migrate(&plan).await.expect("it begins");
        assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
        let found = scene.db.query_text(NULLABLE).await;
        assert!(found.ends_with(" 1"), "as one partition was: {found}");
        assert_eq!(scene.taken_back().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn rows_without_a_key_are_told_before_anything_else_is_read_and_all_is_put_back() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Nullable).await;
    let lost = "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('lost', '{}', NULL)";
    scene.db.execute(lost).await;
    let plan = scene.plan().await;
    let done = scene.subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Unwound, "{done:?}");
    let error = format!("{:?}", done.error.expect("it failed"));
    assert!(error.contains("public.webhook_events_rest"), "{error}");
    assert!(error.contains("without created_at"), "{error}");
    let mut left = scene.differences().await;
    left.retain(|line| !line.starts_with("rows: "));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_primary_key_that_somebody_added_meanwhile_keeps_it() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Nullable).await;
    let plan = scene.plan().await;
    let done = scene.subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let key = "ALTER TABLE public.webhook_events ADD PRIMARY KEY (id, created_at)";
    scene.db.execute(key).await;
    let back = scene.subject.rollback().await.expect("there is a way back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let kept = back.steps.iter().filter_map(|step| step.kept.as_deref());
    let kept: Vec<&str> = kept.collect();
    assert_eq!(
        kept,
        ["created_at of public.webhook_events is part of its primary key by now"]
    );
}
