//! What a run says of its locks: those it held, and whom it kept waiting.

use crate::support;

use partman_core::run::StepReport;
use partman_testkit::{Partman, TestDb};
use support::faulty::{Cue, Fault, Faulty};
use support::scene::{Scene, Shape};

/// A run whose first rename, on 4.7.2, takes a moment longer than it should, while somebody reads.
async fn slow_rename(read: &'static str) -> StepReport {
    let scene = Scene::new(Partman::V4_7_2, Shape::Webhook).await;
    let plan = scene.plan().await;
    let calls = scene.calls(&plan).await;
    let rename = calls.iter().position(|sql| sql.contains(" RENAME TO "));
    let cue = Cue {
        call: rename.expect("4.7.2 reads names") + 1,
        fault: Fault::Late,
    };
    let faulty = Faulty::new(&scene.subject.database, &scene.db, cue).watched();
    let reader = tokio::spawn(read_all_the_time(scene.db.clone(), read));
    let done = scene.subject.migrate_through(&faulty, &plan).await;
    reader.abort();
    let done = done.expect("nothing stands in the way");
    assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
    let first = done
        .steps
        .into_iter()
        .find(|step| step.id.starts_with("rename-partition"));
    first.expect("a rename")
}

async fn read_all_the_time(db: TestDb, sql: &str) {
    let client = db.client().await;
    client
        .batch_execute("SET application_name = 'a reader'")
        .await
        .expect("a name");
    loop {
        let _ = client.batch_execute(sql).await;
    }
}

#[tokio::test]
async fn who_waits_for_a_step_is_told_with_the_step() {
    let step = slow_rename("SELECT count(*) FROM public.webhook_events").await;
    let [waiting] = &step.kept_waiting[..] else {
        panic!("one reader waited: {step:?}");
    };
    assert_eq!(waiting.application_name.as_deref(), Some("a reader"));
    assert_eq!(waiting.user.as_deref(), Some("postgres"));
    assert_eq!(waiting.mode, "ACCESS SHARE");
    assert!(waiting.waited_ms > 50.0, "{waiting:?}");
    assert!(waiting.waited_ms < step.locked_ms, "{step:?}");
}

#[tokio::test]
async fn what_a_step_locks_is_seen_and_nobody_else_is_blamed() {
    let step = slow_rename("SELECT 1").await;
    assert_eq!(step.kept_waiting, vec![]);
    let [lock] = &step.locks[..] else {
        panic!("one lock was held: {step:?}");
    };
    assert_eq!(lock.mode, "ACCESS EXCLUSIVE");
    assert!(step.id.contains(&lock.relation.to_string()), "{step:?}");
    assert!(
        lock.seen_ms > 50.0 && lock.seen_ms < step.locked_ms,
        "{step:?}"
    );
}
