//! The journal in the database: what was run, from which plan, what each step did, and what the sets looked like before.
//!
//! It lives in a schema of its own, `partman_journal`, made by the first run and kept after a rollback, for it is the
//! only record of what happened. A dump carries it along; so each run names the server and the database that it acted
//! on, and in a restored copy it is history to read, nothing to act on. Entries of a step are written in the step's own
//! transaction.

mod access;
mod choose;
mod world;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{PartitionSet, Server};
use crate::name::{quote_ident, quote_literal};
use crate::plan::Plan;
use crate::run::{Entry, Progress, What, progress};
use crate::session::{Limits, Session, Statement, row, rows};
use crate::{Error, Kind};

pub use crate::model::RunSummary;
pub use access::{may_begin, may_mend};
pub use choose::{to_resume, to_undo, undoable};
pub use world::{Connector, DatabaseWorld};

/// The journal's schema.
pub const JOURNAL_SCHEMA: &str = "partman_journal";

/// What the comment on the schema says; another one means another format, or that the schema is somebody else's.
pub(crate) const MARK: &str = "partman journal, format 1";

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The role that ran it.
    pub started_by: String,
    /// Why there was no backup, where somebody said so.
    pub without_backup: Option<String>,
    /// What was to be done.
    pub plan: Plan,
    /// The sets as they were before.
    pub before: Vec<PartitionSet>,
    /// The server that it acted on.
    pub system_identifier: String,
    /// The database that it acted on.
    pub database_oid: u32,
    /// What happened.
    pub entries: Vec<Entry>,
}

impl Run {
    /// Where it stands.
    pub fn progress(&self) -> Progress {
        progress(&self.entries)
    }

    /// Whether it acted on this very database, and not on one that this is a copy of.
    pub fn is_of(&self, server: &Server) -> bool {
        self.system_identifier == server.system_identifier
            && self.database_oid == server.database_oid
    }
}

#[derive(Deserialize)]
struct There {
    mark: Option<String>,
}

/// Whether the journal is there.
///
/// # Errors
/// [`Kind::Refused`] when the schema is there and isn't ours.
pub async fn exists(session: &mut dyn Session) -> Result<bool, Error> {
    let sql = "SELECT obj_description(oid, 'pg_namespace') AS mark FROM pg_catalog.pg_namespace WHERE nspname = $1";
    let found: Option<There> = rows(session, &Statement::query(sql).bind(JOURNAL_SCHEMA))
        .await?
        .pop();
    match found {
        None => Ok(false),
        Some(There { mark: Some(mark) }) if mark == MARK => Ok(true),
        Some(_) => Err(Error::new(
            Kind::Refused,
            format!(
                "there is a schema {JOURNAL_SCHEMA} that this version of partman can't read; rename it, or use the version that made it"
            ),
        )),
    }
}

/// Makes the journal, where there is none. The caller has the advisory lock.
///
/// # Errors
/// The server's, for a role that may not create schemas above all.
pub async fn create(session: &mut dyn Session) -> Result<(), Error> {
    if exists(session).await? {
        return Ok(());
    }
    session.begin(Limits::NONE).await?;
    session
        .run(&Statement::command(include_str!("sql/journal.sql")))
        .await
        .map_err(|e| e.context("could not make the journal"))?;
    session
        .run(&Statement::command(format!(
            "COMMENT ON SCHEMA {JOURNAL_SCHEMA} IS '{MARK}'"
        )))
        .await?;
    session.commit().await
}

