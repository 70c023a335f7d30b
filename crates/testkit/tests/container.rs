//! Containers come up as asked, and however a test ends, nothing of them is left.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use partman_testkit::{Container, Image};
use tokio_postgres::NoTls;

const HOLDER: &str = "PARTMAN_TESTKIT_HOLDS";

/// What docker lists of a container with this name and of its volumes.
fn traces(name: &str) -> String {
    let filter = format!("label=org.partman.test.owner={name}");
    let output = Command::new("docker")
        .args(["ps", "-aq", "--filter", &filter])
        .output()
        .expect("docker");
    assert!(output.status.success(), "docker ps failed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn volume_is_there(volume: &str) -> bool {
    let output = Command::new("docker")
        .args(["volume", "inspect", volume])
        .output();
    output.expect("docker").status.success()
}

async fn volume(container: &Container) -> String {
    let name = container
        .docker(&["inspect", "-f", "{{(index .Mounts 0).Name}}"])
        .await;
    name.expect("an anonymous volume")
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < give_up, "not even after 30 s: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn every_image_serves_with_a_password_only() {
    for image in Image::ALL {
        let container = Container::start(image).await.expect("a container");
        let (client, connection) = container
            .config()
            .connect(NoTls)
            .await
            .expect("a connection");
        let task = tokio::spawn(connection);
        let offered =
            "SELECT default_version FROM pg_available_extensions WHERE name = 'pg_partman'";
        let offered = client
            .query_opt(offered, &[])
            .await
            .expect("an answer")
            .map(|row| row.get::<_, String>(0));
        let expected = match image {
            Image::Postgres15 => None,
            Image::Postgres17 => Some("5.2.4"),
            Image::Postgres18 => Some("5.5.0"),
        };
        assert_eq!(offered.as_deref(), expected, "{image:?}");
        let mut stranger = container.config();
        stranger.password("wrong");
        let error = stranger
            .connect(NoTls)
            .await
            .map(drop)
            .expect_err("a wrong password is refused");
        assert_eq!(error.code().map(|code| code.code()), Some("28P01"));
        drop(client);
        drop(task);
    }
}

#[tokio::test]
async fn init_files_run_before_anybody_may_come_in() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("1.sql"),
        "CREATE TABLE made AS SELECT 1 AS a",
    )
    .expect("a file");
    std::fs::write(
        folder.path().join("2.sh"),
        "psql -U \"$POSTGRES_USER\" -d \"$POSTGRES_DB\" -c 'UPDATE made SET a = 2'\n",
    )
    .expect("a file");
    let mount = format!("{}:/docker-entrypoint-initdb.d:ro", folder.path().display());
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("an open folder");
    let container = Container::options(Image::Postgres15)
        .args(&["--volume", &mount])
        .unpublished()
        .start()
        .await
        .expect("a container");
    let said = container
        .exec(&[
            "psql",
            "-U",
            "admin",
            "-d",
            "ai_agent_admin",
            "-Atc",
            "SELECT a FROM made",
        ])
        .await;
    assert_eq!(said.expect("a table"), "2");
}

#[tokio::test]
async fn a_dropped_container_and_its_volume_are_gone() {
    let container = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    let (name, volume) = (container.name().to_owned(), volume(&container).await);
    assert!(volume_is_there(&volume));
    tokio::task::spawn_blocking(move || drop(container))
        .await
        .expect("a drop");
    assert_eq!(traces(&name), "");
    assert!(!volume_is_there(&volume));
}

#[tokio::test]
async fn a_killed_test_leaves_no_container() {
    if std::env::var_os(HOLDER).is_some() {
        let container = Container::start(Image::Postgres15)
            .await
            .expect("a container");
        println!(
            "\nholding {} {}",
            container.name(),
            volume(&container).await
        );
        std::io::stdout().flush().expect("a pipe to the test");
        std::future::pending::<()>().await;
    }
    let mut holder = Command::new(std::env::current_exe().expect("our own path"))
        .args([
            "--exact",
            "a_killed_test_leaves_no_container",
            "--nocapture",
        ])
        .env(HOLDER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second one of us");
    let out = BufReader::new(holder.stdout.take().expect("a pipe"));
    let said = out
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("holding ").map(str::to_owned));
    let said = said.expect("the holder says what it holds");
    let (name, volume) = said.split_once(' ').expect("two words");
    assert!(!traces(name).is_empty() && volume_is_there(volume));
    holder.kill().expect("SIGKILL");
    holder.wait().expect("its end");
    eventually("the container is gone", || {
        traces(name).is_empty() && !volume_is_there(volume)
    });
}
