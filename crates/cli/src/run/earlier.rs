//! What `resume` and `rollback` share: the last run is looked at, shown, asked about, and worked on.

use partman_core::journal::{self, Run};
use partman_core::migrate::{Conduct, Done};
use partman_core::model::Inspection;
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
    /// The run that was named.
    pub(super) run: Option<String>,
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
        let seen = stop.or_done(project.inspect(false)).await?;
        let folder = Folder::of(&project.config);
        if verb.run.is_none()
            && let Some(deployment) = folder.concerned(seen.runs.last())?
        {
            return deploy::again::run(verb, &deployment, &project, settings, &stop).await;
        }
        let run = stop.or_done(chosen(verb, &seen, &project)).await?;
        let preview = match verb.goes {
            Goes::On => preview::resume(&run),
            Goes::Back => preview::rollback(&run),
        };
        if verb.dry_run {
            let nothing = Preview {
                run: run.id.clone(),
                back: true,
                steps: Vec::new(),
            };
            show(verb, Some(preview.as_ref().unwrap_or(&nothing)), settings)?;
            return Ok(ExitCode::Done);
        }
        if let Some(preview) = &preview {
            agreed(verb, preview, settings, &stop).await?;
        }
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
        output::say(&in_words(preview));
    }
    agreement::ask(settings, stop, verb.question).await
}

/// The run that is meant, from its journal; the library refuses here what it would refuse under the run's lock.
async fn chosen(verb: &Verb, seen: &Inspection, project: &Project) -> Result<Run, Error> {
    journal::may_mend(seen)?;
    let id = match verb.goes {
        Goes::On => &journal::to_resume(seen)?.id,
        Goes::Back => &journal::to_undo(seen, verb.run.as_deref())?.id,
    };
    let others = journal::undoable(seen);
    if verb.goes == Goes::Back && verb.run.is_none() && others.len() > 1 {
        output::say(&format!(
            "several runs can be undone, this one first (another: --run ID):\n  {}\n",
            others.join("\n  ")
        ));
    }
    let mut session = project.database.session().await?;
    let found = journal::find_run(&mut session, Some(id)).await?;
    found.ok_or_else(|| {
        Error::new(
            ExitCode::Changed,
            format!("run {id} is gone from the journal"),
        )
    })
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
                "outcome": if preview.back { "rolled-back" } else { "completed" },
                "verified": {},
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
