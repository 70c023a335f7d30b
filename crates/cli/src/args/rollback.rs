//! `partman rollback`: undoes the last run.

use clap::Args;

/// Undo the last run, from its journal; no data is moved
///
/// Puts names, bounds and configuration back as they were before the last run, and drops only what that run created and
/// nothing else uses, if it is empty. Asks first.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman rollback --dry-run
  partman rollback --yes")]
pub(crate) struct Rollback {
    /// Print what would be executed, and execute nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
