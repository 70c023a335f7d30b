//! `partman resume`: goes on with the last run.

use clap::Args;

/// Go on with a run that stopped part-way
///
/// Goes on with the last run from its journal: what was done is looked at, not done again. Asks first.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman resume --dry-run
  partman resume --yes")]
pub(crate) struct Resume {
    /// Print what would be executed, and execute nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
