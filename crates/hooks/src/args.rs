//! What can be typed.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

/// Runs partman's checks as a git hook and in CI
///
/// The database is the one that partman.toml or the environment names. Exit codes are those of `partman check`: 0 when
/// nothing is wrong, 1 for findings of severity error, 4 when the database can't be reached.
#[derive(Debug, Parser)]
#[command(name = "partman-hook", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Install(Install),
    PrePush(PrePush),
    Ci(Ci),
}

/// Install the hook into this git repository
///
/// Writes a pre-push hook that runs the checks, so that nothing is pushed while the database has findings of severity
/// error. A hook that is there already is left alone without --force.
#[derive(Debug, clap::Args)]
pub(crate) struct Install {
    /// Replace a hook that is there; the old one is kept beside it
    #[arg(long)]
    pub(crate) force: bool,
}

/// Run as git's pre-push hook
#[derive(Debug, clap::Args)]
pub(crate) struct PrePush {
    /// What git passes: the remote's name and address
    #[arg(hide = true)]
    pub(crate) remote: Vec<OsString>,
}

/// Run the checks in CI; takes the arguments of `partman check`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  partman-hook ci
  partman-hook ci --report json=partman.json --fail-on warning")]
pub(crate) struct Ci {
    /// Arguments of `partman check`
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENT"
    )]
    pub(crate) arguments: Vec<OsString>,
}
