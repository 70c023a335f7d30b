//! How many partitions pg_partman counts as made ahead: not whole ones, but time divided by the interval, rounded.
//!
//! In every version: `round(epoch(age(lower bound of the last, now)) / epoch(interval))`, where a month has thirty days
//! and a year 365.25. In the second half of a month that asks for one more than counting does.

use jiff::Unit;
use jiff::civil::DateTime;

use super::suffix::clock;
use crate::Interval;
use crate::bound::Point;
use crate::time_zone::Zone;

const DAY: f64 = 86_400.0;

/// What pg_partman takes for the number of partitions ahead of `present`, when the last one begins at `last`.
pub fn premade(last: Point, present: Point, interval: Interval, zone: &Zone) -> i64 {
    match (last, present, interval) {
        // The present of integers is somewhere in a partition; whole ones after it count.
        (Point::Id(last), Point::Id(present), Interval::Ids(step)) if last > present => {
            (last - present).div_euclid(step) + i64::from((last - present).rem_euclid(step) != 0)
        }
        (Point::Id(_), _, _) => 0,
        _ => match (clock(last, zone), clock(present, zone)) {
            (Some(last), Some(present)) => (age(last, present) / epoch(interval)).round() as i64,
            _ => 0,
        },
    }
}

/// Seconds of PostgreSQL's `age(later, earlier)`.
fn age(later: DateTime, earlier: DateTime) -> f64 {
    let Ok(span) = earlier.until((Unit::Year, later)) else {
        return 0.0;
    };
    let clock = f64::from(span.get_hours()) * 3_600.0
        + span.get_minutes() as f64 * 60.0
        + span.get_seconds() as f64;
    f64::from(span.get_years()) * 365.25 * DAY
        + f64::from(span.get_months()) * 30.0 * DAY
        + f64::from(span.get_days()) * DAY
        + clock
}

/// Seconds of `EXTRACT(epoch FROM interval)`.
fn epoch(interval: Interval) -> f64 {
    match interval {
        Interval::Months(n) => f64::from(n / 12) * 365.25 * DAY + f64::from(n % 12) * 30.0 * DAY,
        Interval::Days(n) => f64::from(n) * DAY,
        Interval::Micros(n) => n as f64 / 1e6,
        Interval::Ids(n) => n as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::KeyKind;

    #[test]
    fn late_in_a_month_one_more_is_asked_for() {
        let at = |text| Point::parse(KeyKind::Timestamptz, text).expect("an instant");
        let ahead = |now| {
            premade(
                at("2027-03-01 00:00:00+00"),
                at(now),
                Interval::Months(1),
                &Zone::utc(),
            )
        };
        assert_eq!(ahead("2026-11-10 12:00:00+00"), 4);
        assert_eq!(ahead("2026-11-22 12:00:00+00"), 3);
        assert_eq!(ahead("2027-05-01 00:00:00+00"), -2);
    }

    #[test]
    fn integers_are_counted_in_whole_partitions() {
        let ahead = |last, present| {
            premade(
                Point::Id(last),
                Point::Id(present),
                Interval::Ids(10),
                &Zone::utc(),
            )
        };
        assert_eq!([ahead(40, 20), ahead(40, 25), ahead(20, 25)], [2, 2, 0]);
    }
}
