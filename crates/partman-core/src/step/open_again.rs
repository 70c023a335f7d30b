//! An end that was closed is opened again though rows have come into the partitions that the run made beyond it: they return
//! into the partition that would have taken them, and those partitions go, in one transaction under the locks of everything
//! concerned, so that every row is there at every moment.

use serde::Deserialize;

use super::fence;
use super::give_back::{MOST_TO_GIVE_BACK, count};
use super::rebound::Rebound;
use super::rescue::Rescue;
use super::statements::lock;
use crate::Error;
use crate::bound::{Bound, Datum};
use crate::journal::JOURNAL_SCHEMA;
use crate::name::{RelationName, quote_literal};
use crate::session::{Session, Statement, row, rows};

#[derive(Deserialize)]
struct Made {
    schema: String,
    name: String,
    bound: String,
    key_type: String,
}

#[derive(Deserialize)]
struct Beyond {
    beyond: Vec<bool>,
}

/// What opens the end and brings the rows back.
pub(super) struct Opening {
    pub(super) locking: Vec<String>,
    pub(super) moving: Vec<String>,
}

/// `None` where there are too many rows, or none whose return would help.
pub(super) async fn with_rows(
    session: &mut (dyn Session + 'static),
    step: &Rebound,
    rescue: &Rescue,
) -> Result<Option<Opening>, Error> {
    let beyond = beyond(session, step, rescue).await?;
    let mut left = MOST_TO_GIVE_BACK;
    for table in &beyond {
        left -= count(session, table).await?;
    }
    if beyond.is_empty() || left < 0 {
        return Ok(None);
    }
    let Rebound {
        parent, partition, ..
    } = step;
    let first = step.foreign_first.iter().chain(step.locked());
    let locking = first.chain(&beyond).map(lock).collect();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (n, table) in beyond.iter().enumerate() {
        let rows = rescue.back_into(partition, table, n);
        before.extend(rows.before);
        after.extend(rows.after);
        after.push(format!("DROP TABLE {table}"));
    }
    let mut moving = before;
    let detach = |table: &RelationName| format!("ALTER TABLE {parent} DETACH PARTITION {table}");
    moving.extend(beyond.iter().chain([partition]).map(detach));
    moving.push(format!(
        "ALTER TABLE {parent} ATTACH PARTITION {partition} {}",
        step.bound
    ));
    // It says what the partition holds as long as the end is closed, and has spared the reading.
    moving.push(fence::drop_sql(partition));
    moving.extend(after);
    Ok(Some(Opening { locking, moving }))
}

/// The partitions beyond the upper end that a run has made, and nobody has detached.
async fn beyond(
    session: &mut (dyn Session + 'static),
    step: &Rebound,
    rescue: &Rescue,
) -> Result<Vec<RelationName>, Error> {
    let sql = format!(
        "SELECT n.nspname AS schema, c.relname AS name, pg_get_expr(c.relpartbound, 0) AS bound, \
                (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a \
                  WHERE a.attrelid = i.inhparent AND a.attname = $2) AS key_type \
           FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
          WHERE i.inhparent = $1::text::regclass AND c.relkind = 'r' AND c.oid IN ( \
                SELECT made.oid::oid FROM {JOURNAL_SCHEMA}.entry d CROSS JOIN LATERAL jsonb_array_elements_text( \
                       CASE jsonb_typeof(d.detail -> 'created') WHEN 'array' THEN d.detail -> 'created' ELSE '[]' END) AS made(oid) \
                 WHERE d.what = 'done') \
          ORDER BY 1, 2"
    );
    let look = Statement::query(sql)
        .bind(step.parent.to_string())
        .bind(rescue.control.clone());
    let made: Vec<Made> = rows(session, &look).await?;
    let lower = made
        .iter()
        .filter_map(|made| Some((made, lower(&made.bound)?)));
    let made: Vec<(&Made, String)> = lower.collect();
    let Some((Made { key_type, .. }, _)) = made.first() else {
        return Ok(Vec::new());
    };
    let each = made.iter().map(|(_, from)| {
        let (from, to) = (quote_literal(from), quote_literal(&step.to));
        format!("{from}::{key_type} >= {to}::{key_type}")
    });
    let each = each.collect::<Vec<_>>().join(", ");
    let compare = Statement::query(format!("SELECT ARRAY[{each}] AS beyond"));
    let Beyond { beyond } = row(session, &compare).await?;
    let beyond = made.iter().zip(beyond).filter(|(_, beyond)| *beyond);
    let named = |made: &Made| RelationName::new(made.schema.clone(), made.name.clone());
    Ok(beyond.map(|((made, _), _)| named(made)).collect())
}

fn lower(bound: &str) -> Option<String> {
    match Bound::parse(bound)? {
        Bound::Range { from, .. } => match from.as_slice() {
            [Datum::Value(from)] => Some(from.clone()),
            _ => None,
        },
        _ => None,
    }
}
