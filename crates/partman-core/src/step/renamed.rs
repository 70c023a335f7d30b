//! Takes a rename back, by the oid that is in the journal: whatever has the old name by now keeps it, and so does a table
//! that somebody renamed again.

use serde::Deserialize;
use serde_json::Value;

use super::Undone;
use crate::Error;
use crate::name::{RelationName, quote_ident};
use crate::session::{Session, Statement, rows};

#[derive(Deserialize)]
struct Named {
    schema_name: String,
    table_name: String,
}

#[derive(Deserialize)]
struct Holder {
    #[expect(dead_code, reason = "that there is one is all that counts")]
    oid: u32,
}

/// Gives `done.renamed`, which was `was` and got the name `to`, its old name again.
///
/// # Errors
/// The server's; a lock that isn't had in time among them.
pub(super) async fn rename_back(
    session: &mut (dyn Session + 'static),
    was: &RelationName,
    to: &str,
    done: &Value,
) -> Result<Undone, Error> {
    let Some(oid) = done.get("renamed").and_then(Value::as_u64) else {
        return Ok(Undone::Undone);
    };
    let Some(now) = named(session, oid).await? else {
        return Ok(Undone::Kept(format!(
            "the table that was {was} has been dropped by somebody"
        )));
    };
    if now.name == was.name {
        return Ok(Undone::Undone);
    }
    if now.name != to {
        return Ok(Undone::Kept(format!(
            "{to} was renamed to {} by somebody",
            now.name
        )));
    }
    let old = now.sibling(was.name.clone());
    if is_taken(session, &old).await? {
        return Ok(Undone::Kept(format!(
            "{old} is the name of something else by now, so {now} keeps the new one"
        )));
    }
    let back = format!("ALTER TABLE {now} RENAME TO {}", quote_ident(&was.name));
    session.run(&Statement::command(back)).await?;
    Ok(Undone::Undone)
}

async fn named(
    session: &mut (dyn Session + 'static),
    oid: u64,
) -> Result<Option<RelationName>, Error> {
    let sql = "SELECT n.nspname AS schema_name, c.relname AS table_name FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::text::oid";
    let found: Vec<Named> = rows(session, &Statement::query(sql).bind(oid.to_string())).await?;
    let name = |row: Named| RelationName::new(row.schema_name, row.table_name);
    Ok(found.into_iter().next().map(name))
}

async fn is_taken(
    session: &mut (dyn Session + 'static),
    name: &RelationName,
) -> Result<bool, Error> {
    let sql = "SELECT c.oid::int8 AS oid FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
    let statement = Statement::query(sql)
        .bind(name.schema.clone())
        .bind(name.name.clone());
    Ok(!rows::<Holder>(session, &statement).await?.is_empty())
}
