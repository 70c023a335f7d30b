//! What is wanted of a backup.

use std::time::Duration;

use jiff::Timestamp;

use crate::connection::Connection;
use crate::manifest::Image;

/// How an archive is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// zstd 1 where `pg_dump` has it (16 and newer, as built), else gzip 1: measured, the default of gzip 6 costs the
    /// client 2.5 times as much for a fifth less.
    #[default]
    Auto,
    /// None: fastest, and about five times as large.
    None,
    /// gzip at a level from 1 to 9.
    Gzip(u8),
    /// zstd at a level from 1 to 19; 16 and newer.
    Zstd(u8),
}

/// What the archive is compared with, beside the catalog, before it counts as a backup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Evidence {
    /// With nothing: row counts and fingerprints are the archive's own.
    None,
    /// Every table is counted on the server, under the snapshot of the dump.
    #[default]
    Count,
    /// Every row is read a second time, under the snapshot of the dump.
    Rows,
}

/// A backup to be made: of which database, and how.
#[derive(Debug, Clone)]
pub struct Create {
    pub(crate) connection: Connection,
    pub(crate) jobs: usize,
    pub(crate) lock_wait: Duration,
    pub(crate) compression: Compression,
    pub(crate) evidence: Evidence,
    pub(crate) space: Option<f64>,
    pub(crate) image: Option<Image>,
    now: Option<Timestamp>,
}

impl Create {
    /// A backup of the connection's database with the usual options.
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            jobs: usual_jobs(),
            lock_wait: Duration::from_secs(10),
            compression: Compression::default(),
            evidence: Evidence::default(),
            space: Some(0.5),
            image: None,
            now: None,
        }
    }

    /// How many tables are read at a time, each by a session and a process. Default: the processors here, at most 4.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// How long to wait for the lock on a table. Default: 10 seconds.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// How the archive is compressed.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// What the archive is compared with.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }

    /// Which share of the tables' size must be free on the disk before we begin; nothing to begin in any case. Default:
    /// what the last backup of this database took and a quarter more, or a half if there is none.
    #[must_use]
    pub fn space(mut self, share: Option<f64>) -> Self {
        self.space = share;
        self
    }

    /// The image of the server's container, for the manifest: who proves the backup may want the very same.
    #[must_use]
    pub fn image(mut self, image: Image) -> Self {
        self.image = Some(image);
        self
    }

    /// The time that the backup's name tells, for tests. Default: the clock.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

/// As many as there are processors, but no more than a server in use would want.
pub(crate) fn usual_jobs() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(4)
}
