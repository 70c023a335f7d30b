//! Parents: what they are partitioned by, who owns them, what hangs on them. One query on catalogs.

use serde::Deserialize;

use crate::Error;
use crate::bound::KeyKind;
use crate::model::{ForeignKey, Grant, KeyColumn, ParentIndex, PartitionSet, Strategy};
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};

#[derive(Deserialize)]
struct SetRow {
    oid: u32,
    schema_name: String,
    table_name: String,
    nested_in: Option<(String, String)>,
    strategy: Strategy,
    key: Vec<KeyRow>,
    key_definition: String,
    owner: String,
    acl: Option<Vec<String>>,
    grants: Vec<Grant>,
    default_grantees: Vec<Option<String>>,
    tablespace: Option<String>,
    is_owner: bool,
    row_security: bool,
    statistics: Vec<(String, i32)>,
    replica_identity: String,
    partitions_identity: String,
    replica_key: Vec<String>,
    key_is_indexed: bool,
    indexes: Vec<ParentIndex>,
    references: Vec<ForeignKeyRow>,
    referenced_by: Vec<ForeignKeyRow>,
    columns: Vec<String>,
    unique_key: Vec<String>,
    published_at_once: bool,
    published_with_all: Vec<String>,
    default_used_by: Vec<String>,
    default_own: Vec<String>,
    default_triggers: Vec<String>,
    default_fires: Vec<String>,
    triggers: Vec<String>,
    publications: Vec<String>,
    published_by: Vec<String>,
}

#[derive(Deserialize)]
struct KeyRow {
    column: Option<String>,
    type_name: String,
    domain: Option<String>,
    not_null: bool,
}

#[derive(Deserialize)]
struct ForeignKeyRow {
    name: String,
    table: (String, String),
    lockable: bool,
}

impl From<KeyRow> for KeyColumn {
    fn from(row: KeyRow) -> Self {
        let kind = if row.column.is_some() {
            KeyKind::of_type(&row.type_name)
        } else {
            KeyKind::Other
        };
        Self {
            column: row.column,
            kind,
            type_name: row.type_name,
            domain: row.domain,
            not_null: row.not_null,
        }
    }
}

impl From<ForeignKeyRow> for ForeignKey {
    fn from(row: ForeignKeyRow) -> Self {
        Self {
            name: row.name,
            table: RelationName::new(row.table.0, row.table.1),
            lockable: row.lockable,
        }
    }
}

impl From<SetRow> for PartitionSet {
    fn from(row: SetRow) -> Self {
        Self {
            oid: row.oid,
            name: RelationName::new(row.schema_name, row.table_name),
            nested_in: row
                .nested_in
                .map(|(schema, name)| RelationName::new(schema, name)),
            strategy: row.strategy,
            key: row.key.into_iter().map(Into::into).collect(),
            key_definition: row.key_definition,
            owner: row.owner,
            acl: row.acl,
            grants: row.grants,
            default_grantees: row.default_grantees,
            tablespace: row.tablespace,
            is_owner: row.is_owner,
            row_security: row.row_security,
            statistics: row.statistics,
            replica_identity: row.replica_identity,
            partitions_identity: row.partitions_identity,
            replica_key: row.replica_key,
            key_is_indexed: row.key_is_indexed,
            indexes: row.indexes,
            references: row.references.into_iter().map(Into::into).collect(),
            referenced_by: row.referenced_by.into_iter().map(Into::into).collect(),
            columns: row.columns,
            triggers: row.triggers,
            unique_key: row.unique_key,
            published_at_once: row.published_at_once,
            published_with_all: row.published_with_all,
            default_used_by: row.default_used_by,
            default_own: row.default_own,
            default_triggers: row.default_triggers,
            default_fires: row.default_fires,
            publications: row.publications,
            published_by: row.published_by,
            partitions: Vec::new(),
        }
    }
}

pub(super) async fn sets(session: &mut dyn Session) -> Result<Vec<PartitionSet>, Error> {
    let found: Vec<SetRow> =
        rows(session, &Statement::query(include_str!("../sql/sets.sql"))).await?;
    Ok(found.into_iter().map(Into::into).collect())
}
