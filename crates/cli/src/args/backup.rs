//! `partman backup`: makes backups, proves them, looks after them.

use clap::{Args, Subcommand, ValueEnum};
use partman_rollout::backups::{self, BackupId};

/// Make a verified backup; list, verify, prove and prune them
///
/// Makes a backup of the whole database under one snapshot: nobody who reads or writes waits for it. The archive is read
/// back and compared with the catalog and the server's own counts before it gets its name; whatever fails leaves
/// nothing. It goes into `directory` under [backup] in partman.toml; default: `backups` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman backup
  partman backup list
  partman backup verify --level rows
  partman backup && partman backup prove
  partman backup prune --dry-run")]
pub(crate) struct Backup {
    #[command(subcommand)]
    pub(crate) what: Option<What>,
}

/// What to do with backups.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum What {
    /// Make one (the default)
    Create,
    /// List them, the oldest first
    List,
    Verify(Verify),
    Prove(Prove),
    Prune(Prune),
}

/// Look at a backup without a server: is it what it was?
///
/// Compares the digests of all files with the manifest, then looks into the archive as closely as --level says. Ends with
/// exit code 7 when the backup is damaged.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct Verify {
    /// Its name; default: the newest
    #[arg(value_parser = BackupId::parse)]
    pub(crate) id: Option<BackupId>,
    /// How closely to look; each level includes those before it
    #[arg(long, value_name = "LEVEL", default_value = "decode")]
    pub(crate) level: Level,
}

/// Restore a backup into a scratch server and compare every row
///
/// The scratch server is a container of the image that the backup's server runs from, or made of this machine's own
/// PostgreSQL of the same major version; it touches nothing else and is gone afterwards. The files of pg_partman are taken
/// from the image or the machine, from `source` under [pg_partman], or from the server's container, whichever has the
/// version that the backup needs. The proof is kept beside the backup; `partman
/// migrate` asks for it. Ends with exit code 7 when the backup is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct Prove {
    /// Its name; default: the newest
    #[arg(value_parser = BackupId::parse)]
    pub(crate) id: Option<BackupId>,
}

/// Remove old backups, but never the last way back
///
/// Removes backups that are older than `keep` under [backup] says. Of each database the newest proven one always stays, or
/// the newest of all if none is proven.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct Prune {
    /// Tell what would be removed, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How closely to look at a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// The list of the archive
    List,
    /// Whether everything can be decoded
    Decode,
    /// How many rows each table has
    Count,
    /// Whether they are the very rows
    Rows,
}

impl From<Level> for backups::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::List => Self::List,
            Level::Decode => Self::Decode,
            Level::Count => Self::Count,
            Level::Rows => Self::Rows,
        }
    }
}
