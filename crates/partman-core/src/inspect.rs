//! The database → [`Inspection`]: at most thirteen queries, however many sets and partitions there are.
//!
//! Only catalogs are read, with three exceptions that are said in the SQL files: sizes, whether DEFAULT partitions and
//! partitions by integer hold rows, and `part_config`. Each of them takes ACCESS SHARE for a moment, never waits longer
//! than [`Options::lock_wait`], and what can't be had is noted in [`Inspection::gaps_in_view`] instead of failing the
//! whole. Nothing is judged here.

mod runs;

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::bound::{Bound, KeyKind};
use crate::measure::Measure;
use crate::model::{
    Content, Extension, Fact, ForeignKey, Gap, Grant, INSPECTION_SCHEMA, Inspection, KeyColumn,
    ManagedConfig, Mention, ParentIndex, Partition, PartitionSet, Scheduler, Server, Strategy,
};
use crate::name::{RelationName, quote_ident};
use crate::session::{Limits, Session, Statement, row, rows};
use crate::step::MOST_TO_MOVE;
use crate::{Error, Kind};

/// A DEFAULT partition without an index on the key is scanned for its ends only below this size.
const SMALL_ENOUGH_TO_SCAN: i64 = 64 << 20;

/// What to look at, and how patiently.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `TimeZone` that the role has here by default, before partman set its own.
    pub server_time_zone: String,
    /// Measure sizes on disk (takes ACCESS SHARE on each partition for a moment); else they are those of the last
    /// vacuum or analyze.
    pub sizes: bool,
    /// Longest wait for any of the locks that reading takes.
    pub lock_wait: Duration,
    /// Longest run of any query that reads user data.
    pub statement_time: Duration,
}

impl Options {
    /// Sizes measured, at most two seconds' wait for a lock and ten for a query.
    pub fn new(server_time_zone: impl Into<String>) -> Self {
        Self {
            server_time_zone: server_time_zone.into(),
            sizes: true,
            lock_wait: Duration::from_secs(2),
            statement_time: Duration::from_secs(10),
        }
    }
}

/// Looks at the whole database.
///
/// # Errors
/// The server's, for what nothing can be said without: the server itself, the sets, the partitions.
pub async fn inspect(session: &mut dyn Session, options: &Options) -> Result<Inspection, Error> {
    let mut missing = Vec::new();
    tracing::info!("looking at the server");
    let server = server(session, options).await?;
    let extension: Extension = row(
        session,
        &Statement::query(include_str!("sql/extension.sql")),
    )
    .await?;
    tracing::info!("looking at partition sets");
    let mut sets = sets(session).await?;
    tracing::info!("looking at partitions");
    let partitions = partitions(session, options, &mut missing).await?;
    distribute(&mut sets, partitions);
    tracing::info!("looking at contents of DEFAULT partitions");
    contents(session, options, &mut sets, &mut missing).await?;
    tracing::info!("looking at pg_partman's configuration");
    let configs = configs(session, options, &extension, &mut missing).await?;
    tracing::info!("looking at names that are taken");
    let strays = names(session, include_str!("sql/strays.sql")).await?;
    tracing::info!("looking at what mentions partitions by name");
    let mentions = mentions(session).await?;
    tracing::info!("looking at who calls maintenance");
    let schedulers = schedulers(session, options, &mut missing).await?;
    tracing::info!("looking at runs of partman");
    let runs = runs::runs(session, options, &mut missing).await?;
    Ok(Inspection {
        schema: INSPECTION_SCHEMA.to_owned(),
        server,
        extension,
        sets,
        configs,
        strays,
        mentions,
        schedulers,
        runs,
        gaps_in_view: missing,
    })
}

async fn server(session: &mut dyn Session, options: &Options) -> Result<Server, Error> {
    row(
        session,
        &Statement::query(include_str!("sql/server.sql")).bind(options.server_time_zone.clone()),
    )
    .await
}

#[derive(Deserialize)]
struct NameRow {
    schema_name: String,
    table_name: String,
}

