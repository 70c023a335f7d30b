//! Undoes the last run that is still in effect, or the one that is named.

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
        run: args.run.clone(),
        dry_run: args.dry_run,
    };
    earlier::run(&verb, settings, async |database, how, progress| {
        rollback(database, args.run.as_deref(), how, progress).await
    })
}
