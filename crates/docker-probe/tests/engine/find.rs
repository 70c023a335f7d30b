//! The container that is meant is found, and never guessed.

use docker_probe::{Kind, Wanted};
use partman_testkit::{Container, Image};

use crate::{docker, unique};

#[tokio::test]
async fn by_name_id_or_beginning_of_the_id() {
    let container = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    for name in [container.name(), container.id(), &container.id()[..12]] {
        let found = docker()
            .await
            .find(&Wanted::Name(name.to_owned()))
            .await
            .expect("the container");
        assert_eq!(
            (found.id.as_str(), found.name.as_str()),
            (container.id(), container.name())
        );
        assert_eq!(
            (found.image.as_str(), found.running),
            ("partman-test/postgres:15", true)
        );
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_told_with_those_that_are_there() {
    let label = unique();
    let container = Container::options(Image::Postgres15)
        .label(&label, "1")
        .discoverable()
        .start();
    let container = container.await.expect("a container");
    let error = docker()
        .await
        .labelled(&label)
        .find(&Wanted::Name("no-such".into()))
        .await;
    let error = error.expect_err("nobody has that name");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (Kind::NotFound, r#"there is no container "no-such""#)
    );
    assert!(
        error
            .way_out()
            .is_some_and(|help| help.contains(container.name())),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_only_server_is_found_and_of_two_none_is_guessed() {
    let label = unique();
    let docker = docker().await.labelled(&label);
    let error = docker.find(&Wanted::Only).await.expect_err("no server");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (Kind::NotFound, "there is no PostgreSQL container")
    );

    let options = || {
        Container::options(Image::Postgres15)
            .label(&label, "1")
            .discoverable()
            .in_memory()
    };
    let application = options()
        .command(&["sleep", "1000"])
        .without_waiting()
        .start();
    let _application = application.await.expect("an application of the same image");
    let one = options().start().await.expect("a container");
    let found = docker.find(&Wanted::Only).await.expect("the only one");
    assert_eq!(found.id, one.id());

    let two = options().start().await.expect("another container");
    let error = docker.find(&Wanted::Only).await.expect_err("there are two");
    assert_eq!(error.kind(), Kind::Ambiguous);
    assert!(
        error.to_string().contains(one.name()) && error.to_string().contains(two.name()),
        "{error}"
    );
    assert_eq!(error.way_out(), Some("say which (--container NAME)"));

    two.docker(&["stop"]).await.expect("a stop");
    assert_eq!(
        docker
            .find(&Wanted::Only)
            .await
            .expect("the one that runs")
            .id,
        one.id()
    );
}

#[tokio::test]
async fn containers_that_ask_to_be_ignored_are() {
    let label = unique();
    let container = Container::options(Image::Postgres15)
        .label(&label, "1")
        .in_memory()
        .start();
    let _container = container.await.expect("a container");
    let error = docker().await.labelled(&label).find(&Wanted::Only).await;
    assert_eq!(error.expect_err("it is ignored").kind(), Kind::NotFound);
}

#[tokio::test]
async fn by_the_service_that_compose_made_it_for() {
    let project = unique();
    let options = |service: &str| {
        Container::options(Image::Postgres15)
            .label("com.docker.compose.project", &project)
            .label("com.docker.compose.service", service)
            .in_memory()
            .without_waiting()
            .start()
    };
    let db = options("db").await.expect("a container");
    let _other = options("other").await.expect("a container");
    let wanted = |service: &str| Wanted::Service {
        project: Some(project.clone()),
        service: service.to_owned(),
    };
    assert_eq!(
        docker()
            .await
            .find(&wanted("db"))
            .await
            .expect("the container")
            .id,
        db.id()
    );
    let error = docker()
        .await
        .find(&wanted("cache"))
        .await
        .expect_err("no such service");
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(error.to_string().contains("\"cache\""), "{error}");
}
