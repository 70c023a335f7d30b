//! Runs that are stopped in their middle: somebody holds a lock, the run waits for it, and a signal ends it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Project;

pub(crate) const MIGRATE: [&str; 5] = [
    "migrate",
    "public.webhook_events",
    "--yes",
    "--without-backup",
    "a test has no backup",
];

/// A session that keeps others from attaching partitions, for as long as it lives. A task drives it, so that these tests
/// need a runtime that goes on while they wait for the program.
pub(crate) async fn blocker(project: &Project) -> impl Sized {
    let client = project.db.client().await;
    let lock = "BEGIN; LOCK TABLE public.webhook_events IN SHARE UPDATE EXCLUSIVE MODE";
    client
        .batch_execute(lock)
        .await
        .expect("nobody else has it");
    client
}

/// Starts a run that waits for a lock, and comes back when it does.
pub(crate) fn waiting_run(project: &Project) -> Child {
    let program = assert_cmd::cargo::cargo_bin("partman");
    let log = std::fs::File::create(project.folder.path().join("log")).expect("a file");
    let child = Command::new(program)
        .args(MIGRATE)
        .env_clear()
        .envs(project.db.envs())
        .current_dir(project.folder.path())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("it starts");
    let began = Instant::now();
    let log = || std::fs::read_to_string(project.folder.path().join("log")).unwrap_or_default();
    while !log().contains("somebody has the lock") {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

pub(crate) fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
}
