//! A migration from its lock to its proof, going on with one that stopped, and taking one back.
//!
//! Each of the three takes the database's run lock, reads the journal, and hands the plan's steps to the runner. What
//! was there before is in the journal, so that the proof is the same whoever ends the run.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::bound::Point;
use crate::inspect::{Options, inspect};
use crate::journal::{self, Connector, DatabaseWorld, Run};
use crate::model::{Inspection, PartitionSet};
use crate::plan::Plan;
use crate::run::{
    Entry, Event, Observer, Outcome, Patience, Progress, Report, Runner, StepReport, What, World,
};
use crate::step::DatabaseStep;
use crate::verify::{self, Verified, probe};
use crate::watch::Watch;
use crate::{Error, Kind};

/// How a run is carried out.
#[derive(Debug, Clone)]
pub struct Conduct {
    /// How long each step waits for locks.
    pub patience: Patience,
    /// Why there is no backup; goes into the journal.
    pub without_backup: Option<String>,
    /// Cancelled when somebody wants the run to stop.
    pub cancel: CancellationToken,
    /// The `TimeZone` that our role has here by default.
    pub server_time_zone: String,
}

/// What a run did and proved.
#[derive(Debug)]
pub struct Done {
    /// The run's id; `None` when there was nothing to do.
    pub run: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Its steps.
    pub steps: Vec<StepReport>,
    /// The comparison with before, where the run got that far.
    pub verified: Option<Verified>,
    /// Why it did not complete.
    pub error: Option<Error>,
    /// Why taking back failed as well.
    pub undo_error: Option<Error>,
}

impl Done {
    fn nothing(outcome: Outcome) -> Self {
        Self {
            run: None,
            outcome,
            steps: Vec::new(),
            verified: None,
            error: None,
            undo_error: None,
        }
    }
}

/// Carries out a plan that was made a moment ago, or saved.
///
/// # Errors
/// Before anything is changed: the run lock ([`Kind::Busy`]), an earlier run that stopped ([`Kind::Unfinished`]), a
/// database that has changed ([`Kind::Changed`]), a plan with refusals ([`Kind::Refused`]). What happens later is in
/// [`Done`].
pub async fn migrate(
    connector: &dyn Connector,
    plan: &Plan,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let mut world = DatabaseWorld::lock(connector).await?;
    let watch = Watch::start(connector).await;
    let done = start(&mut world, plan, conduct, &mut watch.beside(observer)).await;
    released(world, watch, done).await
}

/// Lets the lock go, and adds what was seen of the steps' locks.
async fn released(
    world: DatabaseWorld<'_>,
    watch: Watch,
    mut done: Result<Done, Error>,
) -> Result<Done, Error> {
    let steps = done.as_mut().map_or(&mut [][..], |done| &mut done.steps);
    watch.stop(steps).await;
    world.release().await;
    done
}

async fn start(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let inspection = look(world, conduct).await?;
    journal::may_begin(&inspection)?;
    plan.still_holds(&inspection)?;
    if let Some(refusal) = plan.refusals.first() {
        return Err(Error::new(
            Kind::Refused,
            format!("{}; {}", refusal.what, refusal.way_out),
        ));
    }
    if plan.is_empty() {
        return Ok(Done::nothing(Outcome::Completed));
    }
    let adopts = plan.adopts();
    let before: Vec<PartitionSet> = inspection
        .sets
        .iter()
        .filter(|set| adopts.contains(&&set.name))
        .cloned()
        .collect();
    journal::create(world.session()).await?;
    journal::share(world.session(), &before).await?;
    let run = begin(world, plan, &before, &inspection, conduct).await?;
    world.set_run(run.clone(), &inspection.server);
    forward(world, &run, plan, &before, None, conduct, observer).await
}

/// Writes the run down. Where the connection is lost over it, the journal tells whether it is written: then it is the
/// only open one.
async fn begin(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    before: &[PartitionSet],
    inspection: &Inspection,
    conduct: &Conduct,
) -> Result<String, Error> {
    let server = &inspection.server;
    let reason = conduct.without_backup.as_deref();
    match journal::begin_run(world.session(), plan, before, server, reason).await {
        Err(error) if error.is_connection_lost() => {
            world.set_run("", server);
            world.recover().await?;
            match look(world, conduct).await?.runs.stopped() {
                Some(written) => Ok(written.id.clone()),
                None => journal::begin_run(world.session(), plan, before, server, reason).await,
            }
        }
        other => other,
    }
}

