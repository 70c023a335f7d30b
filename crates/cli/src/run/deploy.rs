//! Everything for a container: looks, prepares, shows, asks, and carries it out as one run.

pub(super) mod again;
mod sight;
mod site;

use partman_report::{json, text};
use partman_rollout::backups::Backups;
use partman_rollout::config::Source;
use partman_rollout::deploy::{self, Folder, Lock, Means, Prepared, prepare};
use partman_rollout::request::request;

use super::backup::gate::Guard;
use super::backup::{self, Doing};
use super::project::{Access, Project};
use super::runtime::{self, Stop};
use super::{agreement, ending, plan};
use crate::args::deploy::{Deploy, Strategy};
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

pub(super) use sight::Sight;
pub(super) use site::Site;

/// # Errors
/// Nothing was changed, and why; or the run began, and its journal knows how it stands.
pub(super) fn run(args: &Deploy, settings: &Settings) -> Result<ExitCode, Error> {
    if args.strategy == Strategy::Recreate {
        let error = Error::new(ExitCode::Usage, "`--strategy recreate` is not there yet");
        return Err(error.help(
            "`--strategy hot` puts pg_partman into the running container, without a restart",
        ));
    }
    runtime::run(async |stop| {
        let access = if args.dry_run {
            Access::Look
        } else {
            Access::Change
        };
        let mut project = stop.or_done(Project::open(settings, access)).await?;
        let source = args.source.as_deref().map(absolute);
        if let Some(named) = &source {
            // The proof of a backup may need the files too.
            project.config.pg_partman.source = Some(as_configured(named));
        }
        let site = stop.or_done(Site::of(&project, access)).await?;
        let prepared = prepared(args, source.as_deref(), &project, &site);
        let prepared = stop.or_done(prepared).await?;
        let guard = guard(args, &prepared, &project, settings, &stop).await?;
        let shown = Shown {
            prepared: &prepared,
            site: &site,
            behind: guard.as_ref().map(Guard::in_words),
        };
        if args.dry_run {
            shown.as_data(settings)?;
            return Ok(ExitCode::Done);
        }
        if prepared.is_empty() {
            return nothing_to_do(settings);
        }
        if !settings.yes {
            output::talk(&shown.in_words(settings));
        }
        agreement::ask(settings, &stop, "Do this?").await?;
        carry_out(args, &prepared, guard, &project, &site, settings, &stop).await
    })
}

/// A path as it will be found from everywhere; an image has none.
fn absolute(source: &str) -> String {
    if source.starts_with("image:") {
        return source.to_owned();
    }
    let path = std::path::absolute(source);
    path.map_or_else(
        |_| source.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

fn as_configured(source: &str) -> Source {
    match source.strip_prefix("image:") {
        Some(image) => Source::Image(image.to_owned()),
        None => Source::Path(source.into()),
    }
}

/// What will be done, or why not.
async fn prepared(
    args: &Deploy,
    source: Option<&str>,
    project: &Project,
    site: &Site,
) -> Result<Prepared, Error> {
    let seen = project.inspect(true).await?;
    if !args.dry_run {
        Lock::must_be_free(&site.folder)?;
        deploy::must_be_closed(&site.folder, &seen.server, &site.chosen)?;
        partman_core::journal::may_begin(&seen)?;
    }
    let request = request(&project.config, &args.scope.asked(), &seen);
    let prepared = prepare(&site.chosen, &project.config, &seen, &request, source).await?;
    plan::agrees_with_itself(&prepared.plan)?;
    Ok(prepared)
}

/// What has to stand behind it: nothing where no set is touched, or where somebody said why not.
async fn guard(
    args: &Deploy,
    prepared: &Prepared,
    project: &Project,
    settings: &Settings,
    stop: &Stop,
) -> Result<Option<Guard>, Error> {
    if prepared.plan.is_empty() || args.without_backup.is_some() {
        return Ok(None);
    }
    let server = prepared.server.clone();
    Ok(Some(Guard::look(project, server, settings, stop).await?))
}

fn nothing_to_do(settings: &Settings) -> Result<ExitCode, Error> {
    output::data(&match settings.format {
        Format::Text => text::nothing_to_deploy(),
        Format::Json => json::nothing_to_deploy(),
    })?;
    Ok(ExitCode::Done)
}

/// What is shown before anything is done.
struct Shown<'a> {
    prepared: &'a Prepared,
    site: &'a Site,
    behind: Option<String>,
}

impl Shown<'_> {
    fn in_words(&self, settings: &Settings) -> String {
        let facts = self.site.chosen.facts();
        let behind = self.behind.as_deref();
        text::deployment_plan(facts, self.prepared, behind, settings.language.into())
    }

    fn as_data(&self, settings: &Settings) -> Result<(), Error> {
        let facts = self.site.chosen.facts();
        output::data(&match settings.format {
            Format::Text => self.in_words(settings),
            Format::Json => json::deployment_plan(facts, self.prepared, self.behind.as_deref()),
        })
    }
}

async fn carry_out(
    args: &Deploy,
    prepared: &Prepared,
    guard: Option<Guard>,
    project: &Project,
    site: &Site,
    settings: &Settings,
    stop: &Stop,
) -> Result<ExitCode, Error> {
    let backups = backup::of(&project.config, settings)?.beside(Some(site.chosen.clone()));
    let (back_up, backing) = guard.map(Guard::into_step).unwrap_or_default();
    let reason = args.without_backup.clone();
    let work = async |means: Means<'_>, folder: &Folder| {
        deploy::deploy(folder, prepared, back_up, backing, means).await
    };
    in_sight(
        "deploy", project, site, &backups, reason, settings, stop, work,
    )
    .await
}

/// Carries out a deployment or what became of one, reports it, and says how it ended.
#[expect(
    clippy::too_many_arguments,
    reason = "each is another's and there is no sense in their sum"
)]
pub(super) async fn in_sight(
    verb: &str,
    project: &Project,
    site: &Site,
    backups: &Backups,
    without_backup: Option<String>,
    settings: &Settings,
    stop: &Stop,
    work: impl AsyncFnOnce(Means<'_>, &Folder) -> Result<deploy::Deployed, partman_core::Error>,
) -> Result<ExitCode, Error> {
    let conduct = project.conduct(stop.token(), without_backup);
    let sight = Sight::new(settings.bars, settings.quiet);
    let means = Means {
        chosen: &site.chosen,
        database: &project.database,
        backups,
        conduct: &conduct,
        ear: &sight,
        backup_ear: &sight,
    };
    let ended = stop.or_insisted(work(means, &site.folder)).await;
    sight.finish();
    let deployed = ended.map_err(|error| match sight.has_started() {
        true => error.part_way(),
        false => error,
    })?;
    output::data(&match settings.format {
        Format::Text => text::deployment(&deployed),
        Format::Json => json::deployment(verb, &deployed),
    })?;
    if let Some(error) = deployed.backup_error {
        return Err(backup::failed(Doing::Guarding, error, stop.code()));
    }
    let code = ending::code_of(&deployed.done, stop.code());
    if let (Format::Json, Some(error)) = (settings.format, &deployed.done.error) {
        Error::caused(code, error).show();
    }
    Ok(code)
}
