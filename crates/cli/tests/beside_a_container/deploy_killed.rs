//! A deployment that is killed at any of its steps: everybody hears of it, and it can be gone on with and taken back.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
use support::site::{Picture, Site};

const BY_FORCE: [&str; 6] = [
    "deploy",
    "--strategy",
    "hot",
    "--yes",
    "--without-backup",
    "a test kills it",
];

/// The lines of the last journal: the first is the header, then two or three for each step.
fn lines(folder: &Path) -> usize {
    let Ok(files) = std::fs::read_dir(folder.join(".partman")) else {
        return 0;
    };
    let mut files: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "jsonl"));
    files.sort();
    let text = files
        .pop()
        .and_then(|path| std::fs::read_to_string(path).ok());
    text.map_or(0, |text| text.lines().count())
}

/// Starts it in a folder without earlier journals and kills it once its journal has this many lines, or shortly after.
fn killed_at(site: &Site, lines_then: usize, after: Duration) {
    let _ = std::fs::remove_dir_all(site.path().join(".partman"));
    let mut deploy = Command::new(assert_cmd::cargo::cargo_bin("partman"))
        .env_clear()
        .env("DOCKER_HOST", site.beside.engine.address())
        .current_dir(site.path())
        .args(BY_FORCE)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let began = Instant::now();
    while lines(site.path()) < lines_then {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "it does not come that far"
        );
        assert!(
            deploy.try_wait().expect("a child").is_none(),
            "it ended too early"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(after);
    deploy.kill().expect("it is killed");
    deploy.wait().expect("it has ended");
}

/// Status, deploy and migrate say that a run stopped.
fn everybody_hears_of_it(site: &Site) {
    let status = site.beside.json(&["status", "--fail-on", "never"]);
    let findings = status["findings"].to_string();
    assert!(findings.contains("deploy-stopped"), "{findings}");
    assert_eq!(status["next"][0]["command"], "partman resume");
    for verb in [
        &BY_FORCE[..],
        &["migrate", "--yes", "--without-backup", "a test"],
    ] {
        let refused = site.beside.partman(verb).assert().code(9);
        refused.stderr(contains("partman rollback"));
    }
}

async fn taken_back(site: &Site, before: &Picture, what: &str) {
    let back = site.beside.json(&["rollback", "--yes"]);
    assert_eq!(back["outcome"], "rolled-back", "{what}: {back}");
    assert_eq!(site.picture().await, *before, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_done_is_taken_back() {
    let site = Site::new().await;
    let before = site.picture().await;
    for lines in 1..=6 {
        killed_at(&site, lines, Duration::ZERO);
        if lines % 2 == 1 {
            everybody_hears_of_it(&site);
        }
        taken_back(&site, &before, &format!("killed at line {lines}")).await;
    }
    // In the middle of the files, and in the middle of the run in the database.
    for (lines, after) in [(2, 250), (5, 30), (5, 150)] {
        killed_at(&site, lines, Duration::from_millis(after));
        taken_back(
            &site,
            &before,
            &format!("killed {after} ms after line {lines}"),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_where_it_stopped() {
    let site = Site::new().await;
    let before = site.picture().await;
    for (lines, after) in [(2, 0), (2, 250), (4, 0), (5, 0), (5, 100)] {
        killed_at(&site, lines, Duration::from_millis(after));
        let what = format!("killed {after} ms after line {lines}");
        let done = site
            .beside
            .partman(&["resume", "--yes", "--format", "json"])
            .assert();
        let output = done.get_output();
        assert!(
            output.status.success(),
            "{what}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(
            site.managed().await,
            ("5.2.4".to_owned(), "1".to_owned()),
            "{what}"
        );
        taken_back(&site, &before, &what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_hears_who_is_at_work_and_a_copied_journal_is_history() {
    let site = Site::new().await;
    killed_at(&site, 3, Duration::ZERO);
    // Another container with the same configuration but for its name, and the copied journal.
    let other = Site::new().await;
    let copied = Command::new("cp")
        .arg("-r")
        .arg(site.path().join(".partman"))
        .arg(other.path())
        .status();
    assert!(copied.expect("cp").success());
    for verb in [&["resume", "--yes"][..], &["rollback", "--yes"], &BY_FORCE] {
        let refused = other.beside.partman(verb).assert().code(10);
        refused.stderr(contains("its journal is history here").and(contains("move")));
    }
    assert_eq!(other.managed().await.0, "none");

    // Somebody who has the lock, as a run that is under way has it.
    let lock = site.path().join(".partman/lock");
    let holder = std::fs::File::open(&lock).expect("a lock");
    holder.lock().expect("nobody has it");
    std::fs::write(&lock, "process 4242 since 2026-01-01T00:00:00Z\n").expect("a lock");
    for verb in [&BY_FORCE[..], &["rollback", "--yes"], &["migrate", "--yes"]] {
        let refused = site.beside.partman(verb).assert().code(6);
        refused.stderr(contains("process 4242 since 2026-01-01T00:00:00Z"));
    }
    drop(holder);
    site.beside
        .partman(&["rollback", "--yes"])
        .assert()
        .success();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_folders_that_mean_one_database_do_not_deploy_at_once() {
    let site = Site::new().await;
    let key = "SELECT pg_advisory_lock(1885434484, 1684369519), pg_sleep(60)";
    let (user, database) = (
        site.beside.container.user(),
        site.beside.container.database(),
    );
    let psql = [
        "exec",
        site.beside.container.name(),
        "psql",
        "-U",
        user,
        "-d",
        database,
        "-c",
        key,
    ];
    let mut other = Command::new("docker").args(psql).spawn().expect("docker");
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1684369519 AND granted";
    while site.beside.sql(held).await != "1" {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let refused = site.beside.partman(&BY_FORCE).assert().code(6);
    refused
        .stderr(contains("in this database: admin from a local socket").and(contains("since 20")));
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1684369519";
    site.beside.sql(end).await;
    other.wait().expect("it has ended");
    site.beside.partman(&BY_FORCE).assert().success();
}
