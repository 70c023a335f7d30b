//! What is refused before anything is written, each with the way out.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use partman_testkit::Partman;
use pg_backup::{Compression, Connection, Create, Event, Kind, LocalTools, Store};

use crate::support::{Bench, MAJOR, tools};

/// Programs that say they are of another version; the rest they leave to the real ones.
fn pretending(folder: &Path, dump: &str, restore: &str) -> LocalTools {
    let real = tools();
    for (name, version) in [("pg_dump", dump), ("pg_restore", restore)] {
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo '{name} (PostgreSQL) {version}' && exit\nexec {}/{name} \"$@\"\n",
            real.folder().display()
        );
        fs::write(folder.join(name), script).expect("it can be written");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755))
            .expect("it is ours");
    }
    LocalTools::in_folder(folder).expect("they are there")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_older_than_the_server_is_refused_with_the_package_to_install() {
    let bench = Bench::with_rows(10).await;
    let old = pretending(bench.folder.path(), "14.20", "14.20");
    let outcome = bench
        .store
        .create(&bench.request(), &old, &bench.seen, &bench.cancel)
        .await;
    let error = outcome.expect_err("14 is older than 15");
    assert_eq!(error.kind(), Kind::Version);
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("postgresql-client-15")),
        "{error:?}"
    );
    assert_eq!(bench.names(), Vec::<String>::new());

    let old = pretending(bench.folder.path(), "16.1", "15.1");
    let outcome = bench
        .store
        .create(&bench.request(), &old, &bench.seen, &bench.cancel)
        .await;
    assert_eq!(
        outcome
            .expect_err("its own archive could not be read")
            .kind(),
        Kind::Version
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pg_dump_without_zstd_gets_gzip() {
    let bench = Bench::with_rows(10).await;
    // It says that it is 16, so zstd is tried; being 15, it refuses that before it makes anything.
    let odd = pretending(bench.folder.path(), "16.1", "16.1");
    let outcome = bench
        .store
        .create(&bench.request(), &odd, &bench.seen, &bench.cancel)
        .await;
    let backup = outcome.expect("gzip will do");
    assert!(
        backup
            .manifest
            .files
            .iter()
            .any(|file| file.path.ends_with(".dat.gz"))
    );
    assert!(
        bench
            .seen
            .any(|event| matches!(event, Event::Note(note) if note.contains("16.1")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn zstd_is_refused_where_it_can_not_be() {
    let bench = Bench::with_rows(10).await;
    let outcome = bench
        .try_create(&bench.request().compression(Compression::Zstd(1)))
        .await;
    assert_eq!(outcome.expect_err("15 has none").kind(), Kind::Version);
}

#[test]
fn missing_programs_are_named_with_their_package() {
    let empty = tempfile::tempdir().expect("a folder");
    let error = LocalTools::in_folder(empty.path()).expect_err("nothing is there");
    assert_eq!(error.kind(), Kind::Tools);
    let error = LocalTools::find(99, None).expect_err("there is no such version");
    assert_eq!(error.kind(), Kind::Version);
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("postgresql-client-99"))
    );
    assert_eq!(tools().folder(), Path::new("/usr/lib/postgresql/15/bin"));
    assert_eq!(
        LocalTools::find(MAJOR, std::env::var_os("PATH"))
            .expect("it is there")
            .folder(),
        tools().folder()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_dead_port_are_told_as_such() {
    let bench = Bench::with_rows(10).await;
    let wrong = bench.connection().password("wrong".to_owned().into());
    let error = bench
        .try_create(&Create::new(wrong))
        .await
        .expect_err("the password is wrong");
    assert_eq!(
        (error.kind(), error.sqlstate()),
        (Kind::Unreachable, Some("28P01"))
    );
    let dead = Connection::new("127.0.0.1", 1, "postgres", "app");
    let error = bench
        .try_create(&Create::new(dead))
        .await
        .expect_err("nobody listens");
    assert_eq!(error.kind(), Kind::Unreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_read_everything_is_refused() {
    let bench = Bench::with_rows(10).await;
    bench
        .db
        .execute("CREATE ROLE reader LOGIN PASSWORD 'r'; CREATE TABLE secret (x int)")
        .await;
    bench.db.execute("GRANT SELECT ON webhook_events, webhook_events_2025_09, webhook_events_2025_10 TO reader").await;
    let port = bench.db.cluster().port();
    let connection =
        Connection::new("127.0.0.1", port, "reader", "app").password("r".to_owned().into());
    let error = bench
        .try_create(&Create::new(connection))
        .await
        .expect_err("it may not read everything");
    assert_eq!(error.kind(), Kind::Denied, "{error:?}");
    assert_eq!(bench.names(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_special_rights_backs_up_what_is_its_own() {
    let bench = Bench::on(partman_testkit::TestDb::named(Partman::None, "own").await).await;
    bench
        .db
        .execute("CREATE ROLE app LOGIN PASSWORD 'r'; ALTER DATABASE own OWNER TO app")
        .await;
    bench
        .db
        .execute("SET ROLE app; CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS x")
        .await;
    let port = bench.db.cluster().port();
    let connection =
        Connection::new("127.0.0.1", port, "app", "own").password("r".to_owned().into());
    let backup = bench
        .try_create(&Create::new(connection))
        .await
        .expect("it is all its own");
    assert_eq!(backup.manifest.rows(), 1);
    assert!(backup.manifest.roles.contains(&"app".to_owned()));
    bench
        .prove(backup.id(), &crate::support::scratch(Partman::None))
        .await
        .expect("it can be restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_small_a_disk_is_told_before_anything_is_written() {
    let bench = Bench::with_rows(1_000).await;
    let error = bench
        .try_create(&bench.request().space(Some(1e12)))
        .await
        .expect_err("no disk is so big");
    assert_eq!(error.kind(), Kind::DiskFull);
    assert_eq!(bench.names(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_left_is_named_and_cleared_away() {
    let bench = Bench::with_rows(10).await;
    let left = ".20260101T000000Z-app.partial-1";
    fs::create_dir_all(bench.store.directory().join(left).join("dump")).expect("a folder");
    let stray = Connection::new("127.0.0.1", bench.db.cluster().port(), "postgres", "app")
        .password(bench.db.password().to_owned().into());
    let mut config = bench.db.config();
    config.application_name("partman_backup_20260101T000000Z-app");
    let (session, driver) = config
        .connect(tokio_postgres::NoTls)
        .await
        .expect("it answers");
    tokio::spawn(driver);
    session
        .batch_execute("BEGIN; LOCK TABLE webhook_events IN ACCESS SHARE MODE")
        .await
        .expect("it is free");
    bench
        .try_create(&Create::new(stray))
        .await
        .expect("a backup");
    assert_eq!(bench.names().len(), 1);
    assert!(bench.seen.any(|event| *event
        == Event::LeftoverRemoved {
            name: left.to_owned()
        }));
    assert!(
        session.batch_execute("SELECT 1").await.is_err(),
        "its session was ended"
    );
}

#[test]
fn a_directory_that_is_not_there_has_no_backups() {
    let store = Store::new("/nowhere/at/all");
    assert!(store.list().expect("that is no error").is_empty());
    assert!(store.newest(None).expect("nor is that").is_none());
}
