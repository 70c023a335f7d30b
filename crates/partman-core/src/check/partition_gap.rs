//! `partition-gap`: a range between the first and the last partition, or before a first one that lies ahead, that none takes.

use super::view::{Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql, words};
use crate::coverage::Range;
use crate::mend::MendKind;
use crate::phrase;
use crate::words::Phrase;

/// See [`META`].
pub(super) struct PartitionGap;

static META: Meta = Meta {
    id: "partition-gap",
    severity: Severity::Error,
    varies: "",
    title: "A range between the first and the last partition that none takes.",
    finds: "Two partitions whose bounds don't meet, with nothing between them: a month that was forgotten, a partition \
        that was detached, or one that pg_partman skipped because something else had its name or because maintenance \
        ran in another time zone. Also what lies between the present and a first partition that begins after it.",
    matters: "Rows of that range are refused, or land in DEFAULT. pg_partman doesn't see it: maintenance goes on from \
        the last partition and reports success.",
    remedy: "- By hand so far: `partman migrate PARENT` fills it, if whole partitions fit, as a mend of its plan \
        (`decline = [\"fill-gap\"]` in its `[[set]]` keeps it).\n\
        - Under pg_partman: `partition_gap_fill()` as the help shows, in the time zone of the bounds. It goes by \
        names: a table that has the name of the missing partition keeps it from being made (`partition-name-taken`). Among \
        partitions of another width it fails; make the missing one by hand there, as the help shows.\n\
        - Was the range left out on purpose, accept it in `partman.toml`:\n\n\
        ```toml\n[[ignore]]\nrule = \"partition-gap\"\nreason = \"2024 was archived and dropped\"\n```",
    cost: "Bounds are from the catalog. Attaching takes SHARE UPDATE EXCLUSIVE on the parent, which blocks neither \
        reading nor writing; with a DEFAULT partition also ACCESS EXCLUSIVE on that one while it is scanned.",
};

impl Check for PartitionGap {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let without = "there is no set by time or number";
        Verdict::each(view.grids(), without, |(set, grid)| {
            let holes = grid.holes();
            let first = holes.first()?;
            let help = help(view, set, grid, *first);
            Some(Finding::new(&META, set.name(), message(set, &holes), help))
        })
    }
}

fn message(set: &SetView<'_>, holes: &[Range]) -> Phrase {
    let ranges = holes
        .iter()
        .map(|(from, to)| phrase!("{from} to {to}", from, to));
    phrase!(
        "no partition of {parent} takes {ranges}: rows there {fate}",
        parent = set.name(),
        ranges = words::list(ranges),
        fate = words::fate(set.set)
    )
}

