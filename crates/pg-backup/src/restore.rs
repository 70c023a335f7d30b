//! Brings a backup back, into a new database: never over one that is there.
//!
//! It is restored and compared under a temporary name, and gets the name that was asked for as the last step; so a
//! database of that name is whole, whatever happened. Putting it in the place of the old one is [`Swap`](crate::Swap)'s.

mod database;
mod load;

use std::time::Instant;

use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

pub(crate) use database::{create as create_database, exists as database_exists};
pub(crate) use load::{Manner, load};

use crate::archive::shortened;
use crate::compare::compare;
use crate::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::id::BackupId;
use crate::manifest::Manifest;
use crate::name::quoted;
use crate::observer::{Event, Observer, Stage};
use crate::store::{ReadLock, Store};
use crate::tools::{Tool, Toolbox, check_restore, needed};
use crate::verify::check_files;
use crate::{catalog, session};

const APPLICATION: &str = "partman_restore";

/// Where a backup is restored to.
#[derive(Debug, Clone)]
pub struct Restore {
    server: Connection,
    database: String,
    jobs: usize,
}

/// A database that was restored and compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// Its name.
    pub database: String,
    /// How long it took.
    pub seconds: f64,
    /// How many tables were compared.
    pub tables: usize,
    /// How many rows were compared.
    pub rows: u64,
    /// Settings and grants that could not be given to it.
    pub notes: Vec<String>,
}

impl Restore {
    /// Into a new database of this name on the connection's server. The role must be able to create databases and
    /// whatever the backup holds; the database that the connection names does not matter.
    pub fn new(server: Connection, database: impl Into<String>) -> Self {
        Self {
            server,
            database: database.into(),
            jobs: crate::create::usual_jobs(),
        }
    }

    /// The server that it goes to.
    pub fn server(&self) -> &Connection {
        &self.server
    }

    /// How many tables and indexes are made at a time. Default: the processors here, at most 4.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }
}

impl Store {
    /// Restores a backup into a new database, compares every row, analyzes it and gives it its name.
    ///
    /// # Errors
    /// [`Kind::Exists`] when there is a database of that name; [`Kind::Extension`] when the server lacks an extension in
    /// the recorded version; [`Kind::Corrupt`] when the files are not what they were. After these and after a failure of
    /// `pg_restore` nothing is left on the server. After [`Kind::Mismatch`] the database is left under a temporary name,
    /// which the message tells, because it may be all that there is.
    pub async fn restore(
        &self,
        id: &BackupId,
        target: &Restore,
        tools: &dyn Toolbox,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Restored> {
        let started = Instant::now();
        let backup = self.get(id)?;
        let _lock = ReadLock::take(&backup.layout())?;
        let manifest = &backup.manifest;
        check_restore(needed(tools, Tool::Restore)?, &manifest.tool_version)?;
        let client = maintenance(&target.server, APPLICATION).await?;
        refuse_existing(&client, &target.database).await?;
        check_files(&backup, observer).await?;
        let draft = format!("partman_restoring_{}_{}", id.time(), std::process::id());
        create_database(
            &client,
            &draft,
            &manifest.database,
            &catalog::server(&client).await?,
        )
        .await?;
        let connection = target.server.for_database(&draft);
        let filled = tokio::select! {
            filled = fill(tools, &backup, &connection, target.jobs, observer, cancel) => filled,
            () = cancel.cancelled() => Err(Error::cancelled()),
        };
        let named = match filled {
            Ok(restored) => match rename(&client, &draft, &target.database).await {
                Ok(()) => Ok(restored),
                Err(e) => Err(e),
            },
            Err(e) => Err(e),
        };
        let mut restored = match named {
            Err(e) if e.kind() == Kind::Mismatch => return Err(e),
            Err(e) => {
                drop_database(&client, &draft).await?;
                return Err(e.context(format!("backup {id} was not restored")));
            }
            Ok(restored) => restored,
        };
        restored.notes = database::apply_properties(
            &target.server.for_database(&target.database),
            APPLICATION,
            &manifest.database,
        )
        .await?;
        restored
            .notes
            .iter()
            .for_each(|note| observer.on(&Event::Note(note.clone())));
        restored.database.clone_from(&target.database);
        restored.seconds = started.elapsed().as_secs_f64();
        Ok(restored)
    }
}

async fn fill(
    tools: &dyn Toolbox,
    backup: &crate::Backup,
    connection: &Connection,
    jobs: usize,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<Restored> {
    let manifest: &Manifest = &backup.manifest;
    let manner = Manner {
        jobs,
        arguments: Vec::new(),
        without: Vec::new(),
        application_name: APPLICATION.to_owned(),
    };
    observer.on(&Event::Stage(Stage::Restoring));
    load(
        tools,
        &backup.layout().archive(),
        manifest,
        connection,
        &manner,
        cancel,
    )
    .await?;
    observer.on(&Event::Stage(Stage::Comparing));
    let comparison = compare(connection, APPLICATION, manifest, &[], jobs).await?;
    if !comparison.differences.is_empty() {
        let message = format!(
            "what was restored is not what was dumped: {}",
            shortened(&comparison.differences)
        );
        let help = format!(
            "it was left as database \"{}\"; drop it when it is of no use",
            connection.database()
        );
        return Err(Error::new(Kind::Mismatch, message).with_help(help));
    }
    let client = session::open(connection, APPLICATION).await?;
    session::execute(&client, "could not analyze the new database", "ANALYZE").await?;
    Ok(Restored {
        database: String::new(),
        seconds: 0.0,
        tables: comparison.tables,
        rows: comparison.rows,
        notes: Vec::new(),
    })
}

/// A session in a database that nobody restores, renames or drops.
pub(crate) async fn maintenance(server: &Connection, application_name: &str) -> Result<Client> {
    match session::open(&server.for_database("postgres"), application_name).await {
        Err(e) if e.sqlstate() == Some("3D000") => {
            session::open(&server.for_database("template1"), application_name).await
        }
        opened => opened,
    }
}

async fn refuse_existing(client: &Client, name: &str) -> Result<()> {
    if !database_exists(client, name).await? {
        return Ok(());
    }
    let message =
        format!("there is a database \"{name}\" already; a backup is only restored into a new one");
    Err(Error::new(Kind::Exists, message)
        .with_help("name another one; it can be put in the old one's place afterwards"))
}

async fn rename(client: &Client, from: &str, to: &str) -> Result<()> {
    let sql = format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to));
    session::execute(
        client,
        &format!("could not give the new database the name \"{to}\""),
        &sql,
    )
    .await
}

async fn drop_database(client: &Client, name: &str) -> Result<()> {
    let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
    session::execute(
        client,
        &format!("could not drop the unfinished database \"{name}\""),
        &sql,
    )
    .await
}
