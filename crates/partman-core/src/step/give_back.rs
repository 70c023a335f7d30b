//! Takes back a partition into which rows of DEFAULT were brought along: they return to DEFAULT, and the partition goes,
//! in one transaction under the locks of everything concerned, so that every row is there at every moment.

use serde::Deserialize;
use serde_json::Value;

use super::Undone;
use super::drop_created::{STILL_NEEDED, drop_empty, relation};
use super::looking_back::nobody_surely_does;
use super::rescue::{MOST_TO_MOVE, Move, Rescue};
use super::statements::{lock, run, run_at_once};
use crate::Error;
use crate::name::RelationName;
use crate::session::{Session, Statement, row, rows};

/// Others may have added to the rows that were brought along; up to so many go back with them.
pub(super) const MOST_TO_GIVE_BACK: i64 = 2 * MOST_TO_MOVE;

#[derive(Deserialize)]
struct Count {
    n: i64,
}

#[derive(Deserialize)]
struct Oid {
    oid: u64,
}

/// Undoes the creation of a partition whose rows came from DEFAULT. One with too many rows by now, or that something else
/// needs, stays with all of them, and that is told.
///
/// # Errors
/// The server's; a lock that isn't had in time among them.
pub(super) async fn give_back(
    session: &mut (dyn Session + 'static),
    parent: &RelationName,
    rescue: &Rescue,
    done: &Value,
) -> Result<Undone, Error> {
    let created = done.get("created").and_then(Value::as_array);
    let first = created.and_then(|all| all.first()).and_then(Value::as_u64);
    let Some(oid) = first else {
        return Ok(Undone::Undone);
    };
    if let Some((partition, Some(parent))) = relation(session, oid).await?
        && let Some(default) = default_of(session, &parent).await?
    {
        run_at_once(session, [&parent, &partition, &default].map(lock)).await?;
        // Between the look and the locks a name may have passed to another table.
        let same = relation(session, oid).await? == Some((partition.clone(), Some(parent.clone())))
            && default_of(session, &parent).await?.as_ref() == Some(&default);
        let rows = count(session, &partition).await?;
        if same && (1..=MOST_TO_GIVE_BACK).contains(&rows) {
            rescue.retreats.nobody_looks_back(session).await?;
            let undone = swap(session, &parent, &partition, &default, rescue).await?;
            nobody_surely_does(session).await?;
            return Ok(undone);
        }
    }
    drop_empty(session, parent, done).await
}

/// The DEFAULT partition, if there is one.
pub(super) async fn default_of(
    session: &mut (dyn Session + 'static),
    parent: &RelationName,
) -> Result<Option<RelationName>, Error> {
    let sql = "SELECT partdefid::int8 AS oid FROM pg_catalog.pg_partitioned_table \
               WHERE partrelid = $1::text::regclass AND partdefid <> 0";
    let found: Vec<Oid> = rows(session, &Statement::query(sql).bind(parent.to_string())).await?;
    let Some(default) = found.first() else {
        return Ok(None);
    };
    Ok(relation(session, default.oid).await?.map(|(name, _)| name))
}

/// How many rows there are, up to one more than can go back.
pub(super) async fn count(
    session: &mut (dyn Session + 'static),
    partition: &RelationName,
) -> Result<i64, Error> {
    let some = format!(
        "SELECT count(*) AS n FROM (SELECT FROM ONLY {partition} LIMIT {}) AS found",
        MOST_TO_GIVE_BACK + 1
    );
    Ok(row::<Count>(session, &Statement::query(some)).await?.n)
}

async fn swap(
    session: &mut (dyn Session + 'static),
    parent: &RelationName,
    partition: &RelationName,
    default: &RelationName,
    rescue: &Rescue,
) -> Result<Undone, Error> {
    let Move { before, after } = rescue.back_into(default, partition, 0);
    let mut statements = vec!["SAVEPOINT partman_give_back".to_owned()];
    statements.extend(before);
    statements.push(format!("ALTER TABLE {parent} DETACH PARTITION {partition}"));
    statements.extend(after);
    statements.push(format!("DROP TABLE {partition}"));
    match run_at_once(session, statements).await {
        Err(error) if error.sqlstate() == Some(STILL_NEEDED) => {
            run(
                session,
                ["ROLLBACK TO SAVEPOINT partman_give_back".to_owned()],
            )
            .await?;
            Ok(Undone::Kept(format!("{partition} is needed: {error}")))
        }
        other => other.map(|()| Undone::Undone),
    }
}
