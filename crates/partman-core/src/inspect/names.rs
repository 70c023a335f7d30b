//! Names: what is called like a partition and is none, and what a function's text mentions. One query each, and a second
//! one where the first can't look into tables now.

use serde::Deserialize;

use super::{Options, may_do_without, reading};
use crate::Error;
use crate::model::{Mention, Other, PartitionSet, Stray, StrayKind};
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};

#[derive(Deserialize)]
struct StrayRow {
    schema_name: String,
    table_name: String,
    kind: StrayKind,
    columns: Vec<String>,
    has_rows: Option<bool>,
    needed: bool,
    is_owner: bool,
}

impl From<StrayRow> for Stray {
    fn from(row: StrayRow) -> Self {
        Self {
            name: RelationName::new(row.schema_name, row.table_name),
            kind: row.kind,
            columns: row.columns,
            has_rows: row.has_rows,
            needed: row.needed,
            is_owner: row.is_owner,
        }
    }
}

/// Where one of the tables can't be looked into, none is taken to be empty.
pub(super) async fn strays(
    session: &mut dyn Session,
    options: &Options,
) -> Result<Vec<Stray>, Error> {
    let statement =
        |look: bool| Statement::query(include_str!("../sql/strays.sql")).bind(look.to_string());
    let found: Vec<StrayRow> = match reading(session, options, &statement(true)).await {
        Err(error) if may_do_without(&error) => rows(session, &statement(false)).await?,
        other => other?,
    };
    Ok(found.into_iter().map(Into::into).collect())
}

#[derive(Deserialize)]
struct OtherRow {
    schema_name: String,
    table_name: String,
    kind: StrayKind,
}

/// What is named and no set; a query only where there is such a name.
pub(super) async fn others(
    session: &mut dyn Session,
    options: &Options,
    sets: &[PartitionSet],
) -> Result<Vec<Other>, Error> {
    let named = options.named.iter();
    let unknown = named.filter(|name| !sets.iter().any(|set| set.name == **name));
    let pairs: Vec<[&str; 2]> = unknown
        .map(|name| [name.schema.as_str(), name.name.as_str()])
        .collect();
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let statement = Statement::query(include_str!("../sql/others.sql"));
    let pairs = serde_json::json!(pairs).to_string();
    let found: Vec<OtherRow> = rows(session, &statement.bind(pairs)).await?;
    let other = |row: OtherRow| Other {
        name: RelationName::new(row.schema_name, row.table_name),
        kind: row.kind,
    };
    Ok(found.into_iter().map(other).collect())
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
