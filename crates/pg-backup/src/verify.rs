//! Looks at a backup without a server: are the files what they were, and do they hold what the manifest says.

use tokio_util::sync::CancellationToken;

use crate::archive::{self, shortened};
use crate::error::{Error, Kind, Result};
use crate::id::BackupId;
use crate::observer::{Event, Observer, Stage};
use crate::store::{Backup, ReadLock, Store, blocking, check_digests};
use crate::tools::{Tool, Toolbox, check_restore, needed};

/// How closely to look. Each level includes those before it, and all begin with the digests of every file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The archive's list names every table and extension of the manifest. Costs one read of the files.
    List,
    /// Everything in the archive can be decoded. Costs as much as a restoration into nowhere.
    Decode,
    /// Every table has as many rows as the manifest says.
    Count,
    /// Every table has the very rows that the manifest says.
    Rows,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How closely.
    pub level: Level,
    /// How many files.
    pub files: usize,
    /// How many tables.
    pub tables: usize,
    /// How many rows were read.
    pub rows: u64,
}

impl Store {
    /// Verifies a backup. It needs no server and writes nothing.
    ///
    /// # Errors
    /// [`Kind::Corrupt`] when files are missing, cut short or changed, or can't be decoded; [`Kind::Mismatch`] when they
    /// hold something else than the manifest says; [`Kind::Version`] when `pg_restore` is too old for the archive.
    pub async fn verify(
        &self,
        id: &BackupId,
        level: Level,
        tools: &dyn Toolbox,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Verification> {
        let backup = self.get(id)?;
        let _lock = ReadLock::take(&backup.layout())?;
        check_restore(needed(tools, Tool::Restore)?, &backup.manifest.tool_version)?;
        check_files(&backup, observer).await?;
        let archive = backup.layout().archive();
        let manifest = &backup.manifest;
        let toc = archive::list(tools, &archive, cancel).await?;
        archive::check(&toc, &manifest.tables, &manifest.extensions)?;
        let mut verification = Verification {
            level,
            files: manifest.files.len(),
            tables: manifest.tables.len(),
            rows: 0,
        };
        if level == Level::List {
            return Ok(verification);
        }
        observer.on(&Event::Stage(Stage::Decoding));
        let jobs = crate::create::usual_jobs();
        let found = archive::decode(tools, &archive, &toc, &manifest.tables, jobs, cancel).await?;
        verification.rows = found.values().map(|rows| rows.rows).sum();
        let is_wrong = |table: &&crate::manifest::Table| {
            let rows = found.get(&table.oid).copied().unwrap_or_default();
            match level {
                Level::List | Level::Decode => false,
                Level::Count => rows.rows != table.rows.rows,
                Level::Rows => rows != table.rows,
            }
        };
        let wrong: Vec<_> = manifest
            .tables
            .iter()
            .filter(is_wrong)
            .map(|table| table.name.clone())
            .collect();
        if wrong.is_empty() {
            return Ok(verification);
        }
        let message = format!(
            "the archive of {id} does not hold the rows that its manifest tells of: {}",
            shortened(&wrong)
        );
        Err(Error::new(Kind::Mismatch, message).with_help("do not rely on it; make a new backup"))
    }
}

/// The digests of a backup's files.
pub(crate) async fn check_files(backup: &Backup, observer: &dyn Observer) -> Result<()> {
    observer.on(&Event::Stage(Stage::Checking));
    let (layout, manifest) = (backup.layout(), backup.manifest.clone());
    blocking(move || check_digests(&layout, &manifest)).await
}
