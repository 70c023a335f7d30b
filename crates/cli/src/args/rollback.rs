//! `partman rollback`: undoes the last run.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// Undo the last run, from its journal; no data is moved
///
/// Puts names, bounds and configuration back as they were before the last run whose work still stands (so a second
/// rollback undoes the run before), and drops only what that run created and nothing else uses, if it is empty. What is
/// gone is told and left. Asks first.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman rollback --dry-run
  partman rollback --yes")]
pub(crate) struct Rollback {
    /// Undo this run instead of the last one whose work still stands
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) run: Option<String>,
    /// Print what would be executed, and execute nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
