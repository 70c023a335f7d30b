//! Makes backups, and looks after them. Only making one needs the database; the rest needs the directory.

mod failure;
pub(super) mod gate;
mod progress;

use partman_report::{json, text};
use partman_rollout::Config;
use partman_rollout::backups::{
    self, BackupId, Backups, Helper, Kind, Observer, Pruning, Timestamp, exec_child,
};
use tokio_util::sync::CancellationToken;

use super::project::{Access, Project};
use super::runtime::{self, Stop};
use crate::args::backup::{Backup, Prove, Prune, Verify, What};
use crate::args::child::{Child, NAME};
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

pub(super) use failure::{Doing, failed};
pub(super) use progress::Progress;

/// # Errors
/// Why it wasn't done; nothing that is half done is left.
pub(super) fn run(args: &Backup, settings: &Settings) -> Result<ExitCode, Error> {
    runtime::run(async |stop| match &args.what {
        None | Some(What::Create) => create(settings, &stop).await,
        Some(What::List) => list(settings),
        Some(What::Verify(args)) => verify(args, settings, &stop).await,
        Some(What::Prove(args)) => prove(args, settings, &stop).await,
        Some(What::Prune(args)) => prune(args, settings),
    })
}

/// Becomes the program that a run of partman has asked for. No thread has been started yet.
pub(super) fn child(args: &Child) -> ExitCode {
    if exec_child(args.words.iter().cloned()) == std::process::ExitCode::SUCCESS {
        ExitCode::Done
    } else {
        ExitCode::Bug
    }
}

/// The backups of a configuration, with this machine's programs, none of which outlives us.
///
/// # Errors
/// The program can't tell where it is.
pub(super) fn of(config: &Config, settings: &Settings) -> Result<Backups, Error> {
    let ourselves = std::env::current_exe().map_err(|e| {
        Error::caused(ExitCode::Bug, &e).while_doing("could not tell where partman itself is")
    })?;
    let backups = Backups::of(config)
        .search_path(std::env::var_os("PATH"))
        .meant(settings.container(config));
    Ok(backups.helper(Helper::new(ourselves, [NAME])))
}

/// Does something that takes long: in sight, and so that it can be stopped. Only somebody who insists has it dropped.
///
/// # Errors
/// Its own, with the exit code that it has when this is done.
pub(super) async fn in_sight<T>(
    doing: Doing,
    settings: &Settings,
    stop: &Stop,
    work: impl AsyncFnOnce(&dyn Observer, &CancellationToken) -> Result<T, backups::Error>,
) -> Result<T, Error> {
    let progress = Progress::new(settings.bars, settings.quiet);
    let token = stop.token();
    let ended = async { Ok::<_, Error>(work(&progress, &token).await) };
    let ended = stop.or_insisted(ended).await;
    progress.finish();
    let ended = ended.map_err(|error| error.help(failure::NOTHING_LEFT))?;
    ended.map_err(|e| failed(doing, e, stop.code()))
}

async fn create(settings: &Settings, stop: &Stop) -> Result<ExitCode, Error> {
    let project = stop.or_done(Project::open(settings, Access::Look)).await?;
    let connection = project.database.settings();
    if !settings.quiet {
        output::say(&format!("{}\n", connection.describe()));
    }
    let major = project.database.server().version / 10_000;
    let backups = of(&project.config, settings)?.beside(project.chosen());
    let connection = backups::connection(connection);
    let made = in_sight(Doing::Creating, settings, stop, async |observer, cancel| {
        backups.create(connection, major, observer, cancel).await
    })
    .await?;
    output::data(&match settings.format {
        Format::Text => text::backup(&made),
        Format::Json => json::backup(&made),
    })?;
    Ok(ExitCode::Done)
}

fn list(settings: &Settings) -> Result<ExitCode, Error> {
    let backups = of(&settings.config()?, settings)?;
    let entries = backups.store().list().map_err(plainly)?;
    output::data(&match settings.format {
        Format::Text => text::backups(backups.store().directory(), &entries),
        Format::Json => json::backups(backups.store().directory(), &entries),
    })?;
    Ok(ExitCode::Done)
}

async fn verify(args: &Verify, settings: &Settings, stop: &Stop) -> Result<ExitCode, Error> {
    let backups = of(&settings.config()?, settings)?;
    let id = named_or_newest(&backups, args.id.as_ref())?;
    let verified = in_sight(Doing::Looking, settings, stop, async |observer, cancel| {
        backups
            .verify(&id, args.level.into(), observer, cancel)
            .await
    })
    .await?;
    output::data(&match settings.format {
        Format::Text => text::verification(&id, &verified),
        Format::Json => json::verification(&id, &verified),
    })?;
    Ok(ExitCode::Done)
}

async fn prove(args: &Prove, settings: &Settings, stop: &Stop) -> Result<ExitCode, Error> {
    let backups = of(&settings.config()?, settings)?;
    let id = named_or_newest(&backups, args.id.as_ref())?;
    in_sight(Doing::Looking, settings, stop, async |observer, cancel| {
        backups.prove(&id, observer, cancel).await
    })
    .await?;
    let proven = backups.store().get(&id).map_err(plainly)?;
    output::data(&match settings.format {
        Format::Text => text::backup(&proven),
        Format::Json => json::backup(&proven),
    })?;
    Ok(ExitCode::Done)
}

fn prune(args: &Prune, settings: &Settings) -> Result<ExitCode, Error> {
    let backups = of(&settings.config()?, settings)?;
    let pruning = if args.dry_run {
        Pruning::DryRun
    } else {
        Pruning::Remove
    };
    let pruned = backups.prune(Timestamp::now(), pruning).map_err(plainly)?;
    output::data(&match settings.format {
        Format::Text => text::pruned(&pruned, pruning),
        Format::Json => json::pruned(&pruned, pruning),
    })?;
    Ok(ExitCode::Done)
}

/// The backup that is meant. One that somebody names has to be there.
fn named_or_newest(backups: &Backups, id: Option<&BackupId>) -> Result<BackupId, Error> {
    match id {
        Some(id) => must_exist(backups, id).map(|()| id.clone()),
        None => {
            let entries = backups.store().list().map_err(plainly)?;
            entries
                .last()
                .map(|entry| entry.id().clone())
                .ok_or_else(|| {
                    let place = backups.store().directory().display();
                    let error =
                        Error::new(ExitCode::Unproven, format!("there is no backup in {place}"));
                    error.help("`partman backup` makes one")
                })
        }
    }
}

/// # Errors
/// There is no backup of this name: that is wrong usage. Whether it is whole is another question.
pub(super) fn must_exist(backups: &Backups, id: &BackupId) -> Result<(), Error> {
    match backups.store().get(id) {
        Err(e) if e.kind() == Kind::NotFound => Err(failure::shown(ExitCode::Usage, e)),
        _ => Ok(()),
    }
}

fn plainly(e: backups::Error) -> Error {
    failed(Doing::Looking, e, ExitCode::Interrupted)
}
