//! The gate before a migration: is there a backup of this very database that is whole and was proven a short while ago?
//!
//! The very database is the one with the same system identifier, name and oid; one that was dropped and made again under
//! its old name is another. A proof holds for what was on the disk when it was made, so the files' digests are compared
//! once more: one read of the backup.

use std::fmt;

use jiff::Timestamp;
use partman_core::model::Server;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{
    Backup, BackupId, Backups, Connection, Entry, Error, Kind, Level, Observer, ProofState,
};
use crate::config::duration;

/// What stands behind a migration.
#[derive(Debug)]
pub enum Gate {
    /// A backup that is whole, and was proven recently enough.
    Fresh(Backing),
    /// There are backups of this database, and none of them will do.
    Stale {
        /// The newest.
        id: BackupId,
        /// Why it won't do.
        why: String,
    },
    /// There is no backup of this database.
    Missing,
}

/// The backup that stands behind a migration, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backing {
    /// Its name.
    pub id: String,
    /// When it was proven to restore.
    pub proven_at: Timestamp,
}

impl Backing {
    /// A backup with a proof that passed; nothing for any other.
    pub fn of(backup: &Backup) -> Option<Self> {
        match &backup.proof {
            ProofState::Passed(proof) => Some(Self {
                id: backup.id().to_string(),
                proven_at: proof.at,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Backing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backup {}, proven at {:.0}", self.id, self.proven_at)
    }
}

/// Whether a backup is of this very database.
pub fn is_of(backup: &Backup, server: &Server) -> bool {
    let manifest = &backup.manifest;
    let identifier = manifest.system_identifier.as_deref();
    !server.system_identifier.is_empty()
        && identifier == Some(server.system_identifier.as_str())
        && manifest.database.name == server.database
        && manifest.database.oid == server.database_oid
}

impl Backups {
    /// The backups of this database that are whole as far as their manifests tell, the newest first.
    pub(super) fn of_database(&self, server: &Server) -> Result<Vec<Backup>, Error> {
        let sound = self
            .store
            .list()?
            .into_iter()
            .rev()
            .filter_map(Entry::sound);
        Ok(sound.filter(|backup| is_of(backup, server)).collect())
    }

    /// What stands behind a migration of this database.
    ///
    /// # Errors
    /// [`Kind::Cancelled`]; also that the directory can't be read. A backup that can't be verified is no error, but stale.
    pub async fn gate(
        &self,
        server: &Server,
        now: Timestamp,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Gate, Error> {
        let backups = self.of_database(server)?;
        let Some(newest) = backups.first() else {
            return Ok(Gate::Missing);
        };
        let id = newest.id().clone();
        let mut why = self.unproven(newest, now);
        for backup in backups
            .into_iter()
            .filter(|backup| backup.is_proven(self.max_age, now))
        {
            match self
                .verify(backup.id(), Level::List, observer, cancel)
                .await
            {
                Ok(_) => {
                    if let Some(backing) = Backing::of(&backup) {
                        return Ok(Gate::Fresh(backing));
                    }
                }
                Err(e) if e.kind() == Kind::Cancelled => return Err(e),
                Err(e) => why = format!("{} no longer holds: {}", backup.id(), chain(&e)),
            }
        }
        Ok(Gate::Stale { id, why })
    }

    /// Makes a backup of this database and proves it.
    ///
    /// # Errors
    /// Those of [`Backups::create`] and [`Backups::prove`]; also that what was backed up is another database than the one
    /// that was looked at.
    pub async fn secure(
        &self,
        connection: Connection,
        server: &Server,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Backing, Error> {
        let major = server.version_num / 10_000;
        let made = self.create(connection, major, observer, cancel).await?;
        let is_known = made.manifest.system_identifier.is_some();
        if is_known && !server.system_identifier.is_empty() && !is_of(&made, server) {
            let message = format!(
                "backup {} is of another database than the one that is to be migrated",
                made.id()
            );
            return Err(Error::new(Kind::Mismatch, message).with_help(
                "name one host only, so that every connection leads to the same server",
            ));
        }
        let proof = self.prove(made.id(), observer, cancel).await?;
        Ok(Backing {
            id: made.id().to_string(),
            proven_at: proof.at,
        })
    }

    /// Why this backup's proof doesn't count at this time; nothing to say of one that does.
    pub(super) fn unproven(&self, backup: &Backup, now: Timestamp) -> String {
        let id = backup.id();
        match &backup.proof {
            ProofState::Missing => format!("{id} has not been proven to restore"),
            ProofState::Failed(proof) => format!(
                "{id} was not what it should be when it was restored{}",
                proof
                    .differences
                    .first()
                    .map_or_else(String::new, |first| format!(": {first}"))
            ),
            ProofState::Invalid { why } => format!("the proof of {id} does not count: {why}"),
            ProofState::Passed(proof) if proof.at > now => {
                format!("the proof of {id} is of the future ({:.0})", proof.at)
            }
            ProofState::Passed(proof) => format!(
                "the proof of {id} is of {:.0}, more than {} ago",
                proof.at,
                duration::print(self.max_age)
            ),
        }
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
