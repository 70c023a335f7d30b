//! `partman init` on a real server, as it is typed.

use crate::support;

use assert_cmd::Command;
use partman_testkit::{Partman, TestDb, fixture};
use predicates::prelude::*;
use support::Project;

#[tokio::test]
async fn a_configuration_is_written_for_what_is_there_and_never_over_another() {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    fixture::webhook_events(&db, 100).await;
    db.execute("CREATE TABLE by_region (r text) PARTITION BY LIST (r)")
        .await;
    let project = Project::of(db);
    let before = project.db.snapshot().await;
    project.partman(&["init"]).assert().success().stdout("");
    let path = project.folder.path().join("partman.toml");
    let text = std::fs::read_to_string(&path).expect("it is written");
    assert!(
        text.contains("\nparent    = \"public.webhook_events\"\n"),
        "{text}"
    );
    assert!(text.contains("\ninterval  = \"1 month\"\n"), "{text}");
    assert!(
        text.contains("\n# parent    = \"public.by_region\"\n"),
        "{text}"
    );
    assert!(
        !text.contains(project.db.password()) && !text.contains("\nretention"),
        "{text}"
    );
    assert_eq!(
        before.diff(&project.db.snapshot().await),
        Vec::<String>::new()
    );

    let refused = project.partman(&["init"]).assert().code(5);
    refused.stderr(predicate::str::contains(
        "help: print a new one with --stdout",
    ));
    project
        .partman(&["init", "--stdout"])
        .assert()
        .success()
        .stdout(text);
    let replaced = project.json(&["init", "--force"], 0);
    assert_eq!(replaced["commented_out"][0], "public.by_region");
}

#[test]
fn a_server_that_is_not_there_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::cargo_bin("partman").expect("it is built");
    let command = command.env_clear().current_dir(folder.path());
    let command = command.args(["init", "--database", "postgres://nobody@127.0.0.1:1/none"]);
    command
        .assert()
        .code(4)
        .stderr(predicate::str::contains("127.0.0.1"));
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}
