//! What these tests share: a database of the testkit as ours, and short ways to ask a session.

use std::time::Duration;

use partman_core::Error;
use partman_core::postgres::{Database, PgSession, Settings};
use partman_core::session::{Session, Statement, row};
use partman_testkit::TestDb;
use serde_json::Value;

/// How the superuser gets into this database over TCP, with these options on top.
pub(crate) fn dsn(db: &TestDb, options: &str) -> String {
    let (port, name, password) = (db.cluster().port(), db.name(), db.password());
    format!(
        "host=127.0.0.1 port={port} user=postgres dbname={name} password='{password}' {options}"
    )
}

pub(crate) fn settings(db: &TestDb, options: &str) -> Settings {
    Settings::from_url(&dsn(db, options)).unwrap()
}

pub(crate) async fn database(db: &TestDb) -> Database {
    Database::connect(&settings(db, "")).await.unwrap()
}

pub(crate) async fn query(session: &mut PgSession, sql: &'static str) -> Result<Vec<Value>, Error> {
    session.run(&Statement::query(sql)).await
}

pub(crate) async fn command(session: &mut PgSession, sql: &'static str) -> Result<(), Error> {
    session.run(&Statement::command(sql)).await.map(drop)
}

/// The column `v` of the first row.
pub(crate) async fn value(session: &mut PgSession, sql: &'static str) -> Value {
    let mut row: Value = row(session, &Statement::query(sql)).await.unwrap();
    row["v"].take()
}

/// Asks until the answer is `expected`, for what the server does on its own.
pub(crate) async fn becomes(db: &TestDb, sql: &str, expected: &str) {
    for _ in 0..100 {
        if db.query_text(sql).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{sql} never became {expected}");
}
