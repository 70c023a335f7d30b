//! The way to connect that is found does lead to the server, and where there is none the reason is told.

use std::time::{Duration, Instant};

use docker_probe::{ConnectionHint, Error, Kind};
use partman_testkit::{Container, ContainerOptions, Image};
use secrecy::ExposeSecret;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use crate::{docker, facts};

fn options() -> ContainerOptions {
    Container::options(Image::Postgres15).in_memory()
}

async fn hint(container: &Container) -> Result<ConnectionHint, Error> {
    docker().await.connection(&facts(container).await).await
}

/// Connects as the hint says and asks where we are.
async fn where_it_leads(hint: &ConnectionHint) -> (String, String) {
    let mut config = Config::new();
    config
        .host(&hint.host)
        .port(hint.port)
        .user(&hint.user)
        .dbname(&hint.dbname);
    if let Some(password) = &hint.password {
        config.password(password.expose_secret());
    }
    let (client, connection) = opened(&config).await;
    let task = tokio::spawn(connection);
    let row = client
        .query_one("SELECT current_user::text, current_database()::text", &[])
        .await;
    let row = row.expect("an answer");
    task.abort();
    (row.get(0), row.get(1))
}

/// A server listens a moment before it lets anybody in, and a busy machine makes that longer.
async fn opened(config: &Config) -> (Client, Connection<Socket, NoTlsStream>) {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        match config.connect(NoTls).await {
            Err(e)
                if e.code() == Some(&SqlState::CANNOT_CONNECT_NOW) && Instant::now() < give_up =>
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            opened => return opened.expect("a connection"),
        }
    }
}

#[tokio::test]
async fn a_published_port_is_taken() {
    let container = options().start().await.expect("a container");
    let hint = hint(&container).await.expect("a way to connect");
    assert_eq!(
        (hint.host.as_str(), Some(hint.port)),
        ("127.0.0.1", container.port())
    );
    assert_eq!(
        where_it_leads(&hint).await,
        ("admin".to_owned(), "ai_agent_admin".to_owned())
    );
    assert!(!format!("{hint:?}").contains(container.password()));
    let (name, port) = (container.name(), hint.port);
    assert_eq!(
        hint.why,
        format!(
            "published port 127.0.0.1:{port} of container {name:?}; user from POSTGRES_USER, database from POSTGRES_DB, password from POSTGRES_PASSWORD"
        )
    );
}

#[tokio::test]
async fn without_a_published_port_its_own_address_is_taken() {
    let container = options().unpublished().start().await.expect("a container");
    let hint = hint(&container).await.expect("a way to connect");
    assert_eq!(
        (hint.port, hint.why.starts_with("address ")),
        (5432, true),
        "{hint:?}"
    );
    assert_eq!(where_it_leads(&hint).await.0, "admin");
}

#[tokio::test]
async fn defaults_are_those_of_the_image_and_the_command_names_the_port() {
    let port = ["postgres", "-c", "fsync=off", "-p", "6543"];
    let container = options()
        .unpublished()
        .user("")
        .database("")
        .command(&port)
        .without_waiting();
    let container = container.start().await.expect("a container");
    let mut found = hint(&container).await;
    for _ in 0..600 {
        if found.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        found = hint(&container).await;
    }
    let hint = found.expect("a way to connect");
    assert_eq!(
        (hint.port, hint.user.as_str(), hint.dbname.as_str()),
        (6543, "postgres", "postgres")
    );
    assert!(hint.why.contains("the image's default"), "{}", hint.why);
    assert_eq!(where_it_leads(&hint).await.1, "postgres");
}

#[tokio::test]
async fn a_password_in_a_file_is_read_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    std::fs::write(&path, "from-a-file\n").expect("a file");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .expect("an open file");
    let mount = format!("{}:/run/secrets/pg:ro", path.display());
    let container = options()
        .args(&[
            "--volume",
            &mount,
            "--env",
            "POSTGRES_PASSWORD=",
            "--env",
            "POSTGRES_PASSWORD_FILE=/run/secrets/pg",
        ])
        .unpublished()
        .start()
        .await
        .expect("a container");
    let hint = hint(&container).await.expect("a way to connect");
    assert_eq!(where_it_leads(&hint).await.0, "admin");
    assert!(
        hint.why.ends_with("password from POSTGRES_PASSWORD_FILE"),
        "{}",
        hint.why
    );
}

#[tokio::test]
async fn a_stopped_container_is_told_as_stopped() {
    let container = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    container.docker(&["stop"]).await.expect("a stop");
    assert_eq!(
        hint(&container).await.expect_err("it is stopped").kind(),
        Kind::NotRunning
    );
    container.docker(&["start"]).await.expect("a start");
    container.ready().await.expect("it comes up again");
    hint(&container).await.expect("a way to connect");
}

#[tokio::test]
async fn a_container_without_a_network_is_told_as_such() {
    let container = options()
        .unpublished()
        .args(&["--network", "none"])
        .start()
        .await
        .expect("a container");
    let error = hint(&container).await.expect_err("there is no way in");
    assert_eq!(error.kind(), Kind::Unreachable);
    let name = container.name();
    assert_eq!(
        error.to_string(),
        format!(
            "the server of container {name:?} can't be reached from here: it has no network (network mode none)"
        )
    );
    assert!(
        error
            .way_out()
            .is_some_and(|help| help.contains("127.0.0.1:5432:5432")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_listens_to_itself_only_is_told_as_unreachable() {
    let command = [
        "postgres",
        "-c",
        "fsync=off",
        "-c",
        "listen_addresses=localhost",
    ];
    let container = options()
        .unpublished()
        .command(&command)
        .start()
        .await
        .expect("a container");
    let error = hint(&container).await.expect_err("nobody listens");
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(
        error
            .to_string()
            .contains("port 5432 is not published, and nothing answers at address "),
        "{error}"
    );
}
