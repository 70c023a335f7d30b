//! The runner: any list of undoable steps, in any world, with a journal that survives the runner.
//!
//! Each step is written down before it begins; that it is done is written down together with what it did, in one
//! transaction where the world has such a thing. So the journal tells exactly where a run that was killed stood, and
//! going on with it is the same code as running it. A step that fails is followed by the undoing of all before it, in
//! reverse. Nothing is printed here: an [`Observer`] hears what happens.

mod entry;
mod event;
mod patience;
mod runner;
mod world;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::watch::{Blocker, KeptWaiting, SeenLock};

pub use entry::{Entry, Progress, What, progress};
pub use event::{Event, Observer, Silent};
use patience::Clock;
pub use patience::{Patience, Waits};
pub use runner::Runner;
pub use world::World;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step is done.
    Completed,
    /// A step failed, and everything before it has been taken back.
    Unwound,
    /// Everything was taken back because somebody asked for it.
    RolledBack,
    /// A step failed, and taking back failed too: a person has to look.
    Stuck,
    /// Somebody asked to stop; the journal knows where.
    Interrupted,
}

/// What happened to one step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step's id.
    pub id: String,
    /// From its beginning to its end, waits included, in milliseconds.
    pub took_ms: f64,
    /// Of that, how long it waited for locks, in milliseconds.
    pub waited_ms: f64,
    /// The longest that locks which readers or writers feel can have been held, in milliseconds; zero where it takes none.
    /// Others are in [`StepReport::locks`].
    pub locked_ms: f64,
    /// What it was seen to hold, by the second session that looks on; see [`crate::watch`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<SeenLock>,
    /// Whom it was seen to keep waiting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_waiting: Vec<KeptWaiting>,
    /// Who was seen to be in its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_the_way: Vec<Blocker>,
    /// What became of it in the end.
    #[serde(default)]
    pub became: Became,
    /// What was left as it is on the way back, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It is done.
    #[default]
    Done,
    /// It was found done.
    Found,
    /// It failed, and left nothing behind.
    Failed,
    /// It has been taken back.
    TakenBack,
    /// It was left as it is on the way back.
    Kept,
}

/// What a run has to tell: also when it failed, what it did before.
#[derive(Debug)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// The steps that this call worked on, in the order in which it did.
    pub steps: Vec<StepReport>,
    /// Why it did not complete.
    pub error: Option<Error>,
    /// Why taking back failed as well.
    pub undo_error: Option<Error>,
}
