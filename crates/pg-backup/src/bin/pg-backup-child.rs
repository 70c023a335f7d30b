//! [`pg_backup::exec_child`] as a program of its own, for services that have no room for a hidden subcommand.

use std::process::ExitCode;

fn main() -> ExitCode {
    pg_backup::exec_child(std::env::args_os().skip(1))
}
