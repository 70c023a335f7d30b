//! Whom a throwaway server runs as: ourselves, or somebody with no rights when we are root.

use std::fs;
use std::io;
use std::os::unix::fs::lchown;
use std::path::Path;

/// `nobody` and `nogroup`, which every Linux has under these numbers.
const NOBODY: u32 = 65_534;

/// A user of the operating system.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    other: Option<u32>,
}

impl Account {
    /// Ourselves unless we are root.
    pub(super) fn unprivileged() -> Self {
        Self {
            other: rustix::process::geteuid().is_root().then_some(NOBODY),
        }
    }

    /// The words before a command that make it run as this user, without root's groups.
    pub(super) fn prefix(self) -> String {
        self.other
            .map(|id| format!("setpriv --reuid={id} --regid={id} --clear-groups --"))
            .unwrap_or_default()
    }

    /// Makes a folder and all in it this user's, so that it may also remove them. Links are left alone.
    pub(super) fn give(self, path: &Path) -> io::Result<()> {
        let Some(id) = self.other else { return Ok(()) };
        lchown(path, Some(id), Some(id))?;
        if path.symlink_metadata()?.is_dir() {
            for entry in fs::read_dir(path)? {
                self.give(&entry?.path())?;
            }
        }
        Ok(())
    }
}
