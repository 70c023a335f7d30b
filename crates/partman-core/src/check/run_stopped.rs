//! `run-stopped`: a run of partman stopped part-way.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::model::{RunSummary, Standing};
use crate::phrase;
use crate::words::{Phrase, list};

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
        let fenced = list(&view.seen.runs.fences);
        Verdict::of(stopped.map(|run| finding(view, run, &fenced)).collect())
    }
}

/// Rows that a fence rules out are refused until the run is ended: that can't wait.
fn finding(view: &View<'_>, run: &RunSummary, fenced: &Phrase) -> Finding {
    let (id, by) = (&run.id, &run.started_by);
    let at = format!("{:.0}", run.started_at);
    let message = if fenced.is_empty() {
        phrase!(
            "run {id} of {at} by {by} stopped part-way: what it was for is neither as it was nor finished",
            id,
            at,
            by
        )
    } else {
        phrase!(
            "run {id} of {at} by {by} stopped part-way, and until it is ended its constraint partman_fence has rows refused that \
             {fenced} took before",
            id,
            at,
            by,
            fenced
        )
    };
    let help = phrase!("`partman resume` goes on with it, `partman rollback` takes it back");
    Finding::new(&META, view.database(), message, help)
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
        let mut fenced = with_run(Standing::Stopped);
        fenced.seen.runs.fences = vec!["events_default".parse().expect("a name")];
        insta::assert_snapshot!(finds(&RunStopped, &fenced), @r"
        error database shop: run 20251014T115900Z-1 of 2025-10-14T11:59:00Z by admin stopped part-way, and until it is ended its constraint partman_fence has rows refused that public.events_default took before
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
