//! The container and a connection are the same server, or are told apart.

use docker_probe::ServerIdentity;
use partman_testkit::{Container, Image};
use tokio_postgres::NoTls;

use crate::{docker, facts};

/// What the connection over the published port says.
async fn by_connection(container: &Container) -> ServerIdentity {
    let (client, connection) = container
        .config()
        .connect(NoTls)
        .await
        .expect("a connection");
    let task = tokio::spawn(connection);
    let question = "SELECT system_identifier, (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8 FROM pg_control_system()";
    let row = client.query_one(question, &[]).await.expect("an answer");
    task.abort();
    ServerIdentity {
        system_identifier: row.get::<_, i64>(0).cast_unsigned(),
        started_at: jiff::Timestamp::from_microsecond(row.get(1)).ok(),
    }
}

async fn by_container(container: &Container) -> ServerIdentity {
    docker()
        .await
        .identity(&facts(container).await)
        .await
        .expect("an identity")
}

#[tokio::test]
async fn a_container_and_its_port_are_the_same_server() {
    let one = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    let two = Container::start(Image::Postgres15)
        .await
        .expect("another container");
    assert_eq!(by_container(&one).await, by_connection(&one).await);
    assert!(by_container(&one).await.started_at.is_some());
    assert!(
        !by_container(&one)
            .await
            .agrees_with(&by_connection(&two).await)
    );
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_over_its_socket_is_known_by_its_files() {
    let container = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    let expected = by_connection(&container).await;
    let hba = "sed -i '/^local/s/trust/reject/' $PGDATA/pg_hba.conf && kill -HUP 1";
    container
        .exec(&["sh", "-c", hba])
        .await
        .expect("a stricter server");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let found = by_container(&container).await;
    assert_eq!(
        (found.system_identifier, found.started_at),
        (expected.system_identifier, None)
    );
    assert!(found.agrees_with(&expected));
    container
        .exec(&[
            "sh",
            "-c",
            "mv $(readlink -f $(command -v pg_controldata)) /tmp",
        ])
        .await
        .expect("no tool");
    container
        .exec(&[
            "sh",
            "-c",
            "mv /usr/lib/postgresql/15/bin/pg_controldata /tmp || true",
        ])
        .await
        .expect("no tool");
    assert_eq!(
        by_container(&container).await,
        found,
        "from the control file itself"
    );
}
