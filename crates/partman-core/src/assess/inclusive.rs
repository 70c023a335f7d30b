//! Upper bounds that somebody took for inclusive: `23:59:59`, the last day of a month, 1000 where the next one begins at 1001.
//! The server leaves them out, so that what lies in between has no partition; and pg_partman would go on from such an end by
//! such a width, and never begin a month, a day or a thousand again.

use jiff::civil::{Date, DateTime};

use super::{Adoptable, Assessment, Code};
use crate::Interval;
use crate::bound::Point;
use crate::coverage::Range;
use crate::interval::local;
use crate::model::{Inspection, Partition, PartitionSet, Strategy};
use crate::name::quote_literal;
use crate::phrase;
use crate::time_zone::{Found, Zone, common_width, find};
use crate::wanted::WantedSet;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// By how much such a bound falls short, of times: the last microsecond, millisecond, second, minute or day.
const SHORT_OF_TIMES: [Interval; 5] = [
    Interval::Micros(1),
    Interval::Micros(1_000),
    Interval::Micros(SECOND),
    Interval::Micros(MINUTE),
    Interval::Micros(DAY),
];

/// Whether the bounds are such, with the reason. Somebody who says that the width is meant is believed.
pub(super) fn judge(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    seen: &mut Assessment,
) -> bool {
    let ranges = set.ranges();
    let Some((from, to, newest)) = ranges.last().copied() else {
        return false;
    };
    if seen.managed || set.strategy != Strategy::Range {
        return false;
    }
    let is_meant = |interval: Interval| interval.leads(from, to, &Zone::utc().rules);
    if wanted.interval.is_some_and(is_meant) {
        return false;
    }
    let all: Vec<Range> = ranges.iter().map(|(from, to, _)| (*from, *to)).collect();
    let steps: &[Interval] = match to {
        Point::Id(_) => &[Interval::Ids(1)],
        Point::Day(_) => &[Interval::Days(1)],
        Point::Local(_) | Point::Instant(_) => &SHORT_OF_TIMES,
    };
    let server = &inspection.server.time_zone;
    let found = steps.iter().find_map(|step| {
        let (meant, width) = completed(&all, *step, server)?;
        meant.last().map(|(_, end)| (*end, width))
    });
    match found {
        Some((end, width)) => refuse(set, newest, (from, to), (end, width), seen),
        None => return false,
    }
    true
}

/// The ranges with this much more at their ends, where that makes a width that people choose of one that nobody does, and
/// brings none to overlap the next.
fn completed(all: &[Range], step: Interval, server: &str) -> Option<(Vec<Range>, Interval)> {
    let utc = Zone::utc();
    let longer = |(from, to): &Range| Some((*from, step.after(*to, &utc.rules)?));
    let meant: Vec<Range> = all.iter().map(longer).collect::<Option<_>>()?;
    let overlap = |pair: &[Range]| pair[0].1 > pair[1].0;
    let touch = |pair: &[Range]| pair[0].1 == pair[1].0;
    if meant.windows(2).any(overlap) || meant.len() > 1 && !meant.windows(2).any(touch) {
        return None;
    }
    let zone = zone(&meant, server)?;
    let width = common_width(meant.iter().copied(), &zone.rules)?;
    let now = common_width(all.iter().copied(), &zone.rules);
    let (first, _) = *meant.first()?;
    let is_better = is_chosen(width, first, &zone)
        && now.is_none_or(|now| match (now, width) {
            (Interval::Ids(now), Interval::Ids(width)) => zeros(now) < zeros(width),
            _ => !is_chosen(now, first, &zone),
        });
    is_better.then_some((meant, width))
}

fn zone(ranges: &[Range], server: &str) -> Option<Zone> {
    let instants = ranges.iter().filter_map(|range| match range {
        (Point::Instant(from), Point::Instant(to)) => Some((*from, *to)),
        _ => None,
    });
    let instants: Vec<_> = instants.collect();
    if instants.is_empty() {
        return Some(Zone::utc());
    }
    match find(&instants, None, server) {
        Found::Zone(zone) => Some(zone),
        Found::Ambiguous(names) => Zone::named(names.first()?),
        Found::Nowhere => None,
    }
}

/// Whether people choose this width, from here on.
fn is_chosen(width: Interval, first: Point, zone: &Zone) -> bool {
    match width {
        Interval::Months(_) => shown(first, zone).is_some_and(|date| date.day() == 1),
        Interval::Days(days) => [1, 7, 14].contains(&days),
        Interval::Micros(micros) => micros % MINUTE == 0 && DAY % micros == 0,
        Interval::Ids(_) => true,
    }
}

