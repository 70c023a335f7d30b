//! What is told of a container is what docker shows, without a secret.

use std::process::Command;
use std::time::Duration;

use docker_probe::{Family, HealthState, Kind, MountKind, Wanted};
use partman_testkit::{Container, Image};

use crate::{docker, facts, unique};

#[tokio::test]
async fn a_running_container_is_described() {
    let label = unique();
    let container = Container::options(Image::Postgres15)
        .label("com.docker.compose.project", &label)
        .label("com.docker.compose.service", "db")
        .label(
            "com.docker.compose.project.config_files",
            "/srv/a.yml,/srv/b.yml",
        )
        .label("com.docker.compose.project.working_dir", "/srv")
        .health("pg_isready -U admin -h 127.0.0.1")
        .args(&["--restart", "unless-stopped"])
        .start()
        .await
        .expect("a container");
    let facts = facts(&container).await;
    facts.must_serve().expect("it serves");
    assert_eq!(
        (facts.id.as_str(), facts.name.as_str()),
        (container.id(), container.name())
    );
    assert_eq!(facts.image, "partman-test/postgres:15");
    assert!(facts.image_id.starts_with("sha256:") && facts.image_digest.is_none());
    assert_eq!(
        (facts.status.as_str(), facts.running, facts.exit_code),
        ("running", true, None)
    );
    assert_eq!(
        facts.health.as_ref().map(|health| health.state),
        Some(HealthState::Healthy)
    );
    assert!(facts.created_at <= facts.started_at && facts.started_at.is_some());
    let libc = facts.libc.as_ref().expect("a C library");
    assert_eq!(
        (libc.family, libc.to_string().as_str()),
        (Family::Glibc, "glibc 2.36")
    );
    let os = facts.os.as_ref().expect("a distribution");
    assert_eq!(
        (os.id.as_str(), os.version.as_deref()),
        ("debian", Some("12"))
    );
    assert_eq!(
        (facts.postgres.major, facts.postgres.port),
        (Some(15), 5432)
    );
    assert!(
        facts
            .postgres
            .version
            .as_ref()
            .is_some_and(|version| version.starts_with("15."))
    );
    let mount = facts.data_mount().expect("a volume");
    assert!(
        mount.kind == MountKind::Volume && mount.anonymous && mount.writable,
        "{mount:?}"
    );
    let port = facts.ports.first().expect("a published port");
    assert_eq!(
        (port.container, Some(port.port), port.host.as_str()),
        (5432, container.port(), "127.0.0.1")
    );
    assert_eq!(
        (facts.restart_policy.as_str(), facts.read_only),
        ("unless-stopped", false)
    );
    let compose = facts.compose.as_ref().expect("compose labels");
    assert_eq!(
        (
            compose.project.as_str(),
            compose.service.as_str(),
            compose.config_files.len()
        ),
        (label.as_str(), "db", 2)
    );

    assert!(facts.env.iter().any(|name| name == "POSTGRES_PASSWORD"));
    let json = serde_json::to_string(&facts).expect("JSON");
    assert!(
        !json.contains(container.password())
            && !format!("{facts:?}").contains(container.password())
    );
    assert_eq!(
        serde_json::from_str::<docker_probe::ContainerFacts>(&json).expect("facts"),
        facts
    );
}

#[tokio::test]
async fn the_image_that_should_run_is_there_or_not() {
    let docker = docker().await;
    let image = docker
        .image("partman-test/postgres:17")
        .await
        .expect("an answer")
        .expect("an image");
    assert!(
        image
            .tags
            .iter()
            .any(|tag| tag == "partman-test/postgres:17")
            && image.bytes > 1_000_000
    );
    assert_eq!((image.postgres_major, image.digest), (Some(17), None));
    assert!(image.created_at.is_some());
    assert_eq!(
        docker
            .image("ai_agent_postgres:never-built-here")
            .await
            .expect("an answer"),
        None
    );
}

#[tokio::test]
async fn a_container_that_does_not_run_is_described_and_refused() {
    let container = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    container.docker(&["pause"]).await.expect("a pause");
    let error = facts(&container)
        .await
        .must_serve()
        .expect_err("it is paused");
    assert!(
        error
            .way_out()
            .is_some_and(|help| help.contains("docker unpause")),
        "{error:?}"
    );
    container
        .docker(&["unpause"])
        .await
        .expect("an end of the pause");
    container.docker(&["stop"]).await.expect("a stop");
    let facts = facts(&container).await;
    assert_eq!(
        (facts.running, facts.status.as_str(), facts.exit_code),
        (false, "exited", Some(0))
    );
    assert_eq!(
        facts.libc.as_ref().map(|libc| libc.family),
        Some(Family::Glibc),
        "its files can still be read"
    );
    let error = facts.must_serve().expect_err("it is stopped");
    assert_eq!(error.kind(), Kind::NotRunning);
    let name = container.name();
    assert_eq!(
        error.to_string(),
        format!("container {name:?} does not run: it is exited (exit code 0)")
    );
    assert_eq!(
        error.way_out().map(str::to_owned),
        Some(format!("start it with `docker start {name}`"))
    );
}

