//! pg_partman 4.x: names decide, so a suffix has to tell every bound.

use serde_json::{Map, Value};

use super::Suffix;
use crate::Interval;
use crate::bound::Point;
use crate::time_zone::Zone;

/// The format that 4.7.2 chooses for the interval, or the next finer one that tells all bounds.
pub(super) fn suffix(interval: Interval, lower_bounds: &[Point], zone: &Zone) -> Suffix {
    let finest = [
        "YYYY",
        "YYYY_MM",
        "YYYY_MM_DD",
        "YYYY_MM_DD_HH24MI",
        "YYYY_MM_DD_HH24MISS",
    ];
    let start = match interval {
        Interval::Ids(_) => return Suffix::Number,
        Interval::Months(n) if n % 12 == 0 => 0,
        Interval::Months(_) => 1,
        Interval::Days(_) => 2,
        Interval::Micros(n) if n % 60_000_000 == 0 => 3,
        Interval::Micros(_) => 4,
    };
    let fitting = finest[start..].iter().map(|format| Suffix::time(format));
    fitting
        .clone()
        .find(|suffix| suffix.tells_apart(lower_bounds, zone))
        .unwrap_or_else(|| Suffix::time(finest[4]))
}

/// Columns with another meaning, or that only these versions have.
pub(super) fn extend_config(columns: &mut Map<String, Value>) {
    // As 5.x does by default: a stray far-future row in DEFAULT must not make years of partitions.
    columns.insert("ignore_default_data".into(), true.into());
    columns.insert("inherit_fk".into(), true.into());
}
