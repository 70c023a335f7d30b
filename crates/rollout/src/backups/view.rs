//! The newest backup of a database as reports tell of it: read from manifests and proofs, without touching an archive.

use jiff::Timestamp;
use partman_core::model::Server;

use super::gate::chain;
use super::{Backup, Backups, ProofState};
use crate::status::{BackupStatus, KnownBackup, ProofStatus};

impl Backups {
    /// What is known of the newest backup of this database. A directory that can't be read is something to know, too.
    pub fn known(&self, server: &Server, now: Timestamp) -> KnownBackup {
        match self.of_database(server) {
            Err(e) => KnownBackup::Unreadable { why: chain(&e) },
            Ok(backups) => match backups.first() {
                Some(newest) => self.found(newest, now),
                None => KnownBackup::Missing {
                    directory: self.store.directory().display().to_string(),
                },
            },
        }
    }

    fn found(&self, backup: &Backup, now: Timestamp) -> KnownBackup {
        let fresh = backup.is_proven(self.max_age, now);
        let proof = match &backup.proof {
            ProofState::Passed(proof) => Some(ProofStatus {
                at: proof.at,
                fresh,
            }),
            _ => None,
        };
        KnownBackup::Found {
            trouble: (!fresh).then(|| self.unproven(backup, now)),
            status: BackupStatus {
                id: backup.id().to_string(),
                at: backup.manifest.at,
                proof,
            },
        }
    }
}
