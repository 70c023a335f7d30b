//! Backups that don't come to their end, and what is never shown: nothing is left under a name, and nothing of it runs on.

use crate::support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use partman_testkit::{Partman, TestDb};
use support::Project;

const COPYING: &str = "SELECT count(*) > 0 FROM pg_stat_progress_copy";
const OURS: &str =
    "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'partman\\_%'";

/// Rows that take some seconds to dump.
async fn slow() -> Project {
    let db = TestDb::named(Partman::None, "slow").await;
    db.execute(
        "CREATE TABLE bulk (x text); ALTER TABLE bulk ALTER x SET STORAGE EXTERNAL;
         INSERT INTO bulk SELECT (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 16384) AS i)
         FROM generate_series(1, 150) AS g",
    )
    .await;
    Project::of(db)
}

fn start(project: &Project) -> Child {
    let log = fs::File::create(project.folder.path().join("log")).expect("a file");
    Command::new(assert_cmd::cargo::cargo_bin("partman"))
        .args(["backup", "-vv"])
        .env_clear()
        .envs(project.db.envs())
        .current_dir(project.folder.path())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("it starts")
}

async fn until(what: &str, project: &Project, sql: &str) {
    let begin = Instant::now();
    while project.db.query_text(sql).await != "t" {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The command lines of running processes that name this folder.
fn processes_about(folder: &Path) -> Vec<String> {
    let wanted = folder.to_string_lossy().into_owned();
    let entries = fs::read_dir("/proc").expect("this is Linux").flatten();
    let lines = entries.map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(&wanted)).collect()
}

async fn nothing_runs_on(project: &Project) {
    let begin = Instant::now();
    while !processes_about(project.folder.path()).is_empty() {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "programs are left"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until("sessions are left", project, OURS).await;
    let list = project.json(&["backup", "list"], 0);
    assert_eq!(list["backups"], serde_json::json!([]));
    assert_eq!(list["broken"], serde_json::json!([]));
}

/// Every file below a folder.
fn files(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("it can be read").flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, all),
            path => all.push(path),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backup_leaves_no_program_and_no_name() {
    let project = slow().await;
    let mut run = start(&project);
    until("the dump does not get going", &project, COPYING).await;
    let about = processes_about(project.folder.path());
    assert!(
        about.iter().any(|line| line.contains("pg_dump")),
        "{about:?}"
    );
    let password = project.db.password().to_owned();
    assert!(about.iter().all(|line| !line.contains(&password)));
    run.kill().expect("it runs");
    run.wait().expect("it ended");
    nothing_runs_on(&project).await;

    project.partman(&["backup", "-q"]).assert().success();
    let mut all = Vec::new();
    files(project.folder.path(), &mut all);
    assert!(all.len() > 3);
    for file in all {
        let bytes = fs::read(&file).expect("it can be read");
        let found = bytes
            .windows(password.len())
            .any(|w| w == password.as_bytes());
        assert!(!found, "the password is in {}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_backup_leaves_nothing() {
    let project = slow().await;
    let mut run = start(&project);
    until("the dump does not get going", &project, COPYING).await;
    let sent = Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
    assert_eq!(run.wait().expect("it ends").code(), Some(130));
    nothing_runs_on(&project).await;
    let left = fs::read_dir(project.folder.path().join("backups")).expect("it was made");
    let left: Vec<_> = left.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, [".lock"]);
}
