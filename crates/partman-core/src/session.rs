//! The seam between what partman decides and the server that it talks to.
//!
//! Everything above this module says *which statement* runs, with which values and under which limits; how it reaches
//! a server is [`crate::postgres`]'s affair. Rows come back as JSON objects, so no driver's types leak into the rules,
//! and a recorded answer reads like a real one. A [`Session`] is one backend: what it locks, it holds until it commits,
//! rolls back or goes away.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// For the transaction: functions that the application's indexes, checks and generated columns call find what they call as they
/// do in other sessions of our role, though our own path is empty. What is built in comes first all the same, and schemas
/// are left out in which everybody may make functions, for what we call could be one of those.
pub(crate) const AS_THE_ROLE: &str = include_str!("sql/as_the_role.sql");

/// One statement with the values that are bound to it.
///
/// Values travel as text and are cast where they are used (`$1::text::oid`, `$2::timestamptz`), so that one
/// representation serves every type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    sql: Cow<'static, str>,
    values: Vec<Option<String>>,
    returns_rows: bool,
}

impl Statement {
    /// A statement whose rows are wanted. It is wrapped as `WITH q AS (…) SELECT row_to_json(q) FROM q`, so it must be
    /// a single `SELECT`, or an `INSERT`, `UPDATE` or `DELETE` with `RETURNING`.
    pub fn query(sql: impl Into<Cow<'static, str>>) -> Self {
        Self {
            sql: sql.into(),
            values: Vec::new(),
            returns_rows: true,
        }
    }

    /// A statement that is run for its effect. Without values it may be DDL.
    pub fn command(sql: impl Into<Cow<'static, str>>) -> Self {
        Self {
            sql: sql.into(),
            values: Vec::new(),
            returns_rows: false,
        }
    }

    /// Binds the next value, `$1` first.
    #[must_use]
    pub fn bind(mut self, value: impl Into<String>) -> Self {
        self.values.push(Some(value.into()));
        self
    }

    /// Binds the next value, or NULL.
    #[must_use]
    pub fn bind_option(mut self, value: Option<String>) -> Self {
        self.values.push(value);
        self
    }

    /// The text as the caller wrote it.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The bound values, in order.
    pub fn values(&self) -> &[Option<String>] {
        &self.values
    }

    /// Whether rows are expected back.
    pub fn returns_rows(&self) -> bool {
        self.returns_rows
    }
}

/// How long the statements of one transaction may wait and run. Both are per lock and per statement: PostgreSQL's
/// `lock_timeout` counts anew for each lock that a statement takes, so a bound in total needs both, and a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for one lock; zero means no limit.
    pub lock: Duration,
    /// Longest run of one statement; zero means no limit.
    pub statement: Duration,
}

impl Limits {
    /// No limit on either.
    pub const NONE: Self = Self {
        lock: Duration::ZERO,
        statement: Duration::ZERO,
    };
}

/// One backend of a server, with partman's session settings in force.
#[async_trait]
pub trait Session: Send {
    /// Runs one statement; rows come back as JSON objects, column name to value.
    ///
    /// # Errors
    /// Whatever the server answers, with its SQLSTATE; or that the connection is gone.
    async fn run(&mut self, statement: &Statement) -> Result<Vec<Value>, Error>;

    /// Opens a read-committed transaction with these limits.
    ///
    /// # Errors
    /// As [`Session::run`]; also when another backend answers than the one that was opened, as behind a pooler in
    /// transaction mode.
    async fn begin(&mut self, limits: Limits) -> Result<(), Error>;

    /// Commits. An error whose [`Error::is_connection_lost`] is true leaves open whether it took effect: look before
    /// trying again.
    ///
    /// # Errors
    /// As [`Session::run`].
    async fn commit(&mut self) -> Result<(), Error>;

    /// Runs `last`, whose rows nobody wants, and commits in the same turn to the server: others wait for what is locked
    /// until then. `last` must have no values bound, and be nothing that ends the transaction itself.
    ///
    /// # Errors
    /// As [`Session::commit`]; nothing is committed where `last` fails.
    async fn commit_after(&mut self, last: &Statement) -> Result<(), Error>;

    /// Rolls back; harmless outside a transaction.
    ///
    /// # Errors
    /// As [`Session::run`].
    async fn rollback(&mut self) -> Result<(), Error>;

    /// What the server warned of since this was asked last, for statements that fail without failing. The last ones, where
    /// there were many.
    fn take_warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Runs `statement` and reads each row into `T`.
///
/// # Errors
/// As [`Session::run`], and when a row has another shape than `T`.
pub async fn rows<T: DeserializeOwned>(
    session: &mut (impl Session + ?Sized),
    statement: &Statement,
) -> Result<Vec<T>, Error> {
    let found = session.run(statement).await?;
    found
        .into_iter()
        .map(|row| serde_json::from_value(row).map_err(|e| Error::shape(statement.sql(), e)))
        .collect()
}

/// Runs `statement` and reads its only row into `T`; none is an error.
///
/// # Errors
/// As [`rows`].
pub async fn row<T: DeserializeOwned>(
    session: &mut (impl Session + ?Sized),
    statement: &Statement,
) -> Result<T, Error> {
    rows(session, statement)
        .await?
        .pop()
        .ok_or_else(|| Error::no_row(statement.sql()))
}
