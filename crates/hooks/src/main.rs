//! The program `partman-hook`: the checks of `partman check` where git and CI want them, with the same exit codes.
//!
//! It is the command under another name, and what it has of its own is `install`. Linting SQL migrations and
//! `pre-commit` are not there yet.

mod args;
mod install;

use std::ffi::OsString;

use args::{Args, Verb};
use clap::Parser;
use partman_cli::ExitCode;

fn main() -> ExitCode {
    match Args::parse().verb {
        Verb::Install(wanted) => match install::install(&wanted) {
            Ok(told) => {
                eprintln!("{told}");
                ExitCode::Done
            }
            Err(error) => {
                eprintln!("error: {error}\nhelp: {}", error.way_out());
                error.exit_code()
            }
        },
        // What git says of the push doesn't matter: the database is looked at as it is.
        Verb::PrePush(_) => check(Vec::new()),
        Verb::Ci(ci) => check(ci.arguments),
    }
}

fn check(arguments: Vec<OsString>) -> ExitCode {
    let argv = [OsString::from("partman"), OsString::from("check")]
        .into_iter()
        .chain(arguments);
    partman_cli::main(argv)
}
