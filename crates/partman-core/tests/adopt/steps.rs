//! Widths that no keyword has, from instants that nobody would choose, and names of every making: names don't matter.

use crate::support;

use partman_testkit::{Partman, TestDb};
use support::adoption::{Adoption, MONTHS};
use support::ticks::{every, ticks};

const OLD_AND_NEW: &[Partman] = &[Partman::V4_7_2, Partman::V5_5_0];

/// Each width with an instant at which a partition begins, not long ago.
const STEPS: &[(&str, &str)] = &[
    (
        "2 hours",
        "date_bin('2 hours', now(), '2000-01-01 01:00+00')",
    ),
    ("30 minutes", "date_bin('30 minutes', now(), '2000-01-01')"),
    (
        "182 days",
        "date_bin('182 days', now(), '2000-01-03 00:00+00')",
    ),
    (
        "7 days",
        "date_trunc('week', now() + interval '1 day') - interval '1 day'",
    ),
    ("7 days", "date_bin('7 days', now(), '2000-01-06 00:00+00')"),
    (
        "7 days",
        "date_bin('7 days', now(), '2000-01-03 07:13:05+00')",
    ),
    (
        "10 days",
        "date_bin('10 days', now(), '2000-01-01 00:00+00')",
    ),
    (
        "6 months",
        "date_trunc('year', now()) + interval '6 months' * (extract(month FROM now())::int > 6)::int",
    ),
    (
        "1 year",
        "date_trunc('year', now()) + interval '3 months' - interval '1 year' * (extract(month FROM now())::int < 4)::int",
    ),
];

async fn steps(key: &'static str) {
    for (interval, present) in STEPS {
        let one = ticks(key, interval);
        one.on(OLD_AND_NEW, async |db| {
            every(interval, present, key, db).await
        })
        .await;
    }
}

#[tokio::test]
async fn odd_steps_of_time_with_a_zone() {
    steps("timestamptz").await;
}

#[tokio::test]
async fn odd_steps_of_time_without_a_zone() {
    steps("timestamp").await;
}

/// How five partitions in a row are called.
const NAMINGS: &[[&str; 5]] = &[
    ["t_202607", "t_202608", "t_202609", "t_202610", "t_202611"],
    [
        "t_y2026m07",
        "t_y2026m08",
        "t_y2026m09",
        "t_y2026m10",
        "t_y2026m11",
    ],
    [
        "t_2026w36",
        "t_2026w40",
        "t_2026w44",
        "t_week_44",
        "t_2026_q3",
    ],
    ["jul", "aug", "sep", "oct", "\"Nov\""],
    [
        "t_2026_7_1_2026_8_1",
        "t_2026_8_1_2026_9_1",
        "t_20260901_20261001",
        "t_1_2",
        "t_2_1",
    ],
    ["t_1", "t_2", "t_3", "t_4", "t_10"],
    // These lie, and each has the name that pg_partman would give the next one.
    [
        "t_p2026_08",
        "t_p2026_09",
        "t_p2026_10",
        "t_p2026_11",
        "t_p2026_01",
    ],
    // Two of these have each other's names.
    [
        "t_p2026_08",
        "t_p2026_07",
        "t_p2026_09",
        "t_p2026_10",
        "\"t_p2026_11 of old\"",
    ],
    [
        "\"select\"",
        "\"T P\"",
        "\"t'p\"",
        "\"t\"\"p\"",
        "\"é_2026\"",
    ],
    [
        "t_part_payments_1",
        "api_payments_2026_10",
        "t_p_p_p",
        "_p",
        "p_",
    ],
];

#[tokio::test]
async fn names_of_every_making() {
    let named = Adoption {
        parent: "public.t",
        insert: "INSERT INTO public.t (at) VALUES (:at)",
        ..MONTHS
    };
    for names in NAMINGS {
        let make = async |db: &TestDb| {
            db.execute("SET TimeZone = 'UTC'; CREATE TABLE public.t (at timestamptz PRIMARY KEY) PARTITION BY RANGE (at)")
                .await;
            for (month, name) in (7..).zip(names) {
                db.execute(&format!(
                    "SET TimeZone = 'UTC'; CREATE TABLE public.{name} PARTITION OF public.t
                         FOR VALUES FROM ('2026-{month}-01') TO (timestamptz '2026-{month}-01' + interval '1 month')"
                ))
                .await;
            }
            db.execute("INSERT INTO public.t SELECT timestamptz '2026-07-01' + n * interval '20 days' FROM generate_series(0, 7) n")
                .await;
        };
        named.on(OLD_AND_NEW, make).await;
    }
}
