//! `partman init`: writes a configuration for what is there.

use clap::Args;

/// Write a commented partman.toml for what is found
///
/// Looks at Docker, the compose file and the database, and writes a commented partman.toml for the container that the
/// server runs in and the partition sets that are in the database: parent, column, interval, time zone. Where nobody
/// names a server, the only PostgreSQL container there is will do, and its password is taken from it, never written.
/// Sets that can't be adopted as they are stand there commented out, with the reasons. Retention is never
/// turned on by it. An existing file is not touched without --force.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman init
  partman init --container my_postgres
  partman init --database postgres://admin@localhost/shop
  partman init --stdout")]
pub(crate) struct Init {
    /// Print the configuration instead of writing it
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Replace a configuration that is there
    #[arg(long, conflicts_with = "stdout")]
    pub(crate) force: bool,
}
