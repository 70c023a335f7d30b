//! Who may do what at the same time: one backup per directory is made, and none is removed while somebody reads it.
//!
//! The locks are flock(2), so they end with their process, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::Timestamp;

use super::{Layout, make_private_folder};
use crate::error::{Error, FileContext, Kind, Result};

/// The right to make and remove backups in a directory, until it is dropped.
#[derive(Debug)]
pub(crate) struct DirectoryLock(#[allow(dead_code, reason = "held, not read")] File);

/// Keeps a backup from being removed.
#[derive(Debug)]
pub(crate) struct ReadLock(#[allow(dead_code, reason = "held, not read")] File);

impl DirectoryLock {
    /// Takes the lock, or says who has it and since when. Makes the directory.
    pub(crate) fn take(directory: &Path, now: Timestamp) -> Result<Self> {
        make_private_folder(directory)?;
        let path = directory.join(".lock");
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let mut file = options.at("open", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(file, directory)),
            Err(TryLockError::Error(e)) => return Err(e).at("lock", &path),
        }
        let note = format!("process {} since {now:.0}\n", std::process::id());
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(note.as_bytes()));
        // The note is only for people, and a full disk is told of later in better words.
        let _ = written;
        Ok(Self(file))
    }
}

fn busy(mut file: File, directory: &Path) -> Error {
    let mut note = String::new();
    let _ = file.read_to_string(&mut note);
    let message = format!(
        "another backup is being made in {} ({})",
        directory.display(),
        note.trim()
    );
    Error::new(Kind::Busy, message).with_help("wait until it is done")
}

impl ReadLock {
    pub(crate) fn take(layout: &Layout) -> Result<Self> {
        let path = layout.manifest();
        let file = File::open(&path).at("open", &path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let message = format!("{} is being removed", layout.root.display());
                Err(Error::new(Kind::Busy, message))
            }
            Err(TryLockError::Error(e)) => Err(e).at("lock", &path),
        }
    }
}

/// The right to remove a backup. One without a manifest can't be read, so there is nothing to lock.
#[derive(Debug)]
pub(crate) struct RemovalLock(#[allow(dead_code, reason = "held, not read")] Option<File>);

impl RemovalLock {
    /// Nothing if somebody reads the backup.
    pub(crate) fn try_take(layout: &Layout) -> Option<Self> {
        match File::open(layout.manifest()) {
            Ok(file) => file.try_lock().is_ok().then_some(Self(Some(file))),
            Err(_) => Some(Self(None)),
        }
    }
}
