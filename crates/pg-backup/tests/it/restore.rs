//! Bringing a backup back: only into a new database, with everything that belongs to the database itself.

use partman_testkit::{Cluster, Partman, TestDb, fixture};
use pg_backup::{Kind, Restore, Restored};

use crate::support::{Bench, connection, differences};

async fn back(
    bench: &Bench,
    backup: &pg_backup::Backup,
    name: &str,
) -> Result<Restored, pg_backup::Error> {
    let target = Restore::new(bench.connection(), name).jobs(2);
    bench
        .store
        .restore(
            backup.id(),
            &target,
            &bench.tools,
            &bench.seen,
            &bench.cancel,
        )
        .await
}

async fn databases(db: &TestDb) -> String {
    db.query_text(
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_there_is_never_touched() {
    let bench = Bench::with_rows(100).await;
    let backup = bench.create().await;
    let before = bench.db.snapshot().await;
    let error = back(&bench, &backup, "app").await.expect_err("it is there");
    assert_eq!(error.kind(), Kind::Exists);
    assert!(error.help().is_some());
    assert_eq!(
        before.diff(&bench.db.snapshot().await),
        Vec::<String>::new()
    );
    assert_eq!(databases(&bench.db).await, "app postgres");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_database_itself_comes_back_too() {
    let db = TestDb::named(Partman::None, "app").await;
    db.execute(
        "CREATE ROLE owner; CREATE ROLE reader; ALTER DATABASE app OWNER TO owner; ALTER DATABASE app CONNECTION LIMIT 17;
         COMMENT ON DATABASE app IS 'it''s mine'; ALTER DATABASE app SET search_path = \"My Schema\", public;
         ALTER DATABASE app SET work_mem = '7MB'; ALTER ROLE reader IN DATABASE app SET statement_timeout = '5s';
         REVOKE ALL ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO reader WITH GRANT OPTION",
    )
    .await;
    fixture::webhook_events(&db, 10).await;
    let bench = Bench::on(db).await;
    let backup = bench.create().await;
    let restored = back(&bench, &backup, "back").await.expect("it comes back");
    assert_eq!(restored.notes, Vec::<String>::new());
    let properties = |name: &str| {
        format!(
            "SELECT concat_ws(' | ', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit,
                shobj_description(oid, 'pg_database'), (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(datacl) AS a),
                (SELECT string_agg(concat(setrole::regrole, setconfig), ',' ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid))
             FROM pg_database AS d WHERE datname = '{name}'"
        )
    };
    assert_eq!(
        bench.db.query_text(&properties("back")).await,
        bench.db.query_text(&properties("app")).await
    );
    let back = TestDb::existing(bench.db.cluster().clone(), "back");
    assert_eq!(
        differences(&bench.db.snapshot().await, &back.snapshot().await),
        Vec::<String>::new()
    );
    assert_eq!(
        back.query_text("SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'webhook_events'")
            .await,
        "t"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_the_server_lacks_is_told_first() {
    let bench = Bench::with_rows(10).await;
    bench
        .db
        .execute("CREATE ROLE owner; ALTER DATABASE app OWNER TO owner")
        .await;
    let backup = bench.create().await;
    let other = TestDb::existing(
        Cluster::start(Partman::None).await.expect("a server"),
        "postgres",
    );
    let target = Restore::new(connection(&other), "app");
    let error = bench
        .store
        .restore(
            backup.id(),
            &target,
            &bench.tools,
            &bench.seen,
            &bench.cancel,
        )
        .await
        .expect_err("no such role");
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("globals.sql"))
    );
    assert_eq!(databases(&other).await, "postgres");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_half_way_leaves_no_database() {
    let bench = Bench::with_rows(10).await;
    bench
        .db
        .execute(
            "CREATE ROLE grantee; CREATE TABLE granted (x int); GRANT SELECT ON granted TO grantee",
        )
        .await;
    let backup = bench.create().await;
    let other = TestDb::existing(
        Cluster::start(Partman::None).await.expect("a server"),
        "postgres",
    );
    let target = Restore::new(connection(&other), "app");
    let error = bench
        .store
        .restore(
            backup.id(),
            &target,
            &bench.tools,
            &bench.seen,
            &bench.cancel,
        )
        .await;
    assert_eq!(
        error.expect_err("the role of a grant is missing").kind(),
        Kind::Tool
    );
    assert_eq!(databases(&other).await, "postgres");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_restoration_leaves_no_database() {
    let bench = Bench::with_rows(50_000).await;
    let backup = bench.create().await;
    let (outcome, ()) = tokio::join!(back(&bench, &backup, "back"), async {
        let start = std::time::Instant::now();
        while !databases(&bench.db).await.contains("partman_restoring") {
            assert!(
                start.elapsed() < std::time::Duration::from_secs(20),
                "it does not get going"
            );
        }
        bench.cancel.cancel();
    });
    assert_eq!(
        outcome.expect_err("it was cancelled").kind(),
        Kind::Cancelled
    );
    assert_eq!(databases(&bench.db).await, "app postgres");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trap_of_a_dump_over_a_migrated_database_is_avoided() {
    let db = TestDb::named(Partman::None, "app").await;
    db.execute(
        "CREATE TABLE ev (id int PRIMARY KEY); INSERT INTO ev SELECT generate_series(1, 500)",
    )
    .await;
    let bench = Bench::on(db).await;
    let backup = bench.create().await;
    bench
        .db
        .execute(
            "ALTER TABLE ev RENAME TO ev_old; CREATE TABLE ev (id int) PARTITION BY RANGE (id)",
        )
        .await;
    back(&bench, &backup, "back").await.expect("it comes back");
    let back = TestDb::existing(bench.db.cluster().clone(), "back");
    assert_eq!(back.query_text("SELECT count(*) FROM ev").await, "500");
    assert_eq!(
        back.query_text(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'ev'::regclass AND contype = 'p'"
        )
        .await,
        "ev_pkey"
    );
    assert_eq!(
        back.query_text("SELECT to_regclass('ev_old') IS NULL")
            .await,
        "t"
    );
}
