//! Takes back partitions that a run created: only those, only by the oid in its journal, and only if they are empty.

use serde::Deserialize;
use serde_json::Value;

use super::Undone;
use super::statements::{lock, run, run_at_once};
use crate::Error;
use crate::name::{RelationName, quote_literal};
use crate::session::{Session, Statement, row, rows};

#[derive(Deserialize)]
struct Relation {
    schema_name: String,
    table_name: String,
    parent: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Answer {
    holds: bool,
}

/// SQLSTATE of a DROP that something depends on, such as a view that somebody made since.
pub(super) const STILL_NEEDED: &str = "2BP01";

const BEFORE_DROP: &str = "partman_drop";

/// Drops what `done.created` lists. The parent is locked first, then the partition, then it is looked at, then
/// dropped, all in the caller's transaction: read committed and without row security, so that the look sees every row
/// that was committed before the lock.
///
/// # Errors
/// The server's; a lock that isn't had in time among them.
pub(super) async fn drop_empty(
    session: &mut (dyn Session + 'static),
    parent: &RelationName,
    done: &Value,
) -> Result<Undone, Error> {
    let created = done
        .get("created")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut kept = Vec::new();
    for oid in created.iter().filter_map(Value::as_u64) {
        match relation(session, oid).await? {
            // Taken back before, by us or by somebody.
            None => {}
            Some((partition, Some(parent))) => {
                kept.extend(drop_one(session, oid, &parent, &partition).await?);
            }
            Some((partition, None)) => {
                kept.push(format!("somebody detached {partition} from {parent}"));
            }
        }
    }
    if kept.is_empty() {
        Ok(Undone::Undone)
    } else {
        Ok(Undone::Kept(kept.join(", ")))
    }
}

/// What has this oid by now, and what it is a partition of, if of anything; whatever either is called.
pub(super) async fn relation(
    session: &mut (dyn Session + 'static),
    oid: u64,
) -> Result<Option<(RelationName, Option<RelationName>)>, Error> {
    let sql = "SELECT n.nspname AS schema_name, c.relname AS table_name, \
               (SELECT json_build_array(pn.nspname, p.relname) FROM pg_catalog.pg_inherits i \
                JOIN pg_catalog.pg_class p ON p.oid = i.inhparent \
                JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
                WHERE i.inhrelid = c.oid AND c.relispartition) AS parent \
               FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::text::oid";
    let found: Vec<Relation> = rows(session, &Statement::query(sql).bind(oid.to_string())).await?;
    Ok(found.into_iter().next().map(|row| {
        let parent = row.parent;
        (
            RelationName::new(row.schema_name, row.table_name),
            parent.map(|(schema, name)| RelationName::new(schema, name)),
        )
    }))
}

/// Returns why it was kept, if it was.
async fn drop_one(
    session: &mut (dyn Session + 'static),
    oid: u64,
    parent: &RelationName,
    partition: &RelationName,
) -> Result<Option<String>, Error> {
    let drop = format!("DROP TABLE {partition}");
    let mut statements = vec![format!("SAVEPOINT {BEFORE_DROP}")];
    if is_referenced(session, partition).await? {
        statements.push(format!("ALTER TABLE {parent} DETACH PARTITION {partition}"));
    }
    statements.push(drop);
    run_at_once(session, [lock(parent), lock(partition)]).await?;
    // Between the look and the locks a name may have passed to another table.
    let now = relation(session, oid).await?;
    if now != Some((partition.clone(), Some(parent.clone()))) {
        return Ok(Some(format!(
            "{partition} was changed by somebody at this moment"
        )));
    }
    if is(session, &format!("EXISTS (SELECT FROM ONLY {partition})")).await? {
        return Ok(Some(format!("{partition} has rows by now")));
    }
    match run_at_once(session, statements).await {
        Err(error) if error.sqlstate() == Some(STILL_NEEDED) => {
            run(session, [format!("ROLLBACK TO SAVEPOINT {BEFORE_DROP}")]).await?;
            Ok(Some(format!("{partition} is empty, but needed: {error}")))
        }
        other => other.map(|()| None),
    }
}

/// A foreign key to the parent is one to each partition too, and keeps it from being dropped until it is detached.
async fn is_referenced(
    session: &mut (dyn Session + 'static),
    partition: &RelationName,
) -> Result<bool, Error> {
    let sql = format!(
        "EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conparentid <> 0 \
                 AND confrelid = {}::regclass)",
        quote_literal(&partition.to_string())
    );
    is(session, &sql).await
}

async fn is(session: &mut (dyn Session + 'static), condition: &str) -> Result<bool, Error> {
    let statement = Statement::query(format!("SELECT {condition} AS holds"));
    Ok(row::<Answer>(session, &statement).await?.holds)
}
