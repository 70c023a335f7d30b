//! `premake-behind`: fewer partitions ahead than pg_partman is to keep, though the end isn't near.

use super::finding::Judged;
use super::horizon_near::unknown;
use super::view::{Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::bound::Point;
use crate::model::Strategy;
use crate::phrase;
use crate::words::Phrase;

/// See [`META`].
pub(super) struct PremakeBehind;

static META: Meta = Meta {
    id: "premake-behind",
    severity: Severity::Warning,
    varies: "",
    title: "Fewer partitions lie ahead than pg_partman is to keep.",
    finds: "A set under pg_partman has fewer partitions after the present than `part_config.premake`, or none at all. \
        Those that the set came into within the last day don't count, at least one: maintenance may not have run since. \
        A set whose end is near is told by `horizon-near` instead.",
    matters: "Maintenance ought to have made them, so it isn't running, fails, or is told by \
        `infinite_time_partitions = false` to wait for newer rows. The end of the set will be near in time.",
    remedy: "Call maintenance as the help shows: it makes what is missing. pg_partman 5.5 turns failures into warnings and \
        reports success: read what it prints.",
    cost: "Bounds are from the catalog. Making a partition takes SHARE UPDATE EXCLUSIVE on the parent, which blocks \
        neither reading nor writing; with a DEFAULT partition also ACCESS EXCLUSIVE on that one while it is scanned.",
};

impl Check for PremakeBehind {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let by_range = view.managed().filter(|(set, row)| {
            set.set.strategy == Strategy::Range && !set.limited && !row.is_being_undone()
        });
        Verdict::each(by_range, view.without_managed(), |(set, _)| {
            judge(view, set)
        })
    }
}

fn judge(view: &View<'_>, set: &SetView<'_>) -> Judged {
    let Some(grid) = &set.grid else {
        let is_empty = set.set.partitions.iter().all(|p| p.is_default());
        return if is_empty {
            Some(finding(view, set, message_empty(set))).into()
        } else {
            Judged::Unknown(format!(
                "the bounds of {} are no times or numbers",
                set.name()
            ))
        };
    };
    let Some(present) = grid.present else {
        return unknown(set);
    };
    let may_miss = just_begun(grid, present).max(1);
    let is_behind = grid.ahead() + may_miss < set.premake;
    let is_told_elsewhere = grid.is_open_above || grid.is_near_its_end();
    (is_behind && !is_told_elsewhere)
        .then(|| finding(view, set, message(set, grid, present)))
        .into()
}

/// How many partitions the set came into within a day.
fn just_begun(grid: &Grid<'_>, present: Point) -> usize {
    let day = crate::Interval::Days(1);
    let Some(yesterday) = day.before(present, &grid.zone.rules) else {
        return 0;
    };
    let began = |from: &Point| *from > yesterday && *from <= present;
    grid.ranges.iter().filter(|(from, ..)| began(from)).count()
}

fn message(set: &SetView<'_>, grid: &Grid<'_>, present: Point) -> Phrase {
    phrase!(
        "{parent} has {ahead} partitions ahead of {present} and pg_partman is to keep {premake}: the last one ends at \
         {horizon}",
        parent = set.name(),
        ahead = grid.ahead(),
        present,
        premake = set.premake,
        horizon = grid.horizon()
    )
}

fn message_empty(set: &SetView<'_>) -> Phrase {
    phrase!(
        "{parent} has no partition from which pg_partman could go on, so it makes none",
        parent = set.name()
    )
}

fn finding(view: &View<'_>, set: &SetView<'_>, message: Phrase) -> Finding {
    let help = if set.grid.is_some() {
        sql::maintain(view, set)
    } else {
        phrase!("create its first partition by hand; maintenance goes on from there")
    };
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, by, finds, ids, months, passes, skips};
    use super::*;

    #[test]
    fn two_short_is_behind_and_one_is_not_yet() {
        let world = |now: &str| {
            let world = at(now)
                .with(months("events", "2025-09", 6))
                .installed("5.2.4");
            world.managed("events", json!({}))
        };
        passes(&PremakeBehind, &world("2025-10-14T12:00:00Z"));
        passes(&PremakeBehind, &world("2025-11-14T12:00:00Z"));
        insta::assert_snapshot!(finds(&PremakeBehind, &world("2025-12-14T12:00:00Z")), @r"
        warning public.events: public.events has 2 partitions ahead of 2025-12-14T12:00:00Z and pg_partman is to keep 4: the last one ends at 2026-03-01T00:00:00Z
          help: SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.events')
        ");
        passes(&PremakeBehind, &world("2026-02-14T12:00:00Z"));
    }

    #[test]
    fn hours_may_miss_a_day_of_them() {
        let bounds: Vec<(String, String)> = (0..24)
            .map(|h| {
                (
                    format!("2025-10-14 {h:02}:00:00+00"),
                    format!("2025-10-14 {:02}:00:00+00", h + 1),
                )
            })
            .collect();
        let bounds: Vec<(&str, &str)> = bounds[..23]
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        let row = json!({ "partition_interval": "1 hour", "premake": 20 });
        let world = at("2025-10-14T12:30:00Z").with(by("beats", "timestamptz", &bounds));
        passes(
            &PremakeBehind,
            &world.installed("5.2.4").managed("beats", row),
        );
    }

    #[test]
    fn ids_and_empty_sets_are_counted_too() {
        let row = || json!({ "partition_interval": "10", "datetime_string": null });
        let world = |set| {
            at("2025-10-14T12:00:00Z")
                .with(set)
                .installed("5.2.4")
                .managed("orders", row())
        };
        insta::assert_snapshot!(finds(&PremakeBehind, &world(ids("orders", 4, 15))), @r"
        warning public.orders: public.orders has 2 partitions ahead of 15 and pg_partman is to keep 4: the last one ends at 40
          help: SELECT partman.run_maintenance('public.orders')
        ");
        passes(&PremakeBehind, &world(ids("orders", 6, 15)));
        insta::assert_snapshot!(finds(&PremakeBehind, &world(by("orders", "int8", &[]))), @r"
        warning public.orders: public.orders has no partition from which pg_partman could go on, so it makes none
          help: create its first partition by hand; maintenance goes on from there
        ");
    }

    #[test]
    fn sets_by_hand_have_no_premake() {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 2));
        insta::assert_snapshot!(skips(&PremakeBehind, &world), @"no set is under pg_partman");
    }
}
