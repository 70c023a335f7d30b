//! `mixed-widths`: partitions that aren't as wide as pg_partman thinks.

use super::finding::Judged;
use super::retention_takes_live_rows::is_telling;
use super::view::{Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, config_differs, words};
use crate::bound::Point;
use crate::phrase;

/// See [`META`].
pub(super) struct MixedWidths;

static META: Meta = Meta {
    id: "mixed-widths",
    severity: Severity::Warning,
    varies: "",
    title: "Partitions aren't as wide as pg_partman thinks.",
    finds: "A set under pg_partman with partitions whose upper bound isn't their lower bound and \
        `part_config.partition_interval`: a yearly archive among months, a partition that was split or merged by hand, \
        or an interval that was changed. Where retention is on and such a partition is wider, \
        `retention-takes-live-rows` speaks instead; where the newest ones have another width, `config-differs`. Without pg_partman this is a reason of `set-not-adoptable`.",
    matters: "pg_partman takes every partition for one interval wide. The day somebody turns retention on, a wider one \
        goes while its newest rows are still to be kept.",
    remedy: "Leave pg_partman's retention off for this set; detach old partitions yourself, by their true bounds. Or make \
        the widths equal: split wide partitions, or detach the old ones and keep them as tables of their own. If \
        `part_config` is what's wrong, correct `partition_interval` there.",
    cost: "Bounds are from the catalog. Locks: none.",
};

impl Check for MixedWidths {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let managed = view
            .managed()
            .filter_map(|(set, _)| Some((set, set.grid.as_ref()?)));
        Verdict::each(managed, view.without_managed(), |(set, grid)| {
            if matches!(grid.horizon(), Point::Instant(_)) && !grid.zone_is_certain {
                return Judged::Unknown(format!(
                    "the time zone of {}'s bounds is open",
                    set.name()
                ));
            }
            let is_odd =
                !grid.odd().is_empty() && !is_telling(set) && !config_differs::is_telling(set);
            is_odd.then(|| finding(set, grid)).into()
        })
    }
}

fn finding(set: &SetView<'_>, grid: &Grid<'_>) -> Finding {
    let (parent, interval, odd) = (set.name(), grid.interval, grid.odd());
    let message = phrase!(
        "pg_partman takes every partition of {parent} to be {interval} wide, which is wrong for {names}: retention would \
         misjudge it",
        parent,
        interval,
        names = words::partitions(odd.iter().map(|(_, _, partition)| *partition))
    );
    let help = phrase!(
        "leave pg_partman's retention off, and detach old partitions yourself, by their true bounds"
    );
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::world::{World, at, by, finds, months_in, passes, skips};
    use super::*;

    fn yearly_and_monthly(row: Value) -> World {
        let mut set = months_in("events", "2026-01", 6, "Europe/Paris");
        let year = ("2024-12-31 23:00:00+00", "2025-12-31 23:00:00+00");
        let mut year = by("events", "timestamptz", &[year]).partitions.remove(0);
        year.name = set.name.sibling("events_2025");
        year.oid = 9;
        set.partitions.insert(0, year);
        at("2026-02-14T12:00:00Z")
            .with(set)
            .installed("5.2.4")
            .managed("events", row)
    }

    #[test]
    fn a_year_among_months_is_told_in_its_own_zone() {
        insta::assert_snapshot!(finds(&MixedWidths, &yearly_and_monthly(json!({}))), @r"
        warning public.events: pg_partman takes every partition of public.events to be 1 month wide, which is wrong for public.events_2025: retention would misjudge it
          help: leave pg_partman's retention off, and detach old partitions yourself, by their true bounds
        ");
    }

    #[test]
    fn with_retention_the_other_rule_speaks() {
        passes(
            &MixedWidths,
            &yearly_and_monthly(json!({ "retention": "3 months" })),
        );
    }

    #[test]
    fn an_interval_that_nobody_has_is_another_rules() {
        let set = months_in("events", "2025-09", 6, "UTC");
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        let world = world.managed("events", json!({ "partition_interval": "7 days" }));
        passes(&MixedWidths, &world);
    }

    #[test]
    fn equal_widths_pass() {
        let set = months_in("events", "2025-02", 12, "Europe/Paris");
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        passes(
            &MixedWidths,
            &world.managed("events", json!({ "partition_interval": "1 mon" })),
        );
        insta::assert_snapshot!(skips(&MixedWidths, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }
}
