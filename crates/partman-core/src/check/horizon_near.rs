//! `horizon-near`: the present, or one interval more, reaches the end of the last partition.

use super::finding::Judged;
use super::view::{Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql, words};
use crate::bound::Point;
use crate::phrase;
use crate::words::Phrase;

/// See [`META`].
pub(super) struct HorizonNear;

static META: Meta = Meta {
    id: "horizon-near",
    severity: Severity::Error,
    varies: "",
    title: "The present, or one interval more, reaches the end of the last partition.",
    finds: "The last partition of a set by time ends within one interval from now, or has ended. Of a set by integer: \
        the largest id and one interval more reach the end. Not judged: sets whose last partition is open \
        (`open-ended-partition`), and sets inside a partition by range, which have an end of their own.",
    matters: "From that moment on no partition takes new rows: inserts fail with `no partition of relation … found for \
        row`, or the rows land in DEFAULT, where they later keep the partition that should have held them from being made.",
    remedy: "- Under pg_partman: call maintenance as the help shows. If it is meant to run, see `maintenance-failing` and \
        `maintenance-not-scheduled`: this is what they lead to.\n\
        - By hand so far: `partman migrate PARENT`, which makes what is missing on the way.\n\
        - Where pg_partman can't have the set: make the next partition beside it and attach it, with \
        `CREATE TABLE … (LIKE …)` and `ATTACH PARTITION`, as the help shows. Not with `CREATE TABLE … PARTITION OF`: that \
        waits for every reader and writer of the parent.",
    cost: "Bounds are from the catalog; for sets by integer the largest id is read, where an index makes it cheap. \
        `ATTACH PARTITION` takes SHARE UPDATE EXCLUSIVE on the parent, which blocks neither reading nor writing; with a \
        DEFAULT partition also ACCESS EXCLUSIVE on that one while it is scanned.",
};

impl Check for HorizonNear {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let endless = |(set, grid): &(&SetView<'_>, &Grid<'_>)| !set.limited && !grid.is_open_above;
        let sets = view.grids().filter(endless);
        let without = "there is no set by time or number with an end of its own";
        Verdict::each(sets, without, |(set, grid)| match grid.present {
            None => unknown(set),
            Some(present) if grid.is_near_its_end() => {
                Some(finding(view, set, grid, present)).into()
            }
            Some(_) => Judged::Fine,
        })
    }
}

/// Where an integer key has got to could not be seen.
pub(super) fn unknown(set: &SetView<'_>) -> Judged {
    Judged::Unknown(format!(
        "could not look into the partitions of {}",
        set.name()
    ))
}

fn finding(view: &View<'_>, set: &SetView<'_>, grid: &Grid<'_>, present: Point) -> Finding {
    Finding::new(
        &META,
        set.name(),
        message(set, grid, present),
        help(view, set, grid),
    )
}

fn message(set: &SetView<'_>, grid: &Grid<'_>, present: Point) -> Phrase {
    let (parent, horizon) = (set.name(), grid.horizon());
    let (fate, away) = (words::fate(set.set), words::distance(horizon, present));
    match horizon {
        Point::Id(_) => phrase!(
            "the last partition of {parent} ends at {horizon} and ids have reached {present}: in {away} rows {fate}",
            parent,
            horizon,
            present,
            away,
            fate
        ),
        _ if present >= horizon => phrase!(
            "the last partition of {parent} ended at {horizon}, {away} ago: rows of the present {fate}",
            parent,
            horizon,
            away,
            fate
        ),
        _ => phrase!(
            "the last partition of {parent} ends at {horizon}, in {away}: from then on rows {fate}",
            parent,
            horizon,
            away,
            fate
        ),
    }
}

