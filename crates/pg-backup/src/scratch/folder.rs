//! The folder of a scratch server: private, and swept by the next one if its owner was killed.
//!
//! Its owner holds a lock on a file in it; a folder whose lock is free belongs to nobody any more.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::error::{FileContext, Result};
use crate::helper::Account;

const PREFIX: &str = "partman-proof-";
const LOCK: &str = "lock";

/// A folder that is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    dir: TempDir,
    _lock: File,
}

impl Folder {
    pub(super) fn new(place: &Path, account: Option<Account>) -> Result<Self> {
        sweep(place);
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(place)
            .at("make a folder in", place)?;
        let lock = locked(dir.path())?;
        let this = Self { dir, _lock: lock };
        this.give(this.path(), account)?;
        Ok(this)
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A folder in it that belongs to the account.
    pub(super) fn make(&self, name: &str, account: Option<Account>) -> Result<PathBuf> {
        let path = self.path().join(name);
        fs::create_dir_all(&path).at("make", &path)?;
        self.give(&path, account)?;
        Ok(path)
    }

    fn give(&self, path: &Path, account: Option<Account>) -> Result<()> {
        match account {
            Some(account) => {
                chown(path, Some(account.uid), Some(account.gid)).at("give away", path)
            }
            None => Ok(()),
        }
    }

    /// Removes it and says if that fails.
    pub(super) fn remove(self) -> Result<()> {
        let path = self.dir.keep();
        match fs::remove_dir_all(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed.at("remove", &path),
        }
    }
}

/// The lock file gets its name when it is locked already, so that no sweep finds it free.
fn locked(folder: &Path) -> Result<File> {
    let (draft, path) = (folder.join("lock.new"), folder.join(LOCK));
    let lock = File::create(&draft).at("make", &draft)?;
    lock.lock().at("lock", &draft)?;
    fs::rename(&draft, &path).at("rename", &draft)?;
    Ok(lock)
}

/// Clears away what killed owners left; what can't be cleared (another user's) is left to its owner.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        if is_ours && lock.try_lock().is_ok() {
            stop_server(&entry.path());
            tracing::info!(folder = %entry.path().display(), "removing what a killed run left");
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Ends a server that was left running, if the process with its id is surely it.
fn stop_server(folder: &Path) {
    let file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    let Some(pid) = file
        .lines()
        .next()
        .and_then(|line| line.parse().ok())
        .and_then(Pid::from_raw)
    else {
        return;
    };
    let command = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    if String::from_utf8_lossy(&command).contains(&*folder.to_string_lossy()) {
        let _ = kill_process(pid, Signal::QUIT);
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
