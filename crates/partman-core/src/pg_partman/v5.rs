//! pg_partman 5.x: bounds decide, names only have to be free.

use serde_json::{Map, Value};

use super::{ConfigRow, Suffix};
use crate::Interval;
use crate::measure::Measure;

/// The format that 5.x gives every interval of a day and more, and the one for shorter ones.
pub(super) fn suffix(interval: Interval) -> Suffix {
    match interval {
        Interval::Ids(_) => Suffix::Number,
        Interval::Months(_) | Interval::Days(_) => Suffix::time("YYYYMMDD"),
        Interval::Micros(_) => Suffix::time("YYYYMMDD_HH24MISS"),
    }
}

/// Columns with another meaning than in 4.x.
pub(super) fn extend_config(row: &ConfigRow<'_>, columns: &mut Map<String, Value>) {
    if row.measure == Measure::UuidV7 {
        for (column, function) in [
            ("time_encoder", "uuid7_time_encoder"),
            ("time_decoder", "uuid7_time_decoder"),
        ] {
            columns.insert(column.into(), format!("{}.{function}", row.schema).into());
        }
    }
}
