//! Readers and writers report what they felt: nothing, a lock, a crash.

use std::time::Duration;

use partman_testkit::{Partman, Reader, TestDb, Writer, fixture};

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::test]
async fn a_quiet_table_serves_everybody() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 100).await;
    let writer = Writer::start(&db, "public.webhook_events", 100).await;
    let reader = Reader::start(&db, "public.webhook_events", 100);
    pause(1_000).await;
    let (wrote, read) = (writer.stop().await, reader.stop().await);
    assert_eq!((wrote.failures, read.failures), (vec![], vec![]));
    assert!(
        wrote.transactions >= 40 && wrote.transactions <= 110,
        "{} in a second",
        wrote.transactions
    );
    assert!(
        wrote.median <= wrote.p99 && wrote.p99 <= wrote.longest && wrote.median > Duration::ZERO
    );
    assert!(read.transactions >= 40, "{} in a second", read.transactions);
    let rows = db.fingerprint("public.webhook_events").await.rows();
    assert_eq!(
        rows,
        100 + wrote.transactions as u64,
        "every reported transaction is there"
    );
    let newest = "SELECT count(*) FROM webhook_events_2025_10 WHERE event_type = 'load'";
    assert_eq!(db.query_text(newest).await, wrote.transactions.to_string());
}

#[tokio::test]
async fn a_lock_is_felt_as_service_time_and_not_as_a_burst() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 100).await;
    let writer = Writer::start(&db, "public.webhook_events", 50).await;
    pause(200).await;
    db.execute("BEGIN; LOCK TABLE webhook_events; SELECT pg_sleep(0.6); COMMIT")
        .await;
    pause(200).await;
    let report = writer.stop().await;
    assert_eq!(report.failures, Vec::<String>::new());
    assert!(report.longest >= Duration::from_millis(500), "{report:?}");
    assert!(
        report.transactions <= 30,
        "caught up in a burst: {report:?}"
    );
}

#[tokio::test]
async fn a_crash_is_told_and_outlived() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 100).await;
    let writer = Writer::start(&db, "public.webhook_events", 50).await;
    pause(300).await;
    db.cluster().crash().await.expect("crash");
    pause(100).await;
    db.cluster().restart().await.expect("restart");
    pause(300).await;
    let report = writer.stop().await;
    assert!(!report.failures.is_empty());
    let rows = db.fingerprint("public.webhook_events").await.rows();
    let (least, most) = (
        report.transactions as u64,
        (report.transactions + report.failures.len()) as u64,
    );
    assert!(
        rows >= 100 + least && rows <= 100 + most,
        "{rows} rows after {report:?}"
    );
    assert!(
        report.transactions > 15,
        "did not go on after the crash: {report:?}"
    );
}

#[tokio::test]
async fn sql_of_ones_own_is_numbered() {
    let db = TestDb::new(Partman::None).await;
    db.execute("CREATE TABLE t (n int PRIMARY KEY)").await;
    let writer = Writer::with_sql(&db, "INSERT INTO t VALUES (:n)", 200);
    pause(300).await;
    let report = writer.stop().await;
    assert_eq!(report.failures, Vec::<String>::new());
    assert_eq!(
        db.query_text("SELECT max(n) + 1 FROM t").await,
        report.transactions.to_string()
    );
    let failing = Writer::with_sql(&db, "INSERT INTO t VALUES (0)", 200);
    pause(100).await;
    let report = failing.stop().await;
    assert_eq!(report.transactions, 0);
    assert!(
        report.failures[0].contains("23505"),
        "{}",
        report.failures[0]
    );
}