/// Goes on with the last run where it stopped: forward, or back if it was being taken back.
///
/// # Errors
/// As [`migrate`]; [`Kind::Refused`] when no run stopped part-way.
pub async fn resume(
    connector: &dyn Connector,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let mut world = DatabaseWorld::lock(connector).await?;
    let watch = Watch::start(connector).await;
    let done = go_on(&mut world, conduct, &mut watch.beside(observer)).await;
    released(world, watch, done).await
}

async fn go_on(
    world: &mut DatabaseWorld<'_>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let inspection = look(world, conduct).await?;
    journal::may_mend(&inspection)?;
    let id = &journal::to_resume(&inspection)?.id;
    let run = open_run(world, id, &inspection).await?;
    let so_far = run.progress();
    if so_far.unwinding {
        return back(world, &run, conduct, observer).await;
    }
    forward(
        world,
        &run.id,
        &run.plan,
        &run.before,
        Some(&so_far),
        conduct,
        observer,
    )
    .await
}

/// Takes back the last run that is still in effect, or the one of this id.
///
/// # Errors
/// As [`migrate`]; [`Kind::Refused`] when there is no run, see [`journal::to_undo`].
pub async fn rollback(
    connector: &dyn Connector,
    id: Option<&str>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let mut world = DatabaseWorld::lock(connector).await?;
    let watch = Watch::start(connector).await;
    let done = undo(&mut world, id, conduct, &mut watch.beside(observer)).await;
    released(world, watch, done).await
}

async fn undo(
    world: &mut DatabaseWorld<'_>,
    id: Option<&str>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let inspection = look(world, conduct).await?;
    journal::may_mend(&inspection)?;
    let id = &journal::to_undo(&inspection, id)?.id;
    let run = open_run(world, id, &inspection).await?;
    if run.progress().rolled_back {
        return Ok(Done {
            run: Some(run.id),
            ..Done::nothing(Outcome::RolledBack)
        });
    }
    let gone = gone_before(&run, &inspection);
    let mut done = back(world, &run, conduct, observer).await?;
    if let Some(verified) = &mut done.verified {
        verified.notes.extend(gone);
    }
    Ok(done)
}

/// What the run created and somebody else dropped, before anything was taken back.
fn gone_before(run: &Run, seen: &Inspection) -> Vec<String> {
    let partitions = seen.sets.iter().flat_map(|set| &set.partitions);
    let there: Vec<_> = partitions.map(|partition| &partition.name).collect();
    let so_far = run.progress();
    let done = so_far
        .done
        .keys()
        .filter_map(|place| run.plan.steps.get(*place));
    let created = done.filter_map(|step| match &step.spec {
        DatabaseStep::CreatePartition(create) => Some(&create.partition),
        _ => None,
    });
    created
        .filter(|name| !there.contains(name))
        .map(|name| format!("{name} was dropped, detached or renamed by somebody before"))
        .collect()
}

async fn open_run(
    world: &mut DatabaseWorld<'_>,
    id: &str,
    inspection: &Inspection,
) -> Result<Run, Error> {
    let Some(run) = journal::find_run(world.session(), Some(id)).await? else {
        return Err(Error::new(
            Kind::Changed,
            format!("run {id} is gone from the journal"),
        ));
    };
    world.set_run(run.id.clone(), &inspection.server);
    Ok(run)
}

/// A standby can be looked at, not changed.
async fn look(world: &mut DatabaseWorld<'_>, conduct: &Conduct) -> Result<Inspection, Error> {
    let options = Options {
        sizes: false,
        ..Options::new(conduct.server_time_zone.clone())
    };
    let inspection = inspect(world.session(), &options).await?;
    if inspection.server.in_recovery {
        return Err(Error::new(
            Kind::Unreachable,
            "the server is a standby; connect to its primary",
        ));
    }
    Ok(inspection)
}

