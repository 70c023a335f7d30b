//! Sets by a numeric whose bounds are whole numbers: pg_partman 5 counts in these, whatever rows have after the point.

use crate::support;

use partman_core::assess::Code;
use partman_core::mend::MendKind;
use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, TestDb};
use support::{Subject, name, without_journal};

/// Thousands, the first of them below zero; rows are beside whole numbers.
fn thousands(key: &str) -> String {
    format!(
        "CREATE TABLE public.t (at {key} NOT NULL, what text, PRIMARY KEY (at)) PARTITION BY RANGE (at);
         CREATE TABLE public.t_a PARTITION OF public.t FOR VALUES FROM (-1000) TO (0);
         CREATE TABLE public.t_b PARTITION OF public.t FOR VALUES FROM (0) TO (1000);
         CREATE TABLE public.t_c PARTITION OF public.t FOR VALUES FROM (1000) TO (2000);
         INSERT INTO public.t SELECT n - 0.25, 'row' FROM generate_series(-999, 2000, 50) AS n"
    )
}

const BOUNDS: &str = "SELECT string_agg(c.relname || ' ' || pg_get_expr(relpartbound, c.oid), ',' ORDER BY c.relname) \
                      FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'public.t'::regclass";

async fn there_and_back(version: Partman, sql: &str, mends: &[MendKind]) {
    let db = TestDb::new(version).await;
    db.execute(sql).await;
    let subject = Subject::connect(&db).await;
    let (before, rows) = (db.snapshot().await, db.fingerprint("public.t").await);
    let plan = subject.plan("public.t").await;
    assert_eq!(plan.refusals, vec![], "{version:?}: {sql}");
    assert_eq!(plan.sets[0].mend_kinds, mends, "{sql}");
    for _ in 0..2 {
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let verified = done.verified.expect("it was looked at");
        assert_eq!(verified.problems, Vec::<String>::new(), "{version:?}");
        assert_eq!(db.fingerprint("public.t").await, rows);
        maintenance_is_right(version, &db).await;
        let again = subject.plan("public.t").await;
        assert!(again.is_empty() && again.refusals.is_empty(), "{again:?}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.t").await, rows);
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

/// Nothing is left to do for it; asked for more, it makes as many more, which take rows.
async fn maintenance_is_right(version: Partman, db: &TestDb) {
    let adopted = db.query_text(BOUNDS).await;
    let maintain = "DO $$ BEGIN PERFORM partman.run_maintenance('public.t', p_analyze := false, p_jobmon := false); END $$";
    let after = db.query_text(&format!("{maintain}; {BOUNDS}")).await;
    assert_eq!(after, adopted, "{version:?}");
    let more = "UPDATE partman.part_config SET premake = premake + 3";
    let insert = "INSERT INTO public.t VALUES (8765.5, 'ahead')";
    let place = "SELECT tableoid::regclass FROM public.t WHERE what = 'ahead'";
    let place = db
        .query_text(&format!(
            "BEGIN; {more}; {maintain}; {insert}; {place}; ROLLBACK"
        ))
        .await;
    assert_eq!(place, "t_p8000", "{version:?}");
}

#[tokio::test]
async fn whole_thousands_of_a_numeric_are_adopted() {
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        for key in ["numeric", "numeric(20, 3)", "numeric(12)"] {
            // A scale of nothing rounds the rows, the last of them out of every partition.
            let sql = thousands(key).replace("2000, 50", "1980, 50");
            there_and_back(version, &sql, &[]).await;
        }
    }
}

#[tokio::test]
async fn rows_of_default_come_along() {
    let default = "; CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT;
        INSERT INTO public.t VALUES (2000.5, 'next'), ('NaN', 'none'), (1e30, 'none')";
    let sql = thousands("numeric") + default;
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        there_and_back(version, &sql, &[MendKind::RescueDefault]).await;
    }
}

#[tokio::test]
async fn rows_of_a_large_default_are_spread_by_their_whole_numbers() {
    let default = "; CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT;
        INSERT INTO public.t SELECT 2000 + n * 0.25, 'next' FROM generate_series(0, 11000) AS n;
        INSERT INTO public.t VALUES ('NaN', 'none'), (-5432.1, 'none')";
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(&(thousands("numeric") + default)).await;
    let subject = Subject::connect(&db).await;
    let (before, rows) = (db.snapshot().await, db.fingerprint("public.t").await);
    let plan = subject.plan("public.t").await;
    assert_eq!(plan.refusals, vec![]);
    assert_eq!(plan.sets[0].mend_kinds, [MendKind::SpreadDefault]);
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    assert_eq!(db.fingerprint("public.t").await, rows);
    let left = "SELECT string_agg(at::text, ' ' ORDER BY at) FROM public.t_rest";
    assert_eq!(db.query_text(left).await, "-5432.1 NaN");
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(db.fingerprint("public.t").await, rows);
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_set_with_only_a_default_begins_with_its_largest_number() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(
        "CREATE TABLE public.t (at numeric NOT NULL, what text) PARTITION BY RANGE (at);
         CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT;
         INSERT INTO public.t VALUES (0.5, 'then'), (2345.6, 'now')",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let before = db.snapshot().await;
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.interval = "1000".parse().ok();
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let place = "SELECT tableoid::regclass FROM public.t WHERE what = 'now'";
    assert_eq!(db.query_text(place).await, "t_p2000");
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

/// The server says what doesn't fit into so few digits; the run is taken back.
#[tokio::test]
async fn a_numeric_of_too_few_digits_unwinds() {
    let db = TestDb::new(Partman::V5_5_0).await;
    let few = thousands("numeric(4)").replace("2000, 50", "1980, 50");
    db.execute(&few).await;
    let subject = Subject::connect(&db).await;
    let before = db.snapshot().await;
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.premake = 10;
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Unwound, "{done:?}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_partition_of_everything_before_is_closed() {
    let open = thousands("numeric(20, 3)").replace("(-1000) TO (0)", "(MINVALUE) TO (0)");
    let sql = open + "; INSERT INTO public.t VALUES (-5432.1, 'old')";
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        there_and_back(version, &sql, &[MendKind::Rebound]).await;
    }
}

#[tokio::test]
async fn what_pg_partman_could_not_count_in_is_refused() {
    let halves = thousands("numeric").replace("(-1000)", "(-1000.5)");
    let huge = thousands("numeric").replace("(-1000)", "(-1e20)");
    for (version, sql, way_out) in [
        (Partman::V4_7_2, thousands("numeric"), "5.1 or newer"),
        (Partman::V5_5_0, halves, "some of its bounds are others"),
        (Partman::V5_5_0, huge, "some of its bounds are others"),
    ] {
        let db = TestDb::new(version).await;
        db.execute(&sql).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.t").await;
        assert!(plan.is_empty());
        let codes: Vec<_> = plan.refusals.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::KeyType], "{:?}", plan.refusals);
        assert!(plan.refusals[0].way_out.contains(way_out));
    }
}
