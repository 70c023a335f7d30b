//! The user's story on every version: inspect, plan, migrate, verify, roll back, migrate again.

use crate::support;

use partman_core::run::Outcome;
use partman_testkit::{Partman, TestDb, fixture};
use support::{Subject, part_config};

async fn story(version: Partman) {
    let db = TestDb::named(version, "ai_agent_admin").await;
    fixture::webhook_events(&db, 2_000).await;
    let subject = Subject::connect(&db).await;
    let before = db.snapshot().await;
    let rows = db.fingerprint("public.webhook_events").await;

    let plan = subject.plan("public.webhook_events").await;
    assert_eq!(plan.refusals, vec![], "{version:?}");
    let done = subject
        .migrate(&plan)
        .await
        .expect("nothing stands in the way");
    assert_eq!(
        (done.outcome, done.error.map(|e| format!("{e:?}"))),
        (Outcome::Completed, None)
    );
    let verified = done.verified.expect("a completed run was verified");
    assert_eq!(verified.problems, Vec::<String>::new());
    assert_eq!(verified.sets[0].same, 2);
    assert!(
        verified.sets[0]
            .probes
            .iter()
            .all(|probe| probe.partition.is_some()),
        "{:?}",
        verified.sets[0].probes
    );
    assert_eq!(db.fingerprint("public.webhook_events").await, rows);
    assert_eq!(
        part_config(&db).await,
        "public.webhook_events|created_at|1 month|4|on|t|"
    );
    assert!(
        subject.plan("public.webhook_events").await.is_empty(),
        "what is adopted needs no plan"
    );

    let back = subject
        .rollback()
        .await
        .expect("there is a run to take back");
    assert_eq!(
        (back.outcome, back.error.map(|e| format!("{e:?}"))),
        (Outcome::RolledBack, None)
    );
    assert_eq!(
        support::without_journal(before.diff(&db.snapshot().await)),
        Vec::<String>::new()
    );
    assert_eq!(db.fingerprint("public.webhook_events").await, rows);

    let plan = subject.plan("public.webhook_events").await;
    assert_eq!(
        subject.migrate(&plan).await.expect("once more").outcome,
        Outcome::Completed
    );
}

#[tokio::test]
async fn the_users_story_on_4_7_2() {
    story(Partman::V4_7_2).await;
}

#[tokio::test]
async fn the_users_story_on_5_2_4() {
    story(Partman::V5_2_4).await;
}

#[tokio::test]
async fn the_users_story_on_5_5_0() {
    story(Partman::V5_5_0).await;
}
