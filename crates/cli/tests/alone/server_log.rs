//! What a run leaves in the server's log: nothing that its owner would have to look into.

use crate::support;

use partman_testkit::{Cluster, Partman, TestDb, fixture};
use support::Project;

/// Lines that tell of a session that ended or worked in a way that it shouldn't.
const NOISE: [&str; 5] = [
    "no transaction in progress",
    "unexpected EOF",
    "could not receive data",
    "could not send data",
    "connection to client lost",
];

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_as_they_should() {
    let cluster = Cluster::options(Partman::V5_2_4)
        .setting("log_min_messages", "warning")
        .setting("log_disconnections", "on")
        .start()
        .await
        .expect("a test server");
    let db = TestDb::on(cluster, "shop").await;
    fixture::webhook_events(&db, 100).await;
    let project = Project::of(db);
    for (arguments, code) in [
        (&["status", "--fail-on", "never"][..], 0),
        (&["check", "--fail-on", "never"], 0),
        (&["plan"], 0),
        (
            &[
                "migrate",
                "public.webhook_events",
                "--yes",
                "--without-backup",
                "a test",
            ],
            0,
        ),
        (&["rollback", "--yes"], 0),
        (&["plan", "public.nothing"], 5),
    ] {
        project.partman(arguments).assert().code(code);
    }
    let log = project.db.cluster().log();
    assert!(log.contains("disconnection:"), "the log is on: {log}");
    let noise: Vec<&str> = log
        .lines()
        .filter(|line| NOISE.iter().any(|noise| line.contains(noise)))
        .collect();
    assert_eq!(noise, [] as [&str; 0]);
}
