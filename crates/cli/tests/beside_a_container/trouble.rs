//! What is wrong with a container, or with the connection beside it: the exit code, and the words with the way out.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use std::time::Duration;

use partman_testkit::{Image, Partman, TestDb};
use predicates::prelude::*;
use predicates::str::contains;
use support::beside::Beside;

const LOOK: [&str; 3] = ["status", "--fail-on", "never"];

#[tokio::test(flavor = "multi_thread")]
async fn another_server_than_the_one_in_the_container_is_refused_before_anything_changes() {
    let beside = Beside::new(|it| it).await;
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    partman_testkit::fixture::webhook_events(&db, 100).await;
    let before = db.snapshot().await;
    let name = beside.container.name();
    let migrate = [
        "migrate",
        "--yes",
        "--without-backup",
        "a test has no backup",
    ];
    for verb in [
        &["status"][..],
        &["check"],
        &["plan"],
        &["init"],
        &migrate,
        &["resume", "--yes"],
    ] {
        let mut command = beside.partman(verb);
        let refused = command.args(["--container", name]).envs(db.envs()).assert();
        let both = contains(name)
            .and(contains("\"ai_agent_admin\""))
            .and(contains("PGHOST"));
        refused
            .code(5)
            .stdout("")
            .stderr(both.and(contains("help: name the container")));
    }
    assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_stopped_is_told_with_the_command_that_starts_it() {
    let beside = Beside::new(|it| it).await;
    beside.partman(&["init"]).assert().success();
    beside
        .container
        .docker(&["stop", "-t", "5"])
        .await
        .expect("it stops");
    let start = format!("docker start {}", beside.container.name());
    for arguments in [
        &["status"][..],
        &["status", "--format", "json"],
        &["migrate", "--yes"],
    ] {
        let told = beside.partman(arguments).assert().code(4).stdout("");
        told.stderr(contains("does not run: it is exited").and(contains(&start)));
    }
    // Where the server listens is known from elsewhere; still it is not the one in this container.
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    let mut named = beside.partman(&["status"]);
    named
        .envs(db.envs())
        .assert()
        .code(4)
        .stderr(contains(&start));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhealthy_container_is_looked_at_and_not_changed() {
    let beside = Beside::of(Image::Postgres17, |it| it.health("test ! -e /tmp/ill")).await;
    beside.webhook_events().await;
    beside.partman(&["init"]).assert().success();
    beside
        .container
        .exec(&["touch", "/tmp/ill"])
        .await
        .expect("a file");
    let mut tries = 0;
    while beside.json(&LOOK)["container"]["health"] != "unhealthy" {
        tries += 1;
        assert!(tries < 100, "it does not become unhealthy");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let refused = beside.partman(&["migrate", "--yes", "--without-backup", "a test"]);
    { refused }
        .assert()
        .code(4)
        .stderr(contains("is unhealthy").and(contains("docker logs")));
    assert_eq!(
        beside
            .sql("SELECT count(*) FROM pg_extension WHERE extname = 'pg_partman'")
            .await,
        "0"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhealthy_container_without_an_answer_is_told_as_that() {
    let idle =
        |it: partman_testkit::ContainerOptions| it.command(&["sleep", "600"]).health("false");
    let beside = Beside::new(|it| idle(it).without_waiting()).await;
    let mut tries = 0;
    while beside
        .container
        .docker(&["inspect", "-f", "{{.State.Health.Status}}"])
        .await
        .expect("docker")
        != "unhealthy"
    {
        tries += 1;
        assert!(tries < 100, "it does not become unhealthy");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let told = beside.partman(&["status", "--container", beside.container.name()]);
    { told }
        .assert()
        .code(4)
        .stdout("")
        .stderr(contains("is unhealthy").and(contains("docker logs")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_without_network_is_told_as_that() {
    let beside = Beside::new(|it| it.unpublished().args(&["--network=none"])).await;
    let told = beside.partman(&["init"]).assert().code(4).stdout("");
    told.stderr(contains("network mode none").and(contains("help: publish its port")));
    assert_eq!(
        beside.folder.path().read_dir().expect("a folder").count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_since_is_asked_for() {
    let beside = Beside::new(|it| it).await;
    beside.sql("ALTER ROLE admin PASSWORD 'another'").await;
    let refused = beside.partman(&["status"]).assert().code(4).stdout("");
    let help = contains("help: the container's environment holds the password");
    refused.stderr(help.and(contains(beside.container.password()).not()));
    let mut given = beside.partman(&LOOK);
    given.env("PGPASSWORD", "another").assert().success();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_docker_nothing_is_missed_unless_a_container_is_named() {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    let project = support::Project::of(db);
    let nowhere = ("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let mut status = project.partman(&LOOK);
    status.env(nowhere.0, nowhere.1).assert().success();
    let mut init = project.partman(&["init"]);
    init.env(nowhere.0, nowhere.1).assert().success();
    let mut named = project.partman(&["status", "--container", "ai_agent_postgres"]);
    let told = named.env(nowhere.0, nowhere.1).assert().code(4).stdout("");
    told.stderr(contains("no Docker Engine answers").and(contains("help: install one")));
}