async fn names(session: &mut dyn Session, sql: &'static str) -> Result<Vec<RelationName>, Error> {
    let found: Vec<NameRow> = rows(session, &Statement::query(sql)).await?;
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

async fn mentions(session: &mut dyn Session) -> Result<Vec<Mention>, Error> {
    let statement = Statement::query(include_str!("sql/mentions.sql"));
    let found: Vec<MentionRow> = rows(session, &statement).await?;
    let mention = |row: MentionRow| Mention {
        relation: RelationName::new(row.schema_name, row.table_name),
        function: row.function,
    };
    Ok(found.into_iter().map(mention).collect())
}

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
    replica_identity: String,
    key_is_indexed: bool,
    indexes: Vec<ParentIndex>,
    references: Vec<ForeignKeyRow>,
    referenced_by: Vec<ForeignKeyRow>,
    columns: Vec<String>,
    triggers: Vec<String>,
    publications: Vec<String>,
}

#[derive(Deserialize)]
struct KeyRow {
    column: Option<String>,
    type_name: String,
    not_null: bool,
}

#[derive(Deserialize)]
struct ForeignKeyRow {
    name: String,
    table: (String, String),
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
            not_null: row.not_null,
        }
    }
}

impl From<ForeignKeyRow> for ForeignKey {
    fn from(row: ForeignKeyRow) -> Self {
        Self {
            name: row.name,
            table: RelationName::new(row.table.0, row.table.1),
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
            replica_identity: row.replica_identity,
            key_is_indexed: row.key_is_indexed,
            indexes: row.indexes,
            references: row.references.into_iter().map(Into::into).collect(),
            referenced_by: row.referenced_by.into_iter().map(Into::into).collect(),
            columns: row.columns,
            triggers: row.triggers,
            publications: row.publications,
            partitions: Vec::new(),
        }
    }
}

async fn sets(session: &mut dyn Session) -> Result<Vec<PartitionSet>, Error> {
    let found: Vec<SetRow> = rows(session, &Statement::query(include_str!("sql/sets.sql"))).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

#[derive(Deserialize)]
struct PartitionRow {
    parent: u32,
    oid: u32,
    relfilenode: u32,
    schema_name: String,
    table_name: String,
    relkind: String,
    bound_text: Option<String>,
    owner: String,
    acl: Option<Vec<String>>,
    options: Vec<String>,
    rows: Option<i64>,
    bytes: Option<i64>,
    detach_pending: bool,
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
            options: row.options,
            rows: row.rows,
            bytes: row.bytes,
            detach_pending: row.detach_pending,
            content: None,
        }
    }
}

/// Where a partition is locked, measuring sizes would wait for it; then the sizes of the last vacuum have to do.
async fn partitions(
    session: &mut dyn Session,
    options: &Options,
    missing: &mut Vec<Gap>,
) -> Result<Vec<PartitionRow>, Error> {
    let statement =
        |sizes: bool| Statement::query(include_str!("sql/partitions.sql")).bind(sizes.to_string());
    if options.sizes {
        match reading(session, options, &statement(true)).await {
            Ok(found) => return Ok(found),
            Err(error) if may_do_without(&error) => missing.push(Gap::new(Fact::Sizes, error)),
            Err(error) => return Err(error),
        }
    }
    rows(session, &statement(false)).await
}

