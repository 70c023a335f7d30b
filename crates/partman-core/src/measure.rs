//! What the values of a partition key count: themselves, or time since 1970 in some unit, as plain integers or inside a
//! uuid.
//!
//! Nothing in a catalog says that an integer is a time; the bounds do. They are taken for times where each of them is,
//! in one unit, a point of this century that a clock shows as a full one, and lies a unit of the calendar after the one
//! before. Numbers that merely grow don't do that by chance: no power of ten or of two is a multiple of an hour.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bound::{Bound, Datum, KeyKind, Point};
use crate::model::PartitionSet;

/// What the values of a key count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// What they are: times, or numbers.
    Itself,
    /// Time since 1970 as an integer.
    Epoch(Unit),
    /// Milliseconds since 1970 in the first 48 bits of a uuid of version 7.
    UuidV7,
}

/// The unit of an integer time, in the words of `part_config.epoch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// 10 digits in these decades.
    Seconds,
    /// 13 digits.
    Milliseconds,
    /// 16 digits.
    Microseconds,
    /// 19 digits.
    Nanoseconds,
}

/// What the bounds of a set say about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// This.
    Surely(Measure),
    /// They could be times in this unit, and widths that no calendar has speak against it.
    Perhaps(Unit),
}

/// 2000 and 2100, between which bounds are taken for times.
const ERA: std::ops::Range<i64> = 946_684_800..4_102_444_800;
const QUARTER: i64 = 900;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

impl Unit {
    const ALL: [Self; 4] = [
        Self::Seconds,
        Self::Milliseconds,
        Self::Microseconds,
        Self::Nanoseconds,
    ];

    /// How many of it are a second.
    pub fn per_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1_000_000,
            Self::Nanoseconds => 1_000_000_000,
        }
    }

    /// As `part_config.epoch` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
        }
    }

    /// The unit of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// The instant that this many of the unit after 1970 are.
    pub fn instant(self, n: i64) -> Option<Timestamp> {
        let nanoseconds = i128::from(n) * i128::from(1_000_000_000 / self.per_second());
        Timestamp::from_nanosecond(nanoseconds).ok()
    }

    /// How many of the unit after 1970 an instant is; parts of one are cut off.
    pub fn count(self, instant: Timestamp) -> Option<i64> {
        let part = i128::from(1_000_000_000 / self.per_second());
        i64::try_from(instant.as_nanosecond().div_euclid(part)).ok()
    }
}

impl Measure {
    /// A value of the key, as the catalog or a row has it.
    pub fn point(self, kind: KeyKind, text: &str) -> Option<Point> {
        match (self, kind) {
            (Self::Epoch(unit), KeyKind::Integer) => {
                unit.instant(text.parse().ok()?).map(Point::Instant)
            }
            (Self::UuidV7, KeyKind::Uuid) => {
                let (milliseconds, _) = split_uuid(text)?;
                let unit = Unit::Milliseconds;
                unit.instant(milliseconds).map(Point::Instant)
            }
            _ => Point::parse(kind, text),
        }
    }

    /// A point as a value of the key, without quotes: for a uuid the lowest of its millisecond, as pg_partman writes
    /// it. `None` for a point that the key can't hold.
    pub fn literal(self, point: Point) -> Option<String> {
        match (self, point) {
            (Self::Epoch(unit), Point::Instant(t)) => unit.count(t).map(|n| n.to_string()),
            (Self::UuidV7, Point::Instant(t)) => {
                let milliseconds = Unit::Milliseconds.count(t)?;
                let hex = format!("{milliseconds:012x}");
                let (high, low) = (hex.get(..8)?, hex.get(8..)?);
                (hex.len() == 12).then(|| format!("{high}-{low}-0000-0000-000000000000"))
            }
            _ => Some(point.sql_text()),
        }
    }

    /// The unit, where values are integers that count time.
    pub fn epoch(self) -> Option<Unit> {
        match self {
            Self::Epoch(unit) => Some(unit),
            _ => None,
        }
    }
}

