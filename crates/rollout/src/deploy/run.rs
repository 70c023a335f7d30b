//! Carries a deployment out, goes on with one that stopped, and takes one back.
//!
//! Each takes the locks, makes sure that the journal is of this very server and container, and hands the steps to
//! `drive`.

use jiff::Timestamp;
use partman_core::migrate::{Conduct, Done};
use partman_core::model::Server;
use partman_core::postgres::Database;
use partman_core::run::{Entry, Outcome, Report, What};
use partman_core::{Error, Kind};

use super::drive::Drive;
use super::journal::{Journal, Recorded};
use super::lock::Lock;
use super::step::BackUp;
use super::world::{Hear, HostWorld};
use super::{Folder, Header, HostStep, Prepared, Strategy};
use crate::backups::{self, Backing, Backups};
use crate::container::Chosen;

/// What a deployment works with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The container.
    pub chosen: &'a Chosen,
    /// The database in it.
    pub database: &'a Database,
    /// The project's backups.
    pub backups: &'a Backups,
    /// How the run is carried out.
    pub conduct: &'a Conduct,
    /// Who hears of it.
    pub ear: &'a dyn Hear,
    /// Who hears of the backup.
    pub backup_ear: &'a dyn backups::Observer,
}

/// What a deployment did and proved.
#[derive(Debug)]
pub struct Deployed {
    /// The run: the host's steps, and in place of the adoption those in the database.
    pub done: Done,
    /// How the container got pg_partman.
    pub strategy: Strategy,
    /// The container.
    pub container: String,
    /// The image that it was made from.
    pub image: String,
    /// Whether this run put files into the container that its image lacks.
    pub only_in_container: bool,
    /// The backup behind it.
    pub backing: Option<Backing>,
    /// Why there is no backup, where that is why it failed.
    pub backup_error: Option<backups::Error>,
}

/// Carries out what was prepared; `back_up` where a backup has to be made first, `backing` where there is one.
///
/// # Errors
/// Before anything is changed: [`Kind::Busy`], [`Kind::Unfinished`] when an earlier run stopped part-way, and
/// [`Kind::Changed`] when that was in another container or on another server. What happens later is in [`Deployed`].
pub async fn deploy(
    folder: &Folder,
    prepared: &Prepared,
    back_up: Option<BackUp>,
    backing: Option<Backing>,
    means: Means<'_>,
) -> Result<Deployed, Error> {
    let lock = Lock::take(folder, means.database).await?;
    let deployed = begin(folder, prepared, back_up, backing, means).await;
    lock.release().await;
    deployed
}

async fn begin(
    folder: &Folder,
    prepared: &Prepared,
    back_up: Option<BackUp>,
    backing: Option<Backing>,
    means: Means<'_>,
) -> Result<Deployed, Error> {
    must_be_closed(folder, &prepared.server, means.chosen)?;
    let (run, path) = folder.name(Timestamp::now());
    let facts = means.chosen.facts();
    let header = Header {
        format: Header::format(),
        run,
        started_at: Timestamp::now(),
        started_by: format!("process {}", std::process::id()),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        strategy: Strategy::Hot,
        system_identifier: prepared.server.system_identifier.clone(),
        database: prepared.server.database.clone(),
        database_oid: prepared.server.database_oid,
        container: facts.id.clone(),
        container_name: facts.name.clone(),
        image: facts.image.clone(),
        image_id: facts.image_id.clone(),
        image_digest: facts.image_digest.clone(),
        without_backup: means.conduct.without_backup.clone(),
        backup: backing,
        steps: prepared.steps(back_up),
    };
    let journal = Journal::create(&path, &header)?;
    let world = HostWorld::new(&means, &header, None, journal);
    forward(world, &header, means).await
}

/// Goes on with a run where it stopped: forward, or back if it was being taken back.
///
/// # Errors
/// [`Kind::Busy`]; [`Kind::Changed`] when the run acted on another server or container; [`Kind::Refused`] when it did not
/// stop part-way.
pub async fn resume(folder: &Folder, server: &Server, means: Means<'_>) -> Result<Deployed, Error> {
    let lock = Lock::take(folder, means.database).await?;
    let deployed = async {
        let run = last(folder, server, means.chosen)?;
        let so_far = run.progress();
        if !so_far.is_open() {
            let message = format!(
                "run {} did not stop part-way: there is nothing to resume",
                run.header.run
            );
            return Err(Error::new(Kind::Refused, message));
        }
        let world = of(&run, &means)?;
        if so_far.unwinding {
            return back(world, &run.header, means).await;
        }
        forward(world, &run.header, means).await
    }
    .await;
    lock.release().await;
    deployed
}

