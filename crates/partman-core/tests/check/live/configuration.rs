//! Rows of `part_config` that somebody wrote by hand, and those that pg_partman writes itself.

use partman_core::assess::Code;
use partman_testkit::{Partman, TestDb, fixture};

use super::{EVENTS, VERSIONS, adopted, check, help, is_told, maintain, migrate, told};
use crate::support::Subject;

/// Takes partitions away, so that maintenance has something to do.
async fn fall_behind(db: &TestDb) {
    let last = "SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON oid = inhrelid \
                WHERE inhparent = 'public.webhook_events'::regclass ORDER BY pg_get_expr(relpartbound, oid) DESC LIMIT 1";
    for _ in 0..2 {
        let last = db.query_text(last).await;
        db.execute(&format!("DROP TABLE {last}")).await;
    }
}

async fn partitions(db: &TestDb) -> String {
    let count =
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.webhook_events'::regclass";
    db.query_text(count).await
}

/// Changes of the row after which maintenance makes nothing, or not what the set needs.
fn broken(version: Partman) -> Vec<&'static str> {
    let kind = match version {
        Partman::V4_7_2 => "partition_type = 'time-custom'",
        _ => "partition_type = 'list'",
    };
    vec![
        "control = 'nope'",
        "control = 'nope', automatic_maintenance = 'off'",
        "partition_interval = '1 day'",
        "partition_interval = '30 days'",
        "partition_interval = '10000'",
        kind,
        "epoch = 'seconds', control = 'id'",
    ]
}

#[tokio::test]
async fn a_row_that_does_not_fit_its_set_is_told_and_refused_and_the_help_mends_it() {
    for version in VERSIONS {
        let (db, subject) = adopted(version).await;
        fall_behind(&db).await;
        for change in broken(version) {
            db.execute(&format!("UPDATE partman.part_config SET {change}"))
                .await;
            let found = told(&check(&subject).await);
            let expected = format!("error config-differs {EVENTS}");
            assert!(found.contains(&expected), "{version:?} {change}: {found:?}");
            let plan = subject.plan(EVENTS).await;
            let codes: Vec<Code> = plan.refusals.iter().map(|reason| reason.code).collect();
            assert_eq!(codes, [Code::ConfigDiffers], "{version:?} {change}");
            let help = help(&subject, "config-differs").await;
            let statement = help.strip_prefix("correct it: ").expect("a statement");
            db.execute(statement).await;
            db.execute(
                "UPDATE partman.part_config SET epoch = 'none', automatic_maintenance = 'on'",
            )
            .await;
            assert!(!is_told(&subject, "config-differs").await, "{change}");
        }
        db.execute("UPDATE partman.part_config SET control = 'nope'")
            .await;
        let before = partitions(&db).await;
        maintain(&db, EVENTS).await;
        assert_eq!(partitions(&db).await, before, "{version:?}: it makes none");
        db.execute("UPDATE partman.part_config SET control = 'created_at'")
            .await;
        assert!(maintain(&db, EVENTS).await);
        assert_ne!(partitions(&db).await, before, "{version:?}: it goes on");
    }
}

/// Interval as this version's `create_parent()` takes it, and type of the column.
fn made_by(version: Partman) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = match version {
        Partman::V4_7_2 => vec![
            ("hourly", "timestamptz", "none"),
            ("daily", "timestamptz", "none"),
            ("weekly", "timestamptz", "none"),
            ("monthly", "timestamptz", "none"),
            ("quarterly", "timestamptz", "none"),
            ("monthly", "date", "none"),
        ],
        _ => vec![
            ("1 hour", "timestamptz", "none"),
            ("3 months", "timestamptz", "none"),
        ],
    };
    all.extend([
        ("1 day", "timestamptz", "none"),
        ("1 week", "timestamptz", "none"),
        ("1 month", "timestamp", "none"),
        ("1 year", "date", "none"),
        ("30 days", "timestamptz", "none"),
        ("15 minutes", "timestamptz", "none"),
        ("24 hours", "timestamptz", "none"),
        ("1 day", "bigint", "seconds"),
        ("1 month", "bigint", "milliseconds"),
        ("10", "bigint", "none"),
        ("10000", "int", "none"),
    ]);
    all
}

async fn create_parent(
    db: &TestDb,
    version: Partman,
    zone: &str,
    table: &str,
    made: (&str, &str, &str),
) {
    let (interval, column, epoch) = made;
    let kind = match version {
        Partman::V4_7_2 => "native",
        _ => "range",
    };
    db.execute(&format!(
        "SET TimeZone = '{zone}';
         CREATE TABLE public.{table} (key {column} NOT NULL) PARTITION BY RANGE (key);
         SELECT partman.create_parent(p_parent_table := 'public.{table}', p_control := 'key', p_type := '{kind}',
                                      p_interval := '{interval}', p_epoch := '{epoch}')"
    ))
    .await;
}

#[tokio::test]
async fn a_row_of_its_own_is_never_told() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        fixture::id_range(&db).await;
        let subject = Subject::connect(&db).await;
        migrate(&subject, "public.orders").await;
        for zone in ["UTC", "Europe/Paris"] {
            for (n, made) in made_by(version).into_iter().enumerate() {
                let table = format!("t{n}_{}", zone.to_lowercase().replace('/', "_"));
                create_parent(&db, version, zone, &table, made).await;
                assert_eq!(
                    subject.plan(&format!("public.{table}")).await.refusals,
                    vec![],
                    "{version:?} {zone} {made:?}"
                );
            }
        }
        assert!(!is_told(&subject, "config-differs").await, "{version:?}");
    }
}
