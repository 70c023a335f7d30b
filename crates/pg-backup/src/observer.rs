//! What happens while it happens, for those who show it; nothing in this crate prints.

use crate::id::BackupId;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// What an earlier run left behind when it was killed was found and cleared away.
    LeftoverRemoved {
        /// A folder's or database's name.
        name: String,
    },
    /// Something that does not stop us but that a person should know.
    Note(String),
    /// A backup has a name now.
    Started(BackupId),
    /// A part of the work begins.
    Stage(Stage),
    /// How far the reading of tables is; both numbers are sizes on the server's disk.
    Progress {
        /// What is done.
        done: u64,
        /// The whole.
        total: u64,
    },
    /// Somebody's lock holds us up.
    Waiting {
        /// The table.
        relation: String,
        /// The backends that hold it or stand before us.
        blocked_by: Vec<i32>,
    },
}

/// The parts of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Looking whether it can be done.
    Preflight,
    /// The server is being read.
    Dumping,
    /// The archive is being read back.
    Decoding,
    /// Digests are taken and files made to last.
    Sealing,
    /// The files' digests are being compared with the manifest.
    Checking,
    /// A scratch server is being started.
    StartingScratch,
    /// The archive goes into a database.
    Restoring,
    /// A database's rows are being compared with the manifest.
    Comparing,
}

/// Is told what happens, from several tasks.
pub trait Observer: Send + Sync {
    /// It should return at once.
    fn on(&self, event: &Event);
}

/// Does not listen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _event: &Event) {}
}

impl<F: Fn(&Event) + Send + Sync> Observer for F {
    fn on(&self, event: &Event) {
        self(event);
    }
}
