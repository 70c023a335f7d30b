//! Carries out a run: with the configured patience, in sight, and so that it can be stopped.

use partman_core::migrate::{Conduct, Done};
use partman_report::{json, text};

use super::ending;
use super::progress::Progress;
use super::project::Project;
use super::runtime::Stop;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// Carries it out, reports it, and says how it ended.
///
/// # Errors
/// It could not begin; or it began, and how it stands is only in the journal.
pub(super) async fn carry_out(
    verb: &str,
    project: &Project,
    settings: &Settings,
    stop: &Stop,
    without_backup: Option<String>,
    work: impl AsyncFnOnce(&Conduct, &mut Progress) -> Result<Done, partman_core::Error>,
) -> Result<ExitCode, Error> {
    let conduct = project.conduct(stop.token(), without_backup);
    let mut progress = Progress::new(settings.bars, settings.quiet);
    let done = stop.or_insisted(work(&conduct, &mut progress)).await;
    progress.finish();
    let done = done.map_err(|error| match progress.has_started() {
        true => error.part_way(),
        false => error,
    })?;
    output::data(&match settings.format {
        Format::Text => text::run(&done),
        Format::Json => json::run(verb, &done),
    })?;
    let code = ending::code_of(&done, stop.code());
    if let (Format::Json, Some(error)) = (settings.format, &done.error) {
        Error::caused(code, error).show();
    }
    Ok(code)
}
