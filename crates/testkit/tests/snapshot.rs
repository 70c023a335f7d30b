//! Catalog snapshots: equal when nothing changed, and naming what did.

use partman_testkit::{CatalogSnapshot, Partman, Scope, TestDb, fixture};

const NOTHING: Vec<String> = Vec::new();

#[tokio::test]
async fn rows_change_nothing() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 0).await;
    let before = db.snapshot().await;
    fixture::webhook_events_rows(&db, 500).await;
    let after = db.snapshot().await;
    assert_eq!(before.diff(&after), NOTHING);
    assert_eq!(before, after);
    let with_values = Scope::all_but(&[]).with_sequence_values();
    assert_ne!(
        db.snapshot_of(&with_values).await,
        before,
        "500 ids were taken from the sequence"
    );
}

#[tokio::test]
async fn each_kind_of_change_is_named() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 10).await;
    db.execute("CREATE ROLE alice; CREATE PUBLICATION all_of_it FOR TABLE public.webhook_events")
        .await;
    let sept = "table public.webhook_events_2025_09";
    let changes = [
        (
            "ALTER TABLE webhook_events_2025_09 OWNER TO alice",
            format!("{sept}: owner postgres -> alice"),
        ),
        (
            "GRANT SELECT ON webhook_events_2025_09 TO PUBLIC",
            format!("{sept}: acl (none) -> "),
        ),
        (
            "ALTER TABLE webhook_events_2025_09 SET (fillfactor = 70)",
            format!("{sept}: options (none) -> [\"fillfactor=70\"]"),
        ),
        (
            "ALTER TABLE webhook_events_2025_09 ENABLE ROW LEVEL SECURITY",
            format!("{sept}: row security false -> true"),
        ),
        (
            "ALTER TABLE webhook_events_2025_09 REPLICA IDENTITY FULL",
            format!("{sept}: replica identity d -> f"),
        ),
        (
            "ALTER TABLE webhook_events DETACH PARTITION webhook_events_2025_09",
            format!("{sept}: bound FOR VALUES FROM "),
        ),
        (
            "VACUUM FULL webhook_events_2025_09",
            format!("{sept}: relfilenode "),
        ),
        (
            "ALTER TABLE webhook_events ADD CONSTRAINT c CHECK (id > 0)",
            "table public.webhook_events: constraint c (none)".to_owned(),
        ),
        (
            "ALTER TABLE webhook_events ALTER id DROP IDENTITY",
            "sequence public.webhook_events_id_seq is gone".to_owned(),
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER t AFTER INSERT ON webhook_events FOR EACH ROW WHEN (NEW.id > 5) EXECUTE FUNCTION f()",
            "table public.webhook_events: trigger t (none)".to_owned(),
        ),
        (
            "CREATE INDEX new_one ON webhook_events (event_type)",
            "index public.new_one is new".to_owned(),
        ),
        (
            "ALTER PUBLICATION all_of_it DROP TABLE webhook_events",
            "publication all_of_it: tables [".to_owned(),
        ),
        (
            "ALTER DATABASE test SET timezone = 'UTC'",
            "settings this database is new".to_owned(),
        ),
        ("CREATE SCHEMA extra", "schema extra is new".to_owned()),
    ];
    for (sql, expected) in changes {
        let before = db.snapshot().await;
        db.execute(sql).await;
        let lines = before.diff(&db.snapshot().await);
        assert!(
            lines.iter().any(|line| line.starts_with(&expected)),
            "{sql}\nwanted: {expected}\ngot: {lines:#?}"
        );
    }
}

#[tokio::test]
async fn a_rename_is_one_change_and_back_is_none() {
    let db = TestDb::new(Partman::None).await;
    fixture::quoted_names(&db).await;
    let before = db.snapshot().await;
    db.execute(r#"ALTER TABLE "App"."Web Hook""Events 2025-09" RENAME TO sept"#)
        .await;
    let lines = before.diff(&db.snapshot().await);
    assert!(
        lines.contains(
            &r#"table "App"."Web Hook""Events 2025-09" is now called "App".sept"#.to_owned()
        ),
        "{lines:#?}"
    );
    assert!(
        !lines
            .iter()
            .any(|line| line.ends_with("is new") || line.ends_with("is gone")),
        "{lines:#?}"
    );
    db.execute(r#"ALTER TABLE "App".sept RENAME TO "Web Hook""Events 2025-09""#)
        .await;
    assert_eq!(before.diff(&db.snapshot().await), NOTHING);
}

#[tokio::test]
async fn a_copy_is_equal_but_for_its_ids_and_survives_json() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 10).await;
    db.execute("CREATE TABLE moves_the_oids ()").await;
    let original = db.snapshot_of(&Scope::all_but(&[])).await;
    let copy = db.sibling("copy").await;
    fixture::webhook_events(&copy, 10).await;
    copy.execute("CREATE TABLE moves_the_oids ()").await;
    let copied = copy.snapshot().await;
    assert_ne!(original, copied);
    assert_eq!(
        original
            .clone()
            .without_ids()
            .diff(&copied.clone().without_ids()),
        NOTHING
    );

    let json = serde_json::to_string(&copied).expect("JSON");
    let read: CatalogSnapshot = serde_json::from_str(&json).expect("a snapshot");
    assert_eq!(read, copied);
}

#[tokio::test]
async fn a_scope_leaves_out_what_it_is_told_to() {
    let db = TestDb::new(Partman::V5_2_4).await;
    fixture::webhook_events(&db, 10).await;
    let before = db.snapshot().await;
    db.execute("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman")
        .await;
    assert_eq!(
        before.diff(&db.snapshot_of(&Scope::all_but(&["partman"])).await),
        NOTHING
    );
    let partman = db.snapshot_of(&Scope::only(&["partman"])).await;
    assert!(partman.oid("table partman.part_config").is_some());
    assert_eq!(partman.oid("table public.webhook_events"), None);
    assert_eq!(
        partman.fact("extension pg_partman", "version"),
        Some(&"5.2.4".into())
    );
}
