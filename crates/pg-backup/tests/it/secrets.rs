//! A password is in no argument of any process and in no file.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pg_backup::{Level, Restore};

use crate::support::{Bench, scratch};

/// Looks at the arguments of every process of the machine until told to stop; tells how often, and what it found.
fn look_at_arguments(
    secret: String,
    stop: Arc<AtomicBool>,
) -> std::thread::JoinHandle<(usize, Vec<String>)> {
    std::thread::spawn(move || {
        let (mut looks, mut found) = (0, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            looks += 1;
            for entry in fs::read_dir("/proc").expect("this is Linux").flatten() {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let line = String::from_utf8_lossy(&line).into_owned();
                if line.contains(&secret) {
                    found.push(line);
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        (looks, found)
    })
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_in_no_argument_and_no_file() {
    let bench = Bench::with_rows(5_000).await;
    bench
        .db
        .execute("CREATE ROLE other LOGIN PASSWORD 'another-secret'")
        .await;
    let password = bench.db.password().to_owned();
    let stop = Arc::new(AtomicBool::new(false));
    let watcher = look_at_arguments(password.clone(), Arc::clone(&stop));
    let backup = bench.create().await;
    bench
        .verify(backup.id(), Level::Rows)
        .await
        .expect("it is whole");
    bench
        .prove(backup.id(), &scratch(partman_testkit::Partman::None))
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
    stop.store(true, Ordering::Relaxed);
    let (looks, found) = watcher.join().expect("it only looks");
    assert!(
        looks > 50 && found.is_empty(),
        "{looks} looks found {found:?}"
    );

    let all = files(bench.folder.path());
    assert!(all.len() > 5, "{all:?}");
    for file in all {
        let content = fs::read(&file).expect("it is ours");
        let content = String::from_utf8_lossy(&content);
        for secret in [password.as_str(), "another-secret", "SCRAM-SHA-256"] {
            assert!(!content.contains(secret), "{} has a secret", file.display());
        }
    }
    let globals = fs::read_to_string(backup.path.join("globals.sql")).expect("it is there");
    assert!(globals.contains("CREATE ROLE other"));
    assert!(!format!("{:?} {backup:?}", bench.request()).contains(&password));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_can_read_a_backup() {
    use std::os::unix::fs::MetadataExt;
    let bench = Bench::with_rows(10).await;
    let backup = bench.create().await;
    bench
        .prove(backup.id(), &scratch(partman_testkit::Partman::None))
        .await
        .expect("it can be restored");
    for file in files(bench.store.directory()) {
        assert_eq!(
            fs::metadata(&file).expect("it is there").mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
    for folder in [
        bench.store.directory(),
        &backup.path,
        &backup.path.join("dump"),
    ] {
        assert_eq!(
            fs::metadata(folder).expect("it is there").mode() & 0o777,
            0o700,
            "{}",
            folder.display()
        );
    }
}
