//! The width of partitions: read as people and PostgreSQL write it, found from bounds, and added to points.
//!
//! Months and days are counted on the wall clock of the set's time zone, hours and less on the physical clock, as
//! PostgreSQL adds an `interval` to a `timestamptz`. An interval of ours has one unit: pg_partman's suffix formats and
//! its date arithmetic know no others.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, Unit};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::bound::Point;
use crate::coverage::MOST_TO_CREATE;

/// The width of the partitions of a set; always more than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// Calendar months; 12 is a year.
    Months(i32),
    /// Calendar days; 7 is a week.
    Days(i32),
    /// Microseconds of the physical clock: hours, minutes and less.
    Micros(i64),
    /// A step of an integer key.
    Ids(i64),
}

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

impl Interval {
    /// The point one interval after `point`, in `zone` where the point is an instant. `None` beyond what the type can
    /// hold, and for an interval that doesn't go with the point.
    pub fn after(self, point: Point, zone: &TimeZone) -> Option<Point> {
        self.shift(point, zone, 1)
    }

    /// The point one interval before `point`; see [`Interval::after`].
    pub fn before(self, point: Point, zone: &TimeZone) -> Option<Point> {
        self.shift(point, zone, -1)
    }

    fn shift(self, point: Point, zone: &TimeZone, sign: i64) -> Option<Point> {
        match (self, point) {
            (Self::Ids(step), Point::Id(n)) => {
                n.checked_add(step.checked_mul(sign)?).map(Point::Id)
            }
            (Self::Micros(us), Point::Instant(t)) => t
                .checked_add(SignedDuration::from_micros(us.checked_mul(sign)?))
                .ok()
                .map(Point::Instant),
            (_, Point::Instant(t)) => self.shift_local(local(t, zone), zone, sign),
            (_, Point::Local(t)) => t.checked_add(self.span(sign)?).ok().map(Point::Local),
            (Self::Months(_) | Self::Days(_), Point::Day(d)) => {
                d.checked_add(self.span(sign)?).ok().map(Point::Day)
            }
            _ => None,
        }
    }

    /// On the wall clock of `zone`.
    fn shift_local(self, shown: DateTime, zone: &TimeZone, sign: i64) -> Option<Point> {
        let shown = shown.checked_add(self.span(sign)?).ok()?;
        instant(shown, zone).map(Point::Instant)
    }

    fn span(self, sign: i64) -> Option<Span> {
        let span = Span::new();
        match self {
            Self::Months(n) => span.try_months(i64::from(n) * sign).ok(),
            Self::Days(n) => span.try_days(i64::from(n) * sign).ok(),
            Self::Micros(n) => span.try_microseconds(n.checked_mul(sign)?).ok(),
            Self::Ids(_) => None,
        }
    }

    /// Where the interval begins that `point` is in: the last of the points that lie whole intervals before `anchor` and not
    /// after `point`, which isn't after `anchor`. `None` beyond what the type can hold.
    pub fn beginning(self, point: Point, anchor: Point, zone: &TimeZone) -> Option<Point> {
        let back = |steps: i64| match steps {
            0 => Some(anchor),
            _ => self.shift(anchor, zone, -steps),
        };
        let is_after = |steps| back(steps).is_some_and(|at| at > point);
        // There may be millions of minutes between the two.
        let (mut few, mut many) = (0, 0);
        while is_after(many) {
            few = many;
            many = (many * 2).max(1);
        }
        while many - few > 1 {
            let middle = few + (many - few) / 2;
            match is_after(middle) {
                true => few = middle,
                false => many = middle,
            }
        }
        back(many)
    }

