//! Rows of DEFAULT that belong into a partition that is being made: moved while both are locked, in the transaction that
//! attaches it, so that every row is there at every moment and nobody sees it twice.
//!
//! PostgreSQL knows no other atomic way: a partition can't be attached while DEFAULT holds rows of its range, and what
//! lies in a table that isn't attached can't be seen. So this is for few rows, [`MOST_TO_MOVE`] for each partition, and
//! for a DEFAULT that is looked through in a moment. Triggers stay quiet where the role may have that: nothing is
//! inserted or deleted as far as the application is concerned.
//!
//! Where the set is published, a row that is deleted in a partition and inserted into a table of its own reaches subscribers as
//! deleted, and nothing else of it. So it is put down in between, and inserted when the partition is one of the set's.

use serde::{Deserialize, Serialize};

use super::looking_back::Retreats;
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
    /// Whether subscribers hear of what is deleted and inserted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
    #[serde(skip)]
    pub(crate) retreats: Retreats,
}

/// The two halves of moving rows: what happens in between decides which table is a partition of what.
pub(super) struct Move {
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
}

#[derive(Deserialize)]
struct Count {
    n: i64,
}

const QUIET: &str = "SET LOCAL session_replication_role = replica";
const AS_USUAL: &str = "SET LOCAL session_replication_role = origin";

impl Rescue {
    /// Moves the rows from `from` to below `to` out of `default` into a table that is attached in between.
    pub(super) fn out_of(
        &self,
        default: &RelationName,
        (from, to): (&str, &str),
        into: &RelationName,
    ) -> Move {
        let (columns, range) = (self.listed(), self.range(from, to));
        if self.published {
            return self.by_way_of(0, &format!("{default} WHERE {range}"), into);
        }
        let moving = format!(
            "WITH moved AS (DELETE FROM ONLY {default} WHERE {range} RETURNING {columns}) \
             INSERT INTO {into} ({columns}) SELECT {columns} FROM moved"
        );
        Move {
            before: self.quietly(moving),
            after: Vec::new(),
        }
    }

    /// Moves all rows of a partition that is detached in between back into `default`; the number tells several of them apart.
    pub(super) fn back_into(&self, default: &RelationName, from: &RelationName, n: usize) -> Move {
        let columns = self.listed();
        if self.published {
            return self.by_way_of(n, &from.to_string(), default);
        }
        let moving = format!(
            "INSERT INTO {default} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {from}"
        );
        Move {
            before: Vec::new(),
            after: self.quietly(moving),
        }
    }

    /// Puts rows down in a table of the session's own, which nobody publishes.
    fn by_way_of(&self, n: usize, from: &str, into: &RelationName) -> Move {
        let columns = self.listed();
        let down = format!("pg_temp.partman_moved_{n}");
        let keep = format!("CREATE TEMPORARY TABLE {down} AS SELECT {columns} FROM ONLY {from}");
        let delete = format!("DELETE FROM ONLY {from}");
        let insert = format!(
            "INSERT INTO {into} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {down}"
        );
        let drop = format!("DROP TABLE {down}");
        Move {
            before: std::iter::once(keep).chain(self.quietly(delete)).collect(),
            after: self.quietly(insert).into_iter().chain([drop]).collect(),
        }
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