/// Lets the owners of the sets read the journal, so that they see how runs on their tables stand; where the journal
/// belongs to another role than ours, that role decides.
///
/// # Errors
/// The server's.
pub async fn share(session: &mut dyn Session, sets: &[PartitionSet]) -> Result<(), Error> {
    let owners: Vec<&str> = sets.iter().map(|set| set.owner.as_str()).collect();
    let statement = Statement::query(include_str!("sql/journal_readers.sql"));
    let readers: Vec<Reader> = rows(session, &statement.bind(json(&owners)?)).await?;
    if readers.is_empty() {
        return Ok(());
    }
    let owners: Vec<_> = readers.iter().map(|who| quote_ident(&who.role)).collect();
    let owners = owners.join(", ");
    for sql in [
        format!("GRANT USAGE ON SCHEMA {JOURNAL_SCHEMA} TO {owners}"),
        format!("GRANT SELECT ON ALL TABLES IN SCHEMA {JOURNAL_SCHEMA} TO {owners}"),
    ] {
        session.run(&Statement::command(sql)).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Reader {
    role: String,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// Writes down a run that is about to begin, and returns its id.
///
/// # Errors
/// The server's.
pub async fn begin_run(
    session: &mut dyn Session,
    plan: &Plan,
    before: &[PartitionSet],
    server: &Server,
    without_backup: Option<&str>,
) -> Result<String, Error> {
    let statement = Statement::query(include_str!("sql/journal_begin.sql"))
        .bind(json(plan)?)
        .bind(json(before)?)
        .bind(server.system_identifier.clone())
        .bind(server.database_oid.to_string())
        .bind_option(without_backup.map(str::to_owned))
        .bind(env!("CARGO_PKG_VERSION"));
    Ok(row::<Id>(session, &statement).await?.id)
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|e| Error::new(Kind::Bug, "a plan can't be written down").with_source(e))
}

#[derive(Deserialize)]
struct RunRow {
    id: String,
    started_at: Timestamp,
    started_by: String,
    without_backup: Option<String>,
    plan: Plan,
    before: Vec<PartitionSet>,
    system_identifier: String,
    database_oid: u32,
}

/// The last run, or the one of this id; `None` when there is none, or no journal.
///
/// # Errors
/// The server's; [`Kind::Refused`] for a journal that isn't ours to read, [`Kind::Changed`] for one that lacks something.
pub async fn find_run(session: &mut dyn Session, id: Option<&str>) -> Result<Option<Run>, Error> {
    if !exists(session).await? {
        return Ok(None);
    }
    let statement =
        Statement::query(include_str!("sql/journal_run.sql")).bind_option(id.map(str::to_owned));
    let found = rows::<RunRow>(session, &statement).await.map_err(damaged);
    let Some(found) = found?.pop() else {
        return Ok(None);
    };
    let entries = entries(session, &found.id).await.map_err(damaged)?;
    Ok(Some(Run {
        id: found.id,
        started_at: found.started_at,
        started_by: found.started_by,
        without_backup: found.without_backup,
        plan: found.plan,
        before: found.before,
        system_identifier: found.system_identifier,
        database_oid: found.database_oid,
        entries,
    }))
}

#[derive(Deserialize)]
struct EntryRow {
    step: Option<usize>,
    what: What,
    detail: serde_json::Value,
}

async fn entries(session: &mut dyn Session, run: &str) -> Result<Vec<Entry>, Error> {
    let sql = format!(
        "SELECT step, what, coalesce(detail, 'null'::jsonb) AS detail FROM {JOURNAL_SCHEMA}.entry WHERE run = $1 ORDER BY id"
    );
    let found: Vec<EntryRow> = rows(session, &Statement::query(sql).bind(run)).await?;
    Ok(found
        .into_iter()
        .map(|row| Entry {
            step: row.step,
            what: row.what,
            detail: row.detail,
        })
        .collect())
}

/// A table or a column of the journal is gone.
pub(crate) fn damaged(error: Error) -> Error {
    if !matches!(error.sqlstate(), Some("42P01" | "42703")) {
        return error;
    }
    let why = format!(
        "the journal in the schema {JOURNAL_SCHEMA} is damaged, so that a run can be neither gone on with nor taken back: restore \
         its tables from a backup"
    );
    Error::new(Kind::Changed, why).with_source(error)
}

/// What writes down an entry. Without values that are bound, so that it can go to the server together with COMMIT.
fn writing(run: &str, entry: &Entry) -> Result<Statement, Error> {
    let what = serde_json::to_value(entry.what)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    let step = entry.step.map_or("NULL".to_owned(), |n| n.to_string());
    let sql = format!(
        "INSERT INTO {JOURNAL_SCHEMA}.entry (run, step, what, detail) VALUES ({run}, {step}, {what}, {detail}::jsonb)",
        run = quote_literal(run),
        what = quote_literal(&what),
        detail = quote_literal(&json(&entry.detail)?),
    );
    Ok(Statement::command(sql))
}

/// Makes everything last that was committed before. PostgreSQL flushes its log for a transaction that
/// wrote something; this one takes it back before it ends, and needs no right that writing an entry doesn't.
async fn flush(session: &mut dyn Session, run: &str) -> Result<(), Error> {
    let sql = format!(
        "BEGIN; SAVEPOINT nothing; INSERT INTO {JOURNAL_SCHEMA}.entry (run, what) VALUES ({run}, 'nothing'); ROLLBACK TO nothing; COMMIT",
        run = quote_literal(run)
    );
    let flushed = session.run(&Statement::command(sql)).await;
    if flushed.as_ref().is_err_and(|e| !e.is_connection_lost()) {
        session.run(&Statement::command("ROLLBACK")).await?;
    }
    flushed.map(drop)
}