fn help(view: &View<'_>, set: &SetView<'_>, grid: &Grid<'_>) -> Phrase {
    let argument = words::argument(set.name());
    if set.managed.is_some() {
        return sql::maintain(view, set);
    }
    if set.is_adoptable() {
        return phrase!(
            "partman migrate {argument} makes what is missing and has pg_partman go on",
            argument
        );
    }
    if set.set.partitions.iter().any(|p| p.relkind == "p") {
        return phrase!("make the next partition by hand, partitioned as the others are");
    }
    let next = grid.upcoming(0, 1).first().copied();
    match next.and_then(|range| sql::create(set, range)) {
        Some(create) => phrase!("make the next partition: {create}", create),
        None => phrase!("make the next partition by hand"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{
        at, by, finds, ids, months, partition, passes, rows, skips, with_default,
    };
    use super::*;
    use crate::model::Strategy;

    #[test]
    fn the_users_set_is_told_before_and_after_its_end() {
        let set = || months("webhook_events", "2025-09", 2);
        let october = at("2025-10-14T12:00:00Z").with(set());
        insta::assert_snapshot!(finds(&HorizonNear, &october), @r"
        error public.webhook_events: the last partition of public.webhook_events ends at 2025-11-01T00:00:00Z, in 17 days: from then on rows are refused
          help: partman migrate public.webhook_events makes what is missing and has pg_partman go on
        ");
        let next_year = at("2026-11-22T00:00:00Z").with(with_default(set(), None));
        insta::assert_snapshot!(finds(&HorizonNear, &next_year), @r"
        error public.webhook_events: the last partition of public.webhook_events ended at 2025-11-01T00:00:00Z, 386 days ago: rows of the present land in public.webhook_events_default
          help: partman migrate public.webhook_events makes what is missing and has pg_partman go on
        ");
        passes(&HorizonNear, &at("2025-09-14T12:00:00Z").with(set()));
    }

    #[test]
    fn a_managed_set_is_maintained_in_its_zone() {
        let set = super::super::world::months_in("visits", "2025-09", 2, "Europe/Paris");
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        insta::assert_snapshot!(finds(&HorizonNear, &world.managed("visits", json!({}))), @r"
        error public.visits: the last partition of public.visits ends at 2025-10-31T23:00:00Z, in 17 days: from then on rows are refused
          help: SET TimeZone = 'Europe/Paris'; SELECT partman.run_maintenance('public.visits')
        ");
    }

    #[test]
    fn a_row_that_keeps_maintenance_from_working_is_corrected_first() {
        let world = at("2025-10-14T12:00:00Z").with(months("visits", "2025-09", 2));
        let world = world.installed("5.5.0");
        insta::assert_snapshot!(finds(&HorizonNear, &world.managed("visits", json!({ "control": "nope" }))), @r"
        error public.visits: the last partition of public.visits ends at 2025-11-01T00:00:00Z, in 17 days: from then on rows are refused
          help: correct it: UPDATE partman.part_config SET control = 'created_at' WHERE parent_table = 'public.visits'; then SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.visits')
        ");
    }

    #[test]
    fn ids_count_from_the_largest_one() {
        let world = |reached| at("2025-10-14T12:00:00Z").with(ids("orders", 4, reached));
        insta::assert_snapshot!(finds(&HorizonNear, &world(31)), @r"
        error public.orders: the last partition of public.orders ends at 40 and ids have reached 31: in 9 ids rows are refused
          help: partman migrate public.orders makes what is missing and has pg_partman go on
        ");
        passes(&HorizonNear, &world(29));
        let mut blind = ids("orders", 4, 31);
        blind.partitions[3].content = None;
        let blind = at("2025-10-14T12:00:00Z").with(blind);
        insta::assert_snapshot!(skips(&HorizonNear, &blind), @"could not look into the partitions of public.orders");
    }

    #[test]
    fn a_set_that_nobody_can_adopt_gets_the_statements() {
        let bounds = [("2025-01-01", "2026-01-01"), ("2026-01-01", "2026-02-01")];
        let world = at("2026-01-14T12:00:00Z").with(by("t", "date", &bounds));
        insta::assert_snapshot!(finds(&HorizonNear, &world), @r"
        error public.t: the last partition of public.t ends at 2026-02-01, in 18 days: from then on rows are refused
          help: make the next partition: CREATE TABLE public.t_p20260201 (LIKE public.t INCLUDING ALL EXCLUDING IDENTITY); ALTER TABLE public.t ATTACH PARTITION public.t_p20260201 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')
        ");
    }

    #[test]
    fn a_set_of_partitioned_partitions_gets_no_plain_one() {
        let mut set = months("events", "2025-09", 2);
        set.partitions[0].relkind = "p".to_owned();
        let world = at("2025-10-14T12:00:00Z").with(set);
        insta::assert_snapshot!(finds(&HorizonNear, &world), @r"
        error public.events: the last partition of public.events ends at 2025-11-01T00:00:00Z, in 17 days: from then on rows are refused
          help: make the next partition by hand, partitioned as the others are
        ");
    }

    #[test]
    fn sets_without_an_end_of_their_own_are_left_alone() {
        let mut open = months("events", "2025-09", 2);
        let rest = "FOR VALUES FROM ('2025-11-01 00:00:00+00') TO (MAXVALUE)";
        open.partitions
            .push(partition(&open.name.sibling("events_rest"), rest));
        let mut day = months("events_2025_09", "2025-09", 1);
        day.nested_in = Some(open.name.clone());
        let mut list = with_default(by("regions", "text", &[]), Some(rows("a", "b")));
        list.strategy = Strategy::List;
        let empty = by("empty", "timestamptz", &[]);
        let world = at("2025-12-14T12:00:00Z")
            .with(open)
            .with(day)
            .with(list)
            .with(empty);
        insta::assert_snapshot!(skips(&HorizonNear, &world), @"there is no set by time or number with an end of its own");
    }

    #[test]
    fn an_epoch_key_of_pg_partman_is_a_time() {
        let bounds = [("1759276800", "1761955200"), ("1761955200", "1764547200")];
        let world = |now: &str| {
            let row = json!({ "epoch": "seconds" });
            at(now)
                .with(by("beats", "int8", &bounds))
                .installed("5.2.4")
                .managed("beats", row)
        };
        insta::assert_snapshot!(finds(&HorizonNear, &world("2025-11-14T12:00:00Z")), @r"
        error public.beats: the last partition of public.beats ends at 2025-12-01T00:00:00Z, in 16 days: from then on rows are refused
          help: SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.beats')
        ");
        passes(&HorizonNear, &world("2025-10-14T12:00:00Z"));
    }
}
