//! `partman demo`: the whole story on a throwaway server.

use std::path::PathBuf;

use clap::Args;

/// Show the whole story on a throwaway server, step by step
///
/// Starts a server of its own from the PostgreSQL that is installed here, makes a partition set by hand as people do,
/// and shows how it is looked at, planned, adopted, taken back and adopted again, while a writer and a reader work.
/// Nothing else on this machine is touched, and nothing is left behind.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman demo
  partman demo --rows 10000 --idle 5 --source vendor/pg_partman")]
pub(crate) struct Demo {
    /// Rows of the set
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    pub(crate) rows: u64,

    /// Seconds of idling that the writer is measured in first
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) idle: u64,

    /// Folder with pg_partman's control and SQL files; default: what is installed
    #[arg(long, value_name = "FOLDER")]
    pub(crate) source: Option<PathBuf>,

    /// Folder with PostgreSQL's programs; default: the newest that is installed
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pg_bin: Option<PathBuf>,
}
