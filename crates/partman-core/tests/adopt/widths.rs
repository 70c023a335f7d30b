//! Sets whose older partitions have another width than the recent ones: adopted in the width of the recent ones, on every
//! version; what pg_partman does next is right, and the way back leaves everything as it was.

use crate::support;

use partman_core::assess::Code;
use partman_core::check::{Scope, run_all};
use partman_core::run::Outcome;
use partman_core::wanted::{Names, WantedSet};
use partman_testkit::{Partman, TestDb};
use support::{Subject, name, without_journal};

/// Two archives of about a year, with a fortnight between them, and four months up to the present; `at` is of this type and
/// midnights are of this zone.
fn archive_and_months(key: &str, zone: &str) -> String {
    format!(
        "SET TimeZone = '{zone}';
         CREATE TABLE public.t (at {key} NOT NULL, what text) PARTITION BY RANGE (at);
         CREATE INDEX ON public.t (at);
         DO $$ DECLARE m timestamptz := date_trunc('month', now()); BEGIN
             EXECUTE format('CREATE TABLE public.t_old_1 PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)',
                 (m - interval '27 months')::{key}, (m - interval '15 months')::{key});
             EXECUTE format('CREATE TABLE public.t_old_2 PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)',
                 (m - interval '15 months' + interval '14 days')::{key}, (m - interval '3 months')::{key});
             FOR n IN 0..3 LOOP
                 EXECUTE format('CREATE TABLE public.%I PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', 't_' || n,
                     (m + interval '1 month' * (n - 3))::{key}, (m + interval '1 month' * (n - 2))::{key});
             END LOOP;
         END $$;
         INSERT INTO public.t VALUES (now(), 'now'), (now() - interval '2 years', 'then'), (now() - interval '5 months', 'then')"
    )
}

/// A month of the last year and then days, as somebody has them who changed.
const MONTH_AND_DAYS: &str = "SET TimeZone = 'UTC';
    CREATE TABLE public.t (at date NOT NULL, what text) PARTITION BY RANGE (at);
    CREATE TABLE public.t_month PARTITION OF public.t FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
    DO $$ DECLARE d date := current_date; BEGIN
        FOR n IN 0..3 LOOP
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', 't_' || n, d + n - 2, d + n - 1);
        END LOOP;
        EXECUTE format('CREATE TABLE public.t_rest PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', '2025-02-01', d - 2);
    END $$;
    INSERT INTO public.t VALUES (current_date, 'now'), ('2025-01-09', 'then')";

const NUMBERS: &str = "
    CREATE TABLE public.t (at bigint NOT NULL, what text) PARTITION BY RANGE (at);
    CREATE TABLE public.t_old PARTITION OF public.t FOR VALUES FROM (0) TO (100000);
    CREATE TABLE public.t_a PARTITION OF public.t FOR VALUES FROM (100000) TO (101000);
    CREATE TABLE public.t_b PARTITION OF public.t FOR VALUES FROM (101000) TO (102000);
    CREATE TABLE public.t_c PARTITION OF public.t FOR VALUES FROM (102000) TO (103000);
    INSERT INTO public.t VALUES (5, 'then'), (102500, 'now')";

async fn there_and_back(version: Partman, sql: &str, interval: &str) {
    let db = TestDb::new(version).await;
    db.execute(sql).await;
    let subject = Subject::connect(&db).await;
    let (before, rows) = (db.snapshot().await, db.fingerprint("public.t").await);
    let plan = subject.plan("public.t").await;
    assert_eq!(plan.refusals, vec![], "{version:?}");
    let set = plan.sets.first().expect("there is one");
    assert_eq!(
        set.interval.map(|i| i.to_string()).as_deref(),
        Some(interval)
    );
    let told = set.notes.first().expect("older widths are told");
    assert!(told.contains("of an older width"), "{told}");
    for _ in 0..2 {
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let verified = done.verified.expect("it was looked at");
        assert_eq!(verified.problems, Vec::<String>::new(), "{version:?}");
        assert_eq!(db.fingerprint("public.t").await, rows);
        let found = run_all(&subject.inspect().await, &Scope::everything());
        let found: Vec<_> = found.findings.iter().map(|f| f.id.as_ref()).collect();
        assert!(found.contains(&"mixed-widths"), "{version:?}: {found:?}");
        assert!(!found.contains(&"horizon-near"), "{version:?}: {found:?}");
        assert!(
            !found.contains(&"partition-name-unreadable"),
            "{version:?}: {found:?}"
        );
        let all = "SELECT string_agg(c.relname || pg_get_expr(relpartbound, c.oid), ',' ORDER BY c.relname) FROM pg_inherits \
                   JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'public.t'::regclass";
        let adopted = db.query_text(all).await;
        let zone = &set.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
        db.execute(&format!(
            "SET TimeZone = '{zone}'; SELECT partman.run_maintenance('public.t', p_analyze := false, p_jobmon := false)"
        ))
        .await;
        assert_eq!(
            db.query_text(all).await,
            adopted,
            "{version:?}: nothing was left to do"
        );
        let ahead = "UPDATE partman.part_config SET premake = premake + 3";
        db.execute(&format!("{ahead}; SET TimeZone = '{zone}'; SELECT partman.run_maintenance('public.t', p_analyze := false, p_jobmon := false)"))
            .await;
        let more = db.query_text(all).await;
        assert_eq!(
            more.matches(",t").count(),
            adopted.matches(",t").count() + 3,
            "{version:?}: {more}"
        );
        db.execute(
            "DO $$ DECLARE new regclass; BEGIN FOR new IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.t'::regclass \
             ORDER BY inhrelid DESC LIMIT 3 LOOP EXECUTE format('DROP TABLE %s', new); END LOOP; END $$",
        )
        .await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

#[tokio::test]
async fn months_after_an_archive_of_years() {
    for version in Partman::ALL {
        there_and_back(
            version,
            &archive_and_months("timestamptz", "UTC"),
            "1 month",
        )
        .await;
    }
}

#[tokio::test]
async fn months_of_paris_after_an_archive_of_years() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let paris = archive_and_months("timestamptz", "Europe/Paris");
        there_and_back(version, &paris, "1 month").await;
    }
}

