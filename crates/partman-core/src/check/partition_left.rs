//! `partition-left`: a table that a run created and took back is still there.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::phrase;

/// See [`META`].
pub(super) struct PartitionLeft;

static META: Meta = Meta {
    id: "partition-left",
    severity: Severity::Warning,
    varies: "",
    title: "A table that a run created and took back is still there.",
    finds: "The journal lists a table as created by a run that was taken back since; it is there under that oid, and is a partition of nothing.",
    matters: "Somebody detached it, or it had rows, so that the way back left it alone. No query on the parent sees it, and its name is in the way when its range is to be created again.",
    remedy: "Look into it. What it holds may belong into the set; an empty one can be dropped.",
    cost: "Reads the journal and the catalog.",
};

impl Check for PartitionLeft {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.journal_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        let found: Vec<Finding> = view
            .seen
            .runs
            .left
            .iter()
            .map(|table| {
                let message = phrase!(
                    "{table} was created by a run that was taken back since, and is a partition of nothing",
                    table
                );
                let help = phrase!(
                    "see what it holds; if nothing: {sql}",
                    sql = format!("DROP TABLE {table}")
                );
                Finding::new(&META, table, message, help)
            })
            .collect();
        match found.is_empty() {
            true => Verdict::Pass,
            false => Verdict::Found(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, finds, passes, skips};
    use super::*;
    use crate::model::{Fact, RunSummary};

    fn world(outcome: &str) -> World {
        let mut world = at("2025-10-14T12:00:00Z");
        world.seen.runs.history.push(RunSummary {
            id: "20251014T115900Z-1".to_owned(),
            started_at: "2025-10-14T11:59:00Z".parse().expect("an instant"),
            started_by: "admin".to_owned(),
            outcome: outcome.to_owned(),
            without_backup: None,
            elsewhere: false,
            may_act: true,
        });
        world
    }

    #[test]
    fn a_table_that_was_left_is_told() {
        let mut left = world("rolled-back");
        left.seen
            .runs
            .left
            .push("public.events_p20251201".parse().expect("a name"));
        insta::assert_snapshot!(finds(&PartitionLeft, &left), @r"
        warning public.events_p20251201: public.events_p20251201 was created by a run that was taken back since, and is a partition of nothing
          help: see what it holds; if nothing: DROP TABLE public.events_p20251201
        ");
        passes(&PartitionLeft, &world("rolled-back"));
        let blind = world("stopped").unseen(Fact::Journal);
        insta::assert_snapshot!(skips(&PartitionLeft, &blind), @"the journal of partman's runs (permission denied)");
    }
}
