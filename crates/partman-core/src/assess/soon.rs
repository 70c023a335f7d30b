//! Until where rows may be written while a table is being read, so that no row is refused that an application is about to
//! write: a little beyond the present, and beyond the furthest row where rows are written ahead of it.

use jiff::{SignedDuration, Span, Timestamp};

use crate::bound::Point;
use crate::coverage::{self, Range};
use crate::time_zone::Zone;

/// Slower than any disk that holds a database reads.
const BYTES_PER_SECOND: i64 = 20 << 20;

/// Time for everything but reading; less than this where partitions are narrower than that.
const AT_LEAST: SignedDuration = SignedDuration::from_hours(1);

/// What is written, as far as one can tell.
pub(super) struct Written {
    /// Where the present is.
    pub(super) present: Point,
    /// The furthest row.
    pub(super) max: Option<Point>,
    /// How much there is to be read.
    pub(super) bytes: i64,
}

/// How long before the end of a range it is too late to begin: an hour, or a quarter of the range.
pub(crate) fn margin((from, to): Range, zone: &Zone) -> SignedDuration {
    match (instant(from, zone), instant(to, zone)) {
        (Some(from), Some(to)) => AT_LEAST.min(to.duration_since(from) / 4),
        _ => AT_LEAST,
    }
}

/// The instant that a clock in the zone of the bounds shows at this point.
pub(crate) fn instant(point: Point, zone: &Zone) -> Option<Timestamp> {
    match point {
        Point::Instant(t) => Some(t),
        Point::Local(t) => crate::interval::instant(t, &zone.rules),
        Point::Day(d) => {
            crate::interval::instant(d.to_datetime(jiff::civil::Time::midnight()), &zone.rules)
        }
        Point::Id(_) => None,
    }
}

/// The furthest point of which a row may come while a table with this range is being read. Numbers are taken to grow by
/// no more than a tenth of the range.
pub(super) fn furthest(
    written: &Written,
    range: Range,
    now: Timestamp,
    zone: &Zone,
) -> Option<Point> {
    let reading = SignedDuration::from_secs(written.bytes / BYTES_PER_SECOND);
    let margin = margin(range, zone) + reading;
    let clock = match written.present {
        Point::Id(n) => later(Point::Id(n), margin, range)?,
        like => coverage::present(now.checked_add(margin).ok()?, like, zone)?,
    };
    match written.max.filter(|max| *max > written.present) {
        Some(max) => Some(clock.max(later(max, margin, range)?)),
        None => Some(clock),
    }
}

fn later(point: Point, margin: SignedDuration, (from, to): Range) -> Option<Point> {
    match point {
        Point::Instant(t) => t.checked_add(margin).ok().map(Point::Instant),
        Point::Local(t) => t.checked_add(margin).ok().map(Point::Local),
        // Days that are written ahead go on at midnight, whenever that is.
        Point::Day(d) => d.checked_add(Span::new().days(1)).ok().map(Point::Day),
        Point::Id(n) => match (from, to) {
            (Point::Id(a), Point::Id(b)) => n.checked_add(b.checked_sub(a)? / 10).map(Point::Id),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn reach(max: Option<&str>, bytes: i64, from: &str, to: &str) -> String {
        let now = at("2026-11-22T12:00:00Z");
        let written = Written {
            present: Point::Instant(now),
            max: max.map(|max| Point::Instant(at(max))),
            bytes,
        };
        let range = (Point::Instant(at(from)), Point::Instant(at(to)));
        let found = furthest(&written, range, now, &Zone::utc());
        found.expect("it is no further than times go").to_string()
    }

    const MONTH: (&str, &str) = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");

    #[test]
    fn there_has_to_be_an_hour_and_the_time_that_reading_takes() {
        let (from, to) = MONTH;
        let earlier = Some("2026-11-22T11:00:00Z");
        assert_eq!(reach(earlier, 0, from, to), "2026-11-22T13:00:00Z");
        let ten_minutes = 600 * BYTES_PER_SECOND;
        assert_eq!(reach(None, ten_minutes, from, to), "2026-11-22T13:10:00Z");
        let hour = ("2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z");
        assert_eq!(reach(None, 0, hour.0, hour.1), "2026-11-22T12:15:00Z");
    }

    #[test]
    fn rows_that_are_written_ahead_go_on_ahead() {
        let (from, to) = MONTH;
        let ahead = Some("2026-11-30T23:30:00Z");
        assert_eq!(reach(ahead, 0, from, to), "2026-12-01T00:30:00Z");
    }

    #[test]
    fn numbers_grow_by_a_tenth_of_the_range() {
        let written = Written {
            present: Point::Id(950),
            max: Some(Point::Id(950)),
            bytes: 0,
        };
        let range = (Point::Id(0), Point::Id(1_000));
        let now = at("2026-11-22T12:00:00Z");
        let found = furthest(&written, range, now, &Zone::utc());
        assert_eq!(found, Some(Point::Id(1_050)));
    }
}
