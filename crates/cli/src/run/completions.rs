//! Prints the completion script of a shell.

use crate::args;
use crate::args::completions::Completions;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;

/// # Errors
/// Stdout can't be written to.
pub(super) fn run(args: &Completions) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "partman", &mut script);
    output::data(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}
