//! Our own sessions: opened with the same rules each time, asked in SQL, their failures told by SQLSTATE.
//!
//! A session that only asks takes nothing but ACCESS SHARE on what it reads. Dropping the client ends the session; what
//! it was running ends within a second, because the server looks whether we are still there (PostgreSQL 14 and newer).

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, SimpleQueryMessage};

use crate::connection::Connection;
use crate::error::{Error, Kind, Result};

/// How long our own statements wait for one lock.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A session under the rules.
pub(crate) async fn open(connection: &Connection, application_name: &str) -> Result<Client> {
    let config = connection.config(application_name);
    let client = connection.connector_ref().connect(&config).await;
    let client =
        client.map_err(|e| e.context(format!("could not connect to {}", connection.describe())))?;
    let lock_timeout = format!("{}ms", LOCK_WAIT.as_millis());
    client
        .query(include_str!("sql/session.sql"), &[&lock_timeout])
        .await
        .map_err(|e| failure("could not set up a session", e))?;
    Ok(client)
}

/// The one row of a query, which is one JSON document as text.
pub(crate) async fn document<T: DeserializeOwned>(
    client: &Client,
    doing: &str,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<T> {
    let row = client.query_one(sql, parameters).await;
    let row = row.map_err(|e| failure(doing, e))?;
    let text: String = row.try_get(0).map_err(|e| failure(doing, e))?;
    serde_json::from_str(&text).map_err(|e| {
        Error::bug(format!("{doing}: the answer has an unexpected shape")).with_source(e)
    })
}

/// Statements without an answer.
pub(crate) async fn execute(client: &Client, doing: &str, sql: &str) -> Result<()> {
    client
        .batch_execute(sql)
        .await
        .map_err(|e| failure(doing, e))
}

/// The first column of every row, as text.
pub(crate) async fn texts(client: &Client, doing: &str, sql: &str) -> Result<Vec<String>> {
    let messages = client.simple_query(sql).await;
    let texts = messages.map_err(|e| failure(doing, e))?;
    let text = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    };
    Ok(texts.into_iter().filter_map(text).collect())
}

/// Whether the server knows this locale; restored databases may be on another system.
pub(crate) async fn knows_lc_monetary(client: &Client, locale: &str) -> bool {
    let sql = "SELECT set_config('lc_monetary', $1, false)";
    client.query(sql, &[&locale]).await.is_ok()
}

/// A failed statement as our error, by its SQLSTATE.
pub(crate) fn failure(doing: &str, e: tokio_postgres::Error) -> Error {
    let kind = kind(&e);
    let error = match e.code() {
        Some(code) => Error::new(kind, doing).with_sqlstate(code.code()),
        None => Error::new(kind, doing),
    };
    match (kind, e.as_db_error()) {
        (Kind::Lost, _) => error.with_source(e).with_help(
            "is the server still up? its log says why the connection ended; then try again",
        ),
        (_, Some(db)) => {
            let source = told(db);
            error.with_source(source)
        }
        _ => error.with_source(e),
    }
}

fn kind(e: &tokio_postgres::Error) -> Kind {
    let Some(code) = e.code() else {
        return if e.is_closed()
            || std::error::Error::source(e).is_some_and(|s| s.is::<std::io::Error>())
        {
            Kind::Lost
        } else {
            Kind::Server
        };
    };
    match code {
        _ if code.code().starts_with("08") => Kind::Lost,
        &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW => {
            Kind::Lost
        }
        &SqlState::LOCK_NOT_AVAILABLE => Kind::LockTimeout,
        &SqlState::DISK_FULL => Kind::DiskFull,
        &SqlState::INSUFFICIENT_PRIVILEGE => Kind::Denied,
        &SqlState::DUPLICATE_DATABASE => Kind::Exists,
        &SqlState::OBJECT_IN_USE => Kind::InUse,
        &SqlState::INVALID_CATALOG_NAME => Kind::NotFound,
        _ => Kind::Server,
    }
}

/// What the server said, with its detail and hint.
fn told(db: &DbError) -> String {
    let extras = [db.detail(), db.hint()];
    let extras = extras.into_iter().flatten();
    extras.fold(db.message().to_owned(), |text, more| {
        format!("{text} ({more})")
    })
}

/// What the driver says about a connection that could not be had.
pub(crate) fn unreachable(e: tokio_postgres::Error, config: &Config) -> Error {
    let user = config.get_user().unwrap_or_default();
    let what = format!("the server does not let \"{user}\" in");
    let error = match e.as_db_error() {
        Some(db) => Error::new(Kind::Unreachable, what)
            .with_sqlstate(db.code().code())
            .with_source(told(db)),
        None => Error::new(Kind::Unreachable, "the server does not answer").with_source(e),
    };
    error.with_help("check host, port, user, database and password")
}
