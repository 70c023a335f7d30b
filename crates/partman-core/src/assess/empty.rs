//! Sets without a partition to go on from: none at all, or only a DEFAULT. Their bounds tell no interval, so somebody has to
//! say it; then the first partition is the one that the present is in, on the grid that clock and calendar have for that
//! width: full hours, midnights, Mondays, months, quarters, years, multiples of a number.
//!
//! Rows of DEFAULT that are older than the first partition stay where they are: nothing is moved that needn't be, and
//! maintenance only ever goes ahead.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};

use super::{Adoptable, Assessment, Code};
use crate::Interval;
use crate::bound::{KeyKind, Point};
use crate::coverage;
use crate::interval::instant;
use crate::model::{Inspection, Partition, PartitionSet};
use crate::phrase;
use crate::time_zone::Zone;
use crate::wanted::WantedSet;

/// A Monday, from which weeks are counted, and the first of January before it, for other numbers of days.
const MONDAY: Date = date(1969, 12, 29);
const NEW_YEAR: Date = date(1970, 1, 1);
const DAY: i64 = 86_400_000_000;

/// Whether no partition has bounds.
pub(super) fn is_empty(set: &PartitionSet) -> bool {
    set.partitions.iter().all(Partition::is_default)
}

/// Adds a reason where nobody has said how wide partitions shall be, or something that the key can't have.
pub(super) fn judge(set: &PartitionSet, wanted: &WantedSet, seen: &mut Assessment) {
    let counts = |kind: KeyKind| kind.is_time() || kind.is_number();
    let key = set.control().filter(|key| counts(key.kind));
    let Some(key) = key.filter(|_| is_empty(set)) else {
        return;
    };
    let parent = &set.name;
    let example = match key.kind {
        kind if kind.is_number() => "interval = 1000000",
        _ => "interval = \"1 month\"",
    };
    match wanted.interval {
        None if set.partitions.is_empty() => seen.refuse(
            Adoptable::NeedsDecision,
            Code::NoPartitions,
            phrase!(
                "{parent} has no partitions, so there is no interval to find and no bound to continue from",
                parent
            ),
            say(example),
        ),
        None => seen.refuse(
            Adoptable::NeedsDecision,
            Code::NoPartitions,
            phrase!(
                "{parent} has only a DEFAULT partition, so there is no interval to find and no bound to continue from",
                parent
            ),
            say(example),
        ),
        Some(interval) if !goes_with(interval, key.kind) => seen.refuse(
            Adoptable::NeedsDecision,
            Code::IntervalUnfit,
            phrase!(
                "partitions of {parent} can't be {interval} wide, as the configuration says: it is partitioned by a \
                 {type_name}",
                parent,
                interval,
                type_name = key.type_name
            ),
            say(example),
        ),
        Some(_) => {}
    }
}

fn say(example: &str) -> crate::words::Phrase {
    phrase!(
        "say how wide its partitions shall be, such as {example} in its [[set]]: the first is the one that the present is in",
        example
    )
}

fn goes_with(interval: Interval, kind: KeyKind) -> bool {
    match kind {
        kind if kind.is_number() => interval.is_ids(),
        KeyKind::Date => interval.is_calendar(),
        _ => !interval.is_ids(),
    }
}

/// The present of such a set, and where its first partition begins.
pub(super) fn start(
    inspection: &Inspection,
    set: &PartitionSet,
    interval: Interval,
    zone: &Zone,
) -> Option<(Point, Point)> {
    let kind = set.control()?.kind;
    let present = match kind {
        kind if kind.is_number() => Point::Id(reached(set)?),
        _ => now(inspection.server.now, kind, zone)?,
    };
    Some((present, floor(present, interval, zone)?))
}

fn now(now: Timestamp, kind: KeyKind, zone: &Zone) -> Option<Point> {
    let like = match kind {
        KeyKind::Timestamptz => Point::Instant(now),
        KeyKind::Timestamp => Point::Local(DateTime::ZERO),
        KeyKind::Date => Point::Day(Date::ZERO),
        _ => return None,
    };
    coverage::present(now, like, zone)
}

/// The largest number in DEFAULT, or 0 where there is none; `None` where that could not be looked up.
fn reached(set: &PartitionSet) -> Option<i64> {
    let Some(default) = set.default_partition() else {
        return Some(0);
    };
    let content = default.content.as_ref()?;
    match (&content.max, content.has_rows) {
        (Some(max), _) => max.parse().ok(),
        (None, true) => None,
        (None, false) => Some(0),
    }
}

