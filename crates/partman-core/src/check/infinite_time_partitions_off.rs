//! `infinite-time-partitions-off`: a quiet table gets no partitions.

use super::view::{Managed, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::phrase;

/// See [`META`].
pub(super) struct InfiniteTimePartitionsOff;

static META: Meta = Meta {
    id: "infinite-time-partitions-off",
    severity: Severity::Warning,
    varies: "",
    title: "A quiet table gets no partitions.",
    finds: "A set by time under pg_partman with `infinite_time_partitions = false`, which is pg_partman's default.",
    matters: "pg_partman then keeps `premake` partitions ahead of the newest row, not of the present. When no rows come \
        for a while, none are made; the first row after the pause is refused, or lands in DEFAULT. In an empty set none \
        are ever made.",
    remedy: "Turn it on as the help shows; the next maintenance makes what is missing. `partman migrate` sets it for the \
        sets that it adopts. Sets by integer don't know it: they always count from the largest id.",
    cost: "Reads `part_config`. The update locks one row of it.",
};

impl Check for InfiniteTimePartitionsOff {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let by_time = view.managed().filter(|(set, row)| is_by_time(set, row));
        let without = view
            .configuration_unseen()
            .unwrap_or("no set by time is under pg_partman");
        Verdict::each(by_time, without, |(set, row)| {
            (!row.is_infinite()).then(|| finding(view, set))
        })
    }
}

fn is_by_time(set: &SetView<'_>, row: &Managed<'_>) -> bool {
    let kind = set.set.control().map(|key| key.kind);
    kind.is_some_and(|kind| kind.is_time()) || row.epoch().is_some()
}

fn finding(view: &View<'_>, set: &SetView<'_>) -> Finding {
    let message = phrase!(
        "infinite_time_partitions of {parent} is off: no partitions are made while no new rows come",
        parent = set.name()
    );
    let help = sql::configure(view, set, "infinite_time_partitions = true");
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, finds, ids, months, passes, skips};
    use super::*;

    #[test]
    fn a_set_by_time_wants_it_on() {
        let world = |row| {
            let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 8));
            world.installed("5.2.4").managed("events", row)
        };
        insta::assert_snapshot!(
            finds(&InfiniteTimePartitionsOff, &world(json!({ "infinite_time_partitions": false }))),
            @r"
        warning public.events: infinite_time_partitions of public.events is off: no partitions are made while no new rows come
          help: UPDATE partman.part_config SET infinite_time_partitions = true WHERE parent_table = 'public.events'
        "
        );
        passes(&InfiniteTimePartitionsOff, &world(json!({})));
    }

    #[test]
    fn a_set_by_integer_does_not_know_it() {
        let row = json!({ "infinite_time_partitions": false, "partition_interval": "10" });
        let world = at("2025-10-14T12:00:00Z")
            .with(ids("orders", 4, 15))
            .installed("5.2.4");
        insta::assert_snapshot!(skips(&InfiniteTimePartitionsOff, &world.managed("orders", row)), @"no set by time is under pg_partman");
    }
}
