//! Values whose text depends on settings, and tables that are not like others: what is compared is the same everywhere.

use partman_testkit::{Partman, TestDb};
use pg_backup::{Evidence, Restore};

use crate::support::{Bench, scratch};

async fn comes_back(db: TestDb, rows: u64) {
    let bench = Bench::on(db).await;
    let request = bench.request().evidence(Evidence::Rows);
    let backup = bench
        .try_create(&request)
        .await
        .expect("what the archive holds is what the server had");
    assert_eq!(backup.manifest.rows(), rows);
    bench
        .prove(backup.id(), &scratch(Partman::None))
        .await
        .expect("it can be restored");
    let target = Restore::new(bench.connection(), "back");
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
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_database_do_not_change_what_is_compared() {
    let db = TestDb::named(Partman::None, "odd").await;
    db.execute(
        "ALTER DATABASE odd SET bytea_output = 'escape'; ALTER DATABASE odd SET DateStyle = 'German, DMY';
         ALTER DATABASE odd SET IntervalStyle = 'iso_8601'; ALTER DATABASE odd SET TimeZone = 'Asia/Kolkata';
         ALTER DATABASE odd SET extra_float_digits = 0; ALTER DATABASE odd SET search_path = s, public;
         ALTER DATABASE odd SET quote_all_identifiers = on; ALTER ROLE postgres IN DATABASE odd SET xmlbinary = 'hex'",
    )
    .await;
    db.execute(
        "CREATE SCHEMA s; CREATE TABLE s.v AS SELECT '\\x00ff5c0a'::bytea AS b, now() AS t, now()::date AS d, interval '1 day 2 h' AS i,
         pi() AS f, 12.5::money AS m, 'pg_class'::regclass AS r, E'tab\\tnew\\nline\\\\.' AS x, NULL::int AS n, ARRAY[1.1, 2] AS a;
         CREATE TABLE s.refers (c regclass); INSERT INTO s.refers VALUES ('s.v')",
    )
    .await;
    comes_back(db, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unusual_tables_come_back() {
    let db = TestDb::named(Partman::None, "unusual").await;
    db.execute(
        "CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES;
         CREATE TABLE generated (id int GENERATED ALWAYS AS IDENTITY, a int, b int GENERATED ALWAYS AS (a * 2) STORED);
         INSERT INTO generated (a) SELECT generate_series(1, 5);
         CREATE TABLE dropped (a int, b int, c int); INSERT INTO dropped VALUES (1, 2, 3); ALTER TABLE dropped DROP COLUMN b;
         CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS x;
         CREATE TABLE hashed (a int, b text) PARTITION BY HASH (a);
         CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE hashed_1 (b text, a int); ALTER TABLE hashed ATTACH PARTITION hashed_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         INSERT INTO hashed SELECT g, g::text FROM generate_series(1, 20) AS g;
         CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
         CREATE TABLE rls (a int); INSERT INTO rls VALUES (1); ALTER TABLE rls ENABLE ROW LEVEL SECURITY;
         ALTER TABLE rls FORCE ROW LEVEL SECURITY; CREATE POLICY none ON rls USING (false);
         CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM parent; CREATE VIEW v AS SELECT * FROM parent;
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION f();
         CREATE TYPE mood AS ENUM ('a', 'b'); CREATE DOMAIN pos AS int CHECK (VALUE > 0); SELECT lo_from_bytea(0, 'hello')",
    )
    .await;
    comes_back(db, 2 + 5 + 1 + 1 + 20 + 2 + 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_encoding_is_read_as_it_is() {
    let db = TestDb::existing(
        partman_testkit::Cluster::start(Partman::None)
            .await
            .expect("a server"),
        "postgres",
    );
    for (name, encoding) in [("latin", "LATIN1"), ("raw", "SQL_ASCII")] {
        db.execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding} LC_COLLATE 'C' LC_CTYPE 'C'")).await;
    }
    let latin = TestDb::existing(db.cluster().clone(), "latin");
    latin
        .execute("CREATE TABLE words AS SELECT 'déjà vu' AS w")
        .await;
    comes_back(latin, 1).await;
    db.execute("DROP DATABASE back").await;
    let raw = TestDb::existing(db.cluster().clone(), "raw");
    raw.execute("CREATE TABLE words (w text); INSERT INTO words VALUES (convert_from('\\xe9e8'::bytea, 'SQL_ASCII'))").await;
    comes_back(raw, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_has_a_backup_too() {
    comes_back(TestDb::named(Partman::None, "empty").await, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_postgres_can_be_proven() {
    let cluster = partman_testkit::Cluster::start(Partman::None)
        .await
        .expect("a server");
    let db = TestDb::existing(cluster, "postgres");
    db.execute("CREATE TABLE t AS SELECT 1 AS x").await;
    comes_back(db, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collation_of_icu_comes_back() {
    let maintenance = TestDb::existing(
        partman_testkit::Cluster::start(Partman::None)
            .await
            .expect("a server"),
        "postgres",
    );
    maintenance.execute("CREATE DATABASE icu TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR' LOCALE 'C.UTF-8'").await;
    let db = TestDb::existing(maintenance.cluster().clone(), "icu");
    db.execute("CREATE TABLE words AS SELECT unnest(ARRAY['côte', 'coté']) AS w; CREATE INDEX ON words (w)").await;
    comes_back(db, 2).await;
    let provider =
        "SELECT concat(datlocprovider, daticulocale) FROM pg_database WHERE datname = 'back'";
    assert_eq!(maintenance.query_text(provider).await, "ifr-FR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_can_be_backed_up() {
    let primary = partman_testkit::Cluster::start(Partman::None)
        .await
        .expect("a server");
    let db = TestDb::on(primary.clone(), "app").await;
    db.execute("CREATE TABLE t AS SELECT generate_series(1, 9) AS x; CREATE UNLOGGED TABLE u AS SELECT 1 AS x").await;
    let standby = primary.standby().await.expect("a standby");
    let bench = Bench::on(TestDb::existing(standby, "app")).await;
    let backup = bench.create().await;
    assert_eq!(backup.manifest.rows(), 9);
    assert!(
        backup
            .manifest
            .notes
            .iter()
            .any(|note| note.contains("standby"))
    );
    bench
        .prove(backup.id(), &scratch(Partman::None))
        .await
        .expect("it can be restored");
}
