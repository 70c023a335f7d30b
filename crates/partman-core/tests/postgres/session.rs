//! Sessions: what is in force, what comes back, how transactions end.

use std::time::Duration;

use partman_core::Kind;
use partman_core::session::{Limits, Session, Statement};
use partman_testkit::{Partman, TestDb};
use serde_json::{Value, json};

use crate::support::{command, database, query, value};

#[tokio::test]
async fn every_session_has_partmans_settings() {
    let db = TestDb::new(Partman::None).await;
    db.execute(
        "ALTER DATABASE test SET search_path = public; ALTER DATABASE test SET datestyle = 'SQL, DMY';
         ALTER DATABASE test SET default_transaction_read_only = on; ALTER DATABASE test SET lock_timeout = '1s';
         ALTER DATABASE test SET synchronous_commit = off; ALTER DATABASE test SET row_security = on;
         ALTER DATABASE test SET default_transaction_isolation = 'serializable'",
    )
    .await;
    let database = database(&db).await;
    let in_force = "SELECT json_object_agg(name, setting ORDER BY name) AS v
           FROM pg_settings
          WHERE name IN ('DateStyle', 'IntervalStyle', 'TimeZone', 'application_name', 'bytea_output',
                         'client_connection_check_interval', 'default_transaction_isolation',
                         'default_transaction_read_only', 'extra_float_digits', 'idle_in_transaction_session_timeout',
                         'jit', 'lock_timeout', 'row_security', 'search_path', 'statement_timeout', 'synchronous_commit')";
    let expected = |name: &str| {
        json!({
            "DateStyle": "ISO, MDY",
            "IntervalStyle": "postgres",
            "TimeZone": "UTC",
            "application_name": name,
            "bytea_output": "hex",
            "client_connection_check_interval": "1000",
            "default_transaction_isolation": "read committed",
            "default_transaction_read_only": "off",
            "extra_float_digits": "1",
            "idle_in_transaction_session_timeout": "0",
            "jit": "off",
            "lock_timeout": "0",
            "row_security": "off",
            "search_path": "pg_catalog",
            "statement_timeout": "0",
            "synchronous_commit": "local",
        })
    };
    let mut session = database.session().await.unwrap();
    assert_eq!(value(&mut session, in_force).await, expected("partman"));
    command(&mut session, "SET lock_timeout = '5s'")
        .await
        .unwrap();
    command(&mut session, "SET search_path = public")
        .await
        .unwrap();
    drop(session);
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut session = database.session_as("partman sampler").await.unwrap();
        assert_eq!(
            value(&mut session, in_force).await,
            expected("partman sampler")
        );
        others.push(session);
    }
}

#[tokio::test]
async fn the_servers_own_time_zone_is_remembered() {
    let db = TestDb::new(Partman::None).await;
    db.execute("ALTER DATABASE test SET timezone = 'Europe/Berlin'")
        .await;
    let database = database(&db).await;
    let mut session = database.session().await.unwrap();
    assert_eq!(session.server_time_zone(), "Europe/Berlin");
    assert_eq!(
        value(&mut session, "SELECT current_setting('TimeZone') AS v").await,
        "UTC"
    );
    let pid = value(&mut session, "SELECT pg_backend_pid() AS v").await;
    assert_eq!(pid, session.backend_pid());
    let version = value(
        &mut session,
        "SELECT current_setting('server_version_num')::int AS v",
    )
    .await;
    assert_eq!(version, session.server_version());
    assert!(!session.is_in_recovery());
}

#[tokio::test]
async fn rows_are_objects_and_values_are_bound_as_text() {
    let db = TestDb::new(Partman::None).await;
    let mut session = database(&db).await.session().await.unwrap();
    command(
        &mut session,
        "CREATE TABLE public.t (id int, at timestamptz, note text)",
    )
    .await
    .unwrap();
    let insert = "INSERT INTO public.t SELECT $1::int, $2::timestamptz, $3 RETURNING *;\n";
    let insert = Statement::query(insert)
        .bind("7")
        .bind("2025-09-01")
        .bind_option(None);
    let expected = json!([{"id": 7, "at": "2025-09-01T00:00:00+00:00", "note": null}]);
    assert_eq!(Value::from(session.run(&insert).await.unwrap()), expected);
    let update = Statement::command("UPDATE public.t SET note = $1").bind("it's; -- \"quoted\" \\");
    assert_eq!(session.run(&update).await.unwrap(), Vec::<Value>::new());
    let note = value(
        &mut session,
        "SELECT note AS v FROM public.t -- a comment at the end",
    )
    .await;
    assert_eq!(note, "it's; -- \"quoted\" \\");
    let wide = value(&mut session, "SELECT 9223372036854775807 AS v").await;
    assert_eq!(wide, i64::MAX);
}