#[tokio::test]
async fn an_unhealthy_container_is_told_with_what_its_check_said() {
    let options = Container::options(Image::Postgres15).health("echo no such luck; exit 1");
    let container = options
        .in_memory()
        .without_waiting()
        .start()
        .await
        .expect("a container");
    for _ in 0..100 {
        let health = facts(&container).await.health.expect("a health check");
        if health.state == HealthState::Unhealthy {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let error = facts(&container)
        .await
        .must_serve()
        .expect_err("it is unhealthy");
    assert_eq!(error.kind(), Kind::Unhealthy);
    assert!(error.to_string().contains("no such luck"), "{error:?}");
}

#[tokio::test]
async fn a_read_only_container_with_a_named_volume_is_seen_as_such() {
    let volume = format!("partman-test-{}", unique());
    let made = Command::new("docker")
        .args([
            "volume",
            "create",
            "--label",
            &format!("org.partman.test.owner={volume}"),
            &volume,
        ])
        .output();
    assert!(made.expect("docker").status.success());
    let container = Container::options(Image::Postgres15)
        .args(&[
            "--read-only",
            "--tmpfs",
            "/var/run/postgresql:mode=3777",
            "--tmpfs",
            "/tmp",
            "--volume",
            &format!("{volume}:/var/lib/postgresql/data"),
        ])
        .start()
        .await
        .expect("a container");
    let facts = facts(&container).await;
    assert!(facts.read_only);
    let mount = facts.data_mount().expect("a volume");
    assert_eq!(
        (mount.name.as_deref(), mount.anonymous),
        (Some(volume.as_str()), false)
    );
    assert!(
        facts
            .mounts
            .iter()
            .any(|mount| mount.kind == MountKind::Tmpfs && mount.target == "/tmp")
    );
    tokio::task::spawn_blocking(move || drop(container))
        .await
        .expect("a drop");
    let removed = Command::new("docker")
        .args(["volume", "rm", &volume])
        .output();
    assert!(removed.expect("docker").status.success());
}

/// An image and a container of it that is never started, both removed at the end.
struct Made(String);

impl Made {
    fn of(files: &[(&str, &str)]) -> Self {
        let name = format!("partman-test/made:{}", unique());
        let mut tar = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, text.as_bytes())
                .expect("a tar");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image.tar");
        std::fs::write(&path, tar.into_inner().expect("a tar")).expect("a file");
        let path = path.to_str().expect("a plain path").to_owned();
        run(&[
            "import",
            "-c",
            "LABEL org.partman.test=1",
            "-c",
            "ENV PGDATA=/data",
            &path,
            &name,
        ]);
        let made = Self(name);
        run(&[
            "create",
            "--label",
            "org.partman.ignore=1",
            "--name",
            &made.container(),
            &made.0,
            "postgres",
        ]);
        made
    }

    fn container(&self) -> String {
        self.0.replace(['/', ':'], "-")
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let docker = |words: &[&str]| Command::new("docker").args(words).output();
        let _ = docker(&["rm", "-f", "-v", &self.container()]);
        let _ = docker(&["rmi", &self.0]);
    }
}

fn run(words: &[&str]) {
    let output = Command::new("docker").args(words).output().expect("docker");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn alpine_is_told_from_its_files_without_running_it() {
    let made = Made::of(&[
        ("usr/lib/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"),
        (
            "lib/apk/db/installed",
            "P:musl\nV:1.2.5-r0\n\nP:busybox\nV:1.36\n",
        ),
        ("data/PG_VERSION", "15\n"),
    ]);
    let docker = docker().await;
    let found = docker
        .find(&Wanted::Name(made.container()))
        .await
        .expect("a container");
    let facts = docker.facts(&found.id).await.expect("facts");
    assert_eq!(
        facts.libc.map(|libc| libc.to_string()).as_deref(),
        Some("musl 1.2.5")
    );
    assert_eq!(facts.os.map(|os| os.id).as_deref(), Some("alpine"));
    assert_eq!(
        (
            facts.status.as_str(),
            facts.postgres.major,
            facts.started_at
        ),
        ("created", Some(15), None)
    );
}
