//! What can be said about a cluster before it starts, and the configuration that follows from it.
//!
//! Fast clusters live in memory where there is room: on a disk, making the thousand files of a data directory
//! takes from 0.05 s up to a second, depending on how many were removed just before.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::cluster::{Cluster, blocking};
use crate::error::Result;
use crate::installation::Partman;

const MEMORY: &str = "/dev/shm";
const ROOM_WANTED: u64 = 2 << 30;

/// Whether the server waits for its writes to reach the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// `fsync = off`, and in memory if there is room: survives a crash of the server, not of the machine.
    #[default]
    Fast,
    /// `fsync = on` and on disk, as in production: for measurements.
    Real,
}

/// How a cluster is to be; see [`Cluster::options`].
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    pub(crate) partman: Partman,
    pub(crate) private_installation: bool,
    durability: Durability,
    folder: Option<PathBuf>,
    settings: Vec<(String, String)>,
}

impl ClusterOptions {
    pub(crate) fn new(partman: Partman) -> Self {
        Self {
            partman,
            private_installation: false,
            durability: Durability::Fast,
            folder: None,
            settings: Vec::new(),
        }
    }

    /// Chooses whether writes reach the disk.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Gives the server an installation of its own, so that the test may change its extension folder
    /// ([`Installation::extension_dir`](crate::Installation::extension_dir)).
    #[must_use]
    pub fn private_installation(mut self) -> Self {
        self.private_installation = true;
        self
    }

    /// Says in which folder the cluster makes its own, such as one on a small disk that is to become full.
    /// Every user must be able to enter it.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Adds a line to `postgresql.conf`, such as `("wal_level", "logical")`.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Starts the cluster.
    ///
    /// # Errors
    ///
    /// When something that set-up installs is missing, or the server does not come up; then its log is told.
    pub async fn start(self) -> Result<Cluster> {
        blocking(move || Cluster::launch(&self)).await
    }

    /// Where the private folder goes. An installation has programs to be run, which memory may forbid.
    pub(crate) fn place(&self) -> PathBuf {
        let in_memory =
            self.durability == Durability::Fast && !self.private_installation && memory_has_room();
        let usual = || {
            if in_memory {
                PathBuf::from(MEMORY)
            } else {
                std::env::temp_dir()
            }
        };
        self.folder.clone().unwrap_or_else(usual)
    }

    /// The lines for `postgresql.conf`.
    pub(crate) fn configuration(&self, socket_dir: &Path) -> String {
        let durable = if self.durability == Durability::Real {
            "on"
        } else {
            "off"
        };
        let mut text = format!(
            "unix_socket_directories = '{}'\nfsync = {durable}\n",
            socket_dir.display()
        );
        for (name, value) in &self.settings {
            let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
        }
        text
    }
}

fn memory_has_room() -> bool {
    rustix::fs::statvfs(MEMORY)
        .is_ok_and(|free| free.f_bavail.saturating_mul(free.f_frsize) >= ROOM_WANTED)
}
