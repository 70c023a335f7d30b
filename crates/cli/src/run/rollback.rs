//! Undoes the last run.

use partman_core::migrate::rollback;

use super::earlier::{self, Goes, Verb};
use crate::args::rollback::Rollback;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::settings::Settings;

/// # Errors
/// Nothing was changed, and why; or its journal knows how the run stands.
pub(super) fn run(args: &Rollback, settings: &Settings) -> Result<ExitCode, Error> {
    let verb = Verb {
        name: "rollback",
        question: "Undo it?",
        goes: Goes::Back,
        dry_run: args.dry_run,
    };
    earlier::run(&verb, settings, async |database, how, progress| {
        rollback(database, None, how, progress).await
    })
}
