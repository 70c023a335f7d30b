//! Forward with proof, and back with proof: the plan's steps through the runner, then the comparison with before.

use serde_json::Value;

use super::proof::{adopted, look_surely};
use super::{Conduct, Done};
use crate::journal::{DatabaseWorld, Run};
use crate::model::PartitionSet;
use crate::plan::Plan;
use crate::run::{
    Entry, Event, Observer, Outcome, Progress, Report, Runner, What, World, progress,
};
use crate::verify::{self, Verified};
use crate::{Error, Kind};

pub(super) async fn forward(
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
    let failed = match adopted(world, plan, before, conduct).await {
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

pub(super) async fn back(
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
    if let Some(error) = not_begun(world, run, &mut report).await {
        return Err(error);
    }
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

/// A run that was complete stays so where not even its last step got the lock that taking it back needs.
async fn not_begun(world: &mut DatabaseWorld<'_>, run: &Run, report: &mut Report) -> Option<Error> {
    let before = run.progress();
    let no_lock = |error: &mut Error| error.kind() == Kind::LockTimeout;
    let error = report.undo_error.take_if(no_lock)?;
    let untouched = match world.entries().await {
        Ok(entries) => {
            let now = progress(&entries);
            now.done == before.done && now.retreated == before.retreated
        }
        Err(_) => false,
    };
    let entry = Entry::run(What::Completed, Value::Null);
    if before.is_open() || !untouched || world.record_surely(&entry).await.is_err() {
        report.undo_error = Some(error);
        return None;
    }
    Some(error)
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