#[tokio::test]
async fn a_servers_error_keeps_its_code_its_particulars_and_the_statement() {
    let db = TestDb::new(Partman::None).await;
    let mut session = database(&db).await.session().await.unwrap();
    command(&mut session, "CREATE TABLE public.t (id int PRIMARY KEY)")
        .await
        .unwrap();
    let insert = "INSERT INTO public.t VALUES (1), (1)";
    let e = command(&mut session, insert).await.unwrap_err();
    assert_eq!(
        (e.kind(), e.sqlstate(), e.statement()),
        (Kind::Server, Some("23505"), Some(insert))
    );
    assert!(e.to_string().contains("t_pkey"), "{e}");
    let cause = std::error::Error::source(&e).unwrap().to_string();
    assert_eq!(cause, "detail: Key (id)=(1) already exists.");
    assert!(!e.is_connection_lost() && !e.is_retryable());
    assert_eq!(value(&mut session, "SELECT 1 AS v").await, 1);
}

#[tokio::test]
async fn a_lock_that_is_not_had_in_time_is_a_lock_timeout() {
    let db = TestDb::new(Partman::None).await;
    db.execute("CREATE TABLE public.t ()").await;
    let database = database(&db).await;
    let mut holder = database.session().await.unwrap();
    holder.begin(Limits::NONE).await.unwrap();
    command(&mut holder, "LOCK TABLE public.t").await.unwrap();
    let mut waiter = database.session().await.unwrap();
    let limits = Limits {
        lock: Duration::from_micros(1),
        statement: Duration::from_secs(30),
    };
    waiter.begin(limits).await.unwrap();
    let e = command(&mut waiter, "LOCK TABLE public.t")
        .await
        .unwrap_err();
    assert_eq!((e.kind(), e.is_retryable()), (Kind::LockTimeout, true));
    waiter.rollback().await.unwrap();
    assert_eq!(
        value(&mut waiter, "SELECT current_setting('lock_timeout') AS v").await,
        "0"
    );
}

#[tokio::test]
async fn a_statement_that_runs_too_long_is_cancelled() {
    let db = TestDb::new(Partman::None).await;
    let mut session = database(&db).await.session().await.unwrap();
    let limits = Limits {
        lock: Duration::ZERO,
        statement: Duration::from_millis(20),
    };
    session.begin(limits).await.unwrap();
    let e = query(&mut session, "SELECT pg_sleep(60)")
        .await
        .unwrap_err();
    assert_eq!((e.kind(), e.sqlstate()), (Kind::Server, Some("57014")));
}

#[tokio::test]
async fn committing_a_failed_transaction_is_an_error() {
    let db = TestDb::new(Partman::None).await;
    let mut session = database(&db).await.session().await.unwrap();
    session.begin(Limits::NONE).await.unwrap();
    command(&mut session, "CREATE TABLE public.t ()")
        .await
        .unwrap();
    query(&mut session, "SELECT 1/0").await.unwrap_err();
    let e = session.commit().await.unwrap_err();
    assert_eq!(e.sqlstate(), Some("25P02"));
    assert_eq!(
        value(&mut session, "SELECT to_regclass('public.t') AS v").await,
        Value::Null
    );
    session.rollback().await.unwrap();
    session.begin(Limits::NONE).await.unwrap();
    let again = session.begin(Limits::NONE).await.unwrap_err();
    assert_eq!(again.kind(), Kind::Bug);
    session.commit().await.unwrap();
}

#[tokio::test]
async fn a_constraint_that_fails_at_commit_is_told_and_leaves_a_usable_session() {
    let db = TestDb::new(Partman::None).await;
    let mut session = database(&db).await.session().await.unwrap();
    command(
        &mut session,
        "CREATE TABLE public.t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
    )
    .await
    .unwrap();
    session.begin(Limits::NONE).await.unwrap();
    command(&mut session, "INSERT INTO public.t VALUES (1), (1)")
        .await
        .unwrap();
    assert_eq!(
        session.commit().await.unwrap_err().sqlstate(),
        Some("23505")
    );
    session.begin(Limits::NONE).await.unwrap();
    assert_eq!(
        value(&mut session, "SELECT count(*) AS v FROM public.t").await,
        0
    );
    session.commit().await.unwrap();
}
