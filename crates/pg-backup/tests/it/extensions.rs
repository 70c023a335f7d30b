//! Extensions: wanted in the recorded version, missing, and such that act by themselves.

use std::fs;

use partman_testkit::{Cluster, Partman, TestDb};
use pg_backup::{Kind, LocalScratch, ProofState, Restore};

use crate::support::{Bench, MAJOR, connection, helper, scratch};

async fn with_partman(version: Partman) -> Bench {
    let db = TestDb::named(version, "app").await;
    db.execute("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman; CREATE TABLE t AS SELECT 1 AS x").await;
    Bench::on(db).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_not_to_be_had_is_told_before_anything_is_restored() {
    let bench = with_partman(Partman::V5_2_4).await;
    let backup = bench.create().await;
    for (offered, said) in [
        (Partman::None, "not at all"),
        (Partman::V5_5_0, "only 5.5.0"),
    ] {
        let error = bench
            .prove(backup.id(), &scratch(offered))
            .await
            .expect_err("it is another version");
        assert_eq!(error.kind(), Kind::Extension);
        let cause = std::error::Error::source(&error)
            .expect("it has a cause")
            .to_string();
        assert!(
            cause.contains("pg_partman 5.2.4") && cause.contains(said),
            "{cause}"
        );
        assert_eq!(
            bench.store.get(backup.id()).expect("it is there").proof,
            ProofState::Missing,
            "that says nothing about the backup"
        );
    }

    let other = TestDb::existing(
        Cluster::start(Partman::V4_7_2).await.expect("a server"),
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
    assert_eq!(error.expect_err("it has 4.7.2").kind(), Kind::Extension);
    assert_eq!(
        other
            .query_text("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database")
            .await,
        "postgres template0 template1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_is_brought_back_where_a_newer_one_is_the_default() {
    let bench = with_partman(Partman::V5_2_4).await;
    let backup = bench.create().await;
    let (old, new) = (
        Partman::V5_2_4.files().expect("set-up fetched them"),
        Partman::V5_5_0.files().expect("set-up fetched them"),
    );
    let both = bench.folder.path().join("both");
    fs::create_dir(&both).expect("a folder");
    for file in [&old, &new]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("it is there"))
    {
        let file = file.expect("an entry");
        fs::copy(file.path(), both.join(file.file_name())).expect("it can be copied");
    }
    let scratch = LocalScratch::find(MAJOR)
        .expect("a server is installed")
        .helper(helper())
        .extension("pg_partman", both);
    let proof = bench
        .prove(backup.id(), &scratch)
        .await
        .expect("the recorded version is there");
    assert!(proof.passed());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_subscriptions_do_not_come_to_life_in_a_scratch_server() {
    let cluster = Cluster::options(Partman::None)
        .private_installation()
        .setting("wal_level", "logical")
        .start()
        .await
        .expect("a server");
    let folder = cluster.installation().extension_dir();
    // Stands for the real pg_cron, which insists on being preloaded: its files are only on this server.
    fs::write(
        folder.join("pg_cron.control"),
        "default_version = '1.6'\nrelocatable = false\nschema = pg_catalog\n",
    )
    .expect("it is ours");
    let script = "CREATE SCHEMA cron; CREATE TABLE cron.job (jobid bigint PRIMARY KEY, command text);
        SELECT pg_catalog.pg_extension_config_dump('cron.job', ''); GRANT SELECT ON cron.job TO PUBLIC;";
    fs::write(folder.join("pg_cron--1.6.sql"), script).expect("it is ours");
    let db = TestDb::on(cluster, "app").await;
    db.execute(
        "CREATE EXTENSION pg_cron; INSERT INTO cron.job VALUES (1, 'SELECT partman.run_maintenance()'); CREATE ROLE worker;
         GRANT USAGE ON SCHEMA cron TO worker; GRANT INSERT ON cron.job TO worker;
         CREATE TABLE t AS SELECT 1 AS x; CREATE PUBLICATION p FOR TABLE t",
    )
    .await;
    db.execute("CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)").await;
    let bench = Bench::on(db).await;
    let backup = bench.create().await;
    assert_eq!(backup.manifest.rows(), 2);
    let scratch = scratch(Partman::None);
    let proven = bench
        .store
        .prove_and_keep(
            backup.id(),
            &scratch,
            &bench.tools,
            &bench.seen,
            &bench.cancel,
        )
        .await;
    let proven = proven.expect("it can be restored without them");
    assert_eq!(proven.proof.left_out, ["extension pg_cron"]);
    assert_eq!(proven.proof.rows, 1);
    let (client, driver) = tokio_postgres::Config::new()
        .host(socket(&proven.copy))
        .user("postgres")
        .dbname(proven.copy.database())
        .connect(tokio_postgres::NoTls)
        .await
        .expect("the copy is there");
    tokio::spawn(driver);
    let row = client.query_one("SELECT (SELECT count(*) FROM pg_subscription), current_setting('shared_preload_libraries')", &[]);
    let row = row.await.expect("it answers");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(1)), (0, ""));
    drop(client);
    proven.server.stop().await.expect("nothing of it is left");
}

/// The folder of the scratch server's socket.
fn socket(connection: &pg_backup::Connection) -> String {
    use secrecy::ExposeSecret;
    let environment = connection.environment();
    let host = environment.iter().find(|(name, _)| name == "PGHOST");
    host.expect("it has one").1.expose_secret().to_owned()
}
