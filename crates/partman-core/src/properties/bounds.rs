//! Bounds: what the catalog prints is read back as it was, and nothing makes the reader fall over.

use jiff::Timestamp;
use proptest::prelude::*;

use super::cases;
use crate::bound::{Bound, Datum, KeyKind, Point};

/// As `get_const_expr` writes it: numbers as they are, everything else quoted, with nothing but quotes doubled.
fn printed(datum: &Datum) -> String {
    match datum {
        Datum::MinValue => "MINVALUE".to_owned(),
        Datum::MaxValue => "MAXVALUE".to_owned(),
        Datum::Null => "NULL".to_owned(),
        Datum::Value(text) if text.parse::<u64>().is_ok_and(|n| n.to_string() == *text) => {
            text.clone()
        }
        Datum::Value(text) => {
            format!("'{}'", text.replace('\'', "''"))
        }
    }
}

fn list(data: &[Datum]) -> String {
    let data: Vec<String> = data.iter().map(printed).collect();
    format!("({})", data.join(", "))
}

fn in_sql(bound: &Bound) -> String {
    match bound {
        Bound::Default => "DEFAULT".to_owned(),
        Bound::Range { from, to } => format!("FOR VALUES FROM {} TO {}", list(from), list(to)),
        Bound::List(data) => format!("FOR VALUES IN {}", list(data)),
        Bound::Hash { modulus, remainder } => {
            format!("FOR VALUES WITH (modulus {modulus}, remainder {remainder})")
        }
    }
}

fn datum() -> impl Strategy<Value = Datum> {
    let value = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-z',() \\\\\"E]{0,12}",
        "\\PC{0,8}",
    ];
    prop_oneof![
        1 => Just(Datum::MinValue),
        1 => Just(Datum::MaxValue),
        1 => Just(Datum::Null),
        6 => value.prop_map(Datum::Value),
    ]
}

fn bound() -> impl Strategy<Value = Bound> {
    let data = || prop::collection::vec(datum(), 1..4);
    prop_oneof![
        (data(), data()).prop_map(|(from, to)| Bound::Range { from, to }),
        data().prop_map(Bound::List),
        any::<(u32, u32)>().prop_map(|(modulus, remainder)| Bound::Hash { modulus, remainder }),
        Just(Bound::Default),
    ]
}

/// From year 1 on, as precise as PostgreSQL is.
fn instant() -> impl Strategy<Value = Point> {
    let micros = -62_135_596_800_000_000i64..253_402_207_200_000_000;
    micros.prop_map(|n| Point::Instant(Timestamp::from_microsecond(n).expect("it is in range")))
}

fn point() -> impl Strategy<Value = (KeyKind, Point)> {
    let local = |point| match point {
        Point::Instant(t) => jiff::tz::TimeZone::UTC.to_datetime(t),
        other => panic!("{other} is no instant"),
    };
    prop_oneof![
        instant().prop_map(|point| (KeyKind::Timestamptz, point)),
        instant().prop_map(move |point| (KeyKind::Timestamp, Point::Local(local(point)))),
        instant().prop_map(move |point| (KeyKind::Date, Point::Day(local(point).date()))),
        any::<i64>().prop_map(|n| (KeyKind::Integer, Point::Id(n))),
    ]
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn what_the_catalog_prints_is_read_back(bound in bound()) {
        let text = in_sql(&bound);
        prop_assert_eq!(Bound::parse(&text), Some(bound), "{}", text);
    }

    #[test]
    fn a_bound_that_is_cut_off_is_none(bound in bound(), keep in 0.0..1.0) {
        let text = in_sql(&bound);
        let whole = text.chars().count();
        let cut: String = text.chars().take((whole as f64 * keep) as usize).collect();
        prop_assert_eq!(Bound::parse(cut.trim_end()), None, "{}", cut);
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "(FOR VALUES (IN|FROM|TO|WITH) )?[\\PC'(),\\\\]{0,30}") {
        let _ = Bound::parse(&text);
    }

    #[test]
    fn a_point_is_read_back_from_its_sql((kind, point) in point()) {
        let text = point.sql_text();
        prop_assert_eq!(Point::parse(kind, &text), Some(point), "{}", text);
    }

    #[test]
    fn points_are_ordered_as_what_they_stand_for(a in instant(), b in instant()) {
        // ISO 8601 of four-digit years sorts as text.
        prop_assert_eq!(a.cmp(&b), a.sql_text().replace("+00", "").cmp(&b.sql_text().replace("+00", "")));
    }
}
