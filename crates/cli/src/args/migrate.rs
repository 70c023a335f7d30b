//! `partman migrate`: puts partition sets under pg_partman.

use std::path::PathBuf;

use clap::Args;

use super::plan::Scope;
use super::value;

/// Put partition sets under pg_partman, without downtime
///
/// Looks, plans, asks, and puts the sets under pg_partman: no data is moved, no lock is held for longer than
/// milliseconds, every step can be undone, and the result is compared with what has to be there. Without a parent: the
/// sets of the configuration. Retention is never applied.
///
/// A backup of this very database that was proven to restore has to stand behind it (`max_age` under [proof] says for how
/// long that counts). If there is none, it is made and proven first; if that fails, nothing is changed: exit code 7.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman migrate --dry-run
  partman migrate public.webhook_events
  partman migrate --plan plan.json --yes --without-backup 'hourly volume snapshots'")]
pub(crate) struct Migrate {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Run this very plan, as saved by plan --out
    #[arg(long, value_name = "FILE", conflicts_with_all = ["parents", "rename", "keep_names", "decline"])]
    pub(crate) plan: Option<PathBuf>,
    /// Print what would be executed, and execute nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Go on without a proven backup, for a reason that is kept
    ///
    /// For people whose backups are made elsewhere. The reason is kept in the journal and told in every report.
    #[arg(long, value_name = "REASON", value_parser = value::reason)]
    pub(crate) without_backup: Option<String>,
}
