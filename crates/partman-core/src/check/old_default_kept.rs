//! `old-default-kept`: the DEFAULT partition of before is still there, beside its set.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::phrase;

/// See [`META`].
pub(super) struct OldDefaultKept;

static META: Meta = Meta {
    id: "old-default-kept",
    severity: Severity::Info,
    varies: "",
    title: "The DEFAULT partition of before is still there, beside its set.",
    finds: "A run copied the rows of a DEFAULT partition into partitions of their own and put these in its place; the table that it was is there under the oid that the journal lists, and is a partition of nothing.",
    matters: "It holds all the rows that it held then, and takes as much room. As long as it is there, partman rollback can take the whole run back.",
    remedy: "Drop it when the way back is no longer wanted.",
    cost: "Reads the journal and the catalog.",
};

impl Check for OldDefaultKept {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.journal_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        let found = view.seen.runs.replaced.iter().map(|table| {
            let message = phrase!(
                "{table} was a DEFAULT partition, and is kept with all its rows since others took its place",
                table
            );
            let help = phrase!(
                "when the way back is no longer wanted: {sql}",
                sql = format!("DROP TABLE {table}")
            );
            Finding::new(&META, table, message, help)
        });
        Verdict::of(found.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{finds, passes, skips, with_run};
    use super::*;
    use crate::model::{Fact, Standing};

    #[test]
    fn a_default_of_before_is_told() {
        let mut kept = with_run(Standing::Completed);
        let table = "public.events_default_partman_before";
        kept.seen.runs.replaced.push(table.parse().expect("a name"));
        insta::assert_snapshot!(finds(&OldDefaultKept, &kept), @r"
        info public.events_default_partman_before: public.events_default_partman_before was a DEFAULT partition, and is kept with all its rows since others took its place
          help: when the way back is no longer wanted: DROP TABLE public.events_default_partman_before
        ");
        passes(&OldDefaultKept, &with_run(Standing::Completed));
        let blind = with_run(Standing::Stopped).unseen(Fact::Journal);
        insta::assert_snapshot!(skips(&OldDefaultKept, &blind), @"the journal of partman's runs (permission denied)");
    }
}
