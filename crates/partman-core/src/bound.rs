//! Partition bounds as the catalog prints them, and the points in time or number that they stand for.
//!
//! `pg_get_expr(relpartbound, oid)` is the only source: names of partitions lie, bounds don't. The text depends on the
//! session's settings, so it is read with `TimeZone=UTC` and `DateStyle=ISO`, which every session of ours has.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// One value of a bound, for one key column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// `MINVALUE`: below everything.
    MinValue,
    /// `MAXVALUE`: above everything.
    MaxValue,
    /// `NULL`, which only lists have.
    Null,
    /// The value's text, without quotes.
    Value(String),
}

/// What a partition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// `FROM (…) TO (…)`, a value for each key column; the upper one is exclusive.
    Range {
        /// Lower bound, inclusive.
        from: Vec<Datum>,
        /// Upper bound, exclusive.
        to: Vec<Datum>,
    },
    /// `IN (…)`.
    List(Vec<Datum>),
    /// `WITH (modulus m, remainder r)`.
    Hash {
        /// Number of buckets.
        modulus: u32,
        /// Which of them this is.
        remainder: u32,
    },
    /// What no other partition takes.
    Default,
}

impl Bound {
    /// Reads what `pg_get_expr(relpartbound, oid)` prints; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "DEFAULT" {
            return Some(Self::Default);
        }
        let mut rest = text.strip_prefix("FOR VALUES ")?;
        if let Some(inner) = rest.strip_prefix("WITH (") {
            let (modulus, remainder) = inner.strip_suffix(')')?.split_once(',')?;
            let modulus = modulus.trim().strip_prefix("modulus ")?.parse().ok()?;
            let remainder = remainder.trim().strip_prefix("remainder ")?.parse().ok()?;
            return Some(Self::Hash { modulus, remainder });
        }
        if let Some(inner) = rest.strip_prefix("IN ") {
            rest = inner;
            let values = data(&mut rest)?;
            return rest.is_empty().then_some(Self::List(values));
        }
        rest = rest.strip_prefix("FROM ")?;
        let from = data(&mut rest)?;
        rest = rest.strip_prefix(" TO ")?;
        let to = data(&mut rest)?;
        rest.is_empty().then_some(Self::Range { from, to })
    }
}

/// Whether a bound as the catalog prints it is this range. It prints numbers bare or quoted, and numerics with the zeros of
/// their scale, so all of these are read.
pub(crate) fn is_range(printed: &str, from: &str, to: &str) -> bool {
    let mine = |data: &[Datum], text: &str| matches!(data, [Datum::Value(own)] if own == text || whole(own) == Some(text));
    match Bound::parse(printed) {
        Some(Bound::Range { from: a, to: b }) => mine(&a, from) && mine(&b, to),
        _ => false,
    }
}

/// A number without the zeros that a numeric is printed with; `None` where it isn't a whole one that fits into a bigint.
fn whole(text: &str) -> Option<&str> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_whole = fraction.bytes().all(|digit| digit == b'0') && whole.parse::<i64>().is_ok();
    is_whole.then_some(whole)
}

/// Reads a parenthesised list of values off the front of `rest`.
fn data(rest: &mut &str) -> Option<Vec<Datum>> {
    let mut text = rest.strip_prefix('(')?;
    let mut found = Vec::new();
    loop {
        found.push(datum(&mut text)?);
        if let Some(next) = text.strip_prefix(", ") {
            text = next;
        } else {
            *rest = text.strip_prefix(')')?;
            return Some(found);
        }
    }
}

/// A backslash is one: the server never prints `E''`, and our sessions have `standard_conforming_strings`.
fn datum(text: &mut &str) -> Option<Datum> {
    if let Some(inner) = text.strip_prefix('\'') {
        let mut value = String::new();
        let mut chars = inner.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                    chars.next();
                    value.push('\'');
                }
                '\'' => {
                    *text = &inner[at + 1..];
                    return Some(Datum::Value(value));
                }
                c => value.push(c),
            }
        }
        return None;
    }
    let end = text.find([',', ')'])?;
    let word = &text[..end];
    *text = &text[end..];
    Some(match word {
        "MINVALUE" => Datum::MinValue,
        "MAXVALUE" => Datum::MaxValue,
        "NULL" => Datum::Null,
        value => Datum::Value(value.to_owned()),
    })
}

