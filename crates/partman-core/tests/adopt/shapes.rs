//! Sets of every shape that can be adopted, through the whole cycle.

use crate::support;

use partman_core::run::Outcome;
use partman_testkit::{Partman, TestDb, fixture};
use support::adoption::{Adoption, Grid, MONTHS};
use support::ticks::{every, ticks};
use support::{Subject, without_journal};

const ALL: &[Partman] = &Partman::ALL;
const OLD_AND_NEW: &[Partman] = &[Partman::V4_7_2, Partman::V5_5_0];

#[tokio::test]
async fn a_set_by_number() {
    let by_number = Adoption {
        parent: "public.orders",
        grid: Grid::Ids(10_000),
        insert: "INSERT INTO public.orders VALUES (:at, 1, now())",
        ..MONTHS
    };
    by_number
        .on(ALL, async |db| fixture::id_range(db).await)
        .await;
}

#[tokio::test]
async fn a_gap_is_filled() {
    let gap = Adoption {
        parent: "public.deliveries",
        insert: "INSERT INTO public.deliveries (sent_at) VALUES (:at)",
        ..MONTHS
    };
    for db in gap.on(OLD_AND_NEW, async |db| fixture::gap(db).await).await {
        db.execute("INSERT INTO public.deliveries (sent_at) VALUES ('2025-10-10')")
            .await;
    }
}

#[tokio::test]
async fn a_set_that_begins_after_the_present_gets_what_lies_between() {
    let ahead = Adoption {
        parent: "public.shipments",
        insert: "INSERT INTO public.shipments VALUES (:at)",
        ..MONTHS
    };
    let set = "SET TimeZone = 'UTC';
         CREATE TABLE public.shipments (at timestamptz NOT NULL) PARTITION BY RANGE (at);
         DO $$ DECLARE next timestamptz := date_trunc('month', now() + interval '2 months'); BEGIN
             EXECUTE format('CREATE TABLE public.shipments_first PARTITION OF public.shipments FOR VALUES FROM (%L) TO (%L)',
                 next, next + interval '1 month');
         END $$";
    for db in ahead.on(ALL, async |db| db.execute(set).await).await {
        db.execute("INSERT INTO public.shipments VALUES (now()), (now() + interval '1 month')")
            .await;
    }
}

#[tokio::test]
async fn months_of_paris_go_on_in_paris() {
    let paris = Adoption {
        parent: "public.visits",
        grid: Grid::Time {
            key: "timestamptz",
            zone: "Europe/Paris",
            interval: "1 month",
        },
        insert: "INSERT INTO public.visits (seen_at) VALUES (:at)",
        ..MONTHS
    };
    paris
        .on(ALL, async |db| fixture::paris_months(db).await)
        .await;
}

#[tokio::test]
async fn names_that_need_quoting() {
    let quoted = Adoption {
        parent: r#""App"."Web Hook""Events""#,
        insert: r#"INSERT INTO "App"."Web Hook""Events" ("Created At") VALUES (:at)"#,
        ..MONTHS
    };
    quoted
        .on(OLD_AND_NEW, async |db| fixture::quoted_names(db).await)
        .await;
}

const WITH_DEFAULT: Adoption = Adoption {
    parent: "public.readings",
    insert: "INSERT INTO public.readings VALUES (99, :at, 1.5)",
    ..MONTHS
};

#[tokio::test]
async fn an_empty_default_partition_is_no_hindrance() {
    let make = async |db: &TestDb| {
        fixture::with_default(db).await;
        db.execute("DELETE FROM public.readings_default").await;
    };
    WITH_DEFAULT.on(ALL, make).await;
}

#[tokio::test]
async fn a_default_partition_with_old_rows_is_no_hindrance() {
    let make = async |db: &TestDb| {
        fixture::with_default(db).await;
        db.execute("DELETE FROM public.readings_default WHERE taken_at > '2025-10-31'")
            .await;
    };
    for db in WITH_DEFAULT.on(ALL, make).await {
        let left = "SELECT count(*) FROM public.readings_default";
        assert_eq!(db.query_text(left).await, "1");
    }
}

#[tokio::test]
async fn days() {
    let days = ticks("timestamptz", "1 day");
    days.on(ALL, async |db| {
        every("1 day", "date_trunc('day', now())", "timestamptz", db).await
    })
    .await;
}

#[tokio::test]
async fn weeks() {
    let weeks = ticks("timestamptz", "7 days");
    weeks
        .on(OLD_AND_NEW, async |db| {
            every("7 days", "date_trunc('week', now())", "timestamptz", db).await
        })
        .await;
}

#[tokio::test]
async fn hours() {
    let hours = ticks("timestamptz", "1 hour");
    hours
        .on(ALL, async |db| {
            every("1 hour", "date_trunc('hour', now())", "timestamptz", db).await
        })
        .await;
}

#[tokio::test]
async fn quarters_of_an_hour() {
    let quarters = ticks("timestamptz", "15 minutes");
    quarters
        .on(OLD_AND_NEW, async |db| {
            every(
                "15 minutes",
                "date_bin('15 minutes', now(), '2000-01-01')",
                "timestamptz",
                db,
            )
            .await
        })
        .await;
}

#[tokio::test]
async fn quarters() {
    let quarters = ticks("timestamptz", "3 months");
    quarters
        .on(ALL, async |db| {
            every(
                "3 months",
                "date_trunc('quarter', now())",
                "timestamptz",
                db,
            )
            .await
        })
        .await;
}

