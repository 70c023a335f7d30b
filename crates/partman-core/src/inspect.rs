//! The database → [`Inspection`]: at most fifteen queries, however many sets and partitions there are, and one for each large
//! DEFAULT whose keys no index has.
//!
//! Only catalogs are read, with three exceptions that are said in the SQL files: sizes, whether DEFAULT partitions and
//! partitions by integer hold rows, and `part_config`. Each of them takes ACCESS SHARE for a moment, never waits longer
//! than [`Options::lock_wait`], and what can't be had is noted in [`Inspection::gaps_in_view`] instead of failing the
//! whole. Nothing is judged here.

mod contents;
mod management;
mod names;
mod partitions;
mod runs;
mod scan;
mod sets;

use std::time::Duration;

use crate::model::{Extension, INSPECTION_SCHEMA, Inspection, Server};
use crate::name::RelationName;
use crate::session::{AS_THE_ROLE, Limits, Session, Statement, row, rows};
use crate::{Error, Kind};

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
    /// Longest reading of one large DEFAULT whose keys no index has.
    pub scan_time: Duration,
    /// What somebody takes for a set; where it is none, it is looked up what it is.
    pub named: Vec<RelationName>,
}

impl Options {
    /// Sizes measured, at most two seconds' wait for a lock and ten for a query.
    pub fn new(server_time_zone: impl Into<String>) -> Self {
        Self {
            server_time_zone: server_time_zone.into(),
            sizes: true,
            lock_wait: Duration::from_secs(2),
            statement_time: Duration::from_secs(10),
            scan_time: Duration::from_secs(30),
            named: Vec::new(),
        }
    }
}

/// Looks at the whole database.
///
/// # Errors
/// The server's, for what nothing can be said without: the server itself, the sets, the partitions.
/// [`Kind::LockTimeout`] when somebody holds a parent under ACCESS EXCLUSIVE for longer than [`Options::lock_wait`].
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
    looking(session, options).await?;
    let sets = sets::sets(session).await;
    session.rollback().await?;
    let mut sets = sets.map_err(|error| locked(error, "partition sets", options))?;
    tracing::info!("looking at partitions");
    let partitions = partitions::partitions(session, options, &mut missing).await?;
    partitions::distribute(&mut sets, partitions);
    tracing::info!("looking at contents of DEFAULT partitions");
    contents::contents(session, options, server.now, &mut sets, &mut missing).await?;
    tracing::info!("looking at pg_partman's configuration");
    let configs = management::configs(session, options, &extension, &mut missing).await?;
    tracing::info!("looking at names that are taken");
    let strays = names::strays(session, options).await?;
    let others = names::others(session, options, &sets).await?;
    tracing::info!("looking at what mentions partitions by name");
    let mentions = names::mentions(session).await?;
    tracing::info!("looking at who calls maintenance");
    let schedulers = management::schedulers(session, options, &mut missing).await?;
    tracing::info!("looking at runs of partman");
    let runs = runs::runs(session, options, &mut missing).await?;
    Ok(Inspection {
        schema: INSPECTION_SCHEMA.to_owned(),
        server,
        extension,
        sets,
        configs,
        strays,
        others,
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

fn locked(error: Error, what: &str, options: &Options) -> Error {
    match error.kind() {
        Kind::LockTimeout => error.context(format!(
            "could not look at {what}: somebody has held one of them locked for more than {:.1} s (pg_locks tells who; \
             AccessExclusiveLock)",
            options.lock_wait.as_secs_f64()
        )),
        _ => error.context(format!("could not look at {what}")),
    }
}

/// A transaction for queries on catalogs: to print an expression or a definition, the server takes ACCESS SHARE on the table
/// that it is of, which somebody may have locked.
async fn looking(session: &mut dyn Session, options: &Options) -> Result<(), Error> {
    let limits = Limits {
        lock: options.lock_wait,
        statement: Duration::ZERO,
    };
    session.begin(limits).await
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
    // Planning a look at a table may call what its indexes are made of.
    let found = match session.run(&Statement::command(AS_THE_ROLE)).await {
        Ok(_) => rows(session, statement).await,
        Err(error) => Err(error),
    };
    session.rollback().await?;
    found
}

/// A lock that is held, a query that takes too long, a right that we lack, a server built without libxml, a function of theirs that lacks another: each hides a
/// fact and breaks nothing.
fn may_do_without(error: &Error) -> bool {
    error.kind() == Kind::LockTimeout
        || matches!(
            error.sqlstate(),
            Some("57014" | "42501" | "42883" | "0A000" | "55P03")
        )
}
