//! The findings only, in as many reports as are asked for.

use std::time::{Duration, Instant};

use partman_core::check::Finding;
use partman_report::{Language, json, text};
use partman_rollout::status::{Known, findings_with};
use partman_rollout::unreachable;

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
    let looked = runtime::run(async |stop| stop.or_done(look(args, settings)).await)?;
    let found = looked.found;
    for report in &args.report {
        let text = written(&found, report.format, settings.language.into());
        let text = anstream::adapter::strip_str(&text).to_string();
        std::fs::write(&report.path, text).map_err(|e| {
            let doing = format!("could not write the report {}", report.path.display());
            Error::caused(ExitCode::Usage, &e).while_doing(doing)
        })?;
    }
    output::data(&written(&found, settings.format, settings.language.into()))?;
    if let Some(error) = looked.unanswered {
        return Err(error.waited_out());
    }
    match severity::code_of(&found, args.fail_on) {
        ExitCode::Findings if looked.waited_out => Ok(ExitCode::WaitedOut),
        code => Ok(code),
    }
}

/// What there is to report after having looked, perhaps more than once.
struct Looked {
    found: Vec<Finding>,
    /// Whether the time limit ended it.
    waited_out: bool,
    /// Why the database didn't answer, the last time.
    unanswered: Option<Error>,
}

fn written(found: &[Finding], format: Format, language: Language) -> String {
    match format {
        Format::Text => text::check(found, language),
        Format::Json => json::check(found, language),
    }
}

/// Looks once; with a time limit again and again, until there is nothing to find or the time is over.
async fn look(args: &Check, settings: &Settings) -> Result<Looked, Error> {
    let Some(wait) = args.wait else {
        let found = once(settings).await?;
        return Ok(Looked {
            found,
            waited_out: false,
            unanswered: None,
        });
    };
    let until = Instant::now() + wait;
    let mut told = String::new();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let seen = match tokio::time::timeout(left, once(settings)).await {
            Ok(seen) => seen,
            Err(_) => Err(Error::new(
                ExitCode::Unreachable,
                "the database did not answer in time",
            )),
        };
        let is_over = until.saturating_duration_since(Instant::now()) == Duration::ZERO;
        let why = match seen {
            Ok(found) if severity::code_of(&found, args.fail_on) == ExitCode::Done => {
                return Ok(Looked {
                    found,
                    waited_out: false,
                    unanswered: None,
                });
            }
            Ok(found) if is_over => {
                return Ok(Looked {
                    found,
                    waited_out: true,
                    unanswered: None,
                });
            }
            Ok(found) => format!(
                "{} finding(s), not all of them to be lived with",
                found.len()
            ),
            Err(error) if error.code() != ExitCode::Unreachable => return Err(error),
            Err(error) if is_over => {
                return Ok(Looked {
                    found: vec![unreachable::finding(&error.summary())],
                    waited_out: true,
                    unanswered: Some(error),
                });
            }
            Err(error) => error.summary(),
        };
        if why != told {
            let left = until.saturating_duration_since(Instant::now()).as_secs();
            output::say(&format!("{why}; looking again for another {left} s\n"));
            told = why;
        }
        let left = until.saturating_duration_since(Instant::now());
        tokio::time::sleep(PAUSE.min(left)).await;
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
