//! `partman status`: the whole picture in one report.

use std::path::PathBuf;

use clap::Args;

use super::value::FailOn;

/// Show the whole picture: server, extension, sets, what to do next
///
/// One report on everything partman can see: the server and the extension, every partition set, pg_partman's own
/// configuration, the findings, and what to do next. Changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman status
  partman status --format json | jq .overall
  partman status --format markdown --lang fr > status.md
  partman status --save seen.json && partman status --input seen.json")]
pub(crate) struct Status {
    /// Keep what was seen, to be judged later without a database
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub(crate) save: Option<PathBuf>,
    /// Judge what was kept with --save instead of connecting
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Severity from which on findings make the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(crate) fail_on: FailOn,
}
