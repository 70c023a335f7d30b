//! What `resume` and `rollback` share: the last run is looked at, shown, asked about, and worked on.

use partman_core::journal::{self, Run};
use partman_core::migrate::{Conduct, Done};
use partman_core::postgres::Database;
use partman_rollout::deploy::Folder;
use partman_rollout::preview::{self, Preview};
use serde_json::json;

use super::progress::Progress;
use super::project::{Access, Project};
use super::runtime::Stop;
use super::{agreement, conduct, deploy, runtime};
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// One of the two verbs.
pub(super) struct Verb {
    pub(super) name: &'static str,
    pub(super) question: &'static str,
    pub(super) goes: Goes,
    pub(super) dry_run: bool,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// Forward, or on with going back.
    On,
    Back,
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
        let folder = Folder::of(&project.config);
        if let Some(deployment) = folder.concerned(last.as_ref())? {
            return deploy::again::run(verb, &deployment, &project, settings, &stop).await;
        }
        let preview = last.as_ref().and_then(match verb.goes {
            Goes::On => preview::resume,
            Goes::Back => preview::rollback,
        });
        if verb.dry_run {
            show(verb, preview.as_ref(), settings)?;
            return Ok(ExitCode::Done);
        }
        if let Some(preview) = &preview {
            agreed(verb, preview, settings, &stop).await?;
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

/// Shows what will happen, and asks.
///
/// # Errors
/// Nobody agreed, or there is nobody to ask.
pub(super) async fn agreed(
    verb: &Verb,
    preview: &Preview,
    settings: &Settings,
    stop: &Stop,
) -> Result<(), Error> {
    if !settings.yes {
        output::talk(&in_words(preview));
    }
    agreement::ask(settings, stop, verb.question).await
}

async fn last(project: &Project) -> Result<Option<Run>, Error> {
    let mut session = project.database.session().await?;
    Ok(journal::find_run(&mut session, None).await?)
}

/// Shows what would happen.
///
/// # Errors
/// There is nothing that could.
pub(super) fn show(
    verb: &Verb,
    preview: Option<&Preview>,
    settings: &Settings,
) -> Result<(), Error> {
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
        text += &match step.sql.is_empty() {
            true => format!("\n{}\n    {}\n", step.id, step.title),
            false => format!("\n{}\n", step.id),
        };
        for statement in &step.sql {
            text += &format!("    {statement};\n");
        }
    }
    text
}
