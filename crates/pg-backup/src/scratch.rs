//! Throwaway servers to restore backups into: what is asked of one, and one made of this machine's programs.
//!
//! A scratch server touches nothing else: it can be reached only by us, nothing in it acts by itself (no jobs, no
//! subscriptions, no preloaded libraries), and it is gone afterwards. A consumer with containers implements [`Scratch`] for
//! the very image that the backup came from.

mod folder;
mod local;
mod private;
mod server;
mod tree;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

pub use local::LocalScratch;
pub use private::PrivateFolder;
pub use server::SETTINGS as SCRATCH_SETTINGS;

use crate::connection::Connection;
use crate::error::Result;
use crate::manifest::Manifest;

/// An extension that acts by itself, or can't be created unless a library is preloaded: left out in a scratch server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inert {
    /// Its name.
    pub extension: String,
    /// The schema that it makes for itself.
    pub schema: Option<String>,
}

impl Inert {
    /// Those that are left out in every scratch server: `pg_cron`.
    pub fn usual() -> Vec<Self> {
        vec![Self {
            extension: "pg_cron".to_owned(),
            schema: Some("cron".to_owned()),
        }]
    }
}

/// Starts scratch servers.
#[async_trait]
pub trait Scratch: Send + Sync {
    /// Starts an empty server that can take this backup: the same major version, and, as far as they are to be had, the
    /// same versions of its extensions.
    ///
    /// # Errors
    /// Why there can't be one, and what to do about it.
    async fn start(
        &self,
        manifest: &Manifest,
        cancel: &CancellationToken,
    ) -> Result<Box<dyn ScratchServer>>;
}

/// A running scratch server. Dropping it does what [`ScratchServer::stop`] does, without waiting.
#[async_trait]
pub trait ScratchServer: Send + Sync {
    /// As its superuser, in the database `postgres`.
    fn connection(&self) -> &Connection;

    /// What must not be restored into it.
    fn inert(&self) -> &[Inert];

    /// Stops it and removes whatever it was made of.
    ///
    /// # Errors
    /// When something of it is left.
    async fn stop(self: Box<Self>) -> Result<()>;
}
