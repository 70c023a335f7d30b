//! Removes backups that are old enough, but never the last way back.
//!
//! Of each database the newest backup that was proven stays whatever its age, or the newest of all if none was. One that
//! is being read is left for the next time.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::error::Result;
use crate::id::BackupId;
use crate::store::{
    Backup, DirectoryLock, Entry, ProofState, RemovalLock, Store, remove_backup, remove_leftovers,
};

/// Whether to remove or only to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// Say what would be removed.
    DryRun,
    /// Remove it.
    Remove,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Backups that were removed, or would be.
    pub removed: Vec<BackupId>,
    /// Old ones that stay because they are the way back of their database.
    pub spared: Vec<BackupId>,
    /// Old ones that somebody is reading.
    pub busy: Vec<BackupId>,
}

impl Store {
    /// Removes backups that are older than `keep`.
    ///
    /// # Errors
    /// [`Kind::Busy`](crate::Kind::Busy) when a backup is being made; failures of the disk.
    pub fn prune(&self, keep: Duration, now: Timestamp, pruning: Pruning) -> Result<Pruned> {
        let lock = match pruning {
            Pruning::Remove => Some(DirectoryLock::take(self.directory(), now)?),
            Pruning::DryRun => None,
        };
        if lock.is_some() {
            remove_leftovers(self.directory())?;
        }
        let entries = self.list()?;
        let spared = way_back(&entries);
        let mut pruned = Pruned::default();
        for entry in &entries {
            let id = entry.id().clone();
            if !is_old(entry, keep, now) {
                continue;
            }
            if spared.contains(&id) {
                pruned.spared.push(id);
                continue;
            }
            let layout = self.layout(&id);
            match RemovalLock::try_take(&layout) {
                None => pruned.busy.push(id),
                Some(_lock) => {
                    if pruning == Pruning::Remove {
                        remove_backup(&layout, &id)?;
                    }
                    pruned.removed.push(id);
                }
            }
        }
        Ok(pruned)
    }
}

/// Of each database the newest proven backup, else the newest.
fn way_back(entries: &[Entry]) -> Vec<BackupId> {
    let mut best: BTreeMap<&str, &Backup> = BTreeMap::new();
    for entry in entries {
        let Entry::Sound(backup) = entry else {
            continue;
        };
        let is_proven = |backup: &Backup| matches!(backup.proof, ProofState::Passed(_));
        let slot = best.entry(&backup.manifest.database.name).or_insert(backup);
        if is_proven(backup) || !is_proven(slot) {
            *slot = backup;
        }
    }
    best.into_values()
        .map(|backup| backup.id().clone())
        .collect()
}

fn is_old(entry: &Entry, keep: Duration, now: Timestamp) -> bool {
    let made = match entry {
        Entry::Sound(backup) => Some(backup.manifest.at),
        Entry::Broken { id, .. } => id.made_at(),
    };
    made.is_some_and(|made| {
        let age = now.duration_since(made);
        !age.is_negative() && age.unsigned_abs() > keep
    })
}
