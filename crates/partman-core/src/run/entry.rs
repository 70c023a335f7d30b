//! What the journal holds of a run, and what follows from it: state is derived, never stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Place of the step in the plan; `None` for what concerns the run as a whole.
    pub step: Option<usize>,
    /// What happened.
    pub what: What,
    /// What the step returned, or why it failed.
    pub detail: Value,
}

/// What an [`Entry`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The step begins.
    Started,
    /// A piece of it is done; the detail is what the next one has to know.
    Advanced,
    /// It is done; the detail is what undo needs.
    Done,
    /// It was done before us; undo leaves it alone.
    Found,
    /// It failed and left nothing behind.
    Failed,
    /// From here on the run is being taken back.
    Unwinding,
    /// A piece of taking it back is done.
    Retreated,
    /// The step has been taken back.
    Undone,
    /// Taking it back failed.
    UndoFailed,
    /// All steps are done and verified.
    Completed,
    /// All steps have been taken back.
    RolledBack,
}

impl Entry {
    /// About a step.
    pub fn step(step: usize, what: What, detail: Value) -> Self {
        Self {
            step: Some(step),
            what,
            detail,
        }
    }

    /// About the run.
    pub fn run(what: What, detail: Value) -> Self {
        Self {
            step: None,
            what,
            detail,
        }
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Steps that are done and not taken back, with what undo needs.
    pub done: BTreeMap<usize, Value>,
    /// How far steps have got that work in pieces.
    pub advanced: BTreeMap<usize, Value>,
    /// How far they have got on the way back.
    pub retreated: BTreeMap<usize, Value>,
    /// Steps that are taken back.
    pub undone: BTreeSet<usize>,
    /// Steps that were found done.
    pub found: Vec<usize>,
    /// Steps that were begun, and of which nothing more is known: they failed, or the run ended in the middle of them.
    pub begun: BTreeSet<usize>,
    /// Whether taking back has begun.
    pub unwinding: bool,
    /// Whether it reached its end.
    pub completed: bool,
    /// Whether it has been taken back altogether.
    pub rolled_back: bool,
    /// Whether the last attempt to take back a step failed.
    pub stuck: bool,
}

impl Progress {
    /// Whether the run stopped part-way: neither at its end nor taken back.
    pub fn is_open(&self) -> bool {
        !self.rolled_back && (!self.completed || self.unwinding)
    }

    /// Whether this step needs no more doing.
    pub fn is_behind(&self, step: usize) -> bool {
        self.done.contains_key(&step) || self.found.contains(&step)
    }
}

/// Reads a run's journal from the beginning.
pub fn progress(entries: &[Entry]) -> Progress {
    let mut now = Progress::default();
    for entry in entries {
        if let Some(step) = entry.step {
            match entry.what {
                What::Started => now.begun.insert(step),
                What::Done | What::Found | What::Undone => now.begun.remove(&step),
                _ => false,
            };
        }
        match (entry.what, entry.step) {
            (What::Done, Some(step)) => {
                now.done.insert(step, entry.detail.clone());
            }
            (What::Advanced, Some(step)) => {
                now.advanced.insert(step, entry.detail.clone());
            }
            (What::Retreated, Some(step)) => {
                now.retreated.insert(step, entry.detail.clone());
            }
            (What::Found, Some(step)) => now.found.push(step),
            (What::Undone, Some(step)) => {
                now.done.remove(&step);
                now.advanced.remove(&step);
                now.undone.insert(step);
                now.stuck = false;
            }
            (What::UndoFailed, _) => now.stuck = true,
            (What::Unwinding, _) => now.unwinding = true,
            // After taking back began, it says that nothing of it was done.
            (What::Completed, _) => {
                now.completed = true;
                now.unwinding = false;
                now.stuck = false;
            }
            (What::RolledBack, _) => now.rolled_back = true,
            _ => {}
        }
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_journal_that_stops_early_tells_where() {
        let entries = [
            Entry::step(0, What::Started, json!(null)),
            Entry::step(0, What::Done, json!({ "created": [1] })),
            Entry::step(1, What::Started, json!(null)),
        ];
        let now = progress(&entries);
        assert_eq!(
            (now.is_open(), now.is_behind(0), now.is_behind(1)),
            (true, true, false)
        );
        assert_eq!(now.begun, BTreeSet::from([1]));
    }

    #[test]
    fn a_run_that_was_taken_back_is_closed() {
        let entries = [
            Entry::step(0, What::Done, json!({})),
            Entry::run(What::Completed, json!(null)),
            Entry::run(What::Unwinding, json!(null)),
            Entry::step(0, What::Undone, json!("undone")),
        ];
        assert!(progress(&entries).is_open(), "until it says so");
        let closed = [
            entries.as_slice(),
            &[Entry::run(What::RolledBack, json!(null))],
        ]
        .concat();
        assert!(!progress(&closed).is_open());
    }
}
