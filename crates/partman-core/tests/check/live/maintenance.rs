//! Retention, time zones, and maintenance that fails: what the rules foretell is what pg_partman then does.

use partman_core::check::Severity;
use partman_testkit::{Partman, TestDb, fixture};

use super::{VERSIONS, adopted, check, help, horizon, is_told, maintain, migrate, told};
use crate::support::{Subject, name};

#[tokio::test]
async fn retention_that_takes_a_wide_partition_early_is_told_before_it_does() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        months(&db, "wide", "month", 3).await;
        let subject = Subject::connect(&db).await;
        migrate(&subject, "public.wide").await;
        let year = "date_trunc('month', now()) - interval '3 months'";
        let sql = format!(
            "SET TimeZone = 'UTC'; DO $$ BEGIN EXECUTE format('CREATE TABLE public.wide_old PARTITION OF public.wide \
             FOR VALUES FROM (%L) TO (%L)', {year} - interval '1 year', {year}); END $$"
        );
        db.execute(&sql).await;
        assert!(is_told(&subject, "mixed-widths").await, "{version:?}");
        db.execute("UPDATE partman.part_config SET retention = '6 months'")
            .await;
        let found = told(&check(&subject).await);
        assert!(
            found.contains(&"error retention-takes-live-rows public.wide".to_owned()),
            "{found:?}"
        );
        assert!(!is_told(&subject, "mixed-widths").await);
        let count = "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'public.wide_old'::regclass";
        assert!(maintain(&db, "public.wide").await);
        assert_eq!(
            db.query_text(count).await,
            "0",
            "{version:?}: it took it, as the rule said"
        );
    }
}

#[tokio::test]
async fn bounds_that_retention_cuts_are_told_and_the_help_keeps_them() {
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        months(&db, "bills", "month", 3).await;
        let subject = Subject::connect(&db).await;
        migrate(&subject, "public.bills").await;
        db.execute("UPDATE partman.part_config SET retention = '5 years'")
            .await;
        assert!(!is_told(&subject, "retention-truncates-bounds").await);

        months(&db, "salaries", "month + 14 days", 3).await;
        migrate(&subject, "public.salaries").await;
        db.execute("UPDATE partman.part_config SET retention = '5 years', premake = premake + 2")
            .await;
        let found = told(&check(&subject).await);
        assert!(
            found.contains(&"error retention-truncates-bounds public.salaries".to_owned()),
            "{found:?}"
        );
        let before = horizon(&subject.inspect().await, "public.salaries");
        maintain(&db, "public.salaries").await;
        assert_eq!(
            horizon(&subject.inspect().await, "public.salaries"),
            before,
            "{version:?}: it fails"
        );
        db.execute(&help(&subject, "retention-truncates-bounds").await)
            .await;
        assert!(maintain(&db, "public.salaries").await);
        assert!(
            horizon(&subject.inspect().await, "public.salaries") > before,
            "{version:?}: it goes on"
        );
    }
}

/// A set by `timestamptz` with three months (of this unit, shifted) up to the present.
async fn months(db: &TestDb, table: &str, shift: &str, n: u32) {
    let shift = shift
        .strip_prefix("month")
        .map(|rest| rest.replace(" + ", ""))
        .unwrap_or_default();
    let shift = if shift.is_empty() {
        "0 days".to_owned()
    } else {
        shift
    };
    let sql = format!(
        "SET TimeZone = 'UTC';
         CREATE TABLE public.{table} (at timestamptz NOT NULL) PARTITION BY RANGE (at);
         DO $$ BEGIN FOR n IN 0..{n} - 1 LOOP
             EXECUTE format('CREATE TABLE public.{table}_%s PARTITION OF public.{table} FOR VALUES FROM (%L) TO (%L)', n,
                 date_trunc('month', now()) + interval '{shift}' + (n - {n}) * interval '1 month',
                 date_trunc('month', now()) + interval '{shift}' + (n - {n} + 1) * interval '1 month');
         END LOOP; END $$"
    );
    db.execute(&sql).await;
}

/// What a finding says of the next partitions in another zone.
enum Told {
    Begins(String),
    LeftOut(String),
}

impl Told {
    fn by(message: &str) -> Self {
        match message.split_once(" is called ") {
            Some((before, _)) => Self::LeftOut(last_word(before)),
            None => Self::Begins(last_word(message)),
        }
    }

    fn is_so(&self, begins: &[String]) -> bool {
        match self {
            Self::Begins(at) => begins.contains(at),
            Self::LeftOut(at) => !begins.contains(at) && begins.iter().any(|begin| begin > at),
        }
    }
}

fn last_word(text: &str) -> String {
    let last = text.rsplit(' ').next();
    last.expect("it ends with a bound").to_owned()
}

