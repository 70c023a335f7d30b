//! Rows of DEFAULT that belong into a partition that is being made: moved while both are locked, in the transaction that
//! attaches it, so that every row is there at every moment and nobody sees it twice.
//!
//! PostgreSQL knows no other atomic way: a partition can't be attached while DEFAULT holds rows of its range, and what
//! lies in a table that isn't attached can't be seen. So this is for few rows, [`MOST_TO_MOVE`] for each partition, and
//! for a DEFAULT that is looked through in a moment. Triggers stay quiet where the role may have that: nothing is
//! inserted or deleted as far as the application is concerned.

use serde::{Deserialize, Serialize};

use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement, row};
use crate::{Error, Kind};

/// More rows than this would keep others waiting for longer than a moment.
pub const MOST_TO_MOVE: i64 = 10_000;

/// What moving rows takes to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescue {
    /// The key's column.
    pub control: String,
    /// All columns but generated ones.
    pub columns: Vec<String>,
    /// Whether triggers are kept quiet, which takes a superuser.
    pub quiet: bool,
}

#[derive(Deserialize)]
struct Count {
    n: i64,
}

const QUIET: &str = "SET LOCAL session_replication_role = replica";
const AS_USUAL: &str = "SET LOCAL session_replication_role = origin";

impl Rescue {
    /// Moves the rows from `from` to below `to` out of `default` into a table that isn't attached yet.
    pub(super) fn out_of(
        &self,
        default: &RelationName,
        (from, to): (&str, &str),
        into: &RelationName,
    ) -> Vec<String> {
        let columns = self.listed();
        self.quietly(format!(
            "WITH moved AS (DELETE FROM ONLY {default} WHERE {range} RETURNING {columns}) \
             INSERT INTO {into} ({columns}) SELECT {columns} FROM moved",
            range = self.range(from, to)
        ))
    }

    /// Moves all rows of a table that is detached back into `default`.
    pub(super) fn back_into(&self, default: &RelationName, from: &RelationName) -> Vec<String> {
        let columns = self.listed();
        self.quietly(format!(
            "INSERT INTO {default} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {from}"
        ))
    }

    /// How many rows [`Rescue::out_of`] would move.
    ///
    /// # Errors
    /// [`Kind::Refused`] when there are more than can be moved in a moment.
    pub(super) async fn few(
        &self,
        session: &mut (dyn Session + 'static),
        default: &RelationName,
        (from, to): (&str, &str),
    ) -> Result<i64, Error> {
        let some = format!(
            "SELECT count(*) AS n FROM (SELECT FROM ONLY {default} WHERE {} LIMIT {}) AS found",
            self.range(from, to),
            MOST_TO_MOVE + 1
        );
        let found: Count = row(session, &Statement::query(some)).await?;
        if found.n <= MOST_TO_MOVE {
            return Ok(found.n);
        }
        Err(Error::new(
            Kind::Refused,
            format!(
                "{default} has got more than {MOST_TO_MOVE} rows between {from} and {to}, too many to move at once; \
                 move them out of it first"
            ),
        ))
    }

    fn quietly(&self, sql: String) -> Vec<String> {
        if self.quiet {
            vec![QUIET.to_owned(), sql, AS_USUAL.to_owned()]
        } else {
            vec![sql]
        }
    }

    fn range(&self, from: &str, to: &str) -> String {
        let (control, from, to) = (
            quote_ident(&self.control),
            quote_literal(from),
            quote_literal(to),
        );
        format!("{control} >= {from} AND {control} < {to}")
    }

    fn listed(&self) -> String {
        let quoted = self.columns.iter().map(|column| quote_ident(column));
        quoted.collect::<Vec<_>>().join(", ")
    }
}
