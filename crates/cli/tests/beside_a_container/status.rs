//! The program beside a real container, told of nothing: it finds the server, and says clearly when it can't.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use partman_testkit::Image;
use predicates::prelude::*;
use predicates::str::contains;
use support::beside::Beside;

const LOOK: [&str; 3] = ["status", "--fail-on", "never"];

#[tokio::test(flavor = "multi_thread")]
async fn init_and_status_in_an_empty_folder_need_no_other_input() {
    let beside = Beside::new(|it| it.health("pg_isready -h 127.0.0.1")).await;
    beside.webhook_events().await;
    let told = beside.partman(&["init"]).assert().success().stdout("");
    let name = beside.container.name();
    told.stderr(contains(format!("the server is in container {name:?}")));
    let text = beside.configuration();
    let url = format!("\nurl = \"{}\"\n", beside.container.url());
    for line in [
        url.as_str(),
        &format!("\ncontainer    = \"{name}\"\n"),
        "\nimage        = \"partman-test/postgres:15\"\n",
        "\nparent    = \"public.webhook_events\"\n",
        "the password is taken from the container",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let folder = beside.folder.path().join("docker/postgres/init-scripts");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("01-enable.sql"), "SELECT 1").expect("a file");
    let status = beside.json(&LOOK);
    let seen = &status["container"];
    assert_eq!(seen["name"], name);
    assert_eq!(seen["image"], "partman-test/postgres:15");
    assert_eq!(seen["expected_image_built"], true);
    assert_eq!(seen["running"], true);
    assert_eq!(seen["health"], "healthy");
    assert!(
        seen["libc"]
            .as_str()
            .is_some_and(|libc| libc.starts_with("glibc 2.")),
        "{seen}"
    );
    assert!(seen["started_at"].is_string(), "{seen}");
    assert_eq!(
        status["files"][0]["path"],
        "docker/postgres/init-scripts/01-enable.sql"
    );
    assert_eq!(status["files"][0]["bytes"], 8);
    assert_eq!(status["database"]["name"], "ai_agent_admin");
    assert_eq!(status["overall"], "absent");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compose_project_is_found_with_the_image_that_it_wants() {
    let project = tempfile::tempdir().expect("a folder");
    let file = project.path().join("docker-compose.rabbitmq.yml");
    let compose = "services:\n  postgres:\n    image: ai_agent_postgres:pg_partman\n";
    std::fs::write(file, compose).expect("a file");
    let place = project.path().to_str().expect("text").to_owned();
    let mut beside = Beside::new(|it| {
        it.label("com.docker.compose.project", "partman-test-project")
            .label("com.docker.compose.service", "postgres")
            .label("com.docker.compose.project.working_dir", &place)
            .label(
                "com.docker.compose.project.config_files",
                &format!("{place}/docker-compose.rabbitmq.yml"),
            )
    })
    .await;
    beside.folder = project;
    beside.partman(&["init"]).assert().success();
    let text = beside.configuration();
    for line in [
        "\ncompose_file = \"docker-compose.rabbitmq.yml\"\n",
        "\nservice      = \"postgres\"\n",
        "\nimage        = \"ai_agent_postgres:pg_partman\"\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let seen = beside.json(&LOOK)["container"].clone();
    assert_eq!(seen["expected_image"], "ai_agent_postgres:pg_partman");
    assert_eq!(seen["expected_image_built"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_published_port_its_own_address_is_used_and_not_written() {
    let beside = Beside::new(|it| it.unpublished()).await;
    beside.partman(&["init"]).assert().success();
    let text = beside.configuration();
    assert!(
        text.contains("\nurl = \"postgres://admin@/ai_agent_admin\"\n"),
        "{text}"
    );
    beside.json(&LOOK);
    beside
        .container
        .docker(&["restart", "-t", "5"])
        .await
        .expect("it starts again");
    beside.container.ready().await.expect("it serves again");
    assert_eq!(
        beside.json(&LOOK)["container"]["name"],
        beside.container.name()
    );
    // Nothing else names a server, so that the one in the container is meant also by what changes something.
    let refused = beside.partman(&["rollback", "--yes"]).assert().code(5);
    refused.stderr(contains("in container").and(contains("no run")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_system_that_is_read_only_is_no_obstacle_to_looking() {
    let mounts = [
        "--read-only",
        "--tmpfs=/tmp",
        "--tmpfs=/run",
        "--tmpfs=/var/run/postgresql",
    ];
    let beside = Beside::new(|it| it.in_memory().args(&mounts)).await;
    beside.partman(&["init"]).assert().success();
    beside.json(&LOOK);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_containers_one_has_to_be_named() {
    let beside = Beside::new(|it| it).await;
    let second = beside.engine.container(Image::Postgres15).start().await;
    let second = second.expect("tests need a Docker Engine");
    let (one, two) = (beside.container.name(), second.name());
    for verb in ["init", "status"] {
        let refused = beside.partman(&[verb]).assert().code(5).stdout("");
        let both = contains(one).and(contains(two));
        refused.stderr(both.and(contains("--container NAME")));
    }
    assert_eq!(
        beside.folder.path().read_dir().expect("a folder").count(),
        0
    );
    beside
        .partman(&["init", "--container", two])
        .assert()
        .success();
    assert!(beside.configuration().contains(&second.url()));
    assert_eq!(beside.json(&LOOK)["container"]["name"], two);
    let unknown = beside.partman(&["status", "--container", "ai_agent_postgres"]);
    { unknown }.assert().code(5).stdout("").stderr(
        contains("no container \"ai_agent_postgres\"")
            .and(contains(one))
            .and(contains(two)),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_named_is_found_in_its_container() {
    let beside = Beside::new(|it| it).await;
    let _second = beside.engine.container(Image::Postgres15).start().await;
    let mut init = beside.partman(&["init"]);
    init.envs(beside.container.envs()).assert().success();
    let text = beside.configuration();
    assert!(
        text.contains(&format!("\ncontainer    = {:?}\n", beside.container.name())),
        "{text}"
    );
}