#[tokio::test]
async fn a_day_east_of_utc_that_maintenance_in_utc_leaves_out_is_told() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        db.execute(
            "SET TimeZone = 'Asia/Kolkata';
             CREATE TABLE public.calls (at timestamptz NOT NULL) PARTITION BY RANGE (at);
             DO $$ BEGIN FOR n IN 0..6 LOOP
                 EXECUTE format('CREATE TABLE public.calls_%s PARTITION OF public.calls FOR VALUES FROM (%L) TO (%L)', n,
                     date_trunc('day', now()) - n * interval '1 day', date_trunc('day', now()) - (n - 1) * interval '1 day');
             END LOOP; END $$",
        )
        .await;
        let subject = Subject::connect(&db).await;
        migrate(&subject, "public.calls").await;
        let found = check(&subject).await;
        let mut differs = found.findings.iter();
        let differs = differs.find(|f| f.id == "time-zone-differs");
        let message = differs.expect("it is told").message.to_string();
        db.execute("UPDATE partman.part_config SET premake = premake + 3")
            .await;
        assert!(maintain(&db, "public.calls").await, "{version:?}");
        let seen = subject.inspect().await;
        let set = seen.set(&name("public.calls")).expect("it is there");
        let begins: Vec<String> = set.ranges().iter().map(|r| r.0.to_string()).collect();
        assert!(
            Told::by(&message).is_so(&begins),
            "{version:?}: {message}: {begins:?}"
        );
        assert!(is_told(&subject, "partition-gap").await, "{version:?}");
    }
}

#[tokio::test]
async fn another_time_zone_is_told_with_the_bound_that_it_leads_to() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        fixture::paris_months(&db).await;
        let subject = Subject::connect(&db).await;
        migrate(&subject, "public.visits").await;
        let found = check(&subject).await;
        assert!(!found.has_at_least(Severity::Error), "{:?}", told(&found));
        let mut differs = found
            .findings
            .iter()
            .filter(|f| f.id == "time-zone-differs");
        let message = &differs.next().expect("it is told").message;
        let told = Told::by(&message.to_string());
        let before = horizon(&subject.inspect().await, "public.visits");
        db.execute("UPDATE partman.part_config SET premake = premake + 12")
            .await;
        let went_well = maintain(&db, "public.visits").await;
        let seen = subject.inspect().await;
        let set = seen.set(&name("public.visits")).expect("it is there");
        let begins: Vec<String> = set
            .ranges()
            .iter()
            .map(|(from, ..)| from.to_string())
            .collect();
        let nothing_made = horizon(&seen, "public.visits") == before;
        let said_so = went_well && told.is_so(&begins);
        assert!(
            nothing_made || said_so,
            "{version:?}: {message}: {begins:?}"
        );
    }
}

#[tokio::test]
async fn a_failure_that_5_5_swallows_is_told() {
    let (db, subject) = adopted(Partman::V5_5_0).await;
    fixture::gap(&db).await;
    migrate(&subject, "public.deliveries").await;
    let last = "SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON oid = inhrelid \
                WHERE inhparent = 'deliveries'::regclass ORDER BY pg_get_expr(relpartbound, oid) DESC LIMIT 1";
    for _ in 0..3 {
        let last = db.query_text(last).await;
        db.execute(&format!("DROP TABLE {last}")).await;
    }
    assert!(
        !is_told(&subject, "maintenance-failing").await,
        "it ran a moment ago"
    );
    db.execute("UPDATE partman.part_config SET control = 'nothing' WHERE parent_table = 'public.deliveries'").await;
    db.execute("SELECT partman.run_maintenance()").await;
    let found = told(&check(&subject).await);
    assert!(
        found.contains(&"error maintenance-failing public.deliveries".to_owned()),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_row_without_its_table_keeps_others_from_being_maintained() {
    for version in VERSIONS {
        let (db, subject) = adopted(version).await;
        fixture::gap(&db).await;
        migrate(&subject, "public.deliveries").await;
        db.execute("DROP TABLE public.deliveries CASCADE").await;
        let found = told(&check(&subject).await);
        assert!(
            found.contains(&"error config-without-table public.deliveries".to_owned()),
            "{found:?}"
        );
        let all = "SELECT partman.run_maintenance(p_jobmon := false)";
        let went_well = db.client().await.batch_execute(all).await.is_ok();
        assert_eq!(went_well, version == Partman::V5_5_0);
        let help = help(&subject, "config-without-table").await;
        db.execute(help.split(", or").next().expect("a statement"))
            .await;
        db.execute(all).await;
        assert!(!is_told(&subject, "config-without-table").await);
    }
}
