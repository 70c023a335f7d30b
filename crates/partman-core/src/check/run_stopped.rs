//! `run-stopped`: a run of partman stopped part-way.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::model::Standing;
use crate::phrase;

/// See [`META`].
pub(super) struct RunStopped;

static META: Meta = Meta {
    id: "run-stopped",
    severity: Severity::Error,
    varies: "",
    title: "A run of partman stopped part-way.",
    finds: "The journal has a run of this very database that neither came to its end nor was taken back, and nobody is at work on it.",
    matters: "Its sets are neither as they were nor under pg_partman: partitions may have been created and not others, and a constraint may still keep rows out of a DEFAULT partition. `partman migrate` refuses to begin until it is settled.",
    remedy: "`partman resume` goes on with it, `partman rollback` takes back what it did; both show first what they would do with `--dry-run`. No row is moved.",
    cost: "Reads the journal.",
};

impl Check for RunStopped {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.journal_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        let stopped = view.seen.runs.history.iter();
        let stopped = stopped.filter(|run| run.outcome == Standing::Stopped && !run.elsewhere);
        let found: Vec<Finding> = stopped
            .map(|run| {
                let message = phrase!(
                    "run {id} of {at} by {by} stopped part-way: what it was for is neither as it was nor finished",
                    id = run.id,
                    at = format!("{:.0}", run.started_at),
                    by = run.started_by
                );
                let help = phrase!("`partman resume` goes on with it, `partman rollback` takes it back");
                Finding::new(&META, view.database(), message, help)
            })
            .collect();
        Verdict::of(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{finds, passes, skips, with_run};
    use super::*;
    use crate::model::Fact;

    #[test]
    fn a_run_that_stopped_is_told_with_both_ways_out() {
        insta::assert_snapshot!(finds(&RunStopped, &with_run(Standing::Stopped)), @r"
        error database shop: run 20251014T115900Z-1 of 2025-10-14T11:59:00Z by admin stopped part-way: what it was for is neither as it was nor finished
          help: `partman resume` goes on with it, `partman rollback` takes it back
        ");
        passes(&RunStopped, &with_run(Standing::Completed));
        passes(&RunStopped, &with_run(Standing::Active).held());
        let mut copy = with_run(Standing::Stopped);
        copy.seen.runs.history[0].elsewhere = true;
        passes(&RunStopped, &copy);
        let blind = with_run(Standing::Stopped).unseen(Fact::Journal);
        insta::assert_snapshot!(skips(&RunStopped, &blind), @"the journal of partman's runs (permission denied)");
    }
}
