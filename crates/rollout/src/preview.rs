//! What resuming or rolling back a run would do, from its journal: for people who want to see it first.

use partman_core::journal::Run;
use partman_core::plan::PlannedStep;
use serde::Serialize;

/// The statements that going on with a run, or taking it back, would execute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    /// The run.
    pub run: String,
    /// Whether steps are taken back.
    pub back: bool,
    /// The steps, in the order in which they would be worked on.
    pub steps: Vec<PreviewStep>,
}

/// One step of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PreviewStep {
    /// The step's id.
    pub id: String,
    /// What it does, going forward.
    pub title: String,
    /// The statements.
    pub sql: Vec<String>,
}

/// Going on with a run where it stopped: forward, or back if it was being taken back. `None` for one that didn't stop.
pub fn resume(run: &Run) -> Option<Preview> {
    let so_far = run.progress();
    if !so_far.is_open() {
        return None;
    }
    if so_far.unwinding {
        return rollback(run);
    }
    let left = run
        .plan
        .steps
        .iter()
        .enumerate()
        .filter(|(place, _)| !so_far.is_behind(*place));
    Some(Preview {
        run: run.id.clone(),
        back: false,
        steps: left.map(|(_, step)| forward(step)).collect(),
    })
}

/// Taking back what a run did, the last step first. `None` for one that has been taken back.
pub fn rollback(run: &Run) -> Option<Preview> {
    let so_far = run.progress();
    if so_far.rolled_back {
        return None;
    }
    let done = so_far
        .done
        .keys()
        .rev()
        .filter_map(|place| run.plan.steps.get(*place));
    Some(Preview {
        run: run.id.clone(),
        back: true,
        steps: done.map(back).collect(),
    })
}

fn forward(step: &PlannedStep) -> PreviewStep {
    let what = &step.description;
    PreviewStep {
        id: what.id.clone(),
        title: what.title.clone(),
        sql: what.sql.clone(),
    }
}

fn back(step: &PlannedStep) -> PreviewStep {
    let what = &step.description;
    PreviewStep {
        id: what.id.clone(),
        title: what.title.clone(),
        sql: what.undo.clone(),
    }
}