    /// Every interval that makes `to` the next bound after `from`, the largest unit first. One pair allows several:
    /// September is a month, and it is thirty days.
    pub fn candidates(from: Point, to: Point, zone: &TimeZone) -> Vec<Self> {
        let (a, b) = match (from, to) {
            (Point::Id(a), Point::Id(b)) => {
                return b
                    .checked_sub(a)
                    .filter(|n| *n > 0)
                    .map(Self::Ids)
                    .into_iter()
                    .collect();
            }
            (Point::Instant(a), Point::Instant(b)) => (local(a, zone), local(b, zone)),
            (Point::Local(a), Point::Local(b)) => (a, b),
            (Point::Day(a), Point::Day(b)) => (
                a.to_datetime(jiff::civil::Time::midnight()),
                b.to_datetime(jiff::civil::Time::midnight()),
            ),
            _ => return Vec::new(),
        };
        let months = (i32::from(b.year()) - i32::from(a.year())) * 12 + i32::from(b.month())
            - i32::from(a.month());
        let days = a
            .date()
            .until((Unit::Day, b.date()))
            .map_or(0, |span| span.get_days());
        let micros = match (from, to) {
            (Point::Instant(a), Point::Instant(b)) => b.as_microsecond() - a.as_microsecond(),
            (Point::Local(a), Point::Local(b)) => {
                i64::try_from(b.duration_since(a).as_micros()).unwrap_or(0)
            }
            _ => 0,
        };
        [
            (months > 0).then_some(Self::Months(months)),
            (days > 0).then_some(Self::Days(days)),
            (micros > 0).then_some(Self::Micros(micros)),
        ]
        .into_iter()
        .flatten()
        .filter(|candidate| candidate.leads(from, to, zone))
        .collect()
    }

    /// Whether `to` is the next bound after `from`. A day whose midnight the clocks skip begins later, and the next one at
    /// midnight again: people make such bounds, although adding the interval doesn't lead from one to the other.
    pub fn leads(self, from: Point, to: Point, zone: &TimeZone) -> bool {
        let next = |from| self.after(from, zone) == Some(to);
        next(from)
            || self.is_calendar()
                && skipped_midnight(from, zone)
                    .is_some_and(|midnight| self.shift_local(midnight, zone, 1) == Some(to))
    }

    /// Whether whole intervals, one after the other, lead from one point to the other.
    pub fn fills(self, from: Point, to: Point, zone: &TimeZone) -> bool {
        std::iter::successors(Some(from), |at| self.after(*at, zone))
            .take(MOST_TO_CREATE)
            .take_while(|at| *at <= to)
            .any(|at| at == to)
    }

    /// Whether this is a width that people choose: one of hour, day, week, month, quarter or year, and of numbers a power of
    /// ten.
    pub fn is_usual(self) -> bool {
        match self {
            Self::Months(n) => [1, 3, 12].contains(&n),
            Self::Days(n) => [1, 7].contains(&n),
            Self::Micros(n) => n == HOUR,
            Self::Ids(n) => n > 1 && 10_i64.pow(n.ilog10()) == n,
        }
    }

    /// Whether the interval counts on a calendar, so that the time zone decides where a bound falls.
    pub fn is_calendar(self) -> bool {
        matches!(self, Self::Months(_) | Self::Days(_))
    }

    /// Whether it is a step of integers.
    pub fn is_ids(self) -> bool {
        matches!(self, Self::Ids(_))
    }

    /// Roughly how long it is, for comparing; zero for integers.
    pub fn approximate(self) -> SignedDuration {
        match self {
            Self::Months(n) => SignedDuration::from_hours(i64::from(n) * 730),
            Self::Days(n) => SignedDuration::from_hours(i64::from(n) * 24),
            Self::Micros(n) => SignedDuration::from_micros(n),
            Self::Ids(_) => SignedDuration::ZERO,
        }
    }
}

/// What a clock in `zone` shows at `t`.
pub fn local(t: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_datetime(t)
}

