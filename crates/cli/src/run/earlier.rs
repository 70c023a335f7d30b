//! What `resume` and `rollback` share: the last run is looked at, shown, asked about, and worked on.

use partman_core::journal::{self, Run};
use partman_core::migrate::{Conduct, Done};
use partman_core::postgres::Database;
use partman_rollout::preview::Preview;
use serde_json::json;

use super::progress::Progress;
use super::project::{Access, Project};
use super::{agreement, conduct, runtime};
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// One of the two verbs.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) question: &'static str,
    pub(super) preview: fn(&Run) -> Option<Preview>,
    pub(super) dry_run: bool,
}

/// # Errors
/// Nothing was changed, and why; or its journal knows how the run stands.
pub(super) fn run(
    verb: &Verb,
    settings: &Settings,
    work: impl AsyncFnOnce(&Database, &Conduct, &mut Progress) -> Result<Done, partman_core::Error>,
) -> Result<ExitCode, Error> {
    runtime::run(async |stop| {
        let access = if verb.dry_run {
            Access::Look
        } else {
            Access::Mend
        };
        let project = stop.or_done(Project::open(settings, access)).await?;
        let last = stop.or_done(last(&project)).await?;
        let preview = last.as_ref().and_then(verb.preview);
        if verb.dry_run {
            show(verb, preview.as_ref(), settings)?;
            return Ok(ExitCode::Done);
        }
        if let Some(preview) = &preview {
            if !settings.yes {
                output::talk(&in_words(preview));
            }
            agreement::ask(settings, &stop, verb.question).await?;
        }
        // That there is nothing to work on is told by the library, which knows why.
        conduct::carry_out(
            verb.name,
            &project,
            settings,
            &stop,
            None,
            async |how, progress| work(&project.database, how, progress).await,
        )
        .await
    })
}

async fn last(project: &Project) -> Result<Option<Run>, Error> {
    let mut session = project.database.session().await?;
    Ok(journal::find_run(&mut session, None).await?)
}

fn show(verb: &Verb, preview: Option<&Preview>, settings: &Settings) -> Result<(), Error> {
    let Some(preview) = preview else {
        let message = format!("there is no run to {}", verb.name);
        return Err(
            Error::new(ExitCode::Refused, message).help("`partman status` tells of the last run")
        );
    };
    match settings.format {
        Format::Text => output::data(&in_words(preview)),
        Format::Json => {
            let answer = json!({
                "schema": format!("partman/{}/1", verb.name),
                "dry_run": true,
                "run": preview.run,
                "back": preview.back,
                "steps": preview.steps,
            });
            output::data(&format!("{answer:#}\n"))
        }
    }
}

fn in_words(preview: &Preview) -> String {
    let (run, steps) = (&preview.run, preview.steps.len());
    let mut text = match preview.back {
        true => format!("run {run}: {steps} step(s) to take back\n"),
        false => format!("run {run}: {steps} step(s) are left\n"),
    };
    for step in &preview.steps {
        text += &format!("\n{}\n", step.id);
        for statement in &step.sql {
            text += &format!("    {statement};\n");
        }
    }
    text
}
