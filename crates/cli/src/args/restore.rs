//! `partman restore`: brings a backup back, into a new database.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use partman_rollout::backups::BackupId;

/// Restore a backup into a new database, compared row by row
///
/// Never over a database that is there: the backup goes into a new one, every row is compared with the manifest, and only
/// then the new database gets its name. With --swap it then takes the old one's place: both are renamed, nothing is
/// copied, and the old one stays under another name. Asks first.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman restore 20261122T150455Z-shop
  partman restore 20261122T150455Z-shop --into shop_yesterday
  partman restore 20261122T150455Z-shop --swap --end-sessions")]
pub(crate) struct Restore {
    /// The backup, as `partman backup list` names it
    #[arg(value_parser = BackupId::parse)]
    pub(crate) id: BackupId,
    /// Name of the new database; default: the old one's and _restored
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) into: Option<String>,
    /// Then put it in the place of the old one, by renaming both
    #[arg(long)]
    pub(crate) swap: bool,
    /// End sessions that are in the way of --swap
    #[arg(long, requires = "swap")]
    pub(crate) end_sessions: bool,
}