fn help(view: &View<'_>, set: &SetView<'_>, grid: &Grid<'_>, (from, to): Range) -> Phrase {
    let is_between = from >= grid.ranges[0].0;
    // Among older widths pg_partman's own way fails: it takes every partition for one interval wide.
    if set.managed.is_some() && is_between && grid.odd().is_empty() {
        return sql::call(view, set, "partition_gap_fill").into();
    }
    if set.assessed.declines(MendKind::FillGap) {
        return phrase!(
            "it was left on purpose: {kind} is declined in its [[set]]; accept it with an [[ignore]] of this rule, or take \
             that out",
            kind = MendKind::FillGap
        );
    }
    if set.is_adoptable() {
        return phrase!(
            "partman migrate {argument} makes it on the way",
            argument = words::argument(set.name())
        );
    }
    // A hole that whole partitions don't fill gets one for all of it.
    let rules = &grid.zone.rules;
    let width = grid.interval.after(from, rules);
    let end = width
        .filter(|_| grid.interval.fills(from, to, rules))
        .unwrap_or(to);
    match sql::create(set, (from, end)) {
        Some(create) => create.into(),
        None => phrase!("make the missing partition by hand"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{
        at, by, finds, ids, months, months_in, no_rows, partition, passes, with_default,
    };
    use super::*;

    fn without(mut set: crate::model::PartitionSet, place: usize) -> crate::model::PartitionSet {
        set.partitions.remove(place);
        set
    }

    #[test]
    fn a_forgotten_month_is_told_with_what_becomes_of_its_rows() {
        let set = || without(months("deliveries", "2025-08", 4), 2);
        let world = at("2025-10-14T12:00:00Z").with(set());
        insta::assert_snapshot!(finds(&PartitionGap, &world), @r"
        error public.deliveries: no partition of public.deliveries takes 2025-10-01T00:00:00Z to 2025-11-01T00:00:00Z: rows there are refused
          help: partman migrate public.deliveries makes it on the way
        ");
        let world = at("2025-10-14T12:00:00Z").with(with_default(set(), Some(no_rows())));
        let world = world.installed("5.2.4").managed("deliveries", json!({}));
        insta::assert_snapshot!(finds(&PartitionGap, &world), @r"
        error public.deliveries: no partition of public.deliveries takes 2025-10-01T00:00:00Z to 2025-11-01T00:00:00Z: rows there land in public.deliveries_default
          help: SET TimeZone = 'UTC'; SELECT partman.partition_gap_fill('public.deliveries')
        ");
    }

    #[test]
    fn bounds_that_meet_pass_in_every_zone_and_beside_open_ends() {
        let paris = months_in("visits", "2025-02", 10, "Europe/Paris");
        let mut open = by("t", "int4", &[("0", "10"), ("10", "20")]);
        for (n, bound) in ["(MINVALUE) TO (0)", "(20) TO (MAXVALUE)"]
            .iter()
            .enumerate()
        {
            let bound = format!("FOR VALUES FROM {bound}");
            open.partitions
                .push(partition(&open.name.sibling(format!("t_open_{n}")), &bound));
        }
        passes(
            &PartitionGap,
            &at("2025-10-14T12:00:00Z").with(paris).with(open),
        );
    }

    #[test]
    fn a_hole_below_an_open_end_counts() {
        let mut open = by("t", "int4", &[("0", "10"), ("10", "20")]);
        let rest = "FOR VALUES FROM (25) TO (MAXVALUE)";
        open.partitions
            .push(partition(&open.name.sibling("t_rest"), rest));
        insta::assert_snapshot!(finds(&PartitionGap, &at("2025-10-14T12:00:00Z").with(open)), @r"
        error public.t: no partition of public.t takes 20 to 25: rows there are refused
          help: CREATE TABLE public.t_p20 (LIKE public.t INCLUDING ALL EXCLUDING IDENTITY); ALTER TABLE public.t ATTACH PARTITION public.t_p20 FOR VALUES FROM ('20') TO ('25')
        ");
    }

    #[test]
    fn among_older_widths_the_missing_one_is_made_by_hand() {
        let mut set = months("events", "2025-08", 4);
        let year = ("2023-01-01 00:00:00+00", "2024-01-01 00:00:00+00");
        let mut year = by("events", "timestamptz", &[year]).partitions.remove(0);
        year.oid = 9;
        set.partitions.insert(0, year);
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        let told = finds(&PartitionGap, &world.managed("events", json!({})));
        assert!(
            told.contains("help: CREATE TABLE public.events_p20240101"),
            "{told}"
        );
        let mut set = months("events", "2025-08", 4);
        let year = ("2023-01-01 00:00:00+00", "2025-01-15 00:00:00+00");
        set.partitions
            .insert(0, by("events", "timestamptz", &[year]).partitions.remove(0));
        let told = finds(
            &PartitionGap,
            &at("2025-10-14T12:00:00Z")
                .with(set)
                .installed("5.2.4")
                .managed("events", json!({})),
        );
        let whole = "FOR VALUES FROM ('2025-01-15 00:00:00+00') TO ('2025-08-01 00:00:00+00')";
        assert!(told.contains(whole), "{told}");
    }

    #[test]
    fn several_holes_are_one_finding() {
        let set = without(without(without(ids("orders", 9, 50), 7), 4), 1);
        insta::assert_snapshot!(finds(&PartitionGap, &at("2025-10-14T12:00:00Z").with(set)), @r"
        error public.orders: no partition of public.orders takes 10 to 20, 40 to 50, 70 to 80: rows there are refused
          help: partman migrate public.orders makes it on the way
        ");
    }
}
