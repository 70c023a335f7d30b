//! The rows of a large DEFAULT, spread over partitions that are made for them, while everybody works: copied in small
//! pieces into tables that nobody sees yet, and exchanged for DEFAULT in one moment.
//!
//! Rows of a DEFAULT are in the way of each partition whose range they lie in, and PostgreSQL can't have two tables take the
//! same range. So the rows are copied, not moved: every row is seen where it was until the exchange, and where it belongs
//! from then on, never twice and never nowhere. What writers change meanwhile is noted by a trigger, by key, and caught up
//! with (see [`changes`]). Three steps:
//!
//! - [`StageDefault`]: the tables, each kept to its range by a CHECK, a new DEFAULT for rows of no range, and the trigger;
//! - [`CopyDefault`]: the rows, piece by piece, each piece a transaction of its own, and then the proof that all are there;
//! - [`ExchangeDefault`]: the only moment that anybody feels: the last changes, DETACH, ATTACH, with no table read. The old
//!   DEFAULT stays beside the set, with all its rows, until somebody drops it; on the way back it is brought up to date in
//!   the same manner, and exchanged again.
//!
//! It takes a unique key, by which a row is found again, and as much room as DEFAULT takes.

pub(super) mod changes;
mod copy;
mod exchange;
mod lanes;
mod snapshots;
mod stage;
mod way_back;

use serde::{Deserialize, Serialize};

use super::NEW_DEFAULT as ASIDE;
use super::fence::CONSTRAINT;
use super::new_table::Belongings;
use super::statements::run;
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::{Error, Kind};

pub use copy::CopyDefault;
pub use exchange::ExchangeDefault;
pub use stage::StageDefault;

/// A partition that is made for rows of DEFAULT.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// What it is called, from the beginning.
    pub partition: RelationName,
    /// Lower bound as an SQL literal's text.
    pub from: String,
    /// Upper bound as an SQL literal's text.
    pub to: String,
}

/// What all three steps have to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The parent.
    pub parent: RelationName,
    /// The DEFAULT partition; afterwards the new one has this name.
    pub default: RelationName,
    /// What the old one is called afterwards.
    pub before: RelationName,
    /// The key's column.
    pub control: String,
    /// All columns but generated ones.
    pub columns: Vec<String>,
    /// The columns of a unique key.
    pub unique: Vec<String>,
    /// Where the rows go.
    pub targets: Vec<Target>,
    /// What partitions take afterwards, those among it: the rows of none of it stay in DEFAULT.
    pub taken: Vec<(String, String)>,
    /// What the partitions have.
    #[serde(flatten)]
    pub belongings: Belongings,
    /// Tables at the other end of foreign keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign: Vec<RelationName>,
    /// Of these, the ones that are locked before the set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_first: Vec<RelationName>,
}

impl Spread {
    /// The new DEFAULT as long as the old one has its name.
    fn aside(&self) -> RelationName {
        self.default.sibling(ASIDE)
    }

    /// The tables that rows go to, without the new DEFAULT.
    fn partitions(&self) -> impl Iterator<Item = &RelationName> {
        self.targets.iter().map(|target| &target.partition)
    }

    /// The rows of a target, as a condition; the column has this before it: `s.`, or nothing.
    fn within(&self, target: &Target, before: &str) -> String {
        let control = format!("{before}{}", quote_ident(&self.control));
        let (from, to) = (quote_literal(&target.from), quote_literal(&target.to));
        format!("{control} IS NOT NULL AND {control} >= {from} AND {control} < {to}")
    }

    /// The rows that no target takes.
    fn beside(&self, before: &str) -> String {
        let ranges = self.targets.iter();
        let ranges = ranges.map(|target| (target.from.clone(), target.to.clone()));
        self.outside(ranges.collect(), before)
    }

    /// The rows of none of these ranges, as a condition from which PostgreSQL concludes that they may be in a DEFAULT.
    fn outside(&self, ranges: Vec<(String, String)>, before: &str) -> String {
        let control = format!("{before}{}", quote_ident(&self.control));
        let each = stretches(ranges).into_iter().map(|(from, to)| {
            let (from, to) = (quote_literal(&from), quote_literal(&to));
            format!("({control} < {from} OR {control} >= {to})")
        });
        let all: Vec<String> = each.collect();
        match all.is_empty() {
            true => "true".to_owned(),
            false => format!("({control} IS NULL OR ({}))", all.join(" AND ")),
        }
    }

    fn listed(&self) -> String {
        listed("", &self.columns)
    }

    fn changed(&self, why: impl std::fmt::Display) -> Error {
        let why = format!("the rows of {} can't be spread: {why}", self.default);
        Error::new(Kind::Changed, why)
    }
}

/// Ranges that follow each other as one, whatever their order.
fn stretches(ranges: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for (mut from, mut to) in ranges {
        while let Some(at) = joined.iter().position(|(a, b)| *b == from || *a == to) {
            let (a, b) = joined.remove(at);
            if b == from {
                from = a;
            } else {
                to = b;
            }
        }
        joined.push((from, to));
    }
    joined
}

/// Columns for a statement, each with this before it: `s.`, or nothing.
fn listed(before: &str, columns: &[String]) -> String {
    let quoted = columns.iter();
    let quoted = quoted.map(|column| format!("{before}{}", quote_ident(column)));
    quoted.collect::<Vec<_>>().join(", ")
}

/// On a table that nobody else sees, so that it may be read at once.
fn check(table: &RelationName, condition: &str) -> String {
    format!(
        "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {CONSTRAINT}, ADD CONSTRAINT {CONSTRAINT} CHECK ({condition})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_follow_each_other_are_one() {
        let ranges = |all: &[(&str, &str)]| -> Vec<(String, String)> {
            let owned = all.iter();
            owned
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        let found = stretches(ranges(&[("3", "4"), ("1", "2"), ("2", "3"), ("8", "9")]));
        assert_eq!(found, ranges(&[("1", "4"), ("8", "9")]));
        assert_eq!(stretches(Vec::new()), Vec::new());
    }
}
