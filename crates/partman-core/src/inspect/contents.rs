//! What DEFAULT partitions hold, and partitions of sets by integer: one query on the users' tables.
//!
//! Small tables and those with an index on the key are asked for their ends; the others only whether they have a row.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Options, may_do_without, reading};
use crate::Error;
use crate::bound::KeyKind;
use crate::measure::Measure;
use crate::model::{Content, Fact, Gap, PartitionSet, Strategy};
use crate::session::{Session, Statement};
use crate::step::MOST_TO_MOVE;

/// A DEFAULT partition without an index on the key is scanned for its ends only below this size.
const SMALL_ENOUGH_TO_SCAN: i64 = 64 << 20;

#[derive(Deserialize)]
struct ContentRow {
    oid: u32,
    has_rows: bool,
    min: Option<String>,
    max: Option<String>,
    counted: Option<i64>,
    bytes: i64,
}

impl From<ContentRow> for Content {
    fn from(row: ContentRow) -> Self {
        Self {
            has_rows: row.has_rows,
            min: row.min,
            max: row.max,
            counted: row.counted,
            bytes: row.bytes,
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
}

impl Questions {
    fn of(sets: &[PartitionSet]) -> Self {
        let mut questions = Self::default();
        for set in sets {
            questions.add(set);
        }
        questions
    }

    fn add(&mut self, set: &PartitionSet) {
        let Some((control, kind)) = set
            .control()
            .and_then(|key| Some((key.column.clone()?, key.kind)))
        else {
            return;
        };
        // Where integers count time, the clock tells the present.
        let counts = [Strategy::Range, Strategy::List].contains(&set.strategy);
        let by_integer = counts && set.measure() == Measure::Itself && kind == KeyKind::Integer;
        let has_ends = kind.is_time() || [KeyKind::Integer, KeyKind::Uuid].contains(&kind);
        for partition in &set.partitions {
            if partition.relkind == "r" && (partition.is_default() || by_integer) {
                self.oids.push(Value::from(partition.oid));
                self.controls.push(Value::from(control.clone()));
                self.have_ends.push(Value::from(has_ends));
                self.indexed.push(Value::from(set.key_is_indexed));
                self.count.push(Value::from(partition.is_default()));
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
    }
}

/// Looks into DEFAULT partitions and into those of sets by integer, whose present is where their rows end.
pub(super) async fn contents(
    session: &mut dyn Session,
    options: &Options,
    sets: &mut [PartitionSet],
    missing: &mut Vec<Gap>,
) -> Result<(), Error> {
    let questions = Questions::of(sets);
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
    Ok(())
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
