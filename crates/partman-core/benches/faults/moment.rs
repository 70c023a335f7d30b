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

/// All steps of a plan, found among the calls of a run in which nothing went wrong. Of a step that works in pieces, the
/// first of them too.
pub(crate) fn of_every_step(calls: &[String], plan: &Plan) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for (commit, call) in calls.iter().enumerate() {
        let Some((what, place)) = ended(call) else {
            continue;
        };
        let id = &plan.steps[place].description.id;
        let step = match what {
            "advanced" => format!("a piece of {id}"),
            _ => id.clone(),
        };
        if moments.last().is_some_and(|last| last.step == step) {
            continue;
        }
        let begin = calls[..commit].iter().rposition(|sql| sql == "BEGIN");
        moments.push(Moment {
            step,
            begin: begin.expect("what is committed was begun"),
            commit,
        });
    }
    let steps = moments
        .iter()
        .filter(|moment| !moment.step.starts_with("a piece"));
    assert_eq!(
        steps.count(),
        plan.steps.len(),
        "a step ends with a transaction"
    );
    moments
}

/// What an entry in the journal says that ends a transaction, and of which step.
fn ended(call: &str) -> Option<(&str, usize)> {
    let (what, step) = call.strip_prefix("COMMIT: ")?.split_once(' ')?;
    let ends = ["done", "found", "advanced"].contains(&what);
    ends.then_some((what, step.parse().ok()?))
}