/// The instant at which a clock in `zone` shows `t`. In an hour that doesn't exist the offset of before counts, in one
/// that comes twice the second one: as PostgreSQL's `DetermineTimeZoneOffset` has it.
pub fn instant(t: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let offset: Offset = match zone.to_ambiguous_timestamp(t).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } => before,
        AmbiguousOffset::Fold { after, .. } => after,
    };
    offset.to_timestamp(t).ok()
}

/// The midnight that a day beginning at `point` would have, if its clocks didn't skip it.
fn skipped_midnight(point: Point, zone: &TimeZone) -> Option<DateTime> {
    let Point::Instant(t) = point else {
        return None;
    };
    let shown = local(t, zone);
    let midnight = shown.date().to_datetime(jiff::civil::Time::midnight());
    (shown != midnight && instant(midnight, zone) == Some(t)).then_some(midnight)
}

/// `1 month`, `7 days`, `1 hour`, `10000`: what PostgreSQL and pg_partman read, and what reports show.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, unit) = match *self {
            Self::Ids(n) => return n.fmt(f),
            Self::Months(n) if n % 12 == 0 => (i64::from(n / 12), "year"),
            Self::Months(n) => (i64::from(n), "month"),
            Self::Days(n) => (i64::from(n), "day"),
            Self::Micros(n) if n % (3600 * SECOND) == 0 => (n / (3600 * SECOND), "hour"),
            Self::Micros(n) if n % (60 * SECOND) == 0 => (n / (60 * SECOND), "minute"),
            Self::Micros(n) if n % SECOND == 0 => (n / SECOND, "second"),
            Self::Micros(n) => (n, "microsecond"),
        };
        write!(f, "{n} {unit}{}", if n == 1 { "" } else { "s" })
    }
}

/// Why a text is not an interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an interval: write one unit, such as \"1 month\", \"7 days\", \"6 hours\", or a number of ids"
)]
pub struct IntervalError(String);

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let fail = || IntervalError(text.to_owned());
        let trimmed = text.trim();
        if let Ok(step) = trimmed.parse::<i64>() {
            return if step > 0 {
                Ok(Self::Ids(step))
            } else {
                Err(fail())
            };
        }
        match trimmed.to_ascii_lowercase().as_str() {
            "yearly" => return Ok(Self::Months(12)),
            "quarterly" => return Ok(Self::Months(3)),
            "monthly" => return Ok(Self::Months(1)),
            "weekly" => return Ok(Self::Days(7)),
            "daily" => return Ok(Self::Days(1)),
            "hourly" => return Ok(Self::Micros(3600 * SECOND)),
            _ => {}
        }
        let span = parse_span(trimmed).ok_or_else(fail)?;
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let micros = micros_of_clock(&span).ok_or_else(fail)?;
        match (months, days, micros) {
            (n, 0, 0) if n > 0 => i32::try_from(n).map(Self::Months).map_err(|_| fail()),
            (0, n, 0) if n > 0 => i32::try_from(n).map(Self::Days).map_err(|_| fail()),
            (0, 0, n) if n > 0 => Ok(Self::Micros(n)),
            _ => Err(fail()),
        }
    }
}

/// Counted in whole numbers, for a float has not room for all of them.
fn micros_of_clock(span: &Span) -> Option<i64> {
    let seconds = i64::from(span.get_hours()) * 3_600;
    let seconds = seconds.checked_add(span.get_minutes().checked_mul(60)?)?;
    let seconds = seconds.checked_add(span.get_seconds())?;
    let micros = seconds.checked_mul(SECOND)?;
    let micros = micros.checked_add(span.get_milliseconds().checked_mul(1_000)?)?;
    micros.checked_add(span.get_microseconds())
}

/// jiff's friendly format, which has bare clocks (`01:00:00`) too, and the `mon` and `mons` that PostgreSQL prints.
fn parse_span(text: &str) -> Option<Span> {
    let words = text.split_whitespace().map(|w| match w {
        "mon" => "month",
        "mons" => "months",
        w => w,
    });
    words.collect::<Vec<_>>().join(" ").parse().ok()
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
