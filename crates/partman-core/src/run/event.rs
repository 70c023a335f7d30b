//! What a run tells while it goes on: a closed list of things that happened, and nothing of how to show them.

use std::time::Duration;

use crate::Error;
use crate::watch::Blocker;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The run begins or goes on with `remaining` steps of `steps`.
    RunStarted {
        /// The run's id.
        run: &'a str,
        /// All its steps.
        steps: usize,
        /// Those that are left.
        remaining: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its place, from 0.
        place: usize,
        /// Its id.
        id: &'a str,
        /// What it does.
        title: &'a str,
    },
    /// A lock wasn't had; after a pause it is tried again.
    LockBusy {
        /// The step's id.
        id: &'a str,
        /// Waited so far.
        waited: Duration,
        /// Until the step gives up.
        left: Duration,
    },
    /// A piece of a step is done.
    StepAdvanced {
        /// The step's id.
        id: &'a str,
        /// How much is done, in a unit of the step's own.
        done: u64,
        /// The whole, as far as it is known; 0 where it isn't.
        total: u64,
    },
    /// A step is done.
    StepDone {
        /// Its id.
        id: &'a str,
        /// From beginning to end.
        took: Duration,
        /// Of that, waiting for locks.
        waited: Duration,
    },
    /// A step was found done.
    StepFound {
        /// Its id.
        id: &'a str,
    },
    /// A step failed.
    StepFailed {
        /// Its id.
        id: &'a str,
        /// Why.
        error: &'a Error,
    },
    /// The connection is gone; a new one is looked for.
    ConnectionLost {
        /// What was under way.
        id: &'a str,
    },
    /// Steps are being taken back, this many.
    Unwinding {
        /// How many.
        steps: usize,
    },
    /// A step is being taken back.
    Undoing {
        /// Its id.
        id: &'a str,
    },
    /// A step has been taken back, or left as it is for a reason.
    Undone {
        /// Its id.
        id: &'a str,
        /// Why it was left.
        kept: Option<&'a str>,
    },
    /// The result is compared with what was there before.
    Verifying,
}

/// Hears what happens.
pub trait Observer: Send {
    /// Called in the middle of the run: be quick.
    fn on(&mut self, event: &Event<'_>);

    /// Who is in the way of the step that is under way, from somebody who can see that.
    fn in_the_way(&self) -> Vec<Blocker> {
        Vec::new()
    }
}

/// Hears nothing.
#[derive(Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&mut self, _event: &Event<'_>) {}
}
