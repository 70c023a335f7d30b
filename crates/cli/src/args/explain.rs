//! `partman explain`: what an id means.

use clap::Args;

/// Say what a finding or a step means and what to do about it
///
/// Says what a finding or a step of a plan means, why it matters and what to do. Without an id it lists all of them.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman explain
  partman explain horizon-near")]
pub(crate) struct Explain {
    /// Id of a finding or a step
    pub(crate) id: Option<String>,
}
