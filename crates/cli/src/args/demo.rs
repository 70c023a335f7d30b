//! `partman demo`: the whole story on a throwaway server.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// Show the whole story on a throwaway server, step by step
///
/// Makes a partition set by hand as people do, on a server of its own, and shows how it is looked at, planned, adopted,
/// taken back and adopted again, while a writer and a reader work. With --container-image the server runs in a container
/// of that image, and the story has its backup, the proof, and pg_partman's way into the running container; without, it
/// is one from the PostgreSQL that is installed here. Nothing else on this machine is touched, and nothing is left behind.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman demo
  partman demo --rows 10000 --idle 5 --source vendor/pg_partman
  partman demo --container-image postgres:15 --source vendor/pg_partman")]
pub(crate) struct Demo {
    /// Rows of the set
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    pub(crate) rows: u64,

    /// Seconds of idling that the writer is measured in first
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) idle: u64,

    /// Play it in a container of this image, which is on this machine
    #[arg(long, value_name = "IMAGE", conflicts_with = "pg_bin", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) container_image: Option<String>,

    /// pg_partman's control and SQL files: a folder; for a container also a tarball, a .deb or image:NAME
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Option<String>,

    /// Folder with PostgreSQL's programs; default: the newest that is installed
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pg_bin: Option<PathBuf>,
}
