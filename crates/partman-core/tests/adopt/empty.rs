//! Sets without a partition to go on from: adopted where somebody says how wide partitions shall be.

use crate::support;

use partman_core::assess::{Adoptable, Code};
use partman_core::mend::MendKind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Cluster, Partman, TestDb};
use support::{Subject, name, without_journal};

const BY_TIME: &str = "CREATE TABLE public.t (id int, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)";
const BY_DAY: &str = "CREATE TABLE public.t (id int, at date NOT NULL) PARTITION BY RANGE (at)";
const BY_NUMBER: &str =
    "CREATE TABLE public.t (at bigint NOT NULL, what text) PARTITION BY RANGE (at)";
const DEFAULT: &str = "CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT";

fn every(interval: &str) -> WantedSet {
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.interval = Some(interval.parse().expect("an interval"));
    wanted.premake = 2;
    wanted
}

/// Adopts, lets pg_partman go on from there, takes back and compares, and adopts again. Returns the lower bounds.
async fn adopted(db: &TestDb, wanted: &WantedSet) -> Vec<String> {
    let subject = Subject::connect(db).await;
    let rows = db.fingerprint("public.t").await;
    let before = db.snapshot().await;
    let mut bounds = Vec::new();
    for time in 1..=2 {
        let plan = subject.plan_for(wanted.clone()).await;
        assert_eq!(plan.refusals, vec![]);
        let done = subject.migrate(&plan).await.expect("nothing is in the way");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        bounds = lower_bounds(db).await;
        goes_on(db, plan.sets[0].time_zone.as_deref()).await;
        assert_eq!(db.fingerprint("public.t").await, rows);
        if time == 1 {
            let back = subject.rollback().await.expect("there is a way back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new());
        }
    }
    bounds
}

async fn lower_bounds(db: &TestDb) -> Vec<String> {
    let sql = "SET TimeZone = 'UTC'; SELECT trim(both '''' from substring(pg_get_expr(relpartbound, c.oid) from 'FROM \\((.*)\\) TO'))
                 FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                WHERE inhparent = 'public.t'::regclass AND pg_get_expr(relpartbound, c.oid) <> 'DEFAULT' ORDER BY c.relname";
    let rows = db.query_rows(sql).await;
    rows.into_iter().filter_map(|row| row[0].clone()).collect()
}

/// pg_partman finds nothing to do, and makes one more where one more is asked for.
async fn goes_on(db: &TestDb, zone: Option<&str>) {
    let zone = zone.unwrap_or("UTC");
    let count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.t'::regclass";
    let before: u32 = db.query_text(count).await.parse().expect("a number");
    let more = |more: u32| {
        format!(
            "BEGIN; SET LOCAL TimeZone = '{zone}'; UPDATE partman.part_config SET premake = premake + {more};
             DO $$ BEGIN PERFORM partman.run_maintenance(p_analyze := false, p_jobmon := false); END $$; {count}; ROLLBACK"
        )
    };
    let now: u32 = db.query_text(&more(0)).await.parse().expect("a number");
    assert_eq!(now, before, "there was nothing to do");
    let now: u32 = db.query_text(&more(2)).await.parse().expect("a number");
    assert!(now > before, "it does not go on");
}

#[tokio::test]
async fn the_first_partition_is_the_one_of_the_present_and_more_follow() {
    for version in Partman::ALL {
        for (make, interval, begin) in [
            (BY_TIME, "1 month", "date_trunc('month', now(), 'UTC')"),
            (BY_TIME, "1 hour", "date_trunc('hour', now())"),
            (
                BY_DAY,
                "7 days",
                "date_trunc('week', now() AT TIME ZONE 'UTC')::date",
            ),
        ] {
            let db = TestDb::new(version).await;
            db.execute(make).await;
            let bounds = adopted(&db, &every(interval)).await;
            let begin = db
                .query_text(&format!("SET TimeZone = 'UTC'; SELECT {begin}"))
                .await;
            // An hour may have passed since.
            let begun = bounds.first() == Some(&begin) || interval == "1 hour";
            assert!(begun, "{version:?} {interval}: {begin} {bounds:?}");
            assert!(bounds.len() >= 3, "{version:?} {interval}: {bounds:?}");
        }
    }
}

#[tokio::test]
async fn midnights_are_those_of_the_configured_zone_else_of_the_server() {
    for (server, configured, zone) in [
        ("Europe/Paris", None, "Europe/Paris"),
        ("Europe/Paris", Some("Asia/Tokyo"), "Asia/Tokyo"),
    ] {
        let cluster = Cluster::options(Partman::V5_5_0).setting("TimeZone", server);
        let db = TestDb::on(cluster.start().await.expect("a test server"), "zones").await;
        db.execute(BY_TIME).await;
        let mut wanted = every("1 month");
        wanted.time_zone = configured.map(str::to_owned);
        let plan = Subject::connect(&db).await.plan_for(wanted.clone()).await;
        assert_eq!(plan.sets[0].time_zone.as_deref(), Some(zone));
        let bounds = adopted(&db, &wanted).await;
        let begin = format!("SET TimeZone = 'UTC'; SELECT date_trunc('month', now(), '{zone}')");
        assert_eq!(bounds.first(), Some(&db.query_text(&begin).await));
    }
}

#[tokio::test]
async fn rows_of_default_come_along_into_the_present_and_older_ones_stay() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(&format!("{BY_TIME}; {DEFAULT}")).await;
        db.execute("INSERT INTO public.t VALUES (1, '2020-02-02'), (2, now()), (3, now() + interval '1 month')")
            .await;
        let wanted = every("1 month");
        let plan = Subject::connect(&db).await.plan_for(wanted.clone()).await;
        assert_eq!(
            plan.sets[0].mend_kinds,
            [MendKind::RescueDefault],
            "{version:?}"
        );
        adopted(&db, &wanted).await;
        let left = "SELECT string_agg(id::text, ',') FROM public.t_rest";
        assert_eq!(db.query_text(left).await, "1", "{version:?}");
    }
}

