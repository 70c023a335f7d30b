//! `partman backup` and `partman restore`, and a migration with the backup behind it.
//!
//! A backup is told in the same fields wherever it is told: those of its own summary.

use std::path::{Path, PathBuf};

use partman_core::migrate::Done;
use partman_rollout::backups::{
    Backing, Backup, BackupId, Entry, Level, Pruned, Pruning, Restored, Summary, Verification,
};
use serde::Serialize;

use super::{Run, document, run_of};

const SCHEMA: &str = "partman/backup/1";

#[derive(Serialize)]
struct One<'a> {
    schema: &'static str,
    #[serde(flatten)]
    backup: Summary<'a>,
}

/// `partman backup create` and `prove --format json`.
pub fn backup(backup: &Backup) -> String {
    document(&One {
        schema: SCHEMA,
        backup: backup.summary(),
    })
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    directory: &'a Path,
    backups: Vec<Summary<'a>>,
    broken: Vec<Broken<'a>>,
}

#[derive(Serialize)]
struct Broken<'a> {
    id: &'a BackupId,
    why: String,
}

/// `partman backup list --format json`.
pub fn backups(directory: &Path, entries: &[Entry]) -> String {
    let (mut backups, mut broken) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Sound(backup) => backups.push(backup.summary()),
            Entry::Broken { id, why } => broken.push(Broken {
                id,
                why: why.to_string(),
            }),
        }
    }
    document(&List {
        schema: SCHEMA,
        directory,
        backups,
        broken,
    })
}

#[derive(Serialize)]
struct Verified<'a> {
    schema: &'static str,
    id: &'a BackupId,
    level: &'static str,
    files: usize,
    tables: usize,
    rows: u64,
}

/// `partman backup verify --format json`.
pub fn verification(id: &BackupId, verified: &Verification) -> String {
    document(&Verified {
        schema: SCHEMA,
        id,
        level: level(verified.level),
        files: verified.files,
        tables: verified.tables,
        rows: verified.rows,
    })
}

/// The word of the command line.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::List => "list",
        Level::Decode => "decode",
        Level::Count => "count",
        Level::Rows => "rows",
    }
}

#[derive(Serialize)]
struct Prune<'a> {
    schema: &'static str,
    dry_run: bool,
    removed: &'a [BackupId],
    spared: &'a [BackupId],
    busy: &'a [BackupId],
}

/// `partman backup prune --format json`.
pub fn pruned(pruned: &Pruned, pruning: Pruning) -> String {
    document(&Prune {
        schema: SCHEMA,
        dry_run: pruning == Pruning::DryRun,
        removed: &pruned.removed,
        spared: &pruned.spared,
        busy: &pruned.busy,
    })
}

/// A restored database that was put in the place of the old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Swap {
    /// The name that the restored database now has.
    pub database: String,
    /// The name that the old one now has, if there was one.
    pub before: Option<String>,
    /// The file that tells every rename.
    pub journal: PathBuf,
}

#[derive(Serialize)]
struct Restore<'a> {
    schema: &'static str,
    id: &'a BackupId,
    database: &'a str,
    seconds: f64,
    tables: usize,
    rows: u64,
    notes: &'a [String],
    swapped: Option<&'a Swap>,
}

/// `partman restore --format json`.
pub fn restored(id: &BackupId, restored: &Restored, swapped: Option<&Swap>) -> String {
    document(&Restore {
        schema: "partman/restore/1",
        id,
        database: &restored.database,
        seconds: restored.seconds,
        tables: restored.tables,
        rows: restored.rows,
        notes: &restored.notes,
        swapped,
    })
}

#[derive(Serialize)]
struct Migration<'a> {
    #[serde(flatten)]
    run: Run<'a>,
    backup: Option<&'a Backing>,
}

/// `partman migrate --format json`, with the backup behind it.
pub fn migration(done: &Done, backup: Option<&Backing>) -> String {
    document(&Migration {
        run: run_of("migrate", done),
        backup,
    })
}
