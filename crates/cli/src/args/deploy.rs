//! `partman deploy`: everything, for a container.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use super::plan::Scope;

/// Bring pg_partman into a container and put partition sets under it
///
/// Looks at the container and its server, makes a backup and proves it (unless there is a fresh one), puts pg_partman's
/// files into the running container, installs the extension, puts the sets under it, and compares the result with what
/// has to be there. Nothing is restarted. What fails is put back: files, extension and sets. `partman resume` and
/// `partman rollback` go on with it and take it back, also after it was killed.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman deploy --strategy hot --dry-run
  partman deploy public.webhook_events --strategy hot --source vendor/pg_partman
  partman deploy --strategy hot --source image:postgres-with-partman:15 --yes")]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// How the container gets pg_partman
    #[arg(long, value_name = "STRATEGY")]
    pub(crate) strategy: Strategy,
    /// Where pg_partman's files are: a folder, a tarball, a .deb, or image:NAME
    ///
    /// Default: `source` under [pg_partman]; not needed where the server has the files already.
    #[arg(long, value_name = "SOURCE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) source: Option<String>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go on without a proven backup, for a reason that is kept
    ///
    /// For people whose backups are made elsewhere. The reason is kept in the journals and told in every report.
    #[arg(long, value_name = "REASON", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) without_backup: Option<String>,
}

/// How a container gets pg_partman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// Into the running container, without a restart
    Hot,
    /// With a new image and container on the same volume (not there yet)
    Recreate,
}
