//! The verbs: each takes what was typed and the settings, calls the libraries, and says how it ended.

mod agreement;
mod backup;
mod beside;
mod check;
mod completions;
mod conduct;
mod demo;
mod deploy;
mod earlier;
mod ending;
mod explain;
mod init;
mod man;
mod migrate;
mod plan;
mod progress;
mod project;
mod restore;
mod resume;
mod rollback;
mod runtime;
mod severity;
mod status;
mod upkeep;

use crate::args::value::AnyFormat;
use crate::args::{Args, Verb};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::logging;
use crate::output;
use crate::settings::{Settings, Surroundings};

/// A page in Markdown is what `status` has.
fn has_format(args: &Args) -> Result<(), Error> {
    let wants_page = args.global.format == Some(AnyFormat::Markdown);
    if !wants_page || matches!(args.verb, Verb::Status(_)) {
        return Ok(());
    }
    let message = "--format markdown is for partman status; this verb has text and json";
    Err(Error::new(ExitCode::Usage, message))
}

/// Does what was asked for.
///
/// # Errors
/// Why it wasn't done.
pub(crate) fn run(args: Args) -> Result<ExitCode, Error> {
    if let Verb::Child(args) = &args.verb {
        return Ok(backup::child(args));
    }
    output::set_quiet(args.global.quiet);
    logging::start(args.global.quiet, args.global.verbose);
    let settings = || -> Result<Settings, Error> {
        let surroundings = Surroundings::of_process()?;
        Ok(Settings::resolve(&args.global, surroundings))
    };
    has_format(&args)?;
    match &args.verb {
        Verb::Init(args) => init::run(args, &settings()?),
        Verb::Status(args) => status::run(args, &settings()?),
        Verb::Check(args) => check::run(args, &settings()?),
        Verb::Explain(args) => explain::run(args, &settings()?),
        Verb::Plan(args) => plan::run(args, &settings()?),
        Verb::Backup(args) => backup::run(args, &settings()?),
        Verb::Restore(args) => restore::run(args, &settings()?),
        Verb::Migrate(args) => migrate::run(args, &settings()?),
        Verb::Resume(args) => resume::run(args, &settings()?),
        Verb::Rollback(args) => rollback::run(args, &settings()?),
        Verb::Deploy(args) => deploy::run(args, &settings()?),
        Verb::Demo(args) => demo::run(args, &settings()?),
        Verb::Completions(args) => completions::run(args),
        Verb::Man(args) => man::run(args),
        Verb::Child(args) => Ok(backup::child(args)),
    }
}
