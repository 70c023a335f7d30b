//! Sets whose first partition has no lower end and holds the rows of many intervals, as somebody has them who partitioned a
//! table that was there: it gets the bounds of its rows and stays whole, on every version; what pg_partman does next is
//! right, and the way back leaves everything as it was.

use crate::support;

use partman_core::assess::Code;
use partman_core::check::{Scope, run_all};
use partman_core::mend::MendKind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, Reader, TestDb, Writer};
use support::{Subject, name, without_journal};

/// A set with a partition of everything before its last three intervals.
struct Legacy {
    sql: String,
    key: String,
    zone: &'static str,
    /// A row for a partition that isn't there before maintenance makes it, and one from before all others.
    ahead: String,
    before: &'static str,
    has_default: bool,
}

impl Legacy {
    /// Of this type, zone and width; rows reach back for a hundred intervals, off the grid.
    fn of_times(key: &str, zone: &'static str, width: &str) -> Self {
        let now = format!("date_trunc('{width}', now())");
        let part = |n: i32| format!("({now} + interval '1 {width}' * {n})::{key}");
        let partition = |name: &str, from: &str, to: &str| {
            format!(
                "EXECUTE format('CREATE TABLE public.{name} PARTITION OF public.t FOR VALUES FROM ({}) TO (%L)', {});",
                if from.is_empty() { "MINVALUE" } else { "%L" },
                [from, to]
                    .into_iter()
                    .filter(|end| !end.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        };
        let sql = format!(
            "SET TimeZone = '{zone}';
             CREATE TABLE public.t (at {key} NOT NULL, what text) PARTITION BY RANGE (at);
             CREATE INDEX ON public.t (at);
             DO $$ BEGIN {} {} {} {} END $$;
             INSERT INTO public.t SELECT now() - interval '1 {width}' * n - interval '11 hours', 'then' FROM generate_series(0, 100) AS n",
            partition("t_legacy", "", &part(-2)),
            partition("t_a", &part(-2), &part(-1)),
            partition("t_b", &part(-1), &part(0)),
            partition("t_c", &part(0), &part(1)),
        );
        Self {
            sql,
            key: key.to_owned(),
            zone,
            ahead: part(6),
            before: "'1999-12-31'",
            has_default: false,
        }
    }

    fn of_numbers() -> Self {
        let sql = "
            CREATE TABLE public.t (at bigint NOT NULL, what text) PARTITION BY RANGE (at);
            CREATE TABLE public.t_legacy PARTITION OF public.t FOR VALUES FROM (MINVALUE) TO (100000);
            CREATE TABLE public.t_a PARTITION OF public.t FOR VALUES FROM (100000) TO (101000);
            CREATE TABLE public.t_b PARTITION OF public.t FOR VALUES FROM (101000) TO (102000);
            CREATE TABLE public.t_c PARTITION OF public.t FOR VALUES FROM (102000) TO (103000);
            INSERT INTO public.t SELECT n, 'then' FROM generate_series(1234, 102500, 97) AS n";
        Self {
            sql: sql.to_owned(),
            key: "bigint".to_owned(),
            zone: "UTC",
            ahead: "108500".to_owned(),
            before: "-5",
            has_default: false,
        }
    }

    fn with_default(mut self) -> Self {
        self.sql += "; CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT";
        self.has_default = true;
        self
    }

    async fn set_up(&self, version: Partman) -> (TestDb, Subject) {
        let db = TestDb::new(version).await;
        db.execute(&self.sql).await;
        let subject = Subject::connect(&db).await;
        (db, subject)
    }
}

const BOUNDS: &str = "SELECT string_agg(c.relname || ' ' || pg_get_expr(relpartbound, c.oid), ',' ORDER BY c.relname) \
                      FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'public.t'::regclass";

fn verbs(plan: &Plan) -> Vec<&str> {
    assert_eq!(plan.refusals, vec![]);
    let ids = plan.steps.iter().map(|step| step.description.id.as_str());
    ids.map(|id| id.split_once(':').map_or(id, |(verb, _)| verb))
        .collect()
}

/// There, maintenance, back; and once more.
async fn there_and_back(version: Partman, legacy: &Legacy) {
    let (db, subject) = legacy.set_up(version).await;
    let (before, rows) = (db.snapshot().await, db.fingerprint("public.t").await);
    let plan = subject.plan("public.t").await;
    let expected = "check-range validate-range rebound keep-way-back uncheck-range";
    assert!(
        verbs(&plan).join(" ").contains(expected),
        "{:?}",
        verbs(&plan)
    );
    assert_eq!(plan.sets[0].mend_kinds, [MendKind::Rebound]);
    let notes = plan.sets[0].notes.iter().map(ToString::to_string);
    let notes = notes.collect::<Vec<_>>().join("\n");
    assert!(
        notes.contains("stays whole, with all its rows from"),
        "{notes}"
    );
    assert!(notes.contains("rows before"), "{notes}");
    for _ in 0..2 {
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let verified = done.verified.expect("it was looked at");
        assert_eq!(verified.problems, Vec::<String>::new(), "{version:?}");
        assert_eq!(db.fingerprint("public.t").await, rows);
        let found = run_all(&subject.inspect().await, &Scope::everything());
        let found: Vec<_> = found.findings.iter().map(|f| f.id.as_ref()).collect();
        assert!(found.contains(&"mixed-widths"), "{version:?}: {found:?}");
        for id in [
            "open-ended-partition",
            "horizon-near",
            "partition-gap",
            "partition-name-unreadable",
        ] {
            assert!(!found.contains(&id), "{version:?}: {found:?}");
        }
        let again = subject.plan("public.t").await;
        assert!(again.is_empty() && again.refusals.is_empty(), "{again:?}");
        maintenance_is_right(version, &db, legacy).await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert!(back.error.is_none(), "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.t").await, rows);
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

/// Nothing is left to do for maintenance; asked for more, it makes as many more, which take rows. The oldest is seen.
async fn maintenance_is_right(version: Partman, db: &TestDb, legacy: &Legacy) {
    let (zone, ahead) = (legacy.zone, &legacy.ahead);
    let maintain = "DO $$ BEGIN PERFORM partman.run_maintenance('public.t', p_analyze := false, p_jobmon := false); END $$";
    let begin = format!("BEGIN; SET LOCAL TimeZone = '{zone}'");
    let adopted = db.query_text(&format!("{begin}; {BOUNDS}; COMMIT")).await;
    assert!(!adopted.contains("MINVALUE"), "{adopted}");
    let after = db
        .query_text(&format!("{begin}; {maintain}; {BOUNDS}; COMMIT"))
        .await;
    assert_eq!(after, adopted, "{version:?}");
    let more = "UPDATE partman.part_config SET premake = premake + 3";
    let after = db
        .query_text(&format!("{begin}; {more}; {maintain}; {BOUNDS}; ROLLBACK"))
        .await;
    let made = |bounds: &str| bounds.split(",t").count();
    assert_eq!(made(&after), made(&adopted) + 3, "{version:?}: {after}");
    let insert = format!("INSERT INTO public.t VALUES ({ahead}, 'ahead')");
    let place = "SELECT tableoid::regclass FROM public.t WHERE what = 'ahead'";
    let place = db
        .query_text(&format!(
            "{begin}; {more}; {maintain}; {insert}; {place}; ROLLBACK"
        ))
        .await;
    assert!(place.starts_with("t_p"), "{version:?}: {place}");
    let shown = "SELECT count(*) FROM partman.show_partitions('public.t')";
    let ranges = adopted.matches("FOR VALUES").count();
    let shown = db.query_text(&format!("{begin}; {shown}; ROLLBACK")).await;
    assert_eq!(shown, ranges.to_string(), "{version:?}");
    let (key, which) = match legacy.key.as_str() {
        "bigint" => ("bigint", "child_start_id"),
        key => (key, "child_start_time"),
    };
    let info = format!(
        "SELECT {which}::{key} FROM partman.show_partition_info(\
         (SELECT partition_schemaname || '.' || partition_tablename FROM partman.show_partitions('public.t') LIMIT 1), \
         p_parent_table := 'public.t')"
    );
    let begins = db.query_text(&format!("{begin}; {info}; ROLLBACK")).await;
    assert!(adopted.contains(&begins), "{version:?}: {begins} {adopted}");
}

#[tokio::test]
async fn years_before_months_stay_one_partition() {
    for version in Partman::ALL {
        there_and_back(version, &Legacy::of_times("timestamptz", "UTC", "month")).await;
    }
}

#[tokio::test]
async fn years_before_months_of_paris_beside_a_default() {
    for version in Partman::ALL {
        let paris = Legacy::of_times("timestamptz", "Europe/Paris", "month").with_default();
        there_and_back(version, &paris).await;
    }
}

#[tokio::test]
async fn months_before_days_stay_one_partition() {
    for version in Partman::ALL {
        there_and_back(version, &Legacy::of_times("date", "UTC", "day")).await;
        let times = Legacy::of_times("timestamp", "UTC", "day").with_default();
        there_and_back(version, &times).await;
    }
}

#[tokio::test]
async fn numbers_before_thousands_stay_one_partition() {
    for version in Partman::ALL {
        there_and_back(version, &Legacy::of_numbers()).await;
        there_and_back(version, &Legacy::of_numbers().with_default()).await;
    }
}

#[tokio::test]
async fn writers_and_readers_notice_nothing() {
    let legacy = Legacy::of_times("timestamptz", "UTC", "month").with_default();
    let (db, subject) = legacy.set_up(Partman::V5_5_0).await;
    let before = db.snapshot().await;
    let plan = subject.plan("public.t").await;
    let writer = Writer::with_sql(&db, "INSERT INTO public.t VALUES (now(), 'load')", 150);
    let reader = Reader::with_sql(&db, "SELECT 1 / (count(*) >= 101)::int FROM public.t", 50);
    let done = subject.migrate(&plan).await.expect("it finds its moments");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let (wrote, read) = (writer.stop().await, reader.stop().await);
    assert_eq!(wrote.failures, Vec::<String>::new());
    assert_eq!(read.failures, Vec::<String>::new());
    let written = "SELECT count(*) FROM public.t WHERE what = 'load'";
    assert_eq!(db.query_text(written).await, wrote.transactions.to_string());
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn rows_from_before_all_others_go_into_default_or_have_no_place() {
    for legacy in [
        Legacy::of_times("date", "UTC", "month"),
        Legacy::of_numbers(),
    ] {
        let (db, subject) = legacy.set_up(Partman::V5_5_0).await;
        let plan = subject.plan("public.t").await;
        let note = plan.sets[0].notes.last().expect("a note");
        assert!(note.contains("no partition takes them any more"), "{note}");
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        let late = format!("INSERT INTO public.t VALUES ({}, 'late')", legacy.before);
        let refused = db.client().await.batch_execute(&late).await;
        let refused = refused.expect_err("no partition takes it");
        assert_eq!(refused.code().map(|code| code.code()), Some("23514"));
    }
}

/// The open range can't be had again while DEFAULT has rows of it, and these aren't to be lost.
#[tokio::test]
async fn an_end_stays_closed_where_default_has_rows_from_before_it() {
    for version in Partman::ALL {
        let legacy = Legacy::of_numbers().with_default();
        let (db, subject) = legacy.set_up(version).await;
        let plan = subject.plan("public.t").await;
        let note = plan.sets[0].notes.last().expect("a note");
        assert!(note.contains("go into public.t_rest afterwards"), "{note}");
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        db.execute("INSERT INTO public.t VALUES (-5, 'late')").await;
        let rows = db.fingerprint("public.t").await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        let kept = format!("{back:?}");
        assert!(
            kept.contains("public.t_rest has rows"),
            "{version:?}: {kept}"
        );
        assert_eq!(db.fingerprint("public.t").await, rows);
        let place = "SELECT tableoid::regclass FROM public.t WHERE what = 'late'";
        assert_eq!(db.query_text(place).await, "t_rest");
    }
}

/// More than is looked through for its ends.
const LARGE: &str = "
    CREATE TABLE public.t (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
    CREATE TABLE public.t_legacy PARTITION OF public.t FOR VALUES FROM (MINVALUE) TO ('2026-09-01');
    CREATE TABLE public.t_a PARTITION OF public.t FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
    CREATE TABLE public.t_b PARTITION OF public.t FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
    ALTER TABLE public.t_legacy ALTER what SET STORAGE PLAIN;
    INSERT INTO public.t SELECT timestamptz '2026-08-31' - interval '2 hours' * n, repeat('x', 7000) FROM generate_series(1, 8500) AS n";

#[tokio::test]
async fn the_oldest_row_of_a_large_partition_is_found_by_an_index_of_its_own() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(&format!("SET TimeZone = 'UTC'; {LARGE}")).await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.t").await;
    let reason = plan.refusals.first().expect("a reason");
    assert_eq!(reason.code, Code::OpenEndedPartition);
    let index = "CREATE INDEX CONCURRENTLY ON public.t_legacy (at)";
    assert!(reason.way_out.contains(index), "{}", reason.way_out);
    let by_hand =
        "ATTACH PARTITION public.t_legacy FOR VALUES FROM (…) TO ('2026-09-01 00:00:00+00')";
    assert!(reason.way_out.contains(by_hand), "{}", reason.way_out);
    db.execute(index).await;
    let before = db.snapshot().await;
    let plan = subject.plan("public.t").await;
    assert!(verbs(&plan).contains(&"rebound"));
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let bound = "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 't_legacy'";
    let bound = format!("BEGIN; SET LOCAL TimeZone = 'UTC'; {bound}; COMMIT");
    let expected = "FOR VALUES FROM ('2024-09-01 00:00:00+00') TO ('2026-09-01 00:00:00+00')";
    assert_eq!(db.query_text(&bound).await, expected);
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_row_at_infinity_has_no_interval_to_begin_with() {
    for row in ["-infinity", "0044-03-15 BC"] {
        let legacy = Legacy::of_times("timestamptz", "UTC", "month");
        let (db, subject) = legacy.set_up(Partman::V5_5_0).await;
        db.execute(&format!("INSERT INTO public.t VALUES ('{row}', 'slip')"))
            .await;
        let plan = subject.plan("public.t").await;
        let reason = plan.refusals.first().expect("a reason");
        assert_eq!(reason.code, Code::OpenEndedPartition);
        assert!(
            reason.way_out.contains("correct it"),
            "{row}: {}",
            reason.way_out
        );
    }
}

/// Unix seconds are told by bounds of these decades; one from 1970 would make numbers of them.
#[tokio::test]
async fn seconds_of_which_one_is_a_slip_stay_refused() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(
        "CREATE TABLE public.t (at bigint NOT NULL, what text) PARTITION BY RANGE (at);
         CREATE TABLE public.t_legacy PARTITION OF public.t FOR VALUES FROM (MINVALUE) TO (1788220800);
         CREATE TABLE public.t_a PARTITION OF public.t FOR VALUES FROM (1788220800) TO (1790812800);
         CREATE TABLE public.t_b PARTITION OF public.t FOR VALUES FROM (1790812800) TO (1793491200);
         INSERT INTO public.t VALUES (1700000000, 'then')",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.t").await;
    assert!(verbs(&plan).contains(&"rebound"));
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    db.execute("INSERT INTO public.t VALUES (0, 'slip')").await;
    let plan = subject.plan("public.t").await;
    let reason = plan.refusals.first().expect("a reason");
    assert_eq!(reason.code, Code::OpenEndedPartition, "{reason:?}");
}

#[tokio::test]
async fn what_is_declined_is_left_to_a_person() {
    let legacy = Legacy::of_times("date", "UTC", "month");
    let (_db, subject) = legacy.set_up(Partman::V5_5_0).await;
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.decline = vec![MendKind::Rebound];
    let plan = subject.plan_for(wanted).await;
    assert!(plan.is_empty());
    assert!(plan.refusals[0].way_out.contains("don't decline rebound"));
}
