//! Failures while the dump runs: nothing is left under any name, no session, no lock, no process.

use std::future::Future;
use std::time::{Duration, Instant};

use partman_testkit::{Partman, TestDb};
use pg_backup::{Compression, Create, Event, Kind};

use crate::support::{Bench, NO_TRACES, processes_about};

/// A database whose dump takes some seconds: rows that do not compress, compressed hard.
async fn slow() -> Bench {
    let db = TestDb::named(Partman::None, "slow").await;
    db.execute(
        "CREATE TABLE bulk (x text); ALTER TABLE bulk ALTER x SET STORAGE EXTERNAL;
         INSERT INTO bulk SELECT (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 16384) AS i)
         FROM generate_series(1, 60) AS g;
         CREATE TABLE more AS TABLE bulk",
    )
    .await;
    Bench::on(db).await
}

fn slowly(bench: &Bench) -> Create {
    bench.request().compression(Compression::Gzip(9))
}

/// Waits until rows are being copied.
async fn under_way(bench: &Bench) {
    let start = Instant::now();
    while !bench
        .seen
        .any(|event| matches!(event, Event::Progress { done: 1.., .. }))
    {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the dump does not get going"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Does something while the dump is under way and returns its failure.
async fn failure_when<F: Future<Output = ()>>(
    bench: &Bench,
    meanwhile: impl FnOnce() -> F,
) -> pg_backup::Error {
    let request = slowly(bench);
    let (outcome, ()) = tokio::join!(bench.try_create(&request), async {
        under_way(bench).await;
        meanwhile().await;
    });
    outcome.expect_err("it was disturbed")
}

async fn assert_nothing_left(bench: &Bench) {
    assert_eq!(bench.names(), Vec::<String>::new());
    // A backend whose client is gone needs a moment to end; one that stays is what this is about.
    for _ in 0..50 {
        if bench.traces().await == NO_TRACES {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(bench.traces().await, NO_TRACES);
    assert_eq!(processes_about(bench.folder.path()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_backend_is_a_lost_connection() {
    let bench = slow().await;
    let error = failure_when(&bench, || {
        bench
            .db
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_copy")
    })
    .await;
    assert_eq!(error.kind(), Kind::Lost, "{error:?}");
    assert_nothing_left(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashed_server_is_a_lost_connection() {
    let bench = slow().await;
    let error = failure_when(&bench, || async {
        bench.db.cluster().crash().await.expect("it can be stopped")
    })
    .await;
    assert!(
        matches!(error.kind(), Kind::Lost | Kind::Unreachable),
        "{error:?}"
    );
    assert_eq!(bench.names(), Vec::<String>::new());
    assert_eq!(processes_about(bench.folder.path()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_backup_leaves_nothing() {
    let bench = slow().await;
    let start = Instant::now();
    let error = failure_when(&bench, || async { bench.cancel.cancel() }).await;
    assert_eq!(error.kind(), Kind::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_nothing_left(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_backup_ends_its_processes_and_sessions() {
    let bench = slow().await;
    let request = slowly(&bench);
    tokio::select! {
        outcome = bench.try_create(&request) => panic!("it ended: {outcome:?}"),
        () = under_way(&bench) => {}
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(processes_about(bench.folder.path()), Vec::<String>::new());
    assert_eq!(bench.traces().await, NO_TRACES);
    bench.create().await;
    assert_eq!(bench.names().len(), 1, "{:?}", bench.names());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_is_told_with_who_holds_it() {
    let bench = Bench::with_rows(10).await;
    let holder = bench.db.client().await;
    holder
        .batch_execute("BEGIN; LOCK TABLE webhook_events_2025_10 IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("it is free");
    let pid: i32 = holder
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .expect("it has one")
        .get(0);
    let start = Instant::now();
    let request = bench.request().lock_wait(Duration::from_millis(1_500));
    let error = bench.try_create(&request).await.expect_err("it is locked");
    assert_eq!(error.kind(), Kind::LockTimeout, "{error:?}");
    assert!(error.is_retryable());
    let message = error.to_string();
    assert!(
        message.contains("public.webhook_events_2025_10") && message.contains(&pid.to_string()),
        "{message}"
    );
    assert!(
        bench.seen.any(
            |event| matches!(event, Event::Waiting { blocked_by, .. } if *blocked_by == [pid])
        )
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_nothing_left(&bench).await;
    drop(holder);
    bench.create().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_backups_at_once_the_second_is_told_of_the_first() {
    let bench = slow().await;
    let request = slowly(&bench);
    let elsewhere = Bench::on(bench.db.clone()).await;
    let (first, ()) = tokio::join!(bench.try_create(&request), async {
        under_way(&bench).await;
        let error = bench
            .try_create(&request)
            .await
            .expect_err("one is being made");
        assert_eq!(error.kind(), Kind::Busy);
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{error}"
        );
        let other = elsewhere
            .try_create(&elsewhere.request())
            .await
            .expect("another directory is another matter");
        assert_eq!(other.manifest.tables.len(), 2);
    });
    first.expect("it was not disturbed");
    assert_eq!(bench.names().len(), 1);
}