/// What the values of a partition key are, as far as pg_partman can count on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// `timestamp with time zone`.
    Timestamptz,
    /// `timestamp without time zone`.
    Timestamp,
    /// `date`.
    Date,
    /// `smallint`, `integer` or `bigint`.
    Integer,
    /// `numeric`.
    Numeric,
    /// `uuid`.
    Uuid,
    /// `text`, `varchar`, `char`.
    Text,
    /// Anything else, also an expression.
    Other,
}

impl KeyKind {
    /// From the type's name in `pg_type`.
    pub fn of_type(typname: &str) -> Self {
        match typname {
            "timestamptz" => Self::Timestamptz,
            "timestamp" => Self::Timestamp,
            "date" => Self::Date,
            "int2" | "int4" | "int8" => Self::Integer,
            "numeric" => Self::Numeric,
            "uuid" => Self::Uuid,
            "text" | "varchar" | "bpchar" | "name" => Self::Text,
            _ => Self::Other,
        }
    }

    /// Whether values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Numeric)
    }

    /// Whether values are points in time.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Timestamptz | Self::Timestamp | Self::Date)
    }
}

/// A value of a time or integer key that can be ordered and counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Point {
    /// An instant, of a `timestamptz` key.
    Instant(Timestamp),
    /// A time on a clock nobody named, of a `timestamp` key.
    Local(DateTime),
    /// A day, of a `date` key.
    Day(Date),
    /// A number, of an integer key or a numeric one.
    Id(i64),
}

impl Point {
    /// Reads a bound's value; `None` for infinities, years before Christ, numbers that aren't whole or don't fit into a bigint,
    /// and other kinds of key.
    pub fn parse(kind: KeyKind, text: &str) -> Option<Self> {
        match kind {
            KeyKind::Timestamptz => text.parse().ok().map(Self::Instant),
            KeyKind::Timestamp => text.parse().ok().map(Self::Local),
            KeyKind::Date => text.parse().ok().map(Self::Day),
            KeyKind::Integer => text.parse().ok().map(Self::Id),
            KeyKind::Numeric => whole(text)?.parse().ok().map(Self::Id),
            KeyKind::Uuid | KeyKind::Text | KeyKind::Other => None,
        }
    }

    /// The value as an SQL literal without its quotes; an instant is given in UTC, so no time zone setting matters.
    pub fn sql_text(&self) -> String {
        match self {
            Self::Instant(t) => t.strftime("%Y-%m-%d %H:%M:%S%.f+00").to_string(),
            Self::Local(t) => t.strftime("%Y-%m-%d %H:%M:%S%.f").to_string(),
            Self::Day(d) => d.to_string(),
            Self::Id(n) => n.to_string(),
        }
    }
}

