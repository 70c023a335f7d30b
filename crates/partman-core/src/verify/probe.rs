//! An insert that is rolled back: proof that rows of the present and of the furthest partition find their place.
//!
//! It copies an existing row with another key, so defaults draw nothing from sequences. A superuser turns triggers off
//! for the transaction; others leave a set with triggers alone, for those may do what no rollback takes back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bound::Point;
use crate::model::PartitionSet;
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{AS_THE_ROLE, Limits, Session, Statement, rows};
use crate::{Error, Kind};

/// One insert that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The key's value.
    pub at: String,
    /// The partition that took it; `None` when it wasn't tried or not taken.
    pub partition: Option<RelationName>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    generated: bool,
}

#[derive(Deserialize)]
struct Taken {
    schema_name: String,
    table_name: String,
}

/// Tries an insert at each of these points. What a constraint of the table refuses is told, not a failure.
///
/// # Errors
/// The server's, other than constraints, locks and missing rights.
pub async fn try_inserts(
    session: &mut dyn Session,
    set: &PartitionSet,
    points: &[Point],
    superuser: bool,
) -> Result<Vec<Probe>, Error> {
    let mut probes = Vec::new();
    for point in points {
        probes.push(try_insert(session, set, *point, superuser).await?);
    }
    Ok(probes)
}

async fn try_insert(
    session: &mut dyn Session,
    set: &PartitionSet,
    point: Point,
    superuser: bool,
) -> Result<Probe, Error> {
    let skipped = |why: String| Probe {
        at: point.to_string(),
        partition: None,
        skipped: Some(why),
    };
    if !superuser && !set.triggers.is_empty() {
        return Ok(skipped(format!(
            "{} has triggers, which only a superuser can keep quiet",
            set.name
        )));
    }
    session
        .begin(Limits {
            lock: Duration::from_millis(500),
            statement: Duration::from_secs(10),
        })
        .await?;
    let taken = insert(session, set, point, superuser).await;
    session.rollback().await?;
    match taken {
        Ok(Some(partition)) => {
            right_place(set, point, &partition)?;
            Ok(Probe {
                at: point.to_string(),
                partition: Some(partition),
                skipped: None,
            })
        }
        Ok(None) => Ok(skipped("there is no row to copy".to_owned())),
        Err(error) if forgivable(&error) => {
            Ok(skipped(format!("the server refused a copied row: {error}")))
        }
        Err(error) => Err(error),
    }
}

fn right_place(set: &PartitionSet, point: Point, taken_by: &RelationName) -> Result<(), Error> {
    let ranges = set.ranges();
    let right = ranges
        .iter()
        .find(|(from, to, _)| *from <= point && point < *to)
        .map(|(_, _, p)| &p.name);
    if right == Some(taken_by) {
        return Ok(());
    }
    let expected = right.map_or_else(|| "nowhere".to_owned(), ToString::to_string);
    Err(Error::new(
        Kind::Verification,
        format!("an insert at {point} went to {taken_by}, and belongs to {expected}"),
    ))
}

/// Integrity constraints of the table itself, what functions of its own raise or lack, rights, a lock that somebody holds, a query that takes too long, a foreign
/// table whose server isn't there or takes no rows.
fn forgivable(error: &Error) -> bool {
    error.is_retryable()
        || error.sqlstate().is_some_and(|state| {
            let classes = ["23", "HV", "P0", "38"];
            classes.iter().any(|class| state.starts_with(class))
                || ["42501", "42883", "57014", "08001", "55000"].contains(&state)
        })
}

async fn insert(
    session: &mut dyn Session,
    set: &PartitionSet,
    point: Point,
    superuser: bool,
) -> Result<Option<RelationName>, Error> {
    let control = set.control().and_then(|key| key.column.as_deref());
    let (Some(control), Some(at)) = (control, set.literal(point)) else {
        return Ok(None);
    };
    session.run(&Statement::command(AS_THE_ROLE)).await?;
    if superuser {
        session
            .run(&Statement::command(
                "SET LOCAL session_replication_role = replica",
            ))
            .await?;
    }
    let sql = "SELECT attname AS name, attgenerated <> '' AS generated FROM pg_catalog.pg_attribute \
               WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    let columns: Vec<Column> =
        rows(session, &Statement::query(sql).bind(set.name.to_string())).await?;
    let written: Vec<&str> = columns
        .iter()
        .filter(|c| !c.generated)
        .map(|c| c.name.as_str())
        .collect();
    let names: Vec<_> = written.iter().map(|name| quote_ident(name)).collect();
    let values: Vec<String> = written
        .iter()
        .map(|name| {
            if *name == control {
                quote_literal(&at)
            } else {
                quote_ident(name).into_owned()
            }
        })
        .collect();
    let sql = format!(
        "INSERT INTO {parent} AS target ({columns}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {parent} LIMIT 1 \
         RETURNING (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                     WHERE c.oid = target.tableoid) AS schema_name, \
                   (SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = target.tableoid) AS table_name",
        parent = set.name,
        columns = names.join(", "),
        values = values.join(", "),
    );
    let taken: Option<Taken> = rows(session, &Statement::query(sql)).await?.pop();
    Ok(taken.map(|taken| RelationName::new(taken.schema_name, taken.table_name)))
}
