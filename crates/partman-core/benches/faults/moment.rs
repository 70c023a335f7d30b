//! When a step is struck: the calls to the server that a run makes, told apart by the step that they belong to.

use partman_core::plan::Plan;

/// One step of a run, as places among its calls.
pub(crate) struct Moment {
    /// The step's id.
    pub(crate) step: String,
    /// The call that opens its transaction.
    pub(crate) begin: usize,
    /// The call that commits it, and with it the journal's entry.
    pub(crate) commit: usize,
}

impl Moment {
    /// A call in the middle of its work.
    pub(crate) fn middle(&self) -> usize {
        self.begin + 1 + (self.commit - self.begin - 1) / 2
    }
}

/// All steps of a plan, found among the calls of a run in which nothing went wrong.
pub(crate) fn of_every_step(calls: &[String], plan: &Plan) -> Vec<Moment> {
    let place = |what: &'static str| {
        let places = calls
            .iter()
            .enumerate()
            .filter(move |(_, sql)| *sql == what);
        places.map(|(place, _)| place).collect::<Vec<_>>()
    };
    // Those of the run lock and of the journal's making come first.
    let commits = place("COMMIT").split_off(2);
    assert_eq!(commits.len(), plan.steps.len(), "a step is a transaction");
    let begins = place("BEGIN");
    let step = |(commit, step): (usize, &partman_core::plan::PlannedStep)| Moment {
        step: step.description.id.clone(),
        begin: *begins
            .iter()
            .rfind(|begin| **begin < commit)
            .expect("what is committed was begun"),
        commit,
    };
    commits.into_iter().zip(&plan.steps).map(step).collect()
}
