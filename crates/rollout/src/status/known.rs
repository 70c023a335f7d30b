//! What is known beside the inspection of the database, as whoever looked has found it.

use jiff::Timestamp;

use super::parts::{BackupStatus, ContainerStatus, FileStatus};

/// What is known beside the inspection.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The container.
    pub container: Option<ContainerStatus>,
    /// The files that the image is built from.
    pub files: Vec<FileStatus>,
    /// The newest backup.
    pub backup: KnownBackup,
    /// What deployments left.
    pub deployed: KnownDeployment,
}

/// What is known of deployments into the container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownDeployment {
    /// The run that stopped part-way: its id, its moment and its container.
    pub stopped: Option<(String, Timestamp, String)>,
    /// The container whose image lacks files of the extension that it has itself, and that image.
    pub only_in_container: Option<(String, String)>,
}

/// What is known of the backups of a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum KnownBackup {
    /// Nobody looked.
    #[default]
    Unknown,
    /// The directory could not be read.
    Unreadable {
        /// Why not.
        why: String,
    },
    /// There is none.
    Missing {
        /// Where one was looked for.
        directory: String,
    },
    /// There is one.
    Found {
        /// The newest.
        status: BackupStatus,
        /// Why nothing should be built on it, if that is so.
        trouble: Option<String>,
    },
}
