//! A migration from its lock to its proof, going on with one that stopped, and taking one back.
//!
//! Each of the three takes the database's run lock, reads the journal, and hands the plan's steps to the runner. What
//! was there before is in the journal, so that the proof is the same whoever ends the run.

mod begin;
mod drive;
mod earlier;
mod proof;

use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::journal::{Connector, DatabaseWorld};
use crate::plan::Plan;
use crate::run::{Observer, Outcome, Patience, StepReport};
use crate::verify::Verified;
use crate::watch::Watch;

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
/// Before anything is changed: the run lock ([`Kind::Busy`](crate::Kind::Busy)), an earlier run that stopped
/// ([`Kind::Unfinished`](crate::Kind::Unfinished)), a database that has changed
/// ([`Kind::Changed`](crate::Kind::Changed)), a plan with refusals ([`Kind::Refused`](crate::Kind::Refused)). What
/// happens later is in [`Done`].
pub async fn migrate(
    connector: &dyn Connector,
    plan: &Plan,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let mut world = DatabaseWorld::lock(connector).await?;
    let watch = Watch::start(connector).await;
    let done = begin::start(&mut world, plan, conduct, &mut watch.beside(observer)).await;
    released(world, watch, done).await
}

/// Goes on with the last run where it stopped: forward, or back if it was being taken back.
///
/// # Errors
/// As [`migrate`]; [`Kind::Refused`](crate::Kind::Refused) when no run stopped part-way.
pub async fn resume(
    connector: &dyn Connector,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let mut world = DatabaseWorld::lock(connector).await?;
    let watch = Watch::start(connector).await;
    let done = earlier::go_on(&mut world, conduct, &mut watch.beside(observer)).await;
    released(world, watch, done).await
}

/// Takes back the last run that is still in effect, or the one of this id.
///
/// # Errors
/// As [`migrate`]; [`Kind::Refused`](crate::Kind::Refused) when there is no run, see [`to_undo`](crate::journal::to_undo).
pub async fn rollback(
    connector: &dyn Connector,
    id: Option<&str>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let mut world = DatabaseWorld::lock(connector).await?;
    let watch = Watch::start(connector).await;
    let done = earlier::undo(&mut world, id, conduct, &mut watch.beside(observer)).await;
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
