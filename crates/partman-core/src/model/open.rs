//! Partitions that end nowhere: at MINVALUE or MAXVALUE, at an infinity, or at a date so far away that it stands for one.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::{Partition, PartitionSet};
use crate::bound::{Bound, Datum, Point};
use crate::coverage::Range;

/// A last partition of such a length, in years and in lengths of the one before it, isn't meant to end: `9999-12-31`,
/// `2999-01-01`, `2099-12-31`.
const YEARS: i64 = 20;
const TIMES: i64 = 20;

/// Two ends, as far as they are points.
pub(crate) type Ends = (Option<Point>, Option<Point>);

impl PartitionSet {
    /// Its partitions by range that nothing could count on from: one end is missing, or both.
    pub fn open_ended(&self) -> Vec<&Partition> {
        let counted: HashSet<u32> = self.ranges().iter().map(|(.., p)| p.oid).collect();
        let by_range = |p: &&Partition| matches!(p.bound, Some(Bound::Range { .. }));
        let all = self.partitions.iter().filter(by_range);
        all.filter(|p| !counted.contains(&p.oid)).collect()
    }

    /// The ends of such a partition that are points.
    pub(crate) fn ends_of_open(&self, partition: &Partition) -> Ends {
        let (measure, kind) = (self.measure(), self.control().map(|key| key.kind));
        let point = |data: &[Datum]| match data {
            [Datum::Value(text)] => measure.point(kind?, text),
            _ => None,
        };
        match &partition.bound {
            Some(Bound::Range { from, to }) => match (point(from), point(to)) {
                (Some(from), Some(_)) => (Some(from), None),
                ends => ends,
            },
            _ => (None, None),
        }
    }

    /// Whether the last of these ranges only stands for everything to come.
    pub(super) fn ends_nowhere(&self, ranges: &[Range]) -> bool {
        let Some((from, to)) = ranges.last() else {
            return false;
        };
        let before = ranges.len().checked_sub(2).map(|place| ranges[place]);
        match (length(*from, *to), self.largest()) {
            (Some(length), _) => {
                let years = SignedDuration::from_hours(YEARS * 365 * 24);
                let least = before.and_then(|(from, to)| self::length(from, to));
                let least = least.map_or(years * 5, |before| before * TIMES as i32);
                length >= years.max(least)
            }
            (None, Some(largest)) => {
                let wide = |from: &Point, to: &Point| match (from, to) {
                    (Point::Id(from), Point::Id(to)) => i128::from(*to) - i128::from(*from),
                    _ => 0,
                };
                let least = before.map_or(0, |(from, to)| wide(&from, &to) * i128::from(TIMES));
                *to == Point::Id(largest) && before.is_some() && wide(from, to) >= least
            }
            (None, None) => false,
        }
    }

    /// The largest number that the key can hold, which people take for a bound that never comes.
    fn largest(&self) -> Option<i64> {
        match self.control()?.type_name.as_str() {
            "int2" => Some(i64::from(i16::MAX)),
            "int4" => Some(i64::from(i32::MAX)),
            "int8" => Some(i64::MAX),
            _ => None,
        }
    }
}

fn length(from: Point, to: Point) -> Option<SignedDuration> {
    let days = |point| match point {
        Point::Day(day) => Some(Point::Local(day.to_datetime(jiff::civil::Time::midnight()))),
        Point::Id(_) => None,
        other => Some(other),
    };
    match (days(from)?, days(to)?) {
        (Point::Instant(from), Point::Instant(to)) => Some(to.duration_since(from)),
        (Point::Local(from), Point::Local(to)) => Some(to.duration_since(from)),
        _ => None,
    }
}
