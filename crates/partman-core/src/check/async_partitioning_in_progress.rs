//! `async-partitioning-in-progress`: rows are being moved in the background, and maintenance waits for it.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::phrase;

/// See [`META`].
pub(super) struct AsyncPartitioningInProgress;

static META: Meta = Meta {
    id: "async-partitioning-in-progress",
    severity: Severity::Warning,
    varies: "",
    title: "Rows are being moved in the background, and maintenance waits for it.",
    finds: "`part_config.async_partitioning_in_progress` (pg_partman 5.5) isn't empty: `partition_data_async()` is moving \
        rows out of DEFAULT in several transactions, or stopped before its end.",
    matters: "Maintenance passes the set by with a warning until that is done, so it gets no partitions. A job that died \
        leaves it so for ever.",
    remedy: "If it still runs, wait. If not, call `partition_data_async()` again, which goes on where it stopped; when \
        nothing is left to move and the column isn't empty all the same, empty it as the help shows.",
    cost: "Reads `part_config`. The update locks one row of it.",
};

impl Check for AsyncPartitioningInProgress {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.managed(), view.without_managed(), |(set, row)| {
            row.is_being_moved().then(|| finding(view, set))
        })
    }
}

fn finding(view: &View<'_>, set: &SetView<'_>) -> Finding {
    let message = phrase!(
        "partition_data_async() of {parent} hasn't come to its end: maintenance passes it by, and it gets no partitions",
        parent = set.name()
    );
    let change = sql::configure(view, set, "async_partitioning_in_progress = NULL");
    let help = phrase!(
        "let it end, or call it again; if nothing is left to move: {change}",
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
    fn a_move_that_did_not_end_is_told() {
        let world = |row| {
            let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 8));
            world.installed("5.5.0").managed("events", row)
        };
        let moving = json!({ "async_partitioning_in_progress": "2025-10-01" });
        insta::assert_snapshot!(finds(&AsyncPartitioningInProgress, &world(moving)), @r"
        warning public.events: partition_data_async() of public.events hasn't come to its end: maintenance passes it by, and it gets no partitions
          help: let it end, or call it again; if nothing is left to move: UPDATE partman.part_config SET async_partitioning_in_progress = NULL WHERE parent_table = 'public.events'
        ");
        passes(
            &AsyncPartitioningInProgress,
            &world(json!({ "async_partitioning_in_progress": null })),
        );
        insta::assert_snapshot!(skips(&AsyncPartitioningInProgress, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }
}
