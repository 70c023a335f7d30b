//! A disk that becomes full while the dump is written.
//!
//! The disk is a small tmpfs in a mount namespace of its own, so it is gone with its processes, however they end. Where
//! namespaces can't be had (an unprivileged container), `pg_dump` is made to fail as on a full disk by a wrapper that
//! really writes to `/dev/full`; which of the two was tried is printed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use partman_testkit::{Partman, TestDb};
use pg_backup::{Compression, Connection, Create, Evidence, Kind, LocalTools, Silent, Store};

use crate::support::{Bench, NO_TRACES, tools};

const TEST: &str = "full_disk::a_full_disk_leaves_nothing_under_any_name";
/// Tells the child of the test where the small disk is.
const DISK: &str = "PARTMAN_SMALL_DISK";

async fn big() -> Bench {
    let db = TestDb::named(Partman::None, "big").await;
    db.execute("CREATE TABLE big AS SELECT md5(g::text) || md5((-g)::text) AS x FROM generate_series(1, 200000) AS g").await;
    Bench::on(db).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_nothing_under_any_name() {
    if let Ok(disk) = std::env::var(DISK) {
        return three_times(&disk).await;
    }
    let bench = big().await;
    let disk = bench.folder.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    match unshare(&["true"], &disk).status.success() {
        true => on_a_small_disk(&bench, &disk),
        false => {
            eprintln!(
                "no mount namespace to be had: pg_dump fails by /dev/full instead of on a small disk"
            );
            with_a_failing_pg_dump(&bench).await;
        }
    }
    assert_eq!(bench.traces().await, NO_TRACES);
}

/// Runs a command where `disk` is a tmpfs of 6 MiB.
fn unshare(command: &[&str], disk: &std::path::Path) -> std::process::Output {
    let root = rustix::process::geteuid().is_root();
    let mut unshare = Command::new("unshare");
    unshare
        .arg("--mount")
        .args((!root).then_some("--map-root-user"));
    unshare
        .args([
            "sh",
            "-c",
            "mount -t tmpfs -o size=6m tmpfs \"$0\" && exec \"$@\"",
        ])
        .arg(disk)
        .args(command);
    unshare
        .env(DISK, disk)
        .output()
        .expect("util-linux is there")
}

fn on_a_small_disk(bench: &Bench, disk: &std::path::Path) {
    let connection = format!("{}:{}", bench.db.cluster().port(), bench.db.password());
    let own = std::env::current_exe().expect("a test knows its name");
    let own = own.to_str().expect("a plain path");
    let command = [
        "env",
        &format!("SERVER={connection}"),
        own,
        "--exact",
        TEST,
        "--nocapture",
    ];
    let output = unshare(&command, disk);
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

/// What runs on the small disk: three times, so that what the first left would be in the way of the others.
async fn three_times(disk: &str) {
    let server = std::env::var("SERVER").expect("the outer test says which");
    let (port, password) = server.split_once(':').expect("port and password");
    let connection = Connection::new(
        "127.0.0.1",
        port.parse().expect("a port"),
        "postgres",
        "big",
    )
    .password(password.to_owned().into());
    let store = Store::new(format!("{disk}/backups"));
    let request = Create::new(connection)
        .compression(Compression::None)
        .evidence(Evidence::None)
        .jobs(2);
    for request in [
        request.clone().space(None),
        request.clone().space(None),
        request,
    ] {
        let error = store
            .create(&request, &tools(), &Silent, &Default::default())
            .await
            .expect_err("the disk is small");
        assert_eq!(error.kind(), Kind::DiskFull, "{error:?}");
        let names: Vec<_> = fs::read_dir(store.directory())
            .expect("it is there")
            .map(|e| e.expect("an entry").file_name())
            .collect();
        assert_eq!(names, [".lock"]);
    }
}

async fn with_a_failing_pg_dump(bench: &Bench) {
    let real = tools();
    let folder = bench.folder.path();
    for name in ["pg_dump", "pg_restore"] {
        let script = format!(
            "#!/bin/sh\n{}/{name} \"$@\" && [ \"$1\" = --version ] && exit\nexec cat /etc/hostname >/dev/full\n",
            real.folder().display()
        );
        fs::write(folder.join(name), script).expect("it can be written");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755))
            .expect("it is ours");
    }
    let failing = LocalTools::in_folder(folder).expect("they are there");
    let outcome = bench
        .store
        .create(&bench.request(), &failing, &Silent, &bench.cancel)
        .await;
    assert_eq!(
        outcome.expect_err("it could not write").kind(),
        Kind::DiskFull
    );
    assert_eq!(bench.names(), Vec::<String>::new());
}
