//! `partman man`: the manual.

use std::path::PathBuf;

use clap::Args;

/// Print the manual page
///
/// Prints the manual page, or writes those of all verbs into a folder.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman man | man -l -
  partman man --out /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// Write the pages of partman and of all its verbs into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}
