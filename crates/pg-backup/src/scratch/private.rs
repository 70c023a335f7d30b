//! A private folder for whoever makes scratch servers elsewhere than from this machine's programs: their sockets and files.
//!
//! It is gone with its owner, also when that is killed: a helper sees to it, or else the next one who makes such a folder.

use std::path::Path;
use std::process::{Child, Stdio};

use std::os::unix::process::CommandExt;

use super::folder::Folder;
use super::local::NOBODY;
use crate::error::{FileContext, Result};
use crate::helper::{self, Account, Helper};

/// A folder that only we and, when we are root, an unprivileged account can enter.
#[derive(Debug)]
pub struct PrivateFolder {
    guard: Option<Child>,
    folder: Option<Folder>,
    account: Account,
}

impl PrivateFolder {
    /// Makes one in `place`, under a short name, as sockets want it.
    ///
    /// # Errors
    /// It can't be made there.
    pub fn new(place: &Path, helper: Option<&Helper>) -> Result<Self> {
        let root = rustix::process::geteuid().is_root();
        let account = match root {
            true => NOBODY,
            false => Account {
                uid: rustix::process::geteuid().as_raw(),
                gid: rustix::process::getegid().as_raw(),
            },
        };
        let folder = Folder::new(place, root.then_some(account))?;
        let guard = helper.map(|helper| {
            let mut command = helper::keep(helper, folder.path());
            let started = command
                .current_dir("/")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn();
            started.at("have somebody look after", folder.path())
        });
        Ok(Self {
            guard: guard.transpose()?,
            folder: Some(folder),
            account,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        let folder = self.folder.as_ref();
        folder.expect("it is there until it is dropped").path()
    }

    /// User and group of the account that it belongs to, under which a server can run.
    pub fn owner(&self) -> (u32, u32) {
        (self.account.uid, self.account.gid)
    }

    /// Removes it with all that is in it.
    ///
    /// # Errors
    /// Something can't be removed.
    pub fn remove(mut self) -> Result<()> {
        self.dismiss();
        self.folder.take().map_or(Ok(()), Folder::remove)
    }

    /// The guard removes the folder when its input ends.
    fn dismiss(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        self.dismiss();
    }
}
