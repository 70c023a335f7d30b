//! Fingerprints depend on the rows' values and on nothing else.

use partman_testkit::{Partman, TestDb, fixture};

#[tokio::test]
async fn names_partitions_and_settings_do_not_matter() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 2_000).await;
    let before = db.fingerprint("public.webhook_events").await;
    assert_eq!(before.rows(), 2_000);

    db.execute(
        "ALTER TABLE webhook_events_2025_09 RENAME TO webhook_events_p2025_09;
         CLUSTER webhook_events_p2025_09 USING webhook_events_2025_09_event_type_created_at_idx;
         ALTER TABLE webhook_events RENAME TO hooks;
         ALTER DATABASE test SET timezone = 'Asia/Tokyo';
         ALTER DATABASE test SET datestyle = 'German'",
    )
    .await;
    assert_eq!(db.fingerprint("public.hooks").await, before);

    db.execute(
        "CREATE TABLE plain AS SELECT * FROM hooks ORDER BY payload;
         CREATE TABLE turned (created_at timestamptz, headers jsonb, payload jsonb, event_type text, id bigint);
         INSERT INTO turned SELECT created_at, headers, payload, event_type, id FROM hooks",
    )
    .await;
    assert_eq!(
        db.fingerprint("plain").await,
        before,
        "no partitions, another order"
    );
    assert_ne!(
        db.fingerprint("turned").await,
        before,
        "the root's column order is part of a row"
    );
}

#[tokio::test]
async fn one_changed_value_matters_and_so_does_its_return() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 2_000).await;
    let before = db.fingerprint("public.webhook_events").await;
    db.execute("UPDATE webhook_events SET headers = headers || '{\"x\": 1}' WHERE id = 7")
        .await;
    let changed = db.fingerprint("public.webhook_events").await;
    assert_ne!(changed, before);
    assert_eq!(changed.rows(), before.rows());
    db.execute("UPDATE webhook_events SET headers = headers - 'x' WHERE id = 7")
        .await;
    assert_eq!(db.fingerprint("public.webhook_events").await, before);
    db.execute("DELETE FROM webhook_events WHERE id = 7").await;
    assert_eq!(db.fingerprint("public.webhook_events").await.rows(), 1_999);
}

#[tokio::test]
async fn attached_tables_may_have_their_columns_in_another_order() {
    let db = TestDb::new(Partman::None).await;
    db.execute(
        "CREATE TABLE t (a int, b text) PARTITION BY RANGE (a);
         CREATE TABLE one (gone int, b text, a int);
         ALTER TABLE one DROP gone;
         ALTER TABLE t ATTACH PARTITION one FOR VALUES FROM (0) TO (10);
         CREATE TABLE two PARTITION OF t FOR VALUES FROM (10) TO (20);
         INSERT INTO t VALUES (1, 'x'), (11, 'y');
         CREATE TABLE plain AS SELECT * FROM t",
    )
    .await;
    assert_eq!(db.fingerprint("t").await, db.fingerprint("plain").await);
}

#[tokio::test]
async fn rows_in_an_inheritance_parent_count_and_an_empty_set_has_none() {
    let db = TestDb::new(Partman::None).await;
    fixture::inherits(&db).await;
    assert_eq!(db.fingerprint("public.measurements").await.rows(), 62);
    db.execute("CREATE TABLE bare (a int) PARTITION BY RANGE (a)")
        .await;
    assert_eq!(db.fingerprint("bare").await.rows(), 0);
}
