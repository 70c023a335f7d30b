//! The `partman` command: what was typed becomes `args`, what it means becomes `settings`, a verb under `run` does
//! it, and what comes of it is an `exit_code`. Data goes to stdout, talk to stderr; nothing is decided here.
//!
//! It is a library so that `partman-hook` can be the same program under another name.

mod args;
mod error;
mod exit_code;
mod logging;
mod output;
mod panic;
mod run;
mod settings;

use std::ffi::OsString;

pub use exit_code::ExitCode;

/// The whole command: understands `argv` (the first item is the program's own name), does it, and says how it ended.
/// Installs a panic hook that tells how to report a bug.
pub fn main(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    panic::install();
    let ended = match args::parse(argv) {
        Ok(Some(args)) => run::run(args),
        Ok(None) => Ok(ExitCode::Done),
        Err(error) => Err(error),
    };
    ended.unwrap_or_else(|error| error.show())
}
