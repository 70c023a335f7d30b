//! Goes on with the last run.

use partman_core::migrate::resume;

use super::earlier::{self, Goes, Verb};
use crate::args::resume::Resume;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::settings::Settings;

/// # Errors
/// Nothing was changed, and why; or its journal knows how the run stands.
pub(super) fn run(args: &Resume, settings: &Settings) -> Result<ExitCode, Error> {
    let verb = Verb {
        name: "resume",
        question: "Go on with it?",
        goes: Goes::On,
        run: None,
        dry_run: args.dry_run,
    };
    earlier::run(&verb, settings, async |database, how, progress| {
        resume(database, how, progress).await
    })
}
