//! `fence-left`: a constraint of a run of partman is left on a partition.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::phrase;

/// See [`META`].
pub(super) struct FenceLeft;

static META: Meta = Meta {
    id: "fence-left",
    severity: Severity::Error,
    varies: "",
    title: "A constraint of a run of partman is left on a partition.",
    finds: "A table has the constraint `partman_fence`, which a run puts around a DEFAULT partition while it creates partitions, and on one that gets other bounds, and no run is open that would take it away: a copy of a database in which a run was under way has it, or somebody closed the journal by hand.",
    matters: "Rows that it rules out are refused as soon as no other partition takes them.",
    remedy: "Drop it as the help shows: ACCESS EXCLUSIVE on that table alone, for a moment.",
    cost: "Reads the catalog.",
};

impl Check for FenceLeft {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.journal_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        let runs = &view.seen.runs;
        if runs.stopped().is_some() || runs.active.is_some() {
            return Verdict::Pass;
        }
        let found: Vec<Finding> = runs
            .fences
            .iter()
            .map(|table| {
                let message = phrase!(
                    "{table} still has the constraint partman_fence, and no run is open that would take it away: rows that it rules out are refused",
                    table
                );
                let help = phrase!(
                    "drop it: {sql}",
                    sql = format!("ALTER TABLE {table} DROP CONSTRAINT partman_fence")
                );
                Finding::new(&META, table, message, help)
            })
            .collect();
        Verdict::of(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, finds, passes, skips, with_run};
    use super::*;
    use crate::model::{Fact, Standing};

    #[test]
    fn a_fence_that_no_open_run_accounts_for_is_told() {
        let fenced = |mut world: World| {
            world
                .seen
                .runs
                .fences
                .push("public.events_default".parse().expect("a name"));
            world
        };
        insta::assert_snapshot!(finds(&FenceLeft, &fenced(with_run(Standing::Completed))), @r"
        error public.events_default: public.events_default still has the constraint partman_fence, and no run is open that would take it away: rows that it rules out are refused
          help: drop it: ALTER TABLE public.events_default DROP CONSTRAINT partman_fence
        ");
        passes(&FenceLeft, &fenced(with_run(Standing::Stopped)));
        passes(&FenceLeft, &fenced(with_run(Standing::Active).held()));
        passes(&FenceLeft, &with_run(Standing::Completed));
        let blind = with_run(Standing::Stopped).unseen(Fact::Journal);
        insta::assert_snapshot!(skips(&FenceLeft, &blind), @"the journal of partman's runs (permission denied)");
    }
}