/// Takes back the last run.
///
/// # Errors
/// As [`resume`].
pub async fn rollback(
    folder: &Folder,
    server: &Server,
    means: Means<'_>,
) -> Result<Deployed, Error> {
    let lock = Lock::take(folder, means.database).await?;
    let deployed = async {
        let run = last(folder, server, means.chosen)?;
        let world = of(&run, &means)?;
        if run.progress().rolled_back {
            let nothing = Report {
                outcome: Outcome::RolledBack,
                steps: Vec::new(),
                error: None,
                undo_error: None,
            };
            return Ok(deployed(world, &run.header, nothing));
        }
        back(world, &run.header, means).await
    }
    .await;
    lock.release().await;
    deployed
}

fn of<'a>(run: &Recorded, means: &Means<'a>) -> Result<HostWorld<'a>, Error> {
    let journal = Journal::open(&run.path)?;
    Ok(HostWorld::new(means, &run.header, Some(run), journal))
}

fn last(folder: &Folder, server: &Server, chosen: &Chosen) -> Result<Recorded, Error> {
    let run = folder.last()?.ok_or_else(|| {
        let place = folder.path().display();
        Error::new(Kind::Refused, format!("there is no deployment in {place}"))
    })?;
    must_be_here(&run, server, chosen)?;
    Ok(run)
}

/// A journal that was copied, or whose container has been made anew, is history.
fn must_be_here(run: &Recorded, server: &Server, chosen: &Chosen) -> Result<(), Error> {
    let (header, facts) = (&run.header, chosen.facts());
    let what = if !header.is_of(server) {
        format!(
            "acted on database {} of another server (or of the same server before) than the one in container {}",
            header.database, facts.name
        )
    } else if header.container != facts.id {
        format!(
            "acted on container {} ({:.12}), and this is another one, {} ({:.12}): the files that it put there went with it",
            header.container_name, header.container, facts.name, facts.id
        )
    } else {
        return Ok(());
    };
    let message = format!(
        "run {} {what}; its journal is history here: move {} away, then `partman status` tells what is left",
        header.run,
        run.path.display()
    );
    Err(Error::new(Kind::Changed, message))
}

/// Makes sure that no deployment of this project stopped part-way.
///
/// # Errors
/// [`Kind::Unfinished`]; [`Kind::Changed`] when it was in another container or on another server.
pub fn must_be_closed(folder: &Folder, server: &Server, chosen: &Chosen) -> Result<(), Error> {
    match folder.last()?.filter(|run| run.progress().is_open()) {
        None => Ok(()),
        Some(open) => {
            must_be_here(&open, server, chosen)?;
            Err(unfinished(&open))
        }
    }
}

/// That a run has to be ended first.
pub fn unfinished(run: &Recorded) -> Error {
    let header = &run.header;
    let message = format!(
        "deployment {} of {:.0} into container {} stopped part-way ({} of {} steps are done)",
        header.run,
        header.started_at,
        header.container_name,
        run.progress().done.len(),
        header.steps.len()
    );
    Error::new(Kind::Unfinished, message)
}

async fn forward(
    world: HostWorld<'_>,
    header: &Header,
    means: Means<'_>,
) -> Result<Deployed, Error> {
    let mut drive = Drive::new(world, header, means);
    let report = drive.forward().await?;
    Ok(deployed(drive.world, header, report))
}

async fn back(world: HostWorld<'_>, header: &Header, means: Means<'_>) -> Result<Deployed, Error> {
    let mut drive = Drive::new(world, header, means);
    let report = drive.back().await?;
    Ok(deployed(drive.world, header, report))
}

/// The report of the host's steps, with those in the database in the place of the one that stands for them.
fn deployed(world: HostWorld<'_>, header: &Header, report: Report) -> Deployed {
    let told = world.hands.told;
    let mut inner = Some(told.steps);
    let mut steps = Vec::new();
    for step in report.steps {
        if step.id.starts_with("adopt:") {
            steps.extend(inner.take().unwrap_or_default());
        } else {
            steps.push(step);
        }
    }
    // Interrupted in the middle of the adoption, which has no report of its own then.
    steps.extend(inner.unwrap_or_default());
    let error = match (told.error, report.error) {
        (Some(inner), _) => Some(inner),
        (None, outer) => outer,
    };
    let made = told
        .backing
        .or_else(|| recorded_backing(world.hands.journal.entries()));
    Deployed {
        done: Done {
            run: Some(header.run.clone()),
            outcome: report.outcome,
            steps,
            verified: told.verified,
            error,
            undo_error: report.undo_error,
        },
        strategy: header.strategy,
        container: header.container_name.clone(),
        image: header.image.clone(),
        only_in_container: header
            .steps
            .iter()
            .any(|step| matches!(step, HostStep::PutFiles(_))),
        backing: header.backup.clone().or(made),
        backup_error: told.backup_error,
    }
}

/// The backup that this run made before it was gone on with.
fn recorded_backing(entries: &[Entry]) -> Option<Backing> {
    let mut details = entries.iter().filter(|entry| entry.what == What::Done);
    details.find_map(|entry| serde_json::from_value(entry.detail.get("backup")?.clone()).ok())
}
