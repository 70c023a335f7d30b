//! The files of one backup, and how private files and folders are made and made to last.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{FileContext, Result};

/// Paths inside a backup, finished or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

impl Layout {
    pub(crate) fn archive(&self) -> PathBuf {
        self.root.join(crate::archive::FOLDER)
    }

    pub(crate) fn globals(&self) -> PathBuf {
        self.root.join("globals.sql")
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("manifest.json")
    }

    /// The manifest's digest, in the format of `b3sum`.
    pub(crate) fn manifest_digest(&self) -> PathBuf {
        self.root.join("manifest.b3")
    }

    pub(crate) fn proof(&self) -> PathBuf {
        self.root.join("proof.json")
    }
}

/// Makes a folder that only we can enter, and what is above it.
pub(crate) fn make_private_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(path)
        .at("make the folder", path)
}

/// Writes a file that only we can read, whole or not at all, and waits until it is on the disk.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    let outcome = write().at("write", path);
    if outcome.is_err() {
        let _ = fs::remove_file(&draft);
    }
    outcome?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Waits until the names in a folder are on the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .at("sync the folder", path)
}
