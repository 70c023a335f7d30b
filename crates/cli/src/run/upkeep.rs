//! What has to go on after a migration: somebody has to call maintenance, and in the time zone of the bounds.

use partman_core::name::{quote_ident, quote_literal};
use partman_core::plan::Plan;
use partman_core::step::{DatabaseStep, Maintain};

/// What there is to know of the adopted sets from now on, a line each.
pub(super) fn notes(plan: &Plan) -> Vec<String> {
    let adopted = plan.adopts();
    let sets = plan.sets.iter();
    let sets = sets.filter(|set| adopted.contains(&&set.parent));
    let notes = sets.flat_map(|set| {
        let lines = set.notes.iter();
        lines.map(|note| format!("{}: {note}\n", set.parent))
    });
    notes.collect()
}

/// More sets than this aren't listed one by one.
const SHOWN: usize = 5;

/// How maintenance of the adopted sets is called; `None` where none was adopted.
pub(super) fn in_words(plan: &Plan) -> Option<String> {
    let maintained = plan.steps.iter().filter_map(|step| match &step.spec {
        DatabaseStep::Maintain(maintain) => Some(maintain),
        _ => None,
    });
    let mut calls: Vec<String> = maintained.map(call).collect();
    let more = calls.len().saturating_sub(SHOWN);
    calls.truncate(SHOWN);
    if calls.is_empty() {
        return None;
    }
    if more > 0 {
        calls.push(format!("-- and {more} more"));
    }
    Some(format!(
        "From now on maintenance has to be called regularly, in the time zone of the bounds:\n  {}\n",
        calls.join("\n  ")
    ))
}

fn call(step: &Maintain) -> String {
    format!(
        "SET TimeZone = {}; SELECT {}.run_maintenance({})",
        quote_literal(&step.time_zone),
        quote_ident(&step.schema),
        quote_literal(&step.parent.unquoted())
    )
}
