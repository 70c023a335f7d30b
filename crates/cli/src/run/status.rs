//! The whole picture, of a database or of what was kept of one.

use std::path::Path;

use partman_core::model::{INSPECTION_SCHEMA, Inspection};
use partman_report::{json, markdown, text};
use partman_rollout::Config;
use partman_rollout::backups::{Backups, Timestamp};
use partman_rollout::container::files;
use partman_rollout::status::{Known, status};

use super::project::{Access, Project};
use super::{runtime, severity};
use crate::args::status::Status;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// # Errors
/// The database can't be looked at, or a file can't be read or written.
pub(super) fn run(args: &Status, settings: &Settings) -> Result<ExitCode, Error> {
    let (config, seen, known) = match &args.input {
        Some(path) => (settings.config()?, kept(path)?, Known::default()),
        None => look(settings)?,
    };
    let to_stdout = args.save.as_deref() == Some(Path::new("-"));
    if let Some(path) = &args.save {
        keep(&seen, path)?;
    }
    let status = status(&seen, &config, known);
    if to_stdout {
        return Ok(severity::code_of(&status.findings, args.fail_on));
    }
    if settings.markdown {
        let configured = markdown::Configured::of(&config, &seen);
        let page = markdown::status(&status, &configured, settings.language.into());
        output::data(&page)?;
        return Ok(severity::code_of(&status.findings, args.fail_on));
    }
    output::data(&match settings.format {
        Format::Text => text::status(&status, settings.language.into()),
        Format::Json => json::status(&status, settings.language.into()),
    })?;
    Ok(severity::code_of(&status.findings, args.fail_on))
}

fn look(settings: &Settings) -> Result<(Config, Inspection, Known), Error> {
    runtime::run(async |stop| {
        stop.or_done(async {
            let project = Project::open(settings, Access::Look).await?;
            let seen = project.inspect(true).await?;
            let known = Known {
                backup: Backups::of(&project.config).known(&seen.server, Timestamp::now()),
                container: project.container().await?,
                files: files(&project.config)?,
                deployed: project.deployed(&seen).await?,
            };
            Ok::<_, Error>((project.config, seen, known))
        })
        .await
    })
}

fn kept(path: &Path) -> Result<Inspection, Error> {
    let reading = format!("could not read the inspection {}", path.display());
    let wrong = |e: &(dyn std::error::Error + 'static)| {
        Error::caused(ExitCode::Usage, e).while_doing(&reading)
    };
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    let seen: Inspection = serde_json::from_str(&text).map_err(|e| wrong(&e))?;
    if seen.schema == INSPECTION_SCHEMA {
        return Ok(seen);
    }
    let message = format!(
        "{} is of the form {:?}, not {INSPECTION_SCHEMA:?}",
        path.display(),
        seen.schema
    );
    Err(Error::new(ExitCode::Usage, message).help("make it again with partman status --save"))
}

fn keep(seen: &Inspection, path: &Path) -> Result<(), Error> {
    let writing = format!("could not write the inspection {}", path.display());
    let text = serde_json::to_string_pretty(seen).map_err(|e| Error::caused(ExitCode::Bug, &e))?;
    if path == Path::new("-") {
        return output::data(&(text + "\n"));
    }
    std::fs::write(path, text + "\n")
        .map_err(|e| Error::caused(ExitCode::Usage, &e).while_doing(writing))
}
