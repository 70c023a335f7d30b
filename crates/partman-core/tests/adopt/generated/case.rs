//! Sets as people make them by hand, thrown together: every part varies by itself, and the server works out the bounds.

use proptest::prelude::*;

/// What the control column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Timestamptz,
    Timestamp,
    Date,
    Integer,
    Bigint,
}

impl Key {
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Timestamptz => "timestamptz",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
        }
    }

    pub(super) fn is_time(self) -> bool {
        !matches!(self, Self::Integer | Self::Bigint)
    }
}

/// How wide partitions are, and where they begin: as an interval of PostgreSQL or a number, and what the beginning is
/// cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    pub(super) sql: &'static str,
    pub(super) from: &'static str,
}

const fn width(sql: &'static str, from: &'static str) -> Width {
    Width { sql, from }
}

const CLOCK: [Width; 8] = [
    width("10 minutes", "hour"),
    width("30 minutes", "hour"),
    width("1 hour", "hour"),
    width("2 hours", "day"),
    width("5 hours", "hour"),
    width("6 hours", "day"),
    width("12 hours", "day"),
    width("90 minutes", "minute"),
];

const CALENDAR: [Width; 12] = [
    width("1 day", "day"),
    width("2 days", "day"),
    width("10 days", "day"),
    width("7 days", "week"),
    width("7 days", "day"),
    width("182 days", "day"),
    width("1 month", "month"),
    width("1 month", "month"),
    width("2 months", "month"),
    width("3 months", "quarter"),
    width("1 year", "year"),
    width("6 months", "quarter"),
];

const NUMBERS: [Width; 6] = [
    width("1", ""),
    width("7", ""),
    width("100", ""),
    width("1000", ""),
    width("1048576", ""),
    width("10000000", ""),
];

/// Zones of the bounds and of the server.
const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Paris",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Etc/GMT+12",
];

/// Names that a parent may have; the last two it may not, for pg_partman can't cope with them.
pub(super) const PARENTS: [&str; 11] = [
    "events",
    "web Hooks",
    "say \"what\"",
    "order",
    "api_payments",
    "MixedCase",
    "événements",
    "$1_p",
    "a_parent_whose_name_has_sixty_three_bytes_as_many_as_there_are_",
    "it's",
    "v1.events",
];

const SCHEMAS: [&str; 4] = ["public", "My Schema", "select", "a\"b"];

/// How partitions are called; `%1$s` is the parent's name, `%2$s` the number of the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Ordinal,
    /// As pg_partman 5 does.
    Own,
    /// Year, month and day, whatever the width.
    Dated,
    /// As pg_partman 5 would call another partition.
    Lying,
    /// With everything in them that has to be quoted, and `_p`.
    Hostile,
    /// With a period.
    Dotted,
    /// 63 bytes.
    Long,
}

/// What the DEFAULT partition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    None,
    Empty,
    /// Rows without a key.
    Null,
    /// Rows of the present, for which there may be no partition.
    Present,
    /// Rows of long before and of far ahead.
    Far,
}

/// A hand-made set and what is wanted of it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) key: Key,
    pub(super) width: Width,
    pub(super) zone: &'static str,
    pub(super) server_zone: &'static str,
    /// Whether partman is told the zone.
    pub(super) told: bool,
    /// The partitions between the first and the last: whether each is there.
    pub(super) between: Vec<bool>,
    /// How many partitions there are room for between the last one and the one of the present; one less than none where
    /// the last one is that of the present.
    pub(super) behind: i32,
    pub(super) parent: &'static str,
    pub(super) schema: &'static str,
    /// Whether its partitions are in a schema of their own.
    pub(super) apart: bool,
    pub(super) naming: Naming,
    pub(super) control: &'static str,
    pub(super) default: Default,
    pub(super) premake: u32,
}

fn key_and_width() -> impl Strategy<Value = (Key, Width)> {
    let times = prop::sample::select(vec![Key::Timestamptz, Key::Timestamptz, Key::Timestamp]);
    let numbers = prop::sample::select(vec![Key::Integer, Key::Bigint]);
    prop_oneof![
        4 => (times.clone(), prop::sample::select(CALENDAR.to_vec())),
        2 => (times, prop::sample::select(CLOCK.to_vec())),
        1 => (Just(Key::Date), prop::sample::select(CALENDAR.to_vec())),
        2 => (numbers, prop::sample::select(NUMBERS.to_vec())),
    ]
}

fn zones() -> impl Strategy<Value = (&'static str, &'static str, bool)> {
    let zone = || prop::sample::select(ZONES.to_vec());
    prop_oneof![
        2 => Just(("UTC", "UTC", false)),
        2 => zone().prop_map(|zone| (zone, zone, false)),
        3 => (zone(), zone()).prop_map(|(zone, server)| (zone, server, true)),
        1 => (zone(), zone()).prop_map(|(zone, server)| (zone, server, false)),
    ]
}

fn naming() -> impl Strategy<Value = Naming> {
    prop_oneof![
        3 => Just(Naming::Ordinal),
        2 => Just(Naming::Own),
        3 => Just(Naming::Dated),
        1 => Just(Naming::Lying),
        2 => Just(Naming::Hostile),
        1 => Just(Naming::Dotted),
        1 => Just(Naming::Long),
    ]
}

fn default() -> impl Strategy<Value = Default> {
    prop_oneof![
        5 => Just(Default::None),
        1 => Just(Default::Empty),
        1 => Just(Default::Null),
        1 => Just(Default::Present),
        1 => Just(Default::Far),
    ]
}

/// Sets of every kind.
pub(super) fn cases() -> impl Strategy<Value = Case> {
    let names = (
        prop_oneof![6 => 0..PARENTS.len() - 2, 1 => PARENTS.len() - 2..PARENTS.len()],
        prop::sample::select(SCHEMAS.to_vec()),
        prop::bool::weighted(0.2),
        naming(),
        prop::sample::select(vec!["created_at", "At", "user", "a \"b\" c"]),
    );
    let time = (
        key_and_width(),
        zones(),
        prop::collection::vec(prop::bool::weighted(0.75), 0..5),
        -3i32..9,
    );
    (time, names, default(), 1u32..6).prop_map(
        |((key_and_width, zones, between, behind), names, default, premake)| {
            let (key, width) = key_and_width;
            let (zone, server_zone, told) = zones;
            let (parent, schema, apart, naming, control) = names;
            Case {
                key,
                width,
                zone,
                server_zone,
                told: told && key == Key::Timestamptz,
                between,
                behind,
                parent: PARENTS[parent],
                schema,
                apart,
                naming,
                control,
                default,
                premake,
            }
        },
    )
}