async fn forward(
    world: &mut DatabaseWorld<'_>,
    run: &str,
    plan: &Plan,
    before: &[PartitionSet],
    so_far: Option<&Progress>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let remaining = (0..plan.steps.len())
        .filter(|place| !so_far.is_some_and(|so_far| so_far.is_behind(*place)))
        .count();
    observer.on(&Event::RunStarted {
        run,
        steps: plan.steps.len(),
        remaining,
    });
    let mut runner = runner(world, plan, conduct, observer);
    let report = match so_far {
        None => runner.forward(&Progress::default()).await,
        Some(so_far) => runner.go_on(so_far).await,
    };
    if report.outcome != Outcome::Completed {
        return Ok(done(run, report, None));
    }
    observer.on(&Event::Verifying);
    let failed = match prove_adopted(world, plan, before, conduct).await {
        Ok(verified) if verified.problems.is_empty() => {
            let proof = serde_json::to_value(&verified).unwrap_or_default();
            let entry = Entry::run(What::Completed, proof);
            match world.record_surely(&entry).await {
                Ok(()) => return Ok(done(run, report, Some(verified))),
                Err(error) => (
                    error.context("that the run is complete could not be written down"),
                    Some(verified),
                ),
            }
        }
        Ok(verified) => (
            Error::new(Kind::Verification, verified.problems.join("; ")),
            Some(verified),
        ),
        Err(error) => (
            error.context("the result could not be compared with what was there before"),
            None,
        ),
    };
    let report = self::runner(world, plan, conduct, observer)
        .back(report.steps, Some(failed.0))
        .await;
    Ok(done(run, report, failed.1))
}

async fn back(
    world: &mut DatabaseWorld<'_>,
    run: &Run,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let remaining = run.progress().done.len();
    observer.on(&Event::RunStarted {
        run: &run.id,
        steps: run.plan.steps.len(),
        remaining,
    });
    let mut report = runner(world, &run.plan, conduct, observer)
        .back(Vec::new(), None)
        .await;
    if report.outcome != Outcome::RolledBack {
        return Ok(done(&run.id, report, None));
    }
    observer.on(&Event::Verifying);
    let verified = match look_surely(world, conduct).await {
        Ok(after) => verify::restored(&run.before, &after),
        Err(error) => {
            report.error =
                Some(error.context("the result could not be compared with what was there before"));
            return Ok(done(&run.id, report, None));
        }
    };
    if !verified.problems.is_empty() {
        report.error = Some(Error::new(Kind::Changed, verified.problems.join("; ")));
    }
    Ok(done(&run.id, report, Some(verified)))
}

/// Looks once more where the connection is lost.
async fn look_surely(
    world: &mut DatabaseWorld<'_>,
    conduct: &Conduct,
) -> Result<Inspection, Error> {
    match look(world, conduct).await {
        Err(error) if error.is_connection_lost() => {
            world.recover().await?;
            look(world, conduct).await
        }
        other => other,
    }
}

fn runner<'r, 'c>(
    world: &'r mut DatabaseWorld<'c>,
    plan: &'r Plan,
    conduct: &Conduct,
    observer: &'r mut dyn Observer,
) -> Runner<'r, DatabaseWorld<'c>> {
    Runner {
        world,
        steps: plan.steps.iter().map(|step| step.spec.as_step()).collect(),
        patience: conduct.patience,
        observer,
        cancel: conduct.cancel.clone(),
    }
}

fn done(run: &str, report: Report, verified: Option<Verified>) -> Done {
    Done {
        run: Some(run.to_owned()),
        outcome: report.outcome,
        steps: report.steps,
        verified,
        error: report.error,
        undo_error: report.undo_error,
    }
}

/// Nothing of it lasts, so it is done once more where the connection is lost.
async fn prove_adopted(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    before: &[PartitionSet],
    conduct: &Conduct,
) -> Result<Verified, Error> {
    match compare_adopted(world, plan, before, conduct).await {
        Err(error) if error.is_connection_lost() => {
            world.recover().await?;
            compare_adopted(world, plan, before, conduct).await
        }
        other => other,
    }
}

async fn compare_adopted(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    before: &[PartitionSet],
    conduct: &Conduct,
) -> Result<Verified, Error> {
    let after = look(world, conduct).await?;
    let mut verified = verify::adopted(plan, before, &after);
    for found in &mut verified.sets {
        let Some(set) = after.set(&found.parent) else {
            continue;
        };
        let points = probe_points(set, after.server.now);
        found.probes =
            probe::try_inserts(world.session(), set, &points, after.server.superuser).await?;
    }
    Ok(verified)
}

/// The present, and the beginning of the last partition.
fn probe_points(set: &PartitionSet, now: Timestamp) -> Vec<Point> {
    let ranges = set.ranges();
    let Some((furthest, _, _)) = ranges.last() else {
        return Vec::new();
    };
    let present = match furthest {
        Point::Instant(_) => Some(Point::Instant(now)),
        Point::Local(_) => Some(Point::Local(jiff::tz::TimeZone::UTC.to_datetime(now))),
        Point::Day(_) => Some(Point::Day(jiff::tz::TimeZone::UTC.to_datetime(now).date())),
        Point::Id(_) => None,
    };
    present.into_iter().chain([*furthest]).collect()
}