/// ISO 8601, or the number.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(t) => t.fmt(f),
            Self::Local(t) => t.fmt(f),
            Self::Day(d) => d.fmt(f),
            Self::Id(n) => n.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Datum {
        Datum::Value(text.to_owned())
    }

    #[test]
    fn every_form_of_the_catalog_is_read() {
        let range = Bound::parse("FOR VALUES FROM ('2025-09-01 00:00:00+00') TO (MAXVALUE)");
        assert_eq!(
            range,
            Some(Bound::Range {
                from: vec![value("2025-09-01 00:00:00+00")],
                to: vec![Datum::MaxValue]
            })
        );
        let two = Bound::parse("FOR VALUES FROM (MINVALUE, 1) TO ('a, ''b'')', '-5')");
        let to = vec![value("a, 'b')"), value("-5")];
        assert_eq!(
            two,
            Some(Bound::Range {
                from: vec![Datum::MinValue, value("1")],
                to
            })
        );
        assert_eq!(
            Bound::parse("FOR VALUES IN (NULL, true, 'a\\b')"),
            Some(Bound::List(vec![Datum::Null, value("true"), value("a\\b")]))
        );
        assert_eq!(
            Bound::parse("FOR VALUES WITH (modulus 4, remainder 1)"),
            Some(Bound::Hash {
                modulus: 4,
                remainder: 1
            })
        );
        assert_eq!(Bound::parse("DEFAULT"), Some(Bound::Default));
        for bad in [
            "",
            "FOR VALUES",
            "FOR VALUES IN ('a",
            "FOR VALUES FROM (1) TO (2) x",
        ] {
            assert_eq!(Bound::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_range_is_recognised_quoted_or_bare() {
        for printed in [
            "FOR VALUES FROM (10) TO (20)",
            "FOR VALUES FROM ('10') TO ('20')",
            "FOR VALUES FROM (10.000) TO ('20.0')",
        ] {
            assert!(is_range(printed, "10", "20"), "{printed}");
            for (from, to) in [("10", "30"), ("0", "20"), ("20", "10")] {
                assert!(!is_range(printed, from, to), "{printed}: {from} {to}");
            }
        }
        assert!(!is_range("FOR VALUES FROM (10, 1) TO (20, 1)", "10", "20"));
        assert!(!is_range("FOR VALUES IN ('10')", "10", "10"));
        assert!(!is_range("FOR VALUES FROM (10.5) TO (20.0)", "10", "20"));
    }

    #[test]
    fn types_are_kinds_of_keys() {
        for (kind, is_time, names) in [
            (KeyKind::Timestamptz, true, &["timestamptz"][..]),
            (KeyKind::Timestamp, true, &["timestamp"]),
            (KeyKind::Date, true, &["date"]),
            (KeyKind::Integer, false, &["int2", "int4", "int8"]),
            (KeyKind::Numeric, false, &["numeric"]),
            (KeyKind::Uuid, false, &["uuid"]),
            (KeyKind::Text, false, &["text", "varchar", "bpchar", "name"]),
            (KeyKind::Other, false, &["", "time", "jsonb"]),
        ] {
            assert_eq!(kind.is_time(), is_time, "{kind:?}");
            for name in names {
                assert_eq!(KeyKind::of_type(name), kind, "{name}");
            }
        }
    }

    #[test]
    fn points_are_shown_as_iso_8601() {
        for (kind, text, shown) in [
            (
                KeyKind::Timestamptz,
                "2025-09-01 00:00:00.5+02",
                "2025-08-31T22:00:00.5Z",
            ),
            (
                KeyKind::Timestamp,
                "2025-09-01 00:00:00.5",
                "2025-09-01T00:00:00.5",
            ),
            (KeyKind::Date, "2025-09-01", "2025-09-01"),
            (KeyKind::Integer, "-5", "-5"),
            (KeyKind::Numeric, "-5", "-5"),
            (KeyKind::Numeric, "1000.000", "1000"),
        ] {
            let point = Point::parse(kind, text).expect("a point");
            assert_eq!(point.to_string(), shown);
        }
        for kind in [KeyKind::Uuid, KeyKind::Text, KeyKind::Other] {
            assert_eq!(Point::parse(kind, "5"), None);
        }
        for no_bigint in ["0.5", "NaN", "Infinity", "9223372036854775808", ".0"] {
            let found = Point::parse(KeyKind::Numeric, no_bigint);
            assert_eq!(found, None, "{no_bigint}");
        }
    }

    #[test]
    fn points_are_written_so_that_no_time_zone_changes_them() {
        let instant =
            Point::parse(KeyKind::Timestamptz, "2025-09-01 00:00:00.5+02").expect("an instant");
        assert_eq!(instant.sql_text(), "2025-08-31 22:00:00.5+00");
        assert_eq!(Point::parse(KeyKind::Timestamptz, "infinity"), None);
        assert_eq!(
            Point::parse(KeyKind::Date, "2025-09-01")
                .expect("a day")
                .to_string(),
            "2025-09-01"
        );
        assert_eq!(Point::parse(KeyKind::Integer, "-5"), Some(Point::Id(-5)));
        assert_eq!(Point::parse(KeyKind::Integer, "9223372036854775808"), None);
    }

    #[test]
    fn numbers_are_numbers_and_times_are_times() {
        let kinds = [
            "int4",
            "numeric",
            "date",
            "timestamp",
            "timestamptz",
            "uuid",
            "text",
            "bool",
        ];
        let told = kinds.map(|name| {
            let kind = KeyKind::of_type(name);
            (kind.is_number(), kind.is_time())
        });
        let (number, time, neither) = ((true, false), (false, true), (false, false));
        let expected = [number, number, time, time, time, neither, neither, neither];
        assert_eq!(told, expected);
    }
}
