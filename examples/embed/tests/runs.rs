//! The example is run, on a real server, with a set that nobody looks after.

use assert_cmd::Command;
use partman_testkit::{Partman, TestDb, fixture};

#[tokio::test]
async fn it_finds_what_is_wrong_and_says_so_by_its_exit_code() {
    let db = TestDb::new(Partman::V5_2_4).await;
    fixture::webhook_events(&db, 10).await;
    let output = Command::cargo_bin("partman-example-embed")
        .expect("the example is built with its tests")
        .env_clear()
        .envs(db.envs())
        .output()
        .expect("it starts");
    let findings = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    assert_eq!(output.status.code(), Some(1), "{findings}");
    assert!(findings.contains("\"horizon-near\""), "{findings}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("would adopt 1 sets"));
}
