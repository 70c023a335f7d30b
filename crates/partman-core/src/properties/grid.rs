//! Grids of bounds as people make them: a kind of key, a zone, an interval, and where the first bound lies on it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::Interval;
use crate::bound::Point;
use crate::coverage::Range;
use crate::interval::instant;
use crate::time_zone::Zone;

const HOUR: i64 = 3_600_000_000;

/// Zones of every kind: none, whole hours and parts of them on both sides, clocks that change at night, at midnight, by
/// half an hour and around Ramadan.
pub(super) const ZONES: [&str; 18] = [
    "UTC",
    "Europe/Paris",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Bogota",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Etc/GMT+12",
];

/// Bounds at one distance: `count` ranges from the first one on.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) zone: Zone,
    pub(super) interval: Interval,
    pub(super) first: Point,
}

impl Grid {
    /// The bounds from the first one on, as many as the type can hold.
    pub(super) fn ranges(&self, count: usize) -> Vec<Range> {
        let bounds = std::iter::successors(Some(self.first), |at| {
            self.interval.after(*at, &self.zone.rules)
        });
        let bounds: Vec<Point> = bounds.take(count + 1).collect();
        bounds.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }
}

pub(super) fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(&ZONES[..]).prop_map(|name| Zone::named(name).expect("a zone"))
}

/// Intervals of a calendar or a clock.
pub(super) fn interval() -> impl Strategy<Value = Interval> {
    prop_oneof![
        3 => prop::sample::select(vec![1, 2, 3, 4, 6, 12, 24]).prop_map(Interval::Months),
        3 => prop::sample::select(vec![1, 2, 3, 5, 7, 10, 14, 28, 182]).prop_map(Interval::Days),
        2 => prop::sample::select(vec![1, 2, 3, 4, 6, 8, 12])
            .prop_map(|hours| Interval::Micros(hours * HOUR)),
        1 => prop::sample::select(vec![1, 5, 10, 15, 20, 30, 90])
            .prop_map(|minutes| Interval::Micros(minutes * HOUR / 60)),
    ]
}

/// A day on which an interval can begin: the first of a month where months are counted, any other else.
pub(super) fn beginning(interval: Interval) -> impl Strategy<Value = Date> {
    (2000i16..2035, 1i8..=12, 1i8..=28).prop_map(move |(year, month, day)| {
        let (month, day) = match interval {
            Interval::Months(n) if n % 12 == 0 => (1, 1),
            Interval::Months(_) => (month, 1),
            _ => (month, day),
        };
        Date::new(year, month, day).expect("a day")
    })
}

/// Times of a `timestamptz` key.
pub(super) fn instants() -> impl Strategy<Value = Grid> {
    (zone(), interval())
        .prop_flat_map(|(zone, interval)| (Just(zone), Just(interval), beginning(interval)))
        .prop_filter_map("no such midnight", |(zone, interval, day)| {
            let zone = match interval {
                // Clocks are counted without a zone.
                Interval::Micros(_) => Zone::utc(),
                _ => zone,
            };
            let first = instant(midnight(day), &zone.rules).map(Point::Instant)?;
            Some(Grid {
                zone,
                interval,
                first,
            })
        })
}

/// Times of a `timestamp` key, or days.
pub(super) fn locals() -> impl Strategy<Value = Grid> {
    (interval(), any::<bool>())
        .prop_flat_map(|(interval, days)| (Just(interval), beginning(interval), Just(days)))
        .prop_map(|(interval, day, days)| Grid {
            zone: Zone::utc(),
            interval,
            first: match interval {
                Interval::Micros(_) => Point::Local(midnight(day)),
                _ if days => Point::Day(day),
                _ => Point::Local(midnight(day)),
            },
        })
}

/// Numbers.
pub(super) fn ids() -> impl Strategy<Value = Grid> {
    let step = prop_oneof![
        1i64..20,
        prop::sample::select(vec![100, 1_000, 1 << 20, 10_000_000])
    ];
    (step, -1_000i64..1_000).prop_map(|(step, first)| Grid {
        zone: Zone::utc(),
        interval: Interval::Ids(step),
        first: Point::Id(first * step),
    })
}

pub(super) fn any_grid() -> impl Strategy<Value = Grid> {
    prop_oneof![3 => instants(), 1 => locals(), 1 => ids()]
}

fn midnight(day: Date) -> DateTime {
    day.to_datetime(jiff::civil::Time::midnight())
}

/// The midnights of days this many calendar steps apart, found by the calendar alone: not through [`Interval`].
pub(super) fn midnights(
    first: Date,
    step: jiff::Span,
    count: i64,
    rules: &TimeZone,
) -> Vec<jiff::Timestamp> {
    let day = |n: i64| first.checked_add(step.checked_mul(n).ok()?).ok();
    (0..=count)
        .filter_map(|n| instant(midnight(day(n)?), rules))
        .collect()
}
