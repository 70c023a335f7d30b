//! The driver's errors as ours, told apart by SQLSTATE and type alone.
//!
//! A connection is lost when the driver says so or the server's error is fatal; an error of class 08 that isn't may come
//! from a foreign server, and leaves ours as it is. The server's message becomes ours; its DETAIL, HINT and CONTEXT become the cause. What goes wrong while connecting is
//! the business of `failure::connecting`, whose messages say the way out.

mod connecting;

use std::error::Error as _;
use std::fmt;
use std::io;

use tokio_postgres::error::{DbError, Severity, SqlState};

pub(super) use connecting::{
    all_hosts, connecting, may_differ_without_tls, opening, says_nothing, silent, telling,
    without_tls, wrong_kind,
};

use crate::{Error, Kind};

/// DETAIL, HINT and CONTEXT of a server's error.
#[derive(Debug)]
struct Particulars(Vec<(&'static str, String)>);

impl fmt::Display for Particulars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self
            .0
            .iter()
            .map(|(name, text)| format!("{name}: {text}"))
            .collect();
        f.write_str(&parts.join("; "))
    }
}

impl std::error::Error for Particulars {}

/// What went wrong with a statement, or with the connection under it.
pub(super) fn statement(e: tokio_postgres::Error, sql: Option<&str>) -> Error {
    let error = match e.as_db_error() {
        Some(answer) => answered(answer),
        None if is_transport(&e) => lost().with_source(e),
        None => Error::new(
            Kind::Bug,
            "the driver does not understand the server's answer",
        )
        .with_source(e),
    };
    about(error, sql)
}

/// That the connection is gone, and what the server said when it closed it.
pub(super) fn lost_because(reason: Error, sql: Option<&str>) -> Error {
    let error = match reason.sqlstate() {
        Some(code) => lost().with_sqlstate(code),
        None => lost(),
    };
    about(error.with_source(reason), sql)
}

/// That the connection is gone, and nothing was tried any more.
pub(super) fn lost() -> Error {
    Error::new(Kind::ConnectionLost, "the connection to the server is lost")
}

fn about(error: Error, sql: Option<&str>) -> Error {
    match sql {
        Some(sql) => error.with_statement(sql),
        None => error,
    }
}

fn answered(answer: &DbError) -> Error {
    let kind = kind(answer);
    let message = match kind {
        Kind::Unreachable => format!(
            "{}: it is a standby or was made read-only; connect to the primary",
            answer.message()
        ),
        _ => answer.message().to_owned(),
    };
    let error = Error::new(kind, message).with_sqlstate(answer.code().code());
    match particulars(answer) {
        Some(particulars) => error.with_source(particulars),
        None => error,
    }
}

fn particulars(answer: &DbError) -> Option<Particulars> {
    let named = [
        ("detail", answer.detail()),
        ("hint", answer.hint()),
        ("context", answer.where_()),
    ];
    let told: Vec<_> = named
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?.to_owned())))
        .collect();
    (!told.is_empty()).then_some(Particulars(told))
}

fn kind(answer: &DbError) -> Kind {
    let code = answer.code();
    let ends_session = match answer.parsed_severity() {
        Some(severity) => matches!(severity, Severity::Fatal | Severity::Panic),
        // Poolers don't always tell it.
        None => code.code().starts_with("08") || code.code().starts_with("57P"),
    };
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        Kind::LockTimeout
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        Kind::Unreachable
    } else if ends_session {
        Kind::ConnectionLost
    } else {
        Kind::Server
    }
}

/// Whether the connection failed, rather than what was said over it.
fn is_transport(e: &tokio_postgres::Error) -> bool {
    e.is_closed() || io_error(e).is_some()
}

fn io_error(e: &tokio_postgres::Error) -> Option<&io::Error> {
    e.source().and_then(|source| source.downcast_ref())
}