#[tokio::test]
async fn numbers_begin_where_default_has_got_to_or_at_zero() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(&format!("{BY_NUMBER}; {DEFAULT}")).await;
        db.execute("INSERT INTO public.t SELECT 1200 + n, 'x' FROM generate_series(0, 55) n")
            .await;
        let bounds = adopted(&db, &every("100")).await;
        assert_eq!(bounds, ["1200", "1300", "1400"], "{version:?}");

        let db = TestDb::new(version).await;
        db.execute(BY_NUMBER).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan_for(every("100")).await;
        let done = subject.migrate(&plan).await.expect("nothing is in the way");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(lower_bounds(&db).await, ["0", "100", "200"], "{version:?}");
    }
}

fn asks(plan: &Plan, code: Code, what: &str) {
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision);
    assert_eq!(plan.sets[0].reason_codes, [code]);
    let reason = &plan.refusals[0];
    assert!(reason.way_out.contains(what), "{reason:?}");
}

#[tokio::test]
async fn without_an_interval_or_with_one_of_another_kind_it_is_asked_for() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(BY_TIME).await;
    let subject = Subject::connect(&db).await;
    asks(
        &subject.plan("public.t").await,
        Code::NoPartitions,
        "interval = \"1 month\"",
    );
    let by_number = subject.plan_for(every("1000")).await;
    asks(&by_number, Code::IntervalUnfit, "interval = \"1 month\"");
    db.execute(&format!(
        "{DEFAULT}; INSERT INTO public.t VALUES (1, now())"
    ))
    .await;
    asks(
        &subject.plan("public.t").await,
        Code::NoPartitions,
        "interval",
    );
    db.execute(&format!("DROP TABLE public.t; {BY_NUMBER}"))
        .await;
    let by_month = subject.plan_for(every("1 month")).await;
    asks(&by_month, Code::IntervalUnfit, "interval = 1000000");
}
