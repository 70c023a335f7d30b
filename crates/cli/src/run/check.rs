//! The findings only, in as many reports as are asked for.

use std::time::{Duration, Instant};

use partman_core::check::Finding;
use partman_report::{Language, json, text};
use partman_rollout::status::{Known, findings_with};

use super::project::{Access, Project};
use super::{runtime, severity};
use crate::args::check::Check;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// Between two looks at the database.
const PAUSE: Duration = Duration::from_secs(2);

/// # Errors
/// The database can't be looked at, or a report can't be written.
pub(super) fn run(args: &Check, settings: &Settings) -> Result<ExitCode, Error> {
    let (found, in_time) = runtime::run(async |stop| stop.or_done(look(args, settings)).await)?;
    for report in &args.report {
        let text = written(&found, report.format, settings.language.into());
        let text = anstream::adapter::strip_str(&text).to_string();
        std::fs::write(&report.path, text).map_err(|e| {
            let doing = format!("could not write the report {}", report.path.display());
            Error::caused(ExitCode::Usage, &e).while_doing(doing)
        })?;
    }
    output::data(&written(&found, settings.format, settings.language.into()))?;
    match severity::code_of(&found, args.fail_on) {
        ExitCode::Findings if !in_time => Ok(ExitCode::WaitedOut),
        code => Ok(code),
    }
}

fn written(found: &[Finding], format: Format, language: Language) -> String {
    match format {
        Format::Text => text::check(found, language),
        Format::Json => json::check(found, language),
    }
}

/// Looks until there is nothing to find or the time is over; whether it was in time is the second value.
async fn look(args: &Check, settings: &Settings) -> Result<(Vec<Finding>, bool), Error> {
    let until = args.wait.map(|wait| Instant::now() + wait);
    loop {
        let seen = once(settings).await;
        let time_is_over = until.is_none_or(|until| Instant::now() + PAUSE > until);
        match seen {
            Ok(found) if severity::code_of(&found, args.fail_on) == ExitCode::Done => {
                return Ok((found, true));
            }
            Ok(found) if time_is_over => return Ok((found, until.is_none())),
            Err(error) if until.is_none() || error.code() != ExitCode::Unreachable => {
                return Err(error);
            }
            Err(error) if time_is_over => return Err(error.waited_out()),
            Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn once(settings: &Settings) -> Result<Vec<Finding>, Error> {
    let project = Project::open(settings, Access::Look).await?;
    let seen = project.inspect(true).await?;
    let known = Known {
        deployed: project.deployed(&seen).await?,
        ..Known::default()
    };
    Ok(findings_with(&seen, &project.config, &known))
}