fn distribute(sets: &mut [PartitionSet], partitions: Vec<PartitionRow>) {
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

#[derive(Deserialize)]
struct ContentRow {
    oid: u32,
    has_rows: bool,
    min: Option<String>,
    max: Option<String>,
    counted: Option<i64>,
    bytes: i64,
}

/// Looks into DEFAULT partitions and into those of sets by integer, whose present is where their rows end.
async fn contents(
    session: &mut dyn Session,
    options: &Options,
    sets: &mut [PartitionSet],
    missing: &mut Vec<Gap>,
) -> Result<(), Error> {
    let mut wanted = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for set in sets.iter() {
        let Some((control, kind)) = set
            .control()
            .and_then(|key| Some((key.column.clone()?, key.kind)))
        else {
            continue;
        };
        // Where integers count time, the clock tells the present.
        let counts = [Strategy::Range, Strategy::List].contains(&set.strategy);
        let by_integer = counts && set.measure() == Measure::Itself;
        for partition in &set.partitions {
            let by_integer = by_integer && kind == KeyKind::Integer;
            if partition.relkind == "r" && (partition.is_default() || by_integer) {
                wanted.0.push(Value::from(partition.oid));
                wanted.1.push(Value::from(control.clone()));
                wanted.2.push(Value::from(
                    kind.is_time() || [KeyKind::Integer, KeyKind::Uuid].contains(&kind),
                ));
                wanted.3.push(Value::from(set.key_is_indexed));
                wanted.4.push(Value::from(partition.is_default()));
            }
        }
    }
    if wanted.0.is_empty() {
        return Ok(());
    }
    let statement = Statement::query(include_str!("sql/content.sql"))
        .bind(array(&wanted.0))
        .bind(array(&wanted.1))
        .bind(array(&wanted.2))
        .bind(array(&wanted.3))
        .bind(array(&wanted.4))
        .bind(SMALL_ENOUGH_TO_SCAN.to_string())
        .bind((MOST_TO_MOVE + 1).to_string());
    let found: Vec<ContentRow> = match reading(session, options, &statement).await {
        Ok(found) => found,
        Err(error) if may_do_without(&error) => {
            missing.push(Gap::new(Fact::Contents, error));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut by_oid: HashMap<u32, Content> = found
        .into_iter()
        .map(|row| {
            (
                row.oid,
                Content {
                    has_rows: row.has_rows,
                    min: row.min,
                    max: row.max,
                    counted: row.counted,
                    bytes: row.bytes,
                },
            )
        })
        .collect();
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

async fn configs(
    session: &mut dyn Session,
    options: &Options,
    extension: &Extension,
    missing: &mut Vec<Gap>,
) -> Result<Vec<ManagedConfig>, Error> {
    let Some(installed) = &extension.installed else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT * FROM {}.part_config ORDER BY parent_table",
        quote_ident(&installed.schema)
    );
    match reading::<Map<String, Value>>(session, options, &Statement::query(sql)).await {
        Ok(found) => Ok(found.into_iter().map(|row| ManagedConfig { row }).collect()),
        Err(error) if may_do_without(&error) => {
            missing.push(Gap::new(Fact::Configuration, error));
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct SchedulerRow {
    worker: bool,
    worker_databases: String,
    cron: Option<bool>,
}

#[derive(Deserialize)]
struct DetailRow {
    detail: String,
}

async fn schedulers(
    session: &mut dyn Session,
    options: &Options,
    missing: &mut Vec<Gap>,
) -> Result<Vec<Scheduler>, Error> {
    let seen: SchedulerRow = row(
        session,
        &Statement::query(include_str!("sql/schedulers.sql")),
    )
    .await?;
    let mut found = Vec::new();
    if seen.worker {
        found.push(Scheduler {
            kind: "pg_partman_bgw".to_owned(),
            detail: seen.worker_databases,
        });
    }
    if seen.cron == Some(true) {
        match reading::<DetailRow>(
            session,
            options,
            &Statement::query(include_str!("sql/cron_jobs.sql")),
        )
        .await
        {
            Ok(jobs) => {
                found.extend(jobs.into_iter().map(|job| Scheduler {
                    kind: "pg_cron".to_owned(),
                    detail: job.detail,
                }));
            }
            Err(error) if may_do_without(&error) => missing.push(Gap::new(Fact::CronJobs, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// A query on the users' tables, in a transaction of its own with our limits on it.
async fn reading<T: serde::de::DeserializeOwned>(
    session: &mut dyn Session,
    options: &Options,
    statement: &Statement,
) -> Result<Vec<T>, Error> {
    session
        .begin(Limits {
            lock: options.lock_wait,
            statement: options.statement_time,
        })
        .await?;
    let found = rows(session, statement).await;
    session.rollback().await?;
    found
}

/// A lock that is held, a query that takes too long, a right that we lack, a server built without libxml: each hides a
/// fact and breaks nothing.
fn may_do_without(error: &Error) -> bool {
    error.kind() == Kind::LockTimeout
        || matches!(
            error.sqlstate(),
            Some("57014" | "42501" | "0A000" | "55P03")
        )
}
