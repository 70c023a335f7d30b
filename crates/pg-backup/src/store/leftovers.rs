//! Backups in the making: their folder, which goes away with them, and those that killed runs left behind.

use std::fs;
use std::path::Path;

use super::{Layout, make_private_folder};
use crate::error::{FileContext, Result};
use crate::id::BackupId;

const PARTIAL: &str = ".partial-";
const REMOVING: &str = ".removing";

/// A folder under a temporary name; dropping it removes it, unless it was given its final name.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) layout: Layout,
    finished: bool,
}

impl Draft {
    pub(crate) fn new(directory: &Path, id: &BackupId) -> Result<Self> {
        let name = format!(".{id}{PARTIAL}{}", std::process::id());
        let layout = Layout {
            root: directory.join(name),
        };
        make_private_folder(&layout.root)?;
        Ok(Self {
            layout,
            finished: false,
        })
    }

    /// From now on the folder stays.
    pub(crate) fn keep(&mut self) {
        self.finished = true;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.layout.root) {
            tracing::warn!(folder = %self.layout.root.display(), %error, "could not remove an unfinished backup");
        }
    }
}

/// What was removed: a name, and the backup's if it was one in the making.
pub(crate) struct Leftover {
    pub(crate) name: String,
    pub(crate) id: Option<BackupId>,
}

/// Removes what killed runs left in a directory; only with its lock held, when nobody else makes or removes anything.
pub(crate) fn remove_leftovers(directory: &Path) -> Result<Vec<Leftover>> {
    let mut removed = Vec::new();
    for entry in fs::read_dir(directory).at("read", directory)? {
        let entry = entry.at("read", directory)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let unfinished = name.split_once(PARTIAL).map(|(id, _)| id);
        let Some(id) = unfinished
            .or_else(|| name.strip_suffix(REMOVING))
            .and_then(|id| id.strip_prefix('.'))
        else {
            continue;
        };
        let Ok(id) = BackupId::parse(id) else {
            continue;
        };
        fs::remove_dir_all(entry.path()).at("remove what an earlier run left,", &entry.path())?;
        removed.push(Leftover {
            id: unfinished.is_some().then_some(id),
            name,
        });
    }
    Ok(removed)
}

/// Takes a backup out of sight at once, then removes it; a kill in between leaves a leftover, not half a backup.
pub(crate) fn remove_backup(layout: &Layout, id: &BackupId) -> Result<()> {
    let hidden = layout.root.with_file_name(format!(".{id}{REMOVING}"));
    fs::rename(&layout.root, &hidden).at("remove", &layout.root)?;
    fs::remove_dir_all(&hidden).at("remove", &hidden)
}
