//! The backup directory: what is in it, and the verbs that act on it.
//!
//! A backup is a folder under its final name, which it gets only when everything about it has been checked and written to
//! the disk. Folders are 0700, files 0600. What is being made has a name that begins with a dot.

mod backup;
mod layout;
mod leftovers;
mod lock;
mod seal;

use std::path::{Path, PathBuf};

pub use backup::{Backup, Entry, ProofState, Summary, TableSummary};
pub(crate) use layout::{Layout, make_private_folder, sync_folder, write_private};
pub(crate) use leftovers::{Draft, remove_backup, remove_leftovers};
pub(crate) use lock::{DirectoryLock, ReadLock, RemovalLock};
pub(crate) use seal::{check_digests, publish, take_digests};

use crate::error::{Error, FileContext, Kind, Result};
use crate::id::BackupId;

/// A directory with backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// The store in this directory, which is made with the first backup.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes the directory if it is not there, 0700.
    ///
    /// # Errors
    /// [`Kind::Denied`] or [`Kind::Io`] when it can't be made.
    pub fn prepare(&self) -> Result<()> {
        make_private_folder(&self.directory)
    }

    /// Every backup, oldest first; a broken one is in the list, with what is wrong. Reads manifests, not archives.
    ///
    /// # Errors
    /// [`Kind::Denied`] or [`Kind::Io`] when the directory can't be read; one that does not exist is empty.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let entries = match std::fs::read_dir(&self.directory) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.at("read", &self.directory)?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.at("read", &self.directory)?;
            let name = entry.file_name();
            ids.extend(name.to_str().and_then(|name| BackupId::parse(name).ok()));
        }
        ids.sort();
        Ok(ids
            .into_iter()
            .map(|id| Entry::load(self.layout(&id), id))
            .collect())
    }

    /// One backup.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none of this name, [`Kind::Corrupt`] when it is broken.
    pub fn get(&self, id: &BackupId) -> Result<Backup> {
        let layout = self.layout(id);
        if !layout.root.is_dir() {
            let message = format!("there is no backup {id} in {}", self.directory.display());
            return Err(Error::new(Kind::NotFound, message)
                .with_help("`partman backup list` tells what there is"));
        }
        Backup::load(layout, id)
    }

    /// The newest backup that is not broken, of one database if one is named.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn newest(&self, database: Option<&str>) -> Result<Option<Backup>> {
        let fits =
            |backup: &Backup| database.is_none_or(|name| backup.manifest.database.name == name);
        let sound = self.list()?.into_iter().rev().filter_map(Entry::sound);
        Ok(sound.into_iter().find(fits))
    }

    pub(crate) fn layout(&self, id: &BackupId) -> Layout {
        Layout {
            root: self.directory.join(id.as_str()),
        }
    }
}

/// Work on files that takes long, away from the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(Error::bug("a thread that reads files panicked").with_source(e)))
}