/// The last point of the interval's grid that isn't after this one.
fn floor(point: Point, interval: Interval, zone: &Zone) -> Option<Point> {
    match point {
        Point::Id(n) => match interval {
            Interval::Ids(step) => Some(Point::Id(n.div_euclid(step).checked_mul(step)?)),
            _ => None,
        },
        Point::Instant(t) => {
            let shown = crate::interval::local(t, &zone.rules);
            let at = instant(floor_clock(shown, interval)?, &zone.rules).map(Point::Instant)?;
            // In an hour that comes twice, the clock doesn't tell which of them it is.
            match at > point {
                true => interval.before(at, &zone.rules),
                false => Some(at),
            }
        }
        Point::Local(t) => floor_clock(t, interval).map(Point::Local),
        Point::Day(d) => {
            let floor = floor_clock(d.to_datetime(Time::midnight()), interval)?;
            Some(Point::Day(floor.date()))
        }
    }
}

fn floor_clock(shown: DateTime, interval: Interval) -> Option<DateTime> {
    let midnight = shown.date().to_datetime(Time::midnight());
    match interval {
        Interval::Months(n) => {
            let months = i32::from(shown.year()) * 12 + i32::from(shown.month()) - 1;
            let first = months.div_euclid(n) * n;
            let (year, month) = (first.div_euclid(12), first.rem_euclid(12) + 1);
            let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
            Some(first.to_datetime(Time::midnight()))
        }
        Interval::Days(n) => {
            let from = if n % 7 == 0 { MONDAY } else { NEW_YEAR };
            let days = from.until((jiff::Unit::Day, shown.date())).ok()?.get_days();
            let back = jiff::Span::new().try_days(days.rem_euclid(n)).ok()?;
            midnight.checked_sub(back).ok()
        }
        // Steps that don't divide a day are counted through, those that do begin anew with each.
        Interval::Micros(n) => {
            let from = match DAY % n {
                0 => midnight,
                _ => NEW_YEAR.to_datetime(Time::midnight()),
            };
            let passed = i64::try_from(shown.duration_since(from).as_micros()).ok()?;
            let back = jiff::SignedDuration::from_micros(passed.rem_euclid(n));
            let at = shown.checked_sub(back).ok()?;
            let rest = at.subsec_nanosecond() % 1_000;
            at.checked_sub(jiff::SignedDuration::from_nanos(i64::from(rest)))
                .ok()
        }
        Interval::Ids(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(at: &str, interval: &str, zone: &str) -> String {
        let point = Point::parse(KeyKind::Timestamptz, at).expect("an instant");
        let zone = Zone::named(zone).expect("a zone");
        let interval = interval.parse().expect("an interval");
        floor(point, interval, &zone)
            .expect("it has one")
            .to_string()
    }

    #[test]
    fn the_first_partition_is_on_the_grid_of_clock_and_calendar() {
        let at = "2026-11-22 21:34:56.789123+00";
        let begins = |interval| first(at, interval, "UTC");
        assert_eq!(begins("15 minutes"), "2026-11-22T21:30:00Z");
        assert_eq!(begins("1 hour"), "2026-11-22T21:00:00Z");
        assert_eq!(begins("6 hours"), "2026-11-22T18:00:00Z");
        assert_eq!(begins("1 day"), "2026-11-22T00:00:00Z");
        assert_eq!(begins("7 days"), "2026-11-16T00:00:00Z", "a Monday");
        assert_eq!(begins("1 month"), "2026-11-01T00:00:00Z");
        assert_eq!(begins("3 months"), "2026-10-01T00:00:00Z");
        assert_eq!(begins("6 months"), "2026-07-01T00:00:00Z");
        assert_eq!(begins("1 year"), "2026-01-01T00:00:00Z");
        assert_eq!(begins("10 years"), "2020-01-01T00:00:00Z");
        let odd = [begins("10 days"), begins("5 hours"), begins("36 hours")];
        for begin in odd {
            assert!(
                begin.as_str() <= "2026-11-22T21:34" && begin.as_str() > "2026-11-12",
                "{begin}"
            );
        }
    }

    #[test]
    fn midnights_are_those_of_the_zone() {
        let late = "2026-10-31 23:30:00+00";
        assert_eq!(
            first(late, "1 month", "Europe/Paris"),
            "2026-10-31T23:00:00Z"
        );
        assert_eq!(
            first(late, "1 month", "America/New_York"),
            "2026-10-01T04:00:00Z"
        );
        assert_eq!(first(late, "1 day", "Asia/Kolkata"), "2026-10-31T18:30:00Z");
    }

    #[test]
    fn numbers_are_counted_in_whole_steps_also_below_zero() {
        let begins = |n| floor(Point::Id(n), Interval::Ids(100), &Zone::utc());
        assert_eq!(begins(0), Some(Point::Id(0)));
        assert_eq!(begins(1_234), Some(Point::Id(1_200)));
        assert_eq!(begins(-1), Some(Point::Id(-100)));
        assert_eq!(begins(i64::MIN), None, "beyond what the key can hold");
    }
}
