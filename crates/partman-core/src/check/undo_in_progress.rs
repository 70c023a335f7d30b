//! `undo-in-progress`: pg_partman believes that the set is being undone, and leaves it alone.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::phrase;

/// See [`META`].
pub(super) struct UndoInProgress;

static META: Meta = Meta {
    id: "undo-in-progress",
    severity: Severity::Error,
    varies: "",
    title: "pg_partman believes that the set is being undone, and leaves it alone.",
    finds: "`part_config.undo_in_progress` is true: `undo_partition()` was started, and either it is still moving rows or \
        it stopped before its end.",
    matters: "Maintenance passes such a set by without a word, so it gets no partitions. Its rows are in two places until \
        the undo is finished or given up.",
    remedy: "If it shall be undone: call `undo_partition()` again until nothing is left. If not: see where the rows are \
        first (the target table of the undo holds what was moved), bring them back, then turn the flag off as the help \
        shows. To take a set away from pg_partman no row has to move: delete its row in `part_config`, or \
        `partman rollback`.",
    cost: "Reads `part_config`. The update locks one row of it.",
};

impl Check for UndoInProgress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.managed(), view.without_managed(), |(set, row)| {
            row.is_being_undone().then(|| finding(view, set))
        })
    }
}

fn finding(view: &View<'_>, set: &SetView<'_>) -> Finding {
    let message = phrase!(
        "undo_partition() of {parent} was begun and not finished: maintenance passes it by, and it gets no partitions",
        parent = set.name()
    );
    let change = sql::configure(view, set, "undo_in_progress = false");
    let help = phrase!(
        "finish it with undo_partition(), or bring the moved rows back and then: {change}",
        change
    );
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn an_undo_that_was_left_is_told() {
        let world = |row| {
            let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 8));
            world.installed("5.2.4").managed("events", row)
        };
        insta::assert_snapshot!(finds(&UndoInProgress, &world(json!({ "undo_in_progress": true }))), @r"
        error public.events: undo_partition() of public.events was begun and not finished: maintenance passes it by, and it gets no partitions
          help: finish it with undo_partition(), or bring the moved rows back and then: UPDATE partman.part_config SET undo_in_progress = false WHERE parent_table = 'public.events'
        ");
        passes(&UndoInProgress, &world(json!({})));
        insta::assert_snapshot!(skips(&UndoInProgress, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }
}
