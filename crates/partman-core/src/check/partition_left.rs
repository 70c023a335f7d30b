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
        Verdict::of(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{finds, passes, skips, with_run};
    use super::*;
    use crate::model::{Fact, Standing};

    #[test]
    fn a_table_that_was_left_is_told() {
        let mut left = with_run(Standing::RolledBack);
        left.seen
            .runs
            .left
            .push("public.events_p20251201".parse().expect("a name"));
        insta::assert_snapshot!(finds(&PartitionLeft, &left), @r"
        warning public.events_p20251201: public.events_p20251201 was created by a run that was taken back since, and is a partition of nothing
          help: see what it holds; if nothing: DROP TABLE public.events_p20251201
        ");
        passes(&PartitionLeft, &with_run(Standing::RolledBack));
        let blind = with_run(Standing::Stopped).unseen(Fact::Journal);
        insta::assert_snapshot!(skips(&PartitionLeft, &blind), @"the journal of partman's runs (permission denied)");
    }
}
