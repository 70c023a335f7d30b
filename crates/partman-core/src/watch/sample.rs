//! One look at the locks of the session that has the run lock, at those who wait for it, and at those it waits for.

use jiff::Timestamp;
use serde::Deserialize;

use crate::Error;
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};

/// Locks that nobody feels are left out: those that only keep a relation from being dropped.
const SQL: &str = include_str!("../sql/watch.sql");

/// What a row of the query is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    /// A lock that the run holds.
    Held,
    /// Somebody who waits for the run.
    Waits,
    /// Somebody for whom the run waits.
    Blocks,
}

/// A row of the query.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) what: What,
    /// The schema of the relation; none for a lock on something else.
    schema: Option<String>,
    name: Option<String>,
    /// The lock's mode, in the words of `LOCK TABLE`: the one held, or waited for.
    pub(super) mode: String,
    /// Who waits or is in the way; 0 for a prepared transaction.
    pub(super) pid: Option<i32>,
    pub(super) user: Option<String>,
    pub(super) application_name: Option<String>,
    /// How long it has been waiting, in milliseconds, by the server's clock.
    pub(super) waited_ms: Option<f64>,
    /// What the one in the way does, as far as we may see it.
    pub(super) state: Option<String>,
    /// Since when its transaction is open.
    pub(super) since: Option<Timestamp>,
}

impl Row {
    pub(super) fn relation(&self) -> Option<RelationName> {
        Some(RelationName::new(
            self.schema.as_ref()?,
            self.name.as_ref()?,
        ))
    }
}

pub(super) async fn sample(session: &mut dyn Session) -> Result<Vec<Row>, Error> {
    rows(session, &Statement::query(SQL)).await
}
