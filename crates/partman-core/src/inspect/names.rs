//! Names: relations that are no partition of anything, and partitions that a function's text mentions.

use serde::Deserialize;

use crate::Error;
use crate::model::Mention;
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};

#[derive(Deserialize)]
struct NameRow {
    schema_name: String,
    table_name: String,
}

pub(super) async fn strays(session: &mut dyn Session) -> Result<Vec<RelationName>, Error> {
    let statement = Statement::query(include_str!("../sql/strays.sql"));
    let found: Vec<NameRow> = rows(session, &statement).await?;
    Ok(found
        .into_iter()
        .map(|row| RelationName::new(row.schema_name, row.table_name))
        .collect())
}

#[derive(Deserialize)]
struct MentionRow {
    schema_name: String,
    table_name: String,
    function: String,
}

pub(super) async fn mentions(session: &mut dyn Session) -> Result<Vec<Mention>, Error> {
    let statement = Statement::query(include_str!("../sql/mentions.sql"));
    let found: Vec<MentionRow> = rows(session, &statement).await?;
    let mention = |row: MentionRow| Mention {
        relation: RelationName::new(row.schema_name, row.table_name),
        function: row.function,
    };
    Ok(found.into_iter().map(mention).collect())
}
