//! Partitions: their bounds, files and sizes. One query, and a second one where sizes can't be measured now.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Options, locked, looking, may_do_without, reading};
use crate::Error;
use crate::bound::Bound;
use crate::model::{Fact, Gap, Partition, PartitionSet};
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};

#[derive(Deserialize)]
pub(super) struct PartitionRow {
    parent: u32,
    oid: u32,
    relfilenode: u32,
    schema_name: String,
    table_name: String,
    relkind: String,
    bound_text: Option<String>,
    owner: String,
    acl: Option<Vec<String>>,
    is_owner: bool,
    readable: bool,
    options: Vec<String>,
    unlogged: bool,
    rows: Option<i64>,
    bytes: Option<i64>,
    detach_pending: bool,
    own: Vec<String>,
    own_rules: Vec<String>,
}

impl From<PartitionRow> for Partition {
    fn from(row: PartitionRow) -> Self {
        Self {
            oid: row.oid,
            relfilenode: row.relfilenode,
            name: RelationName::new(row.schema_name, row.table_name),
            relkind: row.relkind,
            bound: row.bound_text.as_deref().and_then(Bound::parse),
            bound_text: row.bound_text,
            owner: row.owner,
            acl: row.acl,
            is_owner: row.is_owner,
            readable: row.readable,
            options: row.options,
            unlogged: row.unlogged,
            rows: row.rows,
            bytes: row.bytes,
            detach_pending: row.detach_pending,
            own: row.own,
            own_rules: row.own_rules,
            content: None,
        }
    }
}

/// Where a partition is locked, measuring sizes would wait for it; then the sizes of the last vacuum have to do.
pub(super) async fn partitions(
    session: &mut dyn Session,
    options: &Options,
    missing: &mut Vec<Gap>,
) -> Result<Vec<PartitionRow>, Error> {
    let statement = |sizes: bool| {
        Statement::query(include_str!("../sql/partitions.sql")).bind(sizes.to_string())
    };
    if options.sizes {
        match reading(session, options, &statement(true)).await {
            Ok(found) => return Ok(found),
            Err(error) if may_do_without(&error) => missing.push(Gap::new(Fact::Sizes, error)),
            Err(error) => return Err(error),
        }
    }
    looking(session, options).await?;
    let found = rows(session, &statement(false)).await;
    session.rollback().await?;
    found.map_err(|error| locked(error, "partitions", options))
}

pub(super) fn distribute(sets: &mut [PartitionSet], partitions: Vec<PartitionRow>) {
    let mut by_parent: HashMap<u32, Vec<Partition>> = HashMap::new();
    for row in partitions {
        by_parent.entry(row.parent).or_default().push(row.into());
    }
    for set in sets {
        set.partitions = by_parent.remove(&set.oid).unwrap_or_default();
        let order: HashMap<u32, usize> = set
            .ranges()
            .iter()
            .enumerate()
            .map(|(place, (_, _, partition))| (partition.oid, place))
            .collect();
        // What has no readable range keeps its place by name, before the ranges; DEFAULT comes last.
        set.partitions.sort_by_key(|p| {
            (
                p.is_default(),
                order.get(&p.oid).map_or(0, |place| place + 1),
            )
        });
    }
}
