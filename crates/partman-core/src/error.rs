//! The one error of this crate: opaque, with questions to ask of it.
//!
//! Nobody matches on messages; what a caller may want to know is a method here. `Display` says this level only and
//! [`std::error::Error::source`] carries the next, so a program prints the chain.

use std::fmt;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong while talking to a server or deciding about its partition sets.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: String,
    sqlstate: Option<String>,
    statement: Option<String>,
    source: Option<Source>,
}

/// The classes of failure that a program reacts to in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The settings name no server, or can't be understood.
    Settings,
    /// The server can't be reached, or refuses us (also a standby, or a pooler that breaks sessions).
    Unreachable,
    /// The connection was there and is gone; what was under way may or may not have taken effect.
    ConnectionLost,
    /// The server answered with an error.
    Server,
    /// A lock was not had within its limit.
    LockTimeout,
    /// Another run is active in this database.
    Busy,
    /// What is asked for can't or shall not be done; the message says why and the way out.
    Refused,
    /// A run of before stopped part-way and has to be resumed or rolled back first.
    Unfinished,
    /// The database is no longer (or never was) the one that the plan or journal was made from.
    Changed,
    /// The world after a step is not what it has to be.
    Verification,
    /// Somebody asked us to stop.
    Cancelled,
    /// A bug: the server's answer or our own data has a shape that it never has.
    Bug,
}

impl Error {
    /// An error of this kind, with a lower-case fragment that names the object and the action.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            sqlstate: None,
            statement: None,
            source: None,
        }))
    }

    /// The same with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same with the server's SQLSTATE.
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: impl Into<String>) -> Self {
        self.0.sqlstate = Some(sqlstate.into());
        self
    }

    /// The same with the statement that failed. Never pass one that holds a secret.
    #[must_use]
    pub fn with_statement(mut self, sql: impl Into<String>) -> Self {
        self.0.statement = Some(sql.into());
        self
    }

    /// This error as the cause of another of the same kind, SQLSTATE and statement, whose message says what was being
    /// done.
    #[must_use]
    pub fn context(self, doing: impl Into<String>) -> Self {
        let (kind, sqlstate, statement) = (
            self.0.kind,
            self.0.sqlstate.clone(),
            self.0.statement.clone(),
        );
        Self(Box::new(Inner {
            kind,
            message: doing.into(),
            sqlstate,
            statement,
            source: Some(Box::new(self)),
        }))
    }

    pub(crate) fn shape(sql: &str, source: serde_json::Error) -> Self {
        Self::new(Kind::Bug, "the server's answer has an unexpected shape")
            .with_statement(sql)
            .with_source(source)
    }

    pub(crate) fn no_row(sql: &str) -> Self {
        Self::new(
            Kind::Bug,
            "the server returned no row where there is always one",
        )
        .with_statement(sql)
    }

    /// Which class of failure this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The five-character SQLSTATE, when the server gave one.
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    /// The statement that failed, when one did.
    pub fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// Whether the same step may be tried again as it is: a lock timeout, a deadlock or a serialization failure.
    pub fn is_retryable(&self) -> bool {
        self.0.kind == Kind::LockTimeout
            || matches!(self.sqlstate(), Some("40P01" | "40001" | "55P03"))
    }

    /// Whether the connection is gone, so that only a look at the journal tells what took effect.
    pub fn is_connection_lost(&self) -> bool {
        self.0.kind == Kind::ConnectionLost
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}
