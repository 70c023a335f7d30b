//! Clusters: every version of pg_partman loads, crashes keep what was committed, standbys follow.

use partman_testkit::{Cluster, Durability, Partman, TestDb};

#[tokio::test]
async fn every_version_of_pg_partman_can_be_created() {
    for partman in Partman::ALL {
        let db = TestDb::new(partman).await;
        db.execute("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman")
            .await;
        let installed = db
            .query_text("SELECT extversion FROM pg_extension WHERE extname = 'pg_partman'")
            .await;
        assert_eq!(Some(installed.as_str()), partman.version());
    }
}

#[tokio::test]
async fn without_pg_partman_there_is_nothing_to_create() {
    let db = TestDb::new(Partman::None).await;
    let error = db
        .client()
        .await
        .batch_execute("CREATE EXTENSION pg_partman")
        .await
        .expect_err("no such extension");
    assert_eq!(
        error.code().map(|code| code.code()),
        Some("0A000"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_crash_keeps_committed_rows_and_the_port() {
    let db = TestDb::new(Partman::None).await;
    db.execute("CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)")
        .await;
    let url = db.url();
    db.cluster().crash().await.expect("crash");
    assert!(
        tokio_postgres::connect(&url, tokio_postgres::NoTls)
            .await
            .is_err(),
        "the server still answers"
    );
    db.cluster().restart().await.expect("restart");
    assert_eq!(db.query_text("SELECT count(*) FROM kept").await, "1000");
    assert!(
        db.cluster()
            .log()
            .contains("automatic recovery in progress"),
        "{}",
        db.cluster().log()
    );
    assert_eq!(db.url(), url);
}

#[tokio::test]
async fn a_standby_is_in_recovery_and_follows() {
    let primary = TestDb::new(Partman::None).await;
    let cluster = primary.cluster().standby().await.expect("standby");
    let standby = TestDb::existing(cluster, primary.name());
    primary.execute("CREATE TABLE followed (n int)").await;
    let mut arrived = false;
    for _ in 0..500 {
        arrived = standby
            .query_text("SELECT to_regclass('followed') IS NOT NULL")
            .await
            == "t";
        if arrived {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(
        arrived,
        "the table did not arrive: {}",
        standby.cluster().log()
    );
    assert_eq!(standby.query_text("SELECT pg_is_in_recovery()").await, "t");
}

#[tokio::test]
async fn tcp_wants_the_password() {
    let db = TestDb::new(Partman::None).await;
    let mut config: tokio_postgres::Config = db.url().parse().expect("a URL");
    assert!(
        config.connect(tokio_postgres::NoTls).await.is_err(),
        "let in without a password"
    );
    config.password(db.password());
    drop(
        config
            .connect(tokio_postgres::NoTls)
            .await
            .expect("let in with the password"),
    );
}

#[tokio::test]
async fn a_private_installation_can_be_changed_without_touching_the_shared_one() {
    let own = Cluster::options(Partman::V5_5_0)
        .private_installation()
        .start()
        .await
        .expect("a cluster");
    let file = own
        .installation()
        .extension_dir()
        .join("pg_partman.control");
    std::fs::write(&file, "default_version = '9.9.9'\n").expect("a writable extension folder");
    let db = TestDb::on(own, "test").await;
    let seen = "SELECT default_version FROM pg_available_extensions WHERE name = 'pg_partman'";
    assert_eq!(db.query_text(seen).await, "9.9.9");
    assert_eq!(
        TestDb::new(Partman::V5_5_0).await.query_text(seen).await,
        "5.5.0"
    );
}

#[tokio::test]
async fn options_are_heeded() {
    let cluster = Cluster::options(Partman::None)
        .durability(Durability::Real)
        .folder("/var/tmp")
        .setting("wal_level", "logical")
        .setting("application_name", "it's")
        .start()
        .await
        .expect("a cluster");
    assert!(
        cluster.data_dir().starts_with("/var/tmp"),
        "{}",
        cluster.data_dir().display()
    );
    let db = TestDb::existing(cluster, "postgres");
    for (setting, value) in [
        ("fsync", "on"),
        ("wal_level", "logical"),
        ("timezone", "UTC"),
        ("max_connections", "100"),
    ] {
        assert_eq!(
            db.query_text(&format!("SHOW {setting}")).await,
            value,
            "{setting}"
        );
    }
    let fast = TestDb::new(Partman::None).await;
    assert_eq!(fast.query_text("SHOW fsync").await, "off");
}

#[tokio::test]
async fn a_server_that_does_not_come_up_says_why() {
    let start = Cluster::options(Partman::None)
        .setting("shared_preload_libraries", "pg_partman_bgw")
        .start();
    let error = start.await.expect_err("there is no such library");
    assert!(
        format!("{error:?}").contains("could not access file \"pg_partman_bgw\""),
        "{error:?}"
    );
}

#[tokio::test]
async fn libpq_programs_reach_the_database_by_its_environment() {
    let db = TestDb::named(Partman::None, "ai_agent_admin").await;
    let psql = db.cluster().installation().bin().join("psql");
    let output = std::process::Command::new(psql)
        .args([
            "-XAtw",
            "-c",
            "SELECT current_database(), current_user, host(inet_server_addr())",
        ])
        .envs(db.envs())
        .output()
        .expect("psql");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said.trim(),
        "ai_agent_admin|postgres|127.0.0.1",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