/// What the bounds of this set say. Sets without bounds, and keys that are times already, count as what they are.
pub fn told_by(set: &PartitionSet) -> Told {
    let itself = Told::Surely(Measure::Itself);
    let Some(kind) = set.control().map(|key| key.kind) else {
        return itself;
    };
    match kind {
        KeyKind::Integer => {
            let bounds = values(set, |text| text.parse::<i64>().ok());
            let unit = Unit::ALL.into_iter().find(|unit| is_of_era(&bounds, *unit));
            unit.map_or(itself, |unit| judge(&seconds(&bounds, unit), unit))
        }
        KeyKind::Uuid => {
            let bounds = values(set, |text| {
                let (milliseconds, rest) = split_uuid(text)?;
                is_lowest(rest).then_some(milliseconds)
            });
            let unit = Unit::Milliseconds;
            let whole = bounds.len() == values(set, |_| Some(0)).len();
            if whole && is_of_era(&bounds, unit) {
                Told::Surely(Measure::UuidV7)
            } else {
                itself
            }
        }
        _ => itself,
    }
}

type Pair = (i64, i64);

/// The bounds of what has two that can be read.
fn values(set: &PartitionSet, read: impl Fn(&str) -> Option<i64>) -> Vec<Pair> {
    let one = |data: &[Datum]| match data {
        [Datum::Value(text)] => read(text),
        _ => None,
    };
    let pairs = set.partitions.iter().filter_map(|p| match &p.bound {
        Some(Bound::Range { from, to }) => Some((one(from)?, one(to)?)),
        _ => None,
    });
    pairs.collect()
}

/// Whether all of these are, in this unit, minutes of this century.
fn is_of_era(bounds: &[Pair], unit: Unit) -> bool {
    let minute = unit.per_second() * 60;
    let fits = |n: i64| n % minute == 0 && ERA.contains(&(n / unit.per_second()));
    !bounds.is_empty() && bounds.iter().all(|(from, to)| fits(*from) && fits(*to))
}

fn seconds(bounds: &[Pair], unit: Unit) -> Vec<Pair> {
    let second = unit.per_second();
    let all = bounds.iter().map(|(a, b)| (a / second, b / second));
    all.collect()
}

fn judge(bounds: &[Pair], unit: Unit) -> Told {
    if bounds.iter().all(|(from, to)| is_calendar(*from, *to)) {
        return Told::Surely(Measure::Epoch(unit));
    }
    let on_the_hour = |n: i64| n % HOUR == 0;
    if bounds
        .iter()
        .all(|(a, b)| on_the_hour(*a) && on_the_hour(*b))
    {
        Told::Perhaps(unit)
    } else {
        Told::Surely(Measure::Itself)
    }
}

/// Days, give or take the hour by which a clock is changed, at an offset that some zone has; or a part of a day that
/// divides it, from a multiple of itself on.
fn is_calendar(from: i64, to: i64) -> bool {
    let width = to - from;
    if width >= DAY - HOUR {
        let beyond = width.rem_euclid(DAY);
        return from % QUARTER == 0
            && to % QUARTER == 0
            && (beyond <= HOUR || beyond >= DAY - HOUR);
    }
    width > 0 && DAY % width == 0 && from % width == 0
}

/// Milliseconds, and what comes after them.
fn split_uuid(text: &str) -> Option<(i64, &str)> {
    let (high, rest) = text.split_once('-')?;
    let (low, rest) = rest.split_once('-')?;
    if high.len() != 8 || low.len() != 4 {
        return None;
    }
    let milliseconds = i64::from_str_radix(&format!("{high}{low}"), 16).ok()?;
    Some((milliseconds, rest))
}

/// Whether this is the end of the lowest uuid of a millisecond: with version and variant, or without.
fn is_lowest(rest: &str) -> bool {
    let random = |rest: &str, version: &str| {
        let rest = rest.strip_prefix(version);
        rest.is_some_and(|rest| ["-0000-000000000000", "-8000-000000000000"].contains(&rest))
    };
    random(rest, "7000") || random(rest, "0000")
}

#[cfg(test)]
mod tests;
