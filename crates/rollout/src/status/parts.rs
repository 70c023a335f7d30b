//! What a status says of the server, the extension, the container, its files and the backup: plain data.

use jiff::Timestamp;
use serde::Serialize;

/// The server that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DatabaseStatus {
    /// The database's name.
    pub name: String,
    /// The role that looked.
    pub user: String,
    /// PostgreSQL's version.
    pub server_version: String,
    /// When it was looked at, by the server's clock.
    pub looked_at: Timestamp,
}

/// pg_partman on the server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExtensionStatus {
    /// The version that could be installed.
    pub available: Option<String>,
    /// The version that is.
    pub installed: Option<String>,
    /// Its schema.
    pub schema: Option<String>,
}

/// The container that the server runs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// The image that it was made from.
    pub image: String,
    /// The image that should run, where the configuration says so.
    pub expected_image: Option<String>,
    /// Whether that image is there; `None` where none is expected.
    pub expected_image_built: Option<bool>,
    /// Whether it runs.
    pub running: bool,
    /// `healthy`, `unhealthy`, `starting`; `None` without a health check.
    pub health: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// `musl` or `glibc`, and its version where that is known.
    pub libc: Option<String>,
}

/// Whether a file is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// There.
    Present,
    /// Not there.
    Missing,
    /// There, and not what partman would write.
    Drifted,
}

/// A file that the image is built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileStatus {
    /// Its path.
    pub path: String,
    /// Its size.
    pub bytes: Option<u64>,
    /// Whether it is as it should be.
    pub state: FileState,
}

/// A backup, as far as reports tell of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BackupStatus {
    /// Its id.
    pub id: String,
    /// When it was taken.
    pub at: Timestamp,
    /// When it was proven to restore, if it was.
    pub proof: Option<ProofStatus>,
}

/// The proof that a backup restores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProofStatus {
    /// When it was proven.
    pub at: Timestamp,
    /// Whether that is recent enough for the configuration.
    pub fresh: bool,
}
