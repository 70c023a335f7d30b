//! What was seen at each step, put together from many looks. Pure: the clock comes in with each look.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::blocker::Blocker;
use super::sample::{Row, What};
use crate::name::RelationName;
use crate::run::StepReport;

/// A lock that a step was seen to hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenLock {
    /// On what.
    pub relation: RelationName,
    /// In the words of `LOCK TABLE`.
    pub mode: String,
    /// From the first look at which it was held to the last, in milliseconds; 0 where one look saw it.
    pub seen_ms: f64,
}

/// Somebody who waited for a lock while a step held one in the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptWaiting {
    /// The waiting backend.
    pub pid: i32,
    /// Its role, as far as we may see it.
    pub user: Option<String>,
    /// Its `application_name`.
    pub application_name: Option<String>,
    /// What it waited for; none where it wasn't a table.
    pub relation: Option<RelationName>,
    /// The lock it wanted, in the words of `LOCK TABLE`.
    pub mode: String,
    /// The longest wait that was seen, in milliseconds.
    pub waited_ms: f64,
}

#[derive(Debug, Default)]
struct OfStep {
    locks: BTreeMap<(RelationName, String), (Instant, Instant)>,
    waiting: BTreeMap<i32, KeptWaiting>,
    in_the_way: BTreeMap<i32, (Instant, Blocker)>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    current: Option<String>,
    steps: BTreeMap<String, OfStep>,
}

impl Sightings {
    /// From now on looks belong to this step.
    pub(super) fn of_step(&mut self, id: &str) {
        self.current = Some(id.to_owned());
    }

    /// From now on looks belong to no step.
    pub(super) fn of_no_step(&mut self) {
        self.current = None;
    }

    /// Takes in one look, which began at this instant.
    pub(super) fn add(&mut self, look: Vec<Row>, at: Instant) {
        let Some(step) = &self.current else {
            return;
        };
        if look.is_empty() {
            return;
        }
        let step = self.steps.entry(step.clone()).or_default();
        for row in look {
            let relation = row.relation();
            match (row.what, row.pid, relation) {
                (What::Waits, Some(pid), relation) => step.keep_waiting(pid, relation, row),
                (What::Blocks, Some(pid), relation) => {
                    let blocker = Blocker::seen(pid, relation, row);
                    step.in_the_way.insert(pid, (at, blocker));
                }
                (What::Held, _, Some(relation)) => {
                    let seen = step.locks.entry((relation, row.mode)).or_insert((at, at));
                    seen.1 = at;
                }
                _ => {}
            }
        }
    }

    /// Who was in the way of the current step when somebody last was.
    pub(super) fn in_the_way(&self) -> Vec<Blocker> {
        let step = self.current.as_ref().and_then(|id| self.steps.get(id));
        let seen = step.iter().flat_map(|step| step.in_the_way.values());
        let last = seen.clone().map(|(at, _)| *at).max();
        let latest = seen.filter(|(at, _)| Some(*at) == last);
        latest.map(|(_, blocker)| blocker.clone()).collect()
    }

    /// Adds to each report what was seen of its step. A step that was done and taken back is told once, with the later.
    pub(super) fn hand_over(&mut self, reports: &mut [StepReport]) {
        for report in reports.iter_mut().rev() {
            let Some(seen) = self.steps.remove(&report.id) else {
                continue;
            };
            report.locks = seen.locks.into_iter().map(told).collect();
            report.kept_waiting = seen.waiting.into_values().collect();
            let in_the_way = seen.in_the_way.into_values();
            report.in_the_way = in_the_way.map(|(_, blocker)| blocker).collect();
        }
    }
}

impl OfStep {
    fn keep_waiting(&mut self, pid: i32, relation: Option<RelationName>, row: Row) {
        let waited_ms = round(row.waited_ms.unwrap_or_default().max(0.0));
        let found = self.waiting.entry(pid).or_insert(KeptWaiting {
            pid,
            user: row.user,
            application_name: row.application_name.filter(|name| !name.is_empty()),
            relation,
            mode: row.mode,
            waited_ms,
        });
        found.waited_ms = found.waited_ms.max(waited_ms);
    }
}

fn told(
    ((relation, mode), (first, last)): ((RelationName, String), (Instant, Instant)),
) -> SeenLock {
    SeenLock {
        relation,
        mode,
        seen_ms: round((last - first).as_secs_f64() * 1e3),
    }
}

fn round(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}
