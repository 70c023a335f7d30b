//! What is dropped, killed or left behind: nothing of one session reaches the next, and nothing of ours runs on.

use std::time::Duration;

use partman_core::Kind;
use partman_core::session::{Limits, Session};
use partman_testkit::{Partman, TestDb};
use serde_json::Value;

use crate::support::{becomes, command, database, query, value};

#[tokio::test]
async fn a_dropped_transaction_does_not_leak_into_the_next_session() {
    let db = TestDb::new(Partman::None).await;
    db.execute("CREATE TABLE public.t (id int)").await;
    let database = database(&db).await;
    for _ in 0..20 {
        let mut session = database.session().await.unwrap();
        session.begin(Limits::NONE).await.unwrap();
        command(&mut session, "INSERT INTO public.t VALUES (1)")
            .await
            .unwrap();
        drop(session);
        let mut next = database.session().await.unwrap();
        assert_eq!(
            value(&mut next, "SELECT count(*) AS v FROM public.t").await,
            0
        );
        assert_eq!(
            value(&mut next, "SELECT pg_current_xact_id_if_assigned() AS v").await,
            Value::Null
        );
    }
    becomes(
        &db,
        "SELECT count(*) FROM pg_locks WHERE relation = 'public.t'::regclass",
        "0",
    )
    .await;
}

#[tokio::test]
async fn what_a_dropped_session_was_doing_is_cancelled() {
    let db = TestDb::new(Partman::None).await;
    let database = database(&db).await;
    let mut session = database.session().await.unwrap();
    let sleeping = query(&mut session, "SELECT pg_sleep(3600)");
    tokio::time::timeout(Duration::from_millis(200), sleeping)
        .await
        .unwrap_err();
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep\\(3600' AND state = 'active'";
    assert_eq!(db.query_text(running).await, "1");
    drop(session);
    becomes(&db, running, "0").await;
}

#[tokio::test]
async fn what_a_session_leaves_behind_is_gone_before_the_next() {
    let db = TestDb::new(Partman::None).await;
    let database = database(&db).await;
    let mut pids = Vec::new();
    for _ in 0..4 {
        let mut session = database.session().await.unwrap();
        pids.push(session.backend_pid());
        assert_eq!(
            value(
                &mut session,
                "SELECT to_regclass('pg_temp.left_behind') AS v"
            )
            .await,
            Value::Null
        );
        command(&mut session, "CREATE TEMP TABLE left_behind ()")
            .await
            .unwrap();
        query(&mut session, "SELECT pg_advisory_lock(42)")
            .await
            .unwrap();
        drop(session);
        becomes(
            &db,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
            "0",
        )
        .await;
    }
    pids.sort_unstable();
    pids.dedup();
    assert!(pids.len() < 4, "connections are used again: {pids:?}");
}

#[tokio::test]
async fn a_terminated_backend_is_a_lost_connection_and_does_not_come_back() {
    let db = TestDb::new(Partman::None).await;
    let database = database(&db).await;
    let mut session = database.session().await.unwrap();
    session.begin(Limits::NONE).await.unwrap();
    db.execute(&format!(
        "SELECT pg_terminate_backend({})",
        session.backend_pid()
    ))
    .await;
    let e = command(&mut session, "SELECT").await.unwrap_err();
    assert!(e.is_connection_lost(), "{e:?}");
    assert_eq!(e.sqlstate(), Some("57P01"));
    assert!(
        session
            .begin(Limits::NONE)
            .await
            .unwrap_err()
            .is_connection_lost()
    );
    assert!(session.rollback().await.unwrap_err().is_connection_lost());
    let lost = session.backend_pid();
    drop(session);
    let mut next = database.session().await.unwrap();
    assert_ne!(next.backend_pid(), lost);
    assert_eq!(value(&mut next, "SELECT 1 AS v").await, 1);
}

#[tokio::test]
async fn connections_that_died_in_the_pool_are_replaced() {
    let db = TestDb::new(Partman::None).await;
    let database = database(&db).await;
    let sessions = (
        database.session_as("busy").await.unwrap(),
        database.session_as("busy").await.unwrap(),
    );
    drop(sessions);
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'busy'";
    becomes(&db, busy, "0").await;
    db.cluster().crash().await.unwrap();
    let down = database.session().await.unwrap_err();
    assert_eq!(down.kind(), Kind::Unreachable, "{down:?}");
    db.cluster().restart().await.unwrap();
    let mut session = database.session().await.unwrap();
    assert_eq!(value(&mut session, "SELECT 1 AS v").await, 1);
}

#[tokio::test]
async fn a_standby_is_told_as_such() {
    let db = TestDb::new(Partman::None).await;
    let standby = TestDb::existing(db.cluster().standby().await.unwrap(), "test");
    let database = database(&standby).await;
    assert!(database.server().in_recovery);
    let mut session = database.session().await.unwrap();
    assert!(session.is_in_recovery());
    session.begin(Limits::NONE).await.unwrap();
    let e = command(&mut session, "CREATE TABLE public.t ()")
        .await
        .unwrap_err();
    assert_eq!((e.kind(), e.sqlstate()), (Kind::Unreachable, Some("25006")));
    assert!(e.to_string().contains("connect to the primary"), "{e}");
}

#[tokio::test]
async fn an_error_about_another_connection_is_not_ours() {
    let db = TestDb::new(Partman::None).await;
    let mut session = database(&db).await.session().await.unwrap();
    let raise = "DO $$ BEGIN RAISE 'no foreign server' USING ERRCODE = '08001'; END $$";
    let e = command(&mut session, raise).await.unwrap_err();
    assert_eq!((e.kind(), e.sqlstate()), (Kind::Server, Some("08001")));
    assert_eq!(value(&mut session, "SELECT 1 AS v").await, 1);
}
