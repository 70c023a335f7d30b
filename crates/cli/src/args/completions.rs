//! `partman completions`: what a shell needs to complete our arguments.

use clap::Args;
use clap_complete::Shell;

/// Print completions for a shell
///
/// Prints the script with which a shell completes verbs and flags of partman.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman completions bash > ~/.local/share/bash-completion/completions/partman
  partman completions fish > ~/.config/fish/completions/partman.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}