#[tokio::test]
async fn years() {
    let years = ticks("timestamptz", "1 year");
    years
        .on(OLD_AND_NEW, async |db| {
            every("1 year", "date_trunc('year', now())", "timestamptz", db).await
        })
        .await;
}

#[tokio::test]
async fn months_by_date() {
    let dates = ticks("date", "1 month");
    dates
        .on(ALL, async |db| {
            every("1 month", "date_trunc('month', now())", "date", db).await
        })
        .await;
}

#[tokio::test]
async fn days_by_date() {
    let dates = ticks("date", "1 day");
    dates
        .on(OLD_AND_NEW, async |db| {
            every("1 day", "date_trunc('day', now())", "date", db).await
        })
        .await;
}

#[tokio::test]
async fn weeks_by_a_timestamp_without_time_zone() {
    let weeks = ticks("timestamp", "7 days");
    weeks
        .on(OLD_AND_NEW, async |db| {
            every("7 days", "date_trunc('week', now())", "timestamp", db).await
        })
        .await;
}

#[tokio::test]
async fn months_by_a_timestamp_without_time_zone() {
    let months = ticks("timestamp", "1 month");
    months
        .on(ALL, async |db| {
            every("1 month", "date_trunc('month', now())", "timestamp", db).await
        })
        .await;
}

#[tokio::test]
async fn a_set_aligned_in_utc_on_a_server_that_lives_elsewhere() {
    for settings in [
        &[("timezone", "America/New_York")],
        &[("timezone", "Asia/Tokyo")],
    ] {
        let elsewhere = Adoption {
            parent: "public.webhook_events",
            insert: "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('x', '{}', :at)",
            settings,
            ..MONTHS
        };
        elsewhere
            .on(OLD_AND_NEW, async |db| {
                fixture::webhook_events(db, 50).await
            })
            .await;
    }
}

#[tokio::test]
async fn names_as_long_as_names_can_be() {
    const LONG: &str = "public.a_table_whose_name_was_made_by_a_machine_that_did_not_care_at";
    let long = Adoption {
        parent: LONG,
        insert: "INSERT INTO public.a_table_whose_name_was_made_by_a_machine_that_did_not_care_at (at) VALUES (:at)",
        ..MONTHS
    };
    let make = async |db: &TestDb| {
        let short = &LONG[..LONG.len() - 8];
        db.execute(&format!(
            "CREATE TABLE {LONG} (at timestamptz PRIMARY KEY) PARTITION BY RANGE (at);
             CREATE TABLE {short}_2025_09 PARTITION OF {LONG} FOR VALUES FROM ('2025-09-01') TO ('2025-10-01');
             CREATE TABLE {short}_2025_10 PARTITION OF {LONG} FOR VALUES FROM ('2025-10-01') TO ('2025-11-01')"
        ))
        .await;
    };
    long.on(OLD_AND_NEW, make).await;
}

#[tokio::test]
async fn partitions_in_another_schema_than_their_parent() {
    let apart = Adoption {
        parent: "public.webhook_events",
        insert: "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('x', '{}', :at)",
        ..MONTHS
    };
    let make = async |db: &TestDb| {
        fixture::webhook_events_now(db).await;
        db.execute(
            "CREATE SCHEMA parts;
             DO $$
             DECLARE partition regclass;
             BEGIN
                 FOR partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.webhook_events'::regclass LOOP
                     EXECUTE format('ALTER TABLE %s SET SCHEMA parts', partition);
                 END LOOP;
             END $$",
        )
        .await;
    };
    apart.on(ALL, make).await;
}

/// Functions of indexes, checks and generated columns that call others without their schema, as most do.
#[tokio::test]
async fn functions_that_rely_on_a_search_path_are_called_as_in_the_application() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(
        "SET TimeZone = 'UTC';
         CREATE FUNCTION public.inner_one(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)';
         CREATE FUNCTION public.is_good(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
             AS 'BEGIN RETURN inner_one($1) IS NOT NULL; END';
         CREATE FUNCTION public.normal(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN inner_one($1); END';
         CREATE TABLE public.calls (at timestamptz NOT NULL, d text CHECK (is_good(d)), g text GENERATED ALWAYS AS (normal(d)) STORED)
             PARTITION BY RANGE (at);
         CREATE INDEX ON public.calls (normal(d));
         CREATE TABLE public.calls_rest PARTITION OF public.calls DEFAULT;
         DO $$
         DECLARE month constant date := date_trunc('month', now() AT TIME ZONE 'UTC');
         BEGIN
             EXECUTE format('CREATE TABLE public.calls_1 PARTITION OF public.calls FOR VALUES FROM (%L) TO (%L)',
                            month - interval '2 months', month - interval '1 month');
             EXECUTE format('CREATE TABLE public.calls_2 PARTITION OF public.calls FOR VALUES FROM (%L) TO (%L)',
                            month - interval '1 month', month);
         END $$;
         INSERT INTO public.calls (at, d) SELECT now() - n * interval '10 days', 'a' FROM generate_series(0, 3) AS n",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.calls").await;
    let before = (db.snapshot().await, db.fingerprint("public.calls").await);
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    assert_eq!(db.fingerprint("public.calls").await, before.1);
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(db.fingerprint("public.calls").await, before.1);
    let different = without_journal(before.0.diff(&db.snapshot().await));
    assert_eq!(different, Vec::<String>::new());
}
