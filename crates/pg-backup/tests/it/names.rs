//! Hostile names: in paths, in SQL, in arguments, in the archive's list.

use partman_testkit::{Partman, TestDb, fixture};
use pg_backup::{Level, Restore, Sessions, Swap};

use crate::support::{Bench, differences, scratch};

async fn there_and_back(database: &str) {
    let db = TestDb::named(Partman::None, database).await;
    fixture::quoted_names(&db).await;
    let long = "x".repeat(63);
    db.execute(&format!(
        "CREATE TABLE \"{long}\" (a int PRIMARY KEY); INSERT INTO \"{long}\" SELECT generate_series(1, 7);
         CREATE TABLE \"we\"\"ird\nname; -- TOC entry 1 (class 0 OID 1)\" (\"c\nd\" int, \"x) FROM stdin;\n\" text);
         INSERT INTO \"we\"\"ird\nname; -- TOC entry 1 (class 0 OID 1)\" VALUES (1, E'\\\\.\\n\\\\.'), (2, NULL);
         CREATE SCHEMA \"Mixed Case\"; CREATE TABLE \"Mixed Case\".\"Select\" (\"From\" text); COMMENT ON SCHEMA \"Mixed Case\" IS 'a; b'"
    ))
    .await;
    let bench = Bench::on(db).await;
    let backup = bench.create().await;
    assert_eq!(bench.names(), [backup.id().as_str()], "one plain folder");
    assert!(
        backup
            .id()
            .as_str()
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
        "{}",
        backup.id()
    );
    assert_eq!(backup.manifest.database.name, database);
    bench
        .verify(backup.id(), Level::Rows)
        .await
        .expect("it is whole");
    let proof = bench
        .prove(backup.id(), &scratch(Partman::None))
        .await
        .expect("it can be restored");
    assert_eq!(proof.rows, backup.manifest.rows());

    let back = "b a\"c'k\\; =x";
    let target = Restore::new(bench.connection(), back);
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
        .expect("it comes back");
    let restored = TestDb::existing(bench.db.cluster().clone(), back);
    assert_eq!(
        differences(&bench.db.snapshot().await, &restored.snapshot().await),
        Vec::<String>::new()
    );
    let swap = Swap::new(
        bench.connection(),
        back,
        database,
        backup.id(),
        bench.folder.path().join("journal"),
    );
    let swapped = swap
        .sessions(Sessions::Terminate)
        .run()
        .await
        .expect("they change places");
    let before = swapped.before.expect("there was one");
    assert!(
        before.len() <= 63 && before.contains("_before_2"),
        "{before}"
    );
    assert_eq!(
        TestDb::existing(bench.db.cluster().clone(), &before)
            .query_text("SELECT 1")
            .await,
        "1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_quotes_blanks_and_a_semicolon_is_only_a_name() {
    there_and_back("a b\"; drop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_looks_like_a_connection_string_is_only_a_name() {
    there_and_back("host=/nowhere/../'x dbname=postgres").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_63_bytes_with_two_to_a_letter_fits_everywhere() {
    there_and_back(&format!("{}x", "é".repeat(31))).await;
}
