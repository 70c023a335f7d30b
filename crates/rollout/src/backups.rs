//! Backups as the configuration means them: where they are, which programs and servers (of this machine, or of the image
//! that the server runs from) make and prove them, and whether there is one behind which a migration may begin.
//!
//! The work is `pg-backup`'s. Here its parts are chosen: [`connection`] leads its sessions and PostgreSQL's programs to the
//! very server that our own settings name; [`Backups`] finds client programs that fit and a scratch server with the
//! extension's files that a backup needs; [`Gate`] is what `migrate` asks. Looking ([`Backups::known`], [`Backups::gate`])
//! makes no directory and changes nothing.

mod access;
mod container;
mod findings;
mod gate;
mod programs;
mod view;

use std::ffi::OsString;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use access::connection;
pub use container::exec_child;
pub use findings::{META, findings};
pub use gate::{Backing, Gate, is_of};
pub use jiff::Timestamp;
pub use pg_backup::{
    Backup, BackupId, Connection, Create, Entry, Error, Event, Helper, Kind, Level, Observer,
    Proof, ProofState, Pruned, Pruning, Restore, Restored, Sessions, Silent, Stage, Store, Summary,
    Swap, Swapped, Verification,
};

use crate::config::{Config, Source};
use crate::container::{Chosen, Meant};
use programs::Trial;

/// The backups of a project.
#[derive(Debug, Clone)]
pub struct Backups {
    store: Store,
    max_age: Duration,
    keep: Duration,
    extension_files: Option<Source>,
    chosen: Option<Chosen>,
    meant: Option<Meant>,
    search_path: Option<OsString>,
    helper: Option<Helper>,
}

impl Backups {
    /// Those of a configuration; its directory is made with the first backup.
    pub fn of(config: &Config) -> Self {
        let directory = config.resolve(&config.backup.directory);
        // Only an empty path or a lost working directory has no absolute form; the first use of it then says so.
        let directory = std::path::absolute(&directory).unwrap_or(directory);
        let extension_files = match &config.pg_partman.source {
            Some(Source::Path(path)) => Some(Source::Path(config.resolve(path))),
            other => other.clone(),
        };
        Self {
            store: Store::new(directory),
            max_age: config.proof.max_age,
            keep: config.backup.keep,
            extension_files,
            chosen: None,
            meant: Meant::said(None, config),
            search_path: None,
            helper: None,
        }
    }

    /// Where else than in the usual places PostgreSQL's programs are looked for: the value of `PATH`.
    #[must_use]
    pub fn search_path(mut self, path: Option<OsString>) -> Self {
        self.search_path = path;
        self
    }

    /// The container that the server runs in, once it was found.
    #[must_use]
    pub fn beside(mut self, container: Option<Chosen>) -> Self {
        self.chosen = container;
        self
    }

    /// The container that is meant, if it has to be looked for: by default the configuration's.
    #[must_use]
    pub fn meant(mut self, container: Option<Meant>) -> Self {
        self.meant = container.or(self.meant);
        self
    }

    /// How to start the calling program so that it ends up in [`exec_child`]: then nothing that is started here outlives it.
    #[must_use]
    pub fn helper(mut self, helper: Helper) -> Self {
        self.helper = Some(helper);
        self
    }

    /// The directory.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How old a proof may be.
    pub fn max_age(&self) -> Duration {
        self.max_age
    }

    /// Makes a backup of the connection's database on a server of this major version.
    ///
    /// # Errors
    /// Those of [`Store::create`]; also that there are no programs that fit.
    pub async fn create(
        &self,
        connection: Connection,
        server_major: u32,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Backup, Error> {
        let tools = self.tools_beside(server_major, &connection).await?;
        let request = Create::new(connection);
        let request = match &self.chosen {
            Some(chosen) => request.image(container::image_of(chosen)),
            None => request,
        };
        let made = self.store.create(&request, &tools, observer, cancel).await;
        tools.end().await;
        made
    }

    /// Restores a backup into a scratch server, of its own image or of this machine, and compares every row.
    ///
    /// # Errors
    /// Those of [`Store::prove`]; also that there is no server of that version here.
    pub async fn prove(
        &self,
        id: &BackupId,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Proof, Error> {
        let backup = self.store.get(id)?;
        let proven = match self.trial(&backup).await? {
            Trial::Here(scratch, tools) => {
                let proven = self
                    .store
                    .prove(id, &scratch, &tools, observer, cancel)
                    .await;
                tools.end().await;
                proven
            }
            Trial::InContainer(place, files) => {
                let (tools, scratch) = place.split(files);
                let proven = self
                    .store
                    .prove(id, &scratch, &tools, observer, cancel)
                    .await;
                tools.end().await;
                proven
            }
        };
        proven.map_err(|e| match e.kind() {
            Kind::Extension => e.with_help(programs::EXTENSION_FILES),
            _ => e,
        })
    }

    /// Looks at a backup without a server.
    ///
    /// # Errors
    /// Those of [`Store::verify`].
    pub async fn verify(
        &self,
        id: &BackupId,
        level: Level,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Verification, Error> {
        let backup = self.store.get(id)?;
        let tools = self.tools_for(&backup).await?;
        let verified = self.store.verify(id, level, &tools, observer, cancel).await;
        tools.end().await;
        verified
    }

    /// Restores a backup into a new database.
    ///
    /// # Errors
    /// Those of [`Store::restore`].
    pub async fn restore(
        &self,
        id: &BackupId,
        target: &Restore,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Restored, Error> {
        let backup = self.store.get(id)?;
        let major = backup.manifest.server_version.major();
        let tools = self.tools_beside(major, target.server()).await?;
        let restored = self
            .store
            .restore(id, target, &tools, observer, cancel)
            .await;
        tools.end().await;
        restored
    }

    /// Removes what is older than the configuration keeps, but never the last way back.
    ///
    /// # Errors
    /// Those of [`Store::prune`].
    pub fn prune(&self, now: Timestamp, pruning: Pruning) -> Result<Pruned, Error> {
        self.store.prune(self.keep, now, pruning)
    }
}
