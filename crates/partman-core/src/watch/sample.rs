//! One look at the locks of the session that has the run lock, and at those who wait for it.

use serde::Deserialize;

use crate::Error;
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};

/// Locks that nobody feels are left out: those that only keep a relation from being dropped.
const SQL: &str = include_str!("../sql/watch.sql");

/// A row of the query: a lock that the run holds, or somebody who waits for it.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    /// The schema of the relation; none for a lock on something else.
    schema: Option<String>,
    name: Option<String>,
    /// The lock's mode, in the words of `LOCK TABLE`; the run's own, or the one waited for.
    pub(super) mode: String,
    /// Who waits; none for a lock of the run.
    pub(super) pid: Option<i32>,
    pub(super) user: Option<String>,
    pub(super) application_name: Option<String>,
    /// How long it has been waiting, in milliseconds, by the server's clock.
    pub(super) waited_ms: Option<f64>,
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
