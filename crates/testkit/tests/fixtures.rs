//! Every fixture loads, is what its documentation says, and is the same each time.

use partman_testkit::{Partman, TestDb, fixture, realworld};

async fn partitions(db: &TestDb, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT c.relname || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), 'inherits') FROM pg_inherits i
         JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '{table}'::regclass ORDER BY c.relname COLLATE \"C\""
    );
    db.query_rows(&sql)
        .await
        .into_iter()
        .flatten()
        .flatten()
        .collect()
}

#[tokio::test]
async fn the_users_table_has_two_months_and_its_rows_in_both() {
    let db = TestDb::named(Partman::None, "ai_agent_admin").await;
    fixture::webhook_events(&db, 1_400).await;
    assert_eq!(
        partitions(&db, "public.webhook_events").await,
        [
            "webhook_events_2025_09 FOR VALUES FROM ('2025-09-01 00:00:00+00') TO ('2025-10-01 00:00:00+00')",
            "webhook_events_2025_10 FOR VALUES FROM ('2025-10-01 00:00:00+00') TO ('2025-11-01 00:00:00+00')",
        ]
    );
    let counts = "SELECT count(*) FROM webhook_events GROUP BY tableoid::regclass ORDER BY tableoid::regclass::text";
    assert_eq!(
        db.query_rows(counts).await,
        [[Some("689".to_owned())], [Some("711".to_owned())]]
    );
    let again = db.sibling("again").await;
    fixture::webhook_events(&again, 1_400).await;
    assert_eq!(
        again.fingerprint("public.webhook_events").await,
        db.fingerprint("public.webhook_events").await
    );
}

#[tokio::test]
async fn small_fixtures_have_the_shape_they_say() {
    let db = TestDb::new(Partman::None).await;
    fixture::id_range(&db).await;
    fixture::with_default(&db).await;
    fixture::list(&db).await;
    fixture::hash(&db).await;
    fixture::nested(&db).await;
    fixture::inherits(&db).await;
    fixture::quoted_names(&db).await;
    fixture::paris_months(&db).await;
    fixture::gap(&db).await;
    let shapes = [
        ("public.orders", 3, 500),
        ("public.readings", 3, 1_467),
        ("public.accounts", 2, 100),
        ("public.sessions", 3, 100),
        ("public.metrics", 2, 1_464),
        ("public.metrics_cpu", 2, 732),
        ("public.measurements", 2, 62),
        (r#""App"."Web Hook""Events""#, 2, 200),
        ("public.visits", 10, 601),
        ("public.deliveries", 3, 292),
    ];
    for (table, children, rows) in shapes {
        assert_eq!(partitions(&db, table).await.len(), children, "{table}");
        assert_eq!(db.fingerprint(table).await.rows(), rows, "{table}");
    }
    let default = "SELECT count(*) FROM readings_default WHERE taken_at >= '2025-11-01'";
    assert_eq!(db.query_text(default).await, "2");
}

#[tokio::test]
async fn months_in_paris_begin_at_two_different_hours_of_utc() {
    let db = TestDb::new(Partman::None).await;
    fixture::paris_months(&db).await;
    let bounds = partitions(&db, "public.visits").await;
    assert_eq!(
        bounds[0],
        "visits_2025_02 FOR VALUES FROM ('2025-01-31 23:00:00+00') TO ('2025-02-28 23:00:00+00')"
    );
    assert_eq!(
        bounds[1],
        "visits_2025_03 FOR VALUES FROM ('2025-02-28 23:00:00+00') TO ('2025-03-31 22:00:00+00')"
    );
    assert_eq!(
        bounds[8],
        "visits_2025_10 FOR VALUES FROM ('2025-09-30 22:00:00+00') TO ('2025-10-31 23:00:00+00')"
    );
}

#[tokio::test]
async fn every_real_world_set_loads_and_has_its_header() {
    let db = TestDb::new(Partman::None).await;
    for set in realworld() {
        let own = db.sibling(set.name).await;
        own.execute(&set.sql()).await;
        assert!(
            own.fingerprint(set.parent()).await.rows() > 0,
            "{} has no rows",
            set.name
        );
        for field in [set.control(), set.interval(), set.adoptable(), set.expect()] {
            assert!(!field.is_empty(), "{}", set.name);
        }
    }
}

#[tokio::test]
async fn every_real_world_set_has_as_many_partitions_at_any_time() {
    let db = TestDb::new(Partman::None).await;
    for set in realworld() {
        let mut counted = Vec::new();
        for (n, today) in ["2026-11-22", "2027-03-01", "2028-02-29", "2036-07-20"]
            .iter()
            .enumerate()
        {
            let own = db.sibling(&format!("{}_{n}", set.name)).await;
            own.execute(&set.sql_at(today.parse().expect("a day")))
                .await;
            let rows = own.fingerprint(set.parent()).await.rows();
            counted.push((partitions(&own, set.parent()).await.len(), rows));
        }
        assert!(
            counted.iter().all(|one| *one == counted[0]),
            "{}: {counted:?}",
            set.name
        );
    }
}

#[test]
fn every_real_world_file_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/realworld");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of fixtures")
        .map(|entry| {
            entry
                .expect("a folder entry")
                .file_name()
                .into_string()
                .expect("a plain name")
        })
        .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
        .collect();
    files.sort();
    let listed: Vec<_> = realworld().iter().map(|set| set.name).collect();
    assert_eq!(listed, files);
}