fn shown(point: Point, zone: &Zone) -> Option<Date> {
    let midnight = |shown: DateTime| {
        let date = shown.date();
        (date.to_datetime(jiff::civil::Time::midnight()) == shown).then_some(date)
    };
    match point {
        Point::Instant(t) => midnight(local(t, &zone.rules)),
        Point::Local(t) => midnight(t),
        Point::Day(date) => Some(date),
        Point::Id(_) => None,
    }
}

/// How round a number is: the zeros at its end, counted in tens or in twos.
fn zeros(mut step: i64) -> u32 {
    if step.count_ones() == 1 {
        return step.trailing_zeros();
    }
    let mut zeros = 0;
    while step % 10 == 0 {
        (step, zeros) = (step / 10, zeros + 1);
    }
    zeros
}

fn refuse(
    set: &PartitionSet,
    newest: &Partition,
    (from, to): Range,
    (end, width): (Point, Interval),
    seen: &mut Assessment,
) {
    let literal = |point| quote_literal(&set.literal(point).unwrap_or_default());
    let (parent, partition) = (&set.name, &newest.name);
    let own = Interval::candidates(from, to, &Zone::utc().rules);
    let own = own.first().map(ToString::to_string).unwrap_or_default();
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::UpperBoundInclusive,
        phrase!(
            "{partition} ends at {to} as if that belonged to it, but the server leaves an upper bound out: rows from {to} to {end} have no partition, and pg_partman would go on from {to} in steps of {own}",
            partition,
            to,
            end,
            own
        ),
        phrase!(
            "give it the end of {width}, and likewise every partition of {parent} that ends so: {sql}; if its bounds are meant, set {setting} in its [[set]]",
            width,
            parent,
            sql = format!(
                "BEGIN; ALTER TABLE {parent} DETACH PARTITION {partition}; ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES \
                 FROM ({}) TO ({}); COMMIT",
                literal(from),
                literal(end)
            ),
            setting = format!("interval = \"{own}\"")
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::assess;
    use crate::check::world::{at, by};
    use crate::wanted::WantedSet;

    /// What is made of a set with these bounds, and the width that the configuration names.
    fn judged(type_name: &str, bounds: &[(&str, &str)], interval: Option<&str>) -> Assessment {
        let set = by("events", type_name, bounds);
        let world = at("2026-11-22T12:00:00Z").with(set);
        let mut wanted = WantedSet::new("events".parse().expect("a name"));
        wanted.interval = interval.map(|text| text.parse().expect("an interval"));
        let version = "5.5.0".parse().expect("a version");
        assess(&world.seen, &world.seen.sets[0], &wanted, &version)
    }

    fn is_refused(type_name: &str, bounds: &[(&str, &str)]) -> bool {
        let seen = judged(type_name, bounds, None);
        let codes = seen.reasons.iter().map(|reason| reason.code);
        codes.eq([Code::UpperBoundInclusive])
    }

    #[test]
    fn the_last_day_second_or_number_is_no_end() {
        for (type_name, bounds) in [
            ("date", vec![("2026-11-01", "2026-11-30")]),
            ("date", vec![("2026-02-01", "2026-02-28")]),
            ("date", vec![("2026-01-01", "2026-12-31")]),
            ("date", vec![("2026-11-23", "2026-11-29")]),
            (
                "date",
                vec![
                    ("2026-09-01", "2026-09-30"),
                    ("2026-10-01", "2026-10-31"),
                    ("2026-11-01", "2026-11-30"),
                ],
            ),
            // One is missing in between.
            (
                "date",
                vec![
                    ("2026-08-01", "2026-08-31"),
                    ("2026-10-01", "2026-10-31"),
                    ("2026-11-01", "2026-11-30"),
                ],
            ),
            (
                "timestamp",
                vec![("2026-11-01 00:00:00", "2026-11-30 23:59:59")],
            ),
            (
                "timestamp",
                vec![
                    ("2026-11-21 00:00:00", "2026-11-21 23:59:59.999999"),
                    ("2026-11-22 00:00:00", "2026-11-22 23:59:59.999999"),
                ],
            ),
            (
                "timestamp",
                vec![
                    ("2026-11-21 10:00:00", "2026-11-21 10:59:59.999"),
                    ("2026-11-21 11:00:00", "2026-11-21 11:59:59.999"),
                ],
            ),
            // Midnights of New York.
            (
                "timestamptz",
                vec![
                    ("2026-09-01 04:00:00+00", "2026-10-01 03:59:59+00"),
                    ("2026-10-01 04:00:00+00", "2026-11-01 03:59:59+00"),
                    ("2026-11-01 04:00:00+00", "2026-12-01 04:59:59+00"),
                ],
            ),
            (
                "timestamp",
                vec![
                    ("2026-10-01 00:00:00", "2026-10-31 00:00:00"),
                    ("2026-11-01 00:00:00", "2026-11-30 00:00:00"),
                ],
            ),
            ("int8", vec![("1", "1000000")]),
            ("int8", vec![("1", "1000"), ("1001", "2000")]),
            ("int8", vec![("0", "1048575")]),
        ] {
            assert!(is_refused(type_name, &bounds), "{type_name} {bounds:?}");
        }
    }

    #[test]
    fn odd_widths_and_gaps_are_what_they_are() {
        for (type_name, bounds) in [
            ("date", vec![("2026-11-01", "2026-12-01")]),
            ("date", vec![("2026-11-02", "2026-11-30")]),
            ("date", vec![("2026-11-02", "2026-12-01")]),
            ("date", vec![("2026-11-01", "2026-11-15")]),
            (
                "date",
                vec![("2026-11-01", "2026-11-02"), ("2026-11-03", "2026-11-04")],
            ),
            (
                "date",
                vec![("2026-11-02", "2026-11-08"), ("2026-11-08", "2026-11-14")],
            ),
            (
                "timestamp",
                vec![("2026-11-21 00:00:00", "2026-11-21 23:00:00")],
            ),
            // Seven hours are no part of a day.
            (
                "timestamp",
                vec![("2026-11-21 00:00:00", "2026-11-21 06:59:59")],
            ),
            ("int8", vec![("0", "11"), ("12", "23")]),
            ("int8", vec![("0", "1000000")]),
            ("int8", vec![("0", "1000"), ("1001", "2001")]),
            ("int8", vec![("1", "500"), ("600", "1099")]),
        ] {
            assert!(!is_refused(type_name, &bounds), "{type_name} {bounds:?}");
        }
    }

    #[test]
    fn the_way_out_has_the_end_that_was_meant() {
        let bounds = [("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")];
        let seen = judged("date", &bounds, None);
        insta::assert_snapshot!(seen.reasons[0].what, @"public.events_1 ends at 2026-11-30 as if that belonged to it, but the server leaves an upper bound out: rows from 2026-11-30 to 2026-12-01 have no partition, and pg_partman would go on from 2026-11-30 in steps of 29 days");
        insta::assert_snapshot!(seen.reasons[0].way_out, @r#"give it the end of 1 month, and likewise every partition of public.events that ends so: BEGIN; ALTER TABLE public.events DETACH PARTITION public.events_1; ALTER TABLE public.events ATTACH PARTITION public.events_1 FOR VALUES FROM ('2026-11-01') TO ('2026-12-01'); COMMIT; if its bounds are meant, set interval = "29 days" in its [[set]]"#);
        assert_eq!((seen.interval, seen.horizon.is_some()), (None, true));
    }

    #[test]
    fn who_says_that_the_width_is_meant_is_believed() {
        let bounds = [("2026-11-01", "2026-11-30")];
        let seen = judged("date", &bounds, Some("29 days"));
        assert_eq!(seen.reasons, vec![]);
        assert_eq!(seen.interval, Some(Interval::Days(29)));
        let seen = judged("date", &bounds, Some("1 month"));
        assert_eq!(seen.reasons[0].code, Code::UpperBoundInclusive);
    }

    #[test]
    fn what_pg_partman_has_already_is_not_asked_about() {
        let set = by("events", "date", &[("2026-11-01", "2026-11-30")]);
        let world = at("2026-11-22T12:00:00Z").with(set).installed("5.5.0");
        let row = serde_json::json!({ "partition_interval": "29 days" });
        let world = world.managed("events", row);
        let wanted = WantedSet::new("events".parse().expect("a name"));
        let version = "5.5.0".parse().expect("a version");
        let seen = assess(&world.seen, &world.seen.sets[0], &wanted, &version);
        assert!(seen.managed);
        assert_eq!(seen.interval, Some(Interval::Days(29)));
    }

    #[test]
    fn a_thousand_is_rounder_than_what_comes_before_it() {
        assert!(zeros(1_000) > zeros(999) && zeros(1_000_000) > zeros(999_990));
        assert_eq!((zeros(1_024), zeros(1), zeros(7), zeros(70)), (10, 0, 0, 1));
    }
}
