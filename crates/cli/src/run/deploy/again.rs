//! `resume` and `rollback` where the last run was a deployment: it is worked on as a whole, in the container too.

use partman_rollout::deploy::{self, Folder, Means, Recorded};

use super::{Site, in_sight};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::run::project::{Access, Project};
use crate::run::runtime::Stop;
use crate::run::{backup, earlier};
use crate::settings::Settings;

/// # Errors
/// Nothing was changed, and why; or its journal knows how the run stands.
pub(in crate::run) async fn run(
    verb: &earlier::Verb,
    recorded: &Recorded,
    project: &Project,
    settings: &Settings,
    stop: &Stop,
) -> Result<ExitCode, Error> {
    let preview = match verb.goes {
        earlier::Goes::On => recorded.preview_resume(),
        earlier::Goes::Back => recorded.preview_rollback(),
    };
    if verb.dry_run {
        earlier::show(verb, preview.as_ref(), settings)?;
        return Ok(ExitCode::Done);
    }
    let site = stop.or_done(Site::of(project, Access::Mend)).await?;
    let seen = stop.or_done(project.inspect(false)).await?;
    if let Some(preview) = &preview {
        earlier::agreed(verb, preview, settings, stop).await?;
    }
    let backups = backup::of(&project.config, settings)?.beside(Some(site.chosen.clone()));
    let reason = recorded.header.without_backup.clone();
    let goes = verb.goes;
    let work = async |means: Means<'_>, folder: &Folder| match goes {
        earlier::Goes::On => deploy::resume(folder, &seen.server, means).await,
        earlier::Goes::Back => deploy::rollback(folder, &seen.server, means).await,
    };
    in_sight(
        verb.name, project, &site, &backups, reason, settings, stop, work,
    )
    .await
}
