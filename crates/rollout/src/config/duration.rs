//! Durations as people write them: `50 ms`, `60 s`, `24 hours`, `7 days`.
//!
//! A day is 24 hours here. A month counts as 31 days and a year as 366: these durations say how long something is kept
//! or trusted, and the calendar is not worth an error. (A set's interval is not a duration: see
//! [`partman_core::Interval`].)

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serializer};

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a duration: write a number and a unit, such as \"50 ms\", \"60 s\", \"24 hours\" or \"7 days\""
)]
pub struct DurationError(String);

/// Reads a duration; nothing and less than nothing are none.
///
/// # Errors
/// The text is no duration, or not more than zero.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let fail = || DurationError(text.to_owned());
    let span: Span = text.trim().parse().map_err(|_| fail())?;
    let days = i64::from(span.get_years()) * 366 + i64::from(span.get_months()) * 31;
    let calendar = SignedDuration::from_hours(days * 24);
    let rest = span
        .years(0)
        .months(0)
        .to_duration(SpanRelativeTo::days_are_24_hours());
    let total = rest.ok().and_then(|rest| rest.checked_add(calendar));
    let total = total.filter(SignedDuration::is_positive).ok_or_else(fail)?;
    Duration::try_from(total).map_err(|_| fail())
}

/// The duration in the largest unit that it is a whole number of: what [`parse`] reads.
pub fn print(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute")];
    let whole = units
        .iter()
        .find(|(size, _)| millis > 0 && millis.is_multiple_of(*size));
    match whole {
        Some((size, unit)) if millis == *size => format!("1 {unit}"),
        Some((size, unit)) => format!("{} {unit}s", millis / size),
        None if millis.is_multiple_of(1000) => format!("{} s", millis / 1000),
        None => format!("{millis} ms"),
    }
}

pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&print(*duration))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

pub(crate) fn json_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "examples": ["50 ms", "60 s", "24 hours", "7 days"] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, millis, printed) in [
            ("50 ms", 50, "50 ms"),
            ("60 s", 60_000, "1 minute"),
            ("1.5 s", 1_500, "1500 ms"),
            ("90s", 90_000, "90 s"),
            ("24 hours", 86_400_000, "1 day"),
            ("1 week", 604_800_000, "7 days"),
            ("1 day 12 hours", 129_600_000, "36 hours"),
            ("1 month", 31 * 86_400_000, "31 days"),
        ] {
            let read = parse(text).map(|d| (d.as_millis(), print(d)));
            assert_eq!(read, Ok((millis, printed.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "7",
            "-1 day",
            "0 s",
            "7 parsecs",
            "soon",
            "99999999999999 hours",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
