//! Proves that a backup can be restored: by restoring it into a scratch server and comparing every row.
//!
//! A proof that fails is written down too. What only keeps us from trying (an extension that is not to be had, no room, no
//! programs) is an error and leaves an earlier proof as it is.

mod prepare;
mod record;

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::archive::shortened;
use crate::compare::{Comparison, compare};
use crate::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::id::BackupId;
use crate::observer::{Event, Observer, Stage};
use crate::proof::Proof;
use crate::restore::load;
use crate::scratch::{Scratch, ScratchServer};
use crate::store::{Backup, ReadLock, Store};
use crate::tools::{Tool, Toolbox, check_restore, needed};
use crate::verify::check_files;
use prepare::{empty_copy, manner};

const APPLICATION: &str = "partman_prove";

/// A proven backup, and the server that still holds what was restored, for a rehearsal.
pub struct Proven {
    /// The proof, which passed and is on the disk.
    pub proof: Proof,
    /// The restored database, as the scratch server's superuser.
    pub copy: Connection,
    /// The server; stop it when done.
    pub server: Box<dyn ScratchServer>,
}

/// What a proof needs: where to restore, with which programs, who is told and who may stop it.
struct Trial<'a> {
    backup: &'a Backup,
    scratch: &'a dyn Scratch,
    tools: &'a dyn Toolbox,
    observer: &'a dyn Observer,
    cancel: &'a CancellationToken,
    started: Instant,
}

impl Store {
    /// Restores a backup into a scratch server, compares every row, and writes the proof.
    ///
    /// # Errors
    /// [`Kind::Corrupt`] when the files are not what they were; [`Kind::Mismatch`] when something is missing or different
    /// in what was restored (the proof then says that it failed); [`Kind::Extension`], [`Kind::Version`],
    /// [`Kind::Tools`] or [`Kind::DiskFull`] when it can't be tried here.
    pub async fn prove(
        &self,
        id: &BackupId,
        scratch: &dyn Scratch,
        tools: &dyn Toolbox,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Proof> {
        let proven = self
            .prove_and_keep(id, scratch, tools, observer, cancel)
            .await?;
        proven.server.stop().await?;
        Ok(proven.proof)
    }

    /// Like [`Store::prove`], and the server with the restored database stays until it is stopped or dropped.
    ///
    /// # Errors
    /// As [`Store::prove`]; then no server is left.
    pub async fn prove_and_keep(
        &self,
        id: &BackupId,
        scratch: &dyn Scratch,
        tools: &dyn Toolbox,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Proven> {
        let backup = self.get(id)?;
        let _lock = ReadLock::take(&backup.layout())?;
        check_restore(needed(tools, Tool::Restore)?, &backup.manifest.tool_version)?;
        let trial = Trial {
            backup: &backup,
            scratch,
            tools,
            observer,
            cancel,
            started: Instant::now(),
        };
        trial
            .run()
            .await
            .map_err(|e| e.context(format!("backup {id} is not proven")))
    }
}

impl Trial<'_> {
    async fn run(&self) -> Result<Proven> {
        check_files(self.backup, self.observer).await?;
        self.observer.on(&Event::Stage(Stage::StartingScratch));
        let server = self
            .scratch
            .start(&self.backup.manifest, self.cancel)
            .await?;
        let outcome = tokio::select! {
            outcome = self.restore_and_compare(server.as_ref()) => outcome,
            () = self.cancel.cancelled() => Err(Error::cancelled()),
        };
        match outcome {
            Ok((proof, copy)) => Ok(Proven {
                proof,
                copy,
                server,
            }),
            Err(e) => {
                server.stop().await?;
                Err(e)
            }
        }
    }

    async fn restore_and_compare(&self, server: &dyn ScratchServer) -> Result<(Proof, Connection)> {
        let manifest = &self.backup.manifest;
        let (copy, version) = empty_copy(server, manifest).await?;
        let manner = manner(server);
        let left_out: Vec<_> = manner
            .without
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        self.observer.on(&Event::Stage(Stage::Restoring));
        let loaded = load(
            self.tools,
            &self.backup.layout().archive(),
            manifest,
            &copy,
            &manner,
            self.cancel,
        )
        .await;
        let comparison = match loaded {
            Ok(()) => {
                self.observer.on(&Event::Stage(Stage::Comparing));
                compare(&copy, APPLICATION, manifest, &left_out, manner.jobs).await?
            }
            Err(e) if says_something_about_the_backup(e.kind()) => {
                let failure = format!("it could not be restored: {e}");
                self.write(
                    version,
                    &Comparison {
                        differences: vec![failure],
                        ..Comparison::default()
                    },
                    &left_out,
                )?;
                return Err(e);
            }
            Err(e) => return Err(e),
        };
        let proof = self.write(version, &comparison, &left_out)?;
        if proof.passed() {
            return Ok((proof, copy));
        }
        let message = format!(
            "what was restored is not what was dumped: {}",
            shortened(&proof.differences)
        );
        Err(Error::new(Kind::Mismatch, message).with_help("do not rely on it; make a new backup"))
    }
}

fn says_something_about_the_backup(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Tool | Kind::Server | Kind::Corrupt | Kind::Mismatch
    )
}
