//! Runs that don't come to their end: the exit code tells how the database stands, and the way out works.

use crate::support;

use partman_testkit::{Partman, TestDb, fixture};
use predicates::prelude::*;
use support::Project;
use support::interrupted::{MIGRATE, blocker, send, waiting_run};

async fn project() -> Project {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    fixture::webhook_events(&db, 100).await;
    Project::of(db)
}

fn overall(project: &Project) -> String {
    project.json(&["status", "--fail-on", "never"], 0)["overall"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_not_had_in_time_ends_with_nothing_changed() {
    let project = project().await;
    project.write(
        "partman.toml",
        "[locks]\nwait = \"20 ms\"\ntotal = \"500 ms\"\n",
    );
    let _held = blocker(&project).await;
    let given_up = project.partman(&MIGRATE).assert().code(6);
    given_up.stderr(predicate::str::contains("somebody has the lock"));
    assert_eq!(overall(&project), "\"ready\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_told_of_the_first() {
    let project = project().await;
    let client = project.db.client().await;
    let lock = "SELECT pg_advisory_lock(1885434484, 1835101745)";
    client
        .batch_execute(lock)
        .await
        .expect("nobody else has it");
    project
        .partman(&MIGRATE)
        .assert()
        .code(6)
        .stderr(predicate::str::contains("run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_is_known_and_can_be_resumed() {
    let project = project().await;
    let held = blocker(&project).await;
    let mut run = waiting_run(&project);
    send(&run, "-INT");
    assert_eq!(run.wait().expect("it ends").code(), Some(130));
    drop(held);
    project
        .partman(&MIGRATE)
        .assert()
        .code(9)
        .stderr(predicate::str::contains("partman resume"));
    let left = project.json(&["resume", "--dry-run"], 0);
    assert!(
        left["steps"]
            .as_array()
            .is_some_and(|steps| !steps.is_empty()),
        "{left}"
    );
    assert_eq!(
        project.json(&["resume", "--yes"], 0)["outcome"],
        "completed"
    );
    assert_eq!(overall(&project), "\"deployed\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_run_is_known_and_can_be_rolled_back() {
    let project = project().await;
    let held = blocker(&project).await;
    let mut run = waiting_run(&project);
    send(&run, "-TERM");
    assert_eq!(run.wait().expect("it ends").code(), Some(143));
    drop(held);
    assert_eq!(
        project.json(&["rollback", "--yes"], 0)["outcome"],
        "rolled-back"
    );
    assert_eq!(overall(&project), "\"ready\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_can_be_rolled_back() {
    let project = project().await;
    let held = blocker(&project).await;
    let mut run = waiting_run(&project);
    run.kill().expect("it is there");
    run.wait().expect("it ends");
    drop(held);
    assert_eq!(
        project.json(&["rollback", "--yes"], 0)["outcome"],
        "rolled-back"
    );
    assert_eq!(overall(&project), "\"ready\"");
}
