//! Integers that are dates in digits: 202509, 20250901, 20253 for a quarter. pg_partman counts on from the last bound, to
//! 202513 and beyond, and never gets into the next year: so somebody has to say that they are mere numbers.
//!
//! Nothing in a catalog tells them apart from numbers that merely grow but that all of them read as dates, which numbers
//! in even steps don't: a step of a hundred or a thousand has months and days of zero.

use super::{Adoptable, Assessment, Code};
use crate::Interval;
use crate::bound::Point;
use crate::measure::Measure;
use crate::model::{PartitionSet, Strategy};
use crate::phrase;
use crate::wanted::WantedSet;

/// How a date can be written as a number: the year, then fields of these ranges, each of this many digits.
struct Format {
    name: &'static str,
    fields: &'static [(u32, std::ops::RangeInclusive<i64>)],
}

const MONTH: (u32, std::ops::RangeInclusive<i64>) = (2, 1..=12);
const WEEK: (u32, std::ops::RangeInclusive<i64>) = (2, 1..=53);
const DAY: (u32, std::ops::RangeInclusive<i64>) = (2, 1..=31);
const HOUR: (u32, std::ops::RangeInclusive<i64>) = (2, 0..=23);
const MINUTE: (u32, std::ops::RangeInclusive<i64>) = (2, 0..=59);

const FORMATS: [Format; 6] = [
    Format {
        name: "YYYYQ",
        fields: &[(1, 1..=4)],
    },
    Format {
        name: "YYYYMM",
        fields: &[MONTH],
    },
    Format {
        name: "YYYYWW",
        fields: &[WEEK],
    },
    Format {
        name: "YYYYMMDD",
        fields: &[MONTH, DAY],
    },
    Format {
        name: "YYYYMMDDHH24",
        fields: &[MONTH, DAY, HOUR],
    },
    Format {
        name: "YYYYMMDDHH24MI",
        fields: &[MONTH, DAY, HOUR, MINUTE],
    },
];

/// The years that dates are expected in.
const YEARS: std::ops::RangeInclusive<i64> = 1990..=2100;

impl Format {
    /// How much the number grows in a year.
    fn year(&self) -> i64 {
        self.fields
            .iter()
            .map(|(digits, _)| 10_i64.pow(*digits))
            .product()
    }

    fn reads(&self, number: i64) -> bool {
        let mut rest = number;
        let fit = self.fields.iter().rev().all(|(digits, range)| {
            let power = 10_i64.pow(*digits);
            let field = rest.rem_euclid(power);
            rest = rest.div_euclid(power);
            range.contains(&field)
        });
        fit && YEARS.contains(&rest)
    }
}

/// Asks where the bounds read as dates and steps of less than a year would leave the calendar.
pub(super) fn judge(set: &PartitionSet, wanted: &WantedSet, seen: &mut Assessment) {
    let said = wanted.interval.is_some_and(Interval::is_ids);
    if said || set.strategy != Strategy::Range || set.measure() != Measure::Itself {
        return;
    }
    let ranges = set.ranges();
    let numbers = ranges.iter().filter_map(|(from, to, _)| match (from, to) {
        (Point::Id(from), Point::Id(to)) => Some((*from, *to)),
        _ => None,
    });
    let numbers: Vec<(i64, i64)> = numbers.collect();
    let (Some(first), true) = (numbers.first(), numbers.len() == ranges.len()) else {
        return;
    };
    let read = |format: &&Format| {
        numbers.iter().all(|(from, _)| format.reads(*from))
            && !numbers
                .iter()
                .all(|(from, to)| (to - from) % format.year() == 0)
    };
    let Some(format) = FORMATS.iter().find(read) else {
        return;
    };
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::NumbersOrTimes,
        phrase!(
            "the bounds of {parent} read as dates in digits ({format}), which pg_partman would take for numbers and count on \
             beyond the end of a month or a year",
            parent = set.name,
            format = format.name
        ),
        phrase!(
            "if they are mere numbers, set {setting} in its [[set]]; dates have to be a date or timestamp column before \
             pg_partman can maintain them",
            setting = format!("interval = {}", first.1 - first.0)
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(numbers: &[i64]) -> Option<&'static str> {
        let all = |format: &&Format| numbers.iter().all(|n| format.reads(*n));
        FORMATS.iter().find(all).map(|format| format.name)
    }

    #[test]
    fn dates_in_digits_are_told_from_numbers() {
        assert_eq!(format(&[202_509, 202_512]), Some("YYYYMM"));
        assert_eq!(format(&[202_509, 202_536]), Some("YYYYWW"));
        assert_eq!(format(&[20_253]), Some("YYYYQ"));
        assert_eq!(format(&[20_250_901, 20_251_001]), Some("YYYYMMDD"));
        assert_eq!(
            format(&[2_025_090_100, 2_025_090_123]),
            Some("YYYYMMDDHH24")
        );
        assert_eq!(format(&[202_509_012_359]), Some("YYYYMMDDHH24MI"));
        for numbers in [
            [200_000, 300_000],
            [202_513, 202_554],
            [20_250_900, 20_251_000],
            [20_251_301, 20_250_932],
            [1_756_684_800, 1_759_276_800],
            [0, 1_000_000],
            [-202_509, 202_509],
        ] {
            assert_eq!(format(&numbers), None, "{numbers:?}");
        }
    }
}
