//! What stands behind a migration: a proven backup of this very database, one that is made now, or a reason.

use partman_core::model::Server;
use partman_rollout::backups::{self, Backing, Backups, Gate, Timestamp};
use partman_rollout::deploy::BackUp;

use super::super::project::Project;
use super::super::runtime::Stop;
use super::{Doing, in_sight, of};
use crate::error::Error;
use crate::settings::Settings;

/// The gate of one migration, before anything is asked.
pub(in crate::run) struct Guard {
    backups: Backups,
    server: Server,
    gate: Gate,
}

impl Guard {
    /// Looks what is there.
    ///
    /// # Errors
    /// The backup directory can't be read, or somebody asked us to stop.
    pub(in crate::run) async fn look(
        project: &Project,
        server: Server,
        settings: &Settings,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let backups = of(&project.config, settings)?.beside(project.chosen());
        let gate = in_sight(Doing::Guarding, settings, stop, async |observer, cancel| {
            backups
                .gate(&server, Timestamp::now(), observer, cancel)
                .await
        })
        .await?;
        Ok(Self {
            backups,
            server,
            gate,
        })
    }

    /// What it found and what it will do about it, in a line.
    pub(in crate::run) fn in_words(&self) -> String {
        let first = "a backup is made and proven first, before anything is changed";
        match &self.gate {
            Gate::Fresh(backup) => format!("behind it: {backup}"),
            Gate::Stale { why, .. } => format!("{first}: {why}"),
            Gate::Missing => format!(
                "{first}: there is none of this database in {}",
                self.backups.store().directory().display()
            ),
        }
    }

    /// The backup behind the migration; makes and proves it where that has to be.
    ///
    /// # Errors
    /// There is none, and why; nothing was changed.
    pub(in crate::run) async fn pass(
        self,
        project: &Project,
        settings: &Settings,
        stop: &Stop,
    ) -> Result<Backing, Error> {
        let (backups, server) = (self.backups, self.server);
        if let Gate::Fresh(backup) = self.gate {
            return Ok(backup);
        }
        let connection = backups::connection(project.database.settings());
        in_sight(Doing::Guarding, settings, stop, async |observer, cancel| {
            backups.secure(connection, &server, observer, cancel).await
        })
        .await
    }

    /// For a deployment: the step that makes the backup, or the backup that is there.
    pub(in crate::run) fn into_step(self) -> (Option<BackUp>, Option<Backing>) {
        match self.gate {
            Gate::Fresh(backing) => (None, Some(backing)),
            Gate::Stale { .. } | Gate::Missing => {
                let directory = self.backups.store().directory().display().to_string();
                let step = BackUp {
                    database: self.server.database.clone(),
                    directory,
                    server: self.server,
                };
                (Some(step), None)
            }
        }
    }
}
