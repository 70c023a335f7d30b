//! Containers as they are meant, on a real Engine: each made by its test and gone afterwards. Without an Engine these
//! tests fail and say what to install.

use std::path::Path;

use partman_core::postgres::{Database, Environment, Settings};
use partman_rollout::Config;
use partman_rollout::container::{Chosen, Kind, Meant, choose, identity_of, with_server};
use partman_testkit::{Container, ContainerOptions, Image};

async fn container(how: impl FnOnce(ContainerOptions) -> ContainerOptions) -> Container {
    let options = how(Container::options(Image::Postgres15));
    options.start().await.expect("tests need a Docker Engine")
}

async fn chosen(container: &Container) -> Chosen {
    let meant = Meant::Named(container.name().to_owned());
    let chosen = choose(&meant).await.expect("it is there");
    chosen.expect("it was named")
}

async fn connected(chosen: &Chosen) -> Database {
    let way = chosen.way().await.expect("it serves");
    let settings = Settings::builder().container(way.container);
    let settings = settings.resolve(&Environment::empty());
    let settings = settings.expect("the container says it all");
    Database::connect(&settings).await.expect("it serves")
}

#[tokio::test]
async fn a_connection_is_proved_to_lead_to_the_container_or_to_another() {
    let (ours, theirs) = tokio::join!(container(|it| it), container(ContainerOptions::unpublished));
    let (ours, theirs) = (chosen(&ours).await, chosen(&theirs).await);
    assert!(ours.way().await.expect("it serves").lasting);
    assert!(!theirs.way().await.expect("it serves").lasting);
    let database = connected(&ours).await;
    let mut session = database.session().await.expect("it serves");
    let identity = identity_of(&mut session).await.expect("it says who it is");
    ours.must_be(&identity, "ours")
        .await
        .expect("it is this one");
    let other = theirs.must_be(&identity, "the database of ours").await;
    let other = other.expect_err("it is another server");
    assert_eq!(other.kind(), Kind::Refused);
    assert!(
        other.to_string().contains("the database of ours"),
        "{other}"
    );
    assert!(other.to_string().contains(&theirs.facts().name), "{other}");
    // Tests' containers are passed over by whoever was not told of them.
    assert!(with_server(&identity).await.is_none());
}

#[tokio::test]
async fn a_server_that_was_started_again_since_is_another() {
    let container = container(|it| it).await;
    let before = chosen(&container).await;
    let database = connected(&before).await;
    let mut session = database.session().await.expect("it serves");
    let identity = identity_of(&mut session).await.expect("it says who it is");
    container
        .docker(&["restart", "-t", "5"])
        .await
        .expect("docker");
    container.ready().await.expect("it serves again");
    let error = chosen(&container)
        .await
        .must_be(&identity, "that of before")
        .await;
    let error = error.expect_err("it was started at another time");
    assert!(
        error.to_string().contains("started at another time"),
        "{error}"
    );
}

#[tokio::test]
async fn the_service_of_a_compose_file_is_that_of_this_very_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("text").to_owned();
    let project = format!(
        "partman-test-{}",
        folder.path().file_name().expect("a name").to_string_lossy()
    );
    let compose = format!("name: {project:?}\nservices:\n  postgres:\n    image: postgres:15\n");
    for file in ["compose.yaml", "other.yaml"] {
        std::fs::write(folder.path().join(file), &compose).expect("a file");
    }
    let labelled = container(|it| {
        it.label("com.docker.compose.project", &project)
            .label("com.docker.compose.service", "postgres")
            .label("com.docker.compose.project.working_dir", &place)
            .label(
                "com.docker.compose.project.config_files",
                &format!("{place}/compose.yaml"),
            )
    })
    .await;
    let meant = |file: &str| {
        let text = format!("[docker]\ncompose_file = {file:?}\nservice = \"postgres\"\n");
        let config = Config::parse(&text, &folder.path().join("partman.toml"));
        Meant::said(None, &config.expect("it is right")).expect("a container is configured")
    };
    let found = choose(&meant("compose.yaml")).await.expect("it is there");
    assert_eq!(found.expect("it was named").facts().id, labelled.id());
    let other = choose(&meant("other.yaml"))
        .await
        .expect_err("it is not of that file");
    assert_eq!(other.kind(), Kind::Refused);
    assert!(other.to_string().contains("other.yaml"), "{other}");
    let missing = choose(&meant("missing.yaml"))
        .await
        .expect_err("it is not there");
    assert_eq!(missing.kind(), Kind::Refused);
}

#[tokio::test]
async fn what_does_not_run_says_how_to_start_it() {
    let container = container(|it| it).await;
    container
        .docker(&["stop", "-t", "5"])
        .await
        .expect("docker");
    let stopped = chosen(&container).await;
    for error in [
        stopped.must_run(),
        stopped.must_serve(),
        stopped.way().await.map(drop),
    ] {
        let error = error.expect_err("it does not run");
        assert_eq!(error.kind(), Kind::Unreachable);
        let start = format!("docker start {}", container.name());
        assert!(
            error.way_out().is_some_and(|help| help.contains(&start)),
            "{error}"
        );
    }
    let config = Config::parse("", Path::new("partman.toml")).expect("it is right");
    let status = stopped.status(&config).await.expect("Docker knows");
    assert!(!status.running && status.expected_image.is_none());
}
