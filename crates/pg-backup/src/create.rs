//! Makes a backup: everything is checked before it gets its name, and whatever fails leaves nothing.
//!
//! The server gives one transaction with an exported snapshot for as long as the dump takes, ACCESS SHARE on every table,
//! and the reading of every row; in that time vacuum can't remove what the snapshot still sees. Decoding and digests come
//! after, when the server is free again. On failure and on cancellation our backends are terminated by their name, so
//! that no lock stays.

mod dump;
mod evidence;
mod finish;
mod globals;
mod options;
mod preflight;
mod source;
mod watch;

use std::time::Instant;

use tokio_util::sync::CancellationToken;

pub(crate) use options::usual_jobs;
pub use options::{Compression, Create, Evidence};

use crate::error::{Error, Kind, Result};
use crate::id::BackupId;
use crate::observer::{Event, Observer, Stage};
use crate::store::{Backup, DirectoryLock, Draft, Store, remove_leftovers};
use crate::tools::Toolbox;
use source::Source;

/// What all parts of the work need.
pub(crate) struct Work<'a> {
    pub(crate) store: &'a Store,
    pub(crate) request: &'a Create,
    pub(crate) tools: &'a dyn Toolbox,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) id: BackupId,
}

impl Store {
    /// Makes a backup of a whole database.
    ///
    /// # Errors
    /// Among others [`Kind::Busy`], [`Kind::Version`],
    /// [`Kind::DiskFull`], [`Kind::LockTimeout`],
    /// [`Kind::Lost`], [`Kind::Mismatch`]. After any of them nothing of this
    /// backup is in the directory, and no process or session of it is left.
    pub async fn create(
        &self,
        request: &Create,
        tools: &dyn Toolbox,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Backup> {
        observer.on(&Event::Stage(Stage::Preflight));
        let lock = DirectoryLock::take(self.directory(), request.now())?;
        let work = Work {
            store: self,
            request,
            tools,
            observer,
            cancel,
            id: self.free_id(request),
        };
        work.clear_leftovers().await?;
        let made = work.make().await;
        if made.as_ref().is_err_and(|e| e.kind() != Kind::Unreachable) {
            source::end_sessions(&request.connection, &work.id.application_name()).await;
        }
        drop(lock);
        made
    }

    /// The name for this second, or for the next that is free.
    fn free_id(&self, request: &Create) -> BackupId {
        let mut at = request.now();
        loop {
            let id = BackupId::new(at, request.connection.database());
            if !self.layout(&id).root.exists() {
                return id;
            }
            at += jiff::SignedDuration::from_secs(1);
        }
    }
}

impl Work<'_> {
    async fn make(&self) -> Result<Backup> {
        let started = Instant::now();
        let source = self
            .unless_cancelled(Source::open(&self.request.connection, &self.id))
            .await?;
        self.check_before(&source.catalog).await?;
        let mut notes = self.notes(&source.catalog);
        let draft = Draft::new(self.store.directory(), &self.id)?;
        self.observer.on(&Event::Started(self.id.clone()));
        let evidence = self.dump(&source, &draft).await?;
        let catalog = source.close().await;
        notes.extend(self.globals(&draft).await?);
        let tables = self.read_back(&draft, &catalog, &evidence).await?;
        self.finish(draft, catalog, tables, notes, started).await
    }

    /// What an earlier run left when it was killed: folders here, and perhaps sessions on the server.
    async fn clear_leftovers(&self) -> Result<()> {
        for leftover in remove_leftovers(self.store.directory())? {
            self.observer.on(&Event::LeftoverRemoved {
                name: leftover.name,
            });
            if let Some(id) = leftover.id {
                source::end_sessions(&self.request.connection, &id.application_name()).await;
            }
        }
        Ok(())
    }

    async fn unless_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.cancel.cancelled() => Err(Error::cancelled()),
        }
    }
}