#[tokio::test]
async fn days_after_months() {
    for version in Partman::ALL {
        there_and_back(version, MONTH_AND_DAYS, "1 day").await;
    }
}

#[tokio::test]
async fn numbers_after_a_wide_beginning() {
    for version in Partman::ALL {
        there_and_back(version, NUMBERS, "1000").await;
    }
}

/// October, and November in two halves, which nobody means to go on with.
const SPLIT: &str = "SET TimeZone = 'UTC';
    CREATE TABLE public.t (at timestamptz NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE public.t_09 PARTITION OF public.t FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
    CREATE TABLE public.t_10 PARTITION OF public.t FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
    CREATE TABLE public.t_11a PARTITION OF public.t FOR VALUES FROM ('2026-11-01') TO ('2026-11-16');
    CREATE TABLE public.t_11b PARTITION OF public.t FOR VALUES FROM ('2026-11-16') TO ('2026-12-01')";

#[tokio::test]
async fn two_of_an_odd_width_are_no_interval_until_somebody_says_so() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(SPLIT).await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.t").await;
    let codes: Vec<_> = plan.refusals.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [Code::NoCommonWidth]);
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.interval = "15 days".parse().ok();
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
    assert_eq!(
        plan.sets[0].interval.map(|i| i.to_string()).as_deref(),
        Some("15 days")
    );
}

#[tokio::test]
async fn hours_before_days_keep_their_names() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(
        "SET TimeZone = 'UTC'; CREATE TABLE public.t (at timestamptz NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE public.t_h0 PARTITION OF public.t FOR VALUES FROM ('2026-11-01 00:00') TO ('2026-11-01 12:00');
         CREATE TABLE public.t_h1 PARTITION OF public.t FOR VALUES FROM ('2026-11-01 12:00') TO ('2026-11-02');
         CREATE TABLE public.t_2 PARTITION OF public.t FOR VALUES FROM ('2026-11-02') TO ('2026-11-03');
         CREATE TABLE public.t_3 PARTITION OF public.t FOR VALUES FROM ('2026-11-03') TO ('2026-11-04')",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.names = Some(Names::Rename);
    let plan = subject.plan_for(wanted.clone()).await;
    let codes: Vec<_> = plan.refusals.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [Code::PartitionNameTaken], "{:?}", plan.refusals);
    wanted.names = None;
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
}

/// Numbers of a power of ten, twice, after an older width; the second set begins at 1, as people have it who count from there.
#[tokio::test]
async fn two_round_widths_after_one_of_another_width() {
    let to_seven = [
        "(0) TO (5000000)",
        "(5000000) TO (6000000)",
        "(6000000) TO (7000000)",
    ];
    let from_one = [
        "(1) TO (1000000)",
        "(1000000) TO (2000000)",
        "(2000000) TO (3000000)",
    ];
    for (bounds, now) in [(to_seven, 6_500_000), (from_one, 2_500_000)] {
        let partitions = bounds.iter().enumerate().map(|(n, bound)| {
            format!("CREATE TABLE public.t_{n} PARTITION OF public.t FOR VALUES FROM {bound};")
        });
        let partitions: String = partitions.collect();
        let sql = format!(
            "CREATE TABLE public.t (at bigint NOT NULL, what text) PARTITION BY RANGE (at); {partitions}
             INSERT INTO public.t VALUES (5, 'then'), ({now}, 'now')"
        );
        for version in [Partman::V4_7_2, Partman::V5_5_0] {
            there_and_back(version, &sql, "1000000").await;
        }
    }
}

/// Bounds that were taken for inclusive: what the refusal says to run is run as it says, for each partition, and helps.
#[tokio::test]
async fn upper_bounds_that_were_taken_for_inclusive_are_mended_by_what_the_refusal_says() {
    let make = "SET TimeZone = 'UTC';
        CREATE TABLE public.t (at timestamp NOT NULL, what text) PARTITION BY RANGE (at);
        DO $$ DECLARE m timestamp := date_trunc('month', now()); BEGIN
            FOR n IN 0..2 LOOP
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', 't_' || n,
                    m + interval '1 month' * (n - 2), m + interval '1 month' * (n - 1) - interval '1 second');
            END LOOP;
        END $$;
        INSERT INTO public.t VALUES (now(), 'now')";
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        db.execute(make).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.t").await;
        let [refusal] = plan.refusals.as_slice() else {
            panic!("one reason: {:?}", plan.refusals);
        };
        assert_eq!(refusal.code, Code::UpperBoundInclusive, "{version:?}");
        let way_out = refusal.way_out.to_string();
        let sql = &way_out[way_out.find("BEGIN").expect("statements")
            ..way_out.find("COMMIT").expect("an end") + 6];
        db.execute(sql).await;
        // Likewise the others.
        db.execute(
            "DO $$ DECLARE m timestamp := date_trunc('month', now()); BEGIN FOR n IN 0..1 LOOP
                 EXECUTE format('ALTER TABLE public.t DETACH PARTITION public.%I', 't_' || n);
                 EXECUTE format('ALTER TABLE public.t ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', 't_' || n,
                     m + interval '1 month' * (n - 2), m + interval '1 month' * (n - 1));
             END LOOP; END $$",
        )
        .await;
        let plan = subject.plan("public.t").await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    }
}
