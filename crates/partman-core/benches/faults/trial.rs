//! One way in which things go wrong, tried at one step, and judged.

use std::time::Duration;

use partman_core::Error;
use partman_core::migrate::Done;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::support::Subject;
use crate::support::faulty::{Cue, Fault, Faulty};
use crate::support::killed::kill;
use crate::support::scene::Scene;
use crate::support::wire::Wire;

/// How long a step waits for locks before the run gives up.
pub(crate) const BUDGET: Duration = Duration::from_millis(600);

/// What is wrong with a trial in which nothing was tried.
pub(crate) const DID_NOT_COME: &str = "the fault did not come";

/// The name by which a process that is to be killed is started; it needs none here.
const CHILD: &str = "faults";

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Ended {
    /// The run completed; then it was taken back, and all was as before.
    Completed,
    /// The run failed and had put everything back.
    PutBack,
    /// It stopped; `resume` completed it, and `rollback` took it back.
    Resumed,
    /// It stopped; `rollback` took it back.
    TakenBack,
    /// Doing it again changed nothing.
    AsOnce,
    /// None of these.
    Wrong,
}

impl Ended {
    /// This, unless something is wrong.
    pub(crate) fn of(wrong: &[String], ended: Self) -> Self {
        if wrong.is_empty() { ended } else { Self::Wrong }
    }
}

enum At {
    Begin,
    Middle,
    Commit,
}

/// A fault and what is done about it.
pub(crate) struct Trial {
    /// For the table.
    pub(crate) what: &'static str,
    fault: Fault,
    at: At,
    /// Whether a run that stopped is finished, or taken back.
    finish: bool,
}

const fn trial(what: &'static str, fault: Fault, at: At, finish: bool) -> Trial {
    Trial {
        what,
        fault,
        at,
        finish,
    }
}

/// Everything that is tried at every step.
pub(crate) const TRIALS: [Trial; 17] = [
    trial(
        "partman is killed before the commit, then `resume`",
        Fault::KilledBefore,
        At::Commit,
        true,
    ),
    trial(
        "partman is killed before the commit, then `rollback`",
        Fault::KilledBefore,
        At::Commit,
        false,
    ),
    trial(
        "partman is killed in the middle, then `rollback`",
        Fault::KilledMeanwhile,
        At::Middle,
        false,
    ),
    trial(
        "partman is killed after the commit, then `resume`",
        Fault::KilledAfter,
        At::Commit,
        true,
    ),
    trial(
        "partman is killed after the commit, then `rollback`",
        Fault::KilledAfter,
        At::Commit,
        false,
    ),
    trial(
        "the backend is terminated in the middle",
        Fault::LostBefore,
        At::Middle,
        true,
    ),
    trial(
        "the backend is terminated after the commit",
        Fault::LostAfter,
        At::Commit,
        true,
    ),
    trial(
        "the connection is cut in the middle",
        Fault::CutBefore,
        At::Middle,
        true,
    ),
    trial(
        "the connection is cut after the commit",
        Fault::CutAfter,
        At::Commit,
        true,
    ),
    trial(
        "the server stops (immediate) before the commit and comes back",
        Fault::CrashBefore,
        At::Commit,
        true,
    ),
    trial(
        "the server stops (immediate) after the commit and comes back",
        Fault::CrashAfter,
        At::Commit,
        true,
    ),
    trial(
        "a reader holds the set for a moment",
        Fault::Reader,
        At::Begin,
        true,
    ),
    trial(
        "a reader holds the set for longer than the budget",
        Fault::LongReader,
        At::Begin,
        false,
    ),
    trial(
        "a writer holds the set for a moment",
        Fault::Writer,
        At::Begin,
        true,
    ),
    trial(
        "a writer holds the set for longer than the budget",
        Fault::LongWriter,
        At::Begin,
        false,
    ),
    trial("a statement fails", Fault::Refused, At::Middle, true),
    trial("the commit fails", Fault::Refused, At::Commit, true),
];

impl Trial {
    /// Runs the plan with the fault at this step, and ends what it left. Says how it ended and what is wrong then.
    pub(crate) async fn at(
        &self,
        moment: &Moment,
        scene: &mut Scene,
        plan: &Plan,
    ) -> (Ended, Vec<String>) {
        let call = match self.at {
            At::Begin => moment.begin,
            At::Middle => moment.middle(),
            At::Commit => moment.commit,
        };
        let (ended, wrong) = match self.fault {
            Fault::KilledBefore | Fault::KilledMeanwhile | Fault::KilledAfter => {
                kill(CHILD, scene, call, self.fault).await;
                self.stopped(scene, plan).await
            }
            _ => self.strike(call, scene, plan).await,
        };
        (Ended::of(&wrong, ended), wrong)
    }

    async fn strike(&self, call: usize, scene: &mut Scene, plan: &Plan) -> (Ended, Vec<String>) {
        let fault = self.fault;
        let wire = Wire::to(&scene.db);
        let mut subject = Subject::connect_to(&wire.dsn(&scene.db, "postgres")).await;
        subject.conduct.patience = scene.subject.conduct.patience;
        let faulty = Faulty::new(&subject.database, &scene.db, Cue { call, fault }).over(&wire);
        let done = subject.migrate_through(&faulty, plan).await;
        if !faulty.has_struck() {
            return (Ended::Wrong, vec![DID_NOT_COME.to_owned()]);
        }
        if matches!(fault, Fault::CrashBefore | Fault::CrashAfter) {
            scene.look_again().await;
        }
        faulty.let_go().await;
        self.judge(done, scene, plan).await
    }

    async fn judge(
        &self,
        done: Result<Done, Error>,
        scene: &Scene,
        plan: &Plan,
    ) -> (Ended, Vec<String>) {
        match done {
            Ok(done) => match done.outcome {
                Outcome::Completed => {
                    let mut wrong = scene.is_adopted(&done).await;
                    wrong.extend(scene.taken_back().await);
                    (Ended::Completed, wrong)
                }
                Outcome::Unwound => (Ended::PutBack, scene.differences().await),
                _ => self.stopped(scene, plan).await,
            },
            Err(error) => (Ended::Wrong, vec![format!("it did not begin: {error:?}")]),
        }
    }

    /// The run stopped part-way: the next command ends it.
    async fn stopped(&self, scene: &Scene, plan: &Plan) -> (Ended, Vec<String>) {
        // One that was being taken back can't be finished any more.
        let finish = self.finish && !scene.is_being_taken_back().await;
        let ended = match finish {
            true => Ended::Resumed,
            false => Ended::TakenBack,
        };
        (ended, scene.can_be_ended(plan, finish).await)
    }
}
