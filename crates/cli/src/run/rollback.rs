//! Undoes the last run.

use partman_core::migrate::rollback;
use partman_rollout::preview;

use super::earlier::{self, Verb};
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
        preview: preview::rollback,
        dry_run: args.dry_run,
    };
    earlier::run(&verb, settings, async |database, how, progress| {
        rollback(database, None, how, progress).await
    })
}
