//! What DEFAULT partitions hold, partitions of sets by integer, and those that lie ahead: one query on the users' tables.
//!
//! Small tables and those with an index on the key are asked for their ends; the others only whether they have a row. What
//! remains unknown of a DEFAULT then is read from its beginning to its end ([`scan`]).

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Options, may_do_without, reading, scan};
use crate::Error;
use crate::assess::LOOKED_THROUGH_AT_ONCE;
use crate::bound::{KeyKind, Point};
use crate::coverage;
use crate::measure::Measure;
use crate::model::{Content, Fact, Gap, PartitionSet, Strategy};
use crate::session::{Session, Statement};
use crate::step::MOST_TO_MOVE;
use crate::time_zone::Zone;

/// A DEFAULT partition without an index on the key is scanned for its ends only below this size.
const SMALL_ENOUGH_TO_SCAN: i64 = 64 << 20;

#[derive(Deserialize)]
struct ContentRow {
    oid: u32,
    has_rows: bool,
    min: Option<String>,
    max: Option<String>,
    next: Option<String>,
    gaps_ahead: Option<Vec<(String, String)>>,
    nulls: Option<bool>,
    counted: Option<i64>,
    bytes: i64,
    hidden: bool,
}

impl From<ContentRow> for Content {
    fn from(row: ContentRow) -> Self {
        Self {
            has_rows: row.has_rows,
            min: row.min,
            max: row.max,
            next: row.next,
            gaps_ahead: row.gaps_ahead.unwrap_or_default(),
            nulls: row.nulls,
            counted: row.counted,
            bytes: row.bytes,
            hidden: row.hidden,
        }
    }
}

/// What to ask of which partition, column by column as the query wants it.
#[derive(Default)]
struct Questions {
    oids: Vec<Value>,
    controls: Vec<Value>,
    have_ends: Vec<Value>,
    indexed: Vec<Value>,
    count: Vec<Value>,
    are_times: Vec<Value>,
}

impl Questions {
    fn of(sets: &[PartitionSet], now: Timestamp) -> Self {
        let mut questions = Self::default();
        for set in sets {
            questions.add(set, now);
        }
        questions
    }

    fn add(&mut self, set: &PartitionSet, now: Timestamp) {
        let Some((control, kind)) = set
            .control()
            .and_then(|key| Some((key.column.clone()?, key.kind)))
        else {
            return;
        };
        // Where integers count time, the clock tells the present.
        let counts = [Strategy::Range, Strategy::List].contains(&set.strategy);
        let by_integer = counts && set.measure() == Measure::Itself && kind.is_number();
        let has_ends = has_ends(kind);
        let ahead = ahead(set, now);
        let open: Vec<u32> = set.open_ended().iter().map(|p| p.oid).collect();
        for partition in &set.partitions {
            let ends_count = partition.is_default() || by_integer || open.contains(&partition.oid);
            if partition.relkind == "r" && (ends_count || ahead.contains(&partition.oid)) {
                self.oids.push(Value::from(partition.oid));
                self.controls.push(Value::from(control.clone()));
                self.have_ends.push(Value::from(has_ends && ends_count));
                self.indexed.push(Value::from(set.key_is_indexed));
                self.count.push(Value::from(partition.is_default()));
                let is_time = partition.is_default() && kind.is_time();
                self.are_times.push(Value::from(is_time));
            }
        }
    }

    fn statement(&self) -> Statement {
        Statement::query(include_str!("../sql/content.sql"))
            .bind(array(&self.oids))
            .bind(array(&self.controls))
            .bind(array(&self.have_ends))
            .bind(array(&self.indexed))
            .bind(array(&self.count))
            .bind(SMALL_ENOUGH_TO_SCAN.to_string())
            .bind((MOST_TO_MOVE + 1).to_string())
            .bind(array(&self.are_times))
            .bind(LOOKED_THROUGH_AT_ONCE.to_string())
    }
}

/// Looks into DEFAULT partitions, into those with an open end and those of sets by integer, whose present is where their rows
/// end, and whether there are rows in partitions to come, from which pg_partman 5 counts on.
pub(super) async fn contents(
    session: &mut dyn Session,
    options: &Options,
    now: Timestamp,
    sets: &mut [PartitionSet],
    missing: &mut Vec<Gap>,
) -> Result<(), Error> {
    let questions = Questions::of(sets, now);
    if questions.oids.is_empty() {
        return Ok(());
    }
    let found: Vec<ContentRow> = match reading(session, options, &questions.statement()).await {
        Ok(found) => found,
        Err(error) if may_do_without(&error) => {
            missing.push(Gap::new(Fact::Contents, error));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut by_oid: HashMap<u32, Content> =
        found.into_iter().map(|row| (row.oid, row.into())).collect();
    for partition in sets.iter_mut().flat_map(|set| &mut set.partitions) {
        partition.content = by_oid.remove(&partition.oid);
    }
    scan::unknown_ends(session, options, sets, missing).await
}

/// Whether its rows have ends that can be told.
pub(super) fn has_ends(kind: KeyKind) -> bool {
    kind.is_time() || kind.is_number() || kind == KeyKind::Uuid
}

/// The partitions of a set by time that begin after the present, wherever its clock is.
fn ahead(set: &PartitionSet, now: Timestamp) -> Vec<u32> {
    let later = |from: Point| {
        let utc = coverage::present(now, from, &Zone::utc());
        utc.is_some_and(|present| from > present)
    };
    let ranges = set.ranges().into_iter();
    ranges
        .filter(|(from, ..)| later(*from))
        .map(|(.., partition)| partition.oid)
        .collect()
}

/// An array literal; text elements are quoted, so any name survives.
fn array(values: &[Value]) -> String {
    let items: Vec<String> = values
        .iter()
        .map(|value| match value {
            Value::String(text) => {
                format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
            other => other.to_string(),
        })
        .collect();
    format!("{{{}}}", items.join(","))
}
