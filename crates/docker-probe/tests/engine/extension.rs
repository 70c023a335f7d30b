//! An extension's files come into a running container, work there without a restart, and go again.

use std::path::{Path, PathBuf};

use docker_probe::extension::{Bundle, Placement, Source, Was};
use docker_probe::{Docker, Kind};
use partman_testkit::{Container, Image, Partman};

use crate::{docker, facts};

const EXTENSION: &str = "pg_partman";
const FOLDER: &str = "/usr/share/postgresql/15/extension";

fn folder(version: Partman) -> PathBuf {
    version.files().expect("the files of pg_partman")
}

fn deb(version: Partman) -> PathBuf {
    let path = PathBuf::from(format!("{}.deb", folder(version).display()));
    assert!(
        path.is_file(),
        "{} is missing: run `make setup`",
        path.display()
    );
    path
}

async fn bundle(docker: &Docker, source: &Source) -> Bundle {
    docker
        .bundle(source, EXTENSION, Some(15))
        .await
        .expect("a bundle")
}

async fn placed(docker: &Docker, container: &Container, source: &Source) -> (Placement, Bundle) {
    let bundle = bundle(docker, source).await;
    let placement = docker
        .place(&facts(container).await, &bundle)
        .await
        .expect("room for it");
    (placement, bundle)
}

/// What the server offers and what of the extension is in its folder, hidden things included.
async fn offered(container: &Container) -> (String, usize) {
    let ask = "SELECT coalesce(max(default_version), 'none') FROM pg_available_extensions WHERE name = 'pg_partman'";
    let version = container
        .exec(&["psql", "-U", "admin", "-d", "ai_agent_admin", "-Atc", ask])
        .await;
    let list = format!("ls -A {FOLDER} | grep -c partman || true");
    let files = container.exec(&["sh", "-c", &list]).await.expect("a list");
    (
        version.expect("an answer"),
        files.parse().expect("a number"),
    )
}

#[tokio::test]
async fn files_come_and_go_and_the_server_takes_them_at_once() {
    let (docker, container) = (
        docker().await,
        Container::start(Image::Postgres15)
            .await
            .expect("a container"),
    );
    let started = facts(&container).await.started_at;
    assert_eq!(offered(&container).await, ("none".to_owned(), 0));
    let (placement, files) = placed(&docker, &container, &Source::Deb(deb(Partman::V5_5_0))).await;
    assert_eq!(
        (placement.folder.as_str(), placement.version.as_str()),
        (FOLDER, "5.5.0")
    );
    assert!(
        placement.files.len() > 50 && placement.files.iter().all(|file| file.was == Was::Absent)
    );
    assert_eq!(offered(&container).await.1, 0, "looking changes nothing");

    docker
        .put(&placement, &files)
        .await
        .expect("the files are put");
    docker
        .put(&placement, &files)
        .await
        .expect("a second time changes nothing");
    assert_eq!(
        offered(&container).await,
        ("5.5.0".to_owned(), placement.files.len())
    );
    let make = "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman";
    container
        .exec(&[
            "psql",
            "-U",
            "admin",
            "-d",
            "ai_agent_admin",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            make,
        ])
        .await
        .expect("the extension works");
    let stat = format!("stat -c '%U %G %a' {FOLDER}/pg_partman.control {FOLDER}/plpgsql.control");
    let owners = container.exec(&["sh", "-c", &stat]).await.expect("owners");
    let owners: Vec<_> = owners.lines().collect();
    assert_eq!(owners[0], owners[1]);
    assert_eq!(
        facts(&container).await.started_at,
        started,
        "nothing was restarted"
    );

    let taken = docker
        .take(&placement)
        .await
        .expect("the files are taken out");
    assert!(taken.removed.len() == placement.files.len() && taken.kept.is_empty());
    assert_eq!(offered(&container).await, ("none".to_owned(), 0));
    assert!(
        docker
            .take(&placement)
            .await
            .expect("a second time")
            .removed
            .is_empty()
    );
    docker.put(&placement, &files).await.expect("and again");
    assert_eq!(offered(&container).await.0, "5.5.0");
}

#[tokio::test]
async fn every_kind_of_source_has_the_same_files() {
    let docker = docker().await;
    let from_folder = bundle(&docker, &Source::Folder(folder(Partman::V5_2_4))).await;
    let from_deb = bundle(&docker, &Source::Deb(deb(Partman::V5_2_4))).await;
    let image = Source::parse("image:partman-test/postgres:17").expect("a source");
    let from_image = bundle(&docker, &image).await;
    let room = tempfile::tempdir().expect("a folder");
    assert_eq!(from_folder.files, from_deb.files);
    assert_eq!(from_folder.files, from_image.files);
    for (name, how) in [("p.tar", "-c"), ("p.tar.gz", "-cz"), ("p.tar.xz", "-cJ")] {
        let path = room.path().join(name);
        let made = std::process::Command::new("tar")
            .arg(how)
            .arg("-f")
            .arg(&path)
            .arg("-C")
            .arg(folder(Partman::V5_2_4))
            .arg(".")
            .status();
        assert!(made.expect("tar").success());
        let source = Source::parse(path.to_str().expect("a plain path")).expect("a source");
        assert_eq!(
            bundle(&docker, &source).await.files,
            from_folder.files,
            "{source}"
        );
    }
    let left = [
        "ps",
        "-aq",
        "--filter",
        "label=org.partman.scratch",
        "--filter",
        "ancestor=partman-test/postgres:17",
    ];
    let left = std::process::Command::new("docker")
        .args(left)
        .output()
        .expect("docker");
    assert_eq!(
        left.stdout, b"",
        "the container that the image was read through is gone"
    );
}

#[tokio::test]
async fn sources_without_the_extension_are_refused() {
    let docker = docker().await;
    let refusal = async |source: Source| {
        docker
            .bundle(&source, EXTENSION, Some(15))
            .await
            .expect_err("a refusal")
    };
    let error = refusal(Source::Image("partman-test/postgres:15".into())).await;
    assert_eq!(
        error.to_string(),
        "image partman-test/postgres:15 can't be used as a source of pg_partman: it has no pg_partman.control"
    );
    let error = refusal(Source::Image("partman-test/no-such:1".into())).await;
    assert_eq!(
        (error.kind(), error.way_out()),
        (
            Kind::NotFound,
            Some("`docker pull partman-test/no-such:1`, or build it first")
        )
    );
    let error = refusal(Source::Deb(
        folder(Partman::V5_2_4).join("pg_partman.control"),
    ))
    .await;
    assert_eq!(error.kind(), Kind::BadInput);
    let error = Source::parse("/nonexistent/pg_partman.deb").expect_err("no such file");
    assert_eq!(error.kind(), Kind::BadInput);
}

#[tokio::test]
async fn nothing_different_is_overwritten() {
    let (docker, container) = (
        docker().await,
        Container::start(Image::Postgres15)
            .await
            .expect("a container"),
    );
    let (placement, files) = placed(
        &docker,
        &container,
        &Source::Folder(folder(Partman::V5_2_4)),
    )
    .await;
    docker
        .put(&placement, &files)
        .await
        .expect("the files are put");
    let (same, _) = placed(&docker, &container, &Source::Deb(deb(Partman::V5_2_4))).await;
    assert!(same.is_done() && same.files.iter().all(|file| file.was == Was::Same));
    assert!(
        docker
            .take(&same)
            .await
            .expect("nothing to take")
            .removed
            .is_empty(),
        "they were there before"
    );

    let newer = bundle(&docker, &Source::Deb(deb(Partman::V5_5_0))).await;
    let error = docker
        .place(&facts(&container).await, &newer)
        .await
        .expect_err("another version is there");
    assert_eq!(error.kind(), Kind::Conflict, "{error:?}");
    assert!(
        error.to_string().contains(&format!("{FOLDER}/pg_partman")),
        "{error}"
    );

    let changed = format!("echo '-- mine' >> {FOLDER}/pg_partman--5.2.4.sql");
    container
        .exec(&["sh", "-c", &changed])
        .await
        .expect("a change");
    let taken = docker
        .take(&placement)
        .await
        .expect("the rest is taken out");
    let kept: Vec<_> = taken.kept.iter().map(|kept| kept.name.as_str()).collect();
    assert_eq!(
        (kept, taken.removed.len()),
        (vec!["pg_partman--5.2.4.sql"], placement.files.len() - 1)
    );
    let error = docker
        .put(&placement, &files)
        .await
        .expect_err("a different file is there");
    assert_eq!(error.kind(), Kind::Conflict, "{error:?}");
}

#[tokio::test]
async fn what_was_interrupted_can_be_finished_or_undone() {
    let (docker, container) = (
        docker().await,
        Container::start(Image::Postgres15)
            .await
            .expect("a container"),
    );
    let (placement, files) = placed(
        &docker,
        &container,
        &Source::Folder(folder(Partman::V4_7_2)),
    )
    .await;
    let placement: Placement =
        serde_json::from_str(&serde_json::to_string(&placement).expect("JSON"))
            .expect("a placement");
    for undo in [true, false, true] {
        // As if half of it had happened: some files in place, the rest in a half-filled folder beside them.
        docker
            .put(&placement, &files)
            .await
            .expect("the files are put");
        let staging = format!("{FOLDER}/.partman-half");
        let half = format!(
            "cd {FOLDER} && ls pg_partman--4* pg_partman.control | xargs rm && mkdir -p {staging} && rmdir {staging}"
        );
        container
            .exec(&["sh", "-c", &half])
            .await
            .expect("half of it");
        assert_eq!(
            offered(&container).await.0,
            "none",
            "without its control file nothing is offered"
        );
        if undo {
            docker
                .take(&placement)
                .await
                .expect("the rest is taken out");
            assert_eq!(offered(&container).await.1, 0);
        } else {
            docker
                .put(&placement, &files)
                .await
                .expect("the rest is put");
            assert_eq!(
                offered(&container).await,
                ("4.7.2".to_owned(), placement.files.len())
            );
        }
    }
}

#[tokio::test]
async fn an_abort_at_any_time_leaves_what_can_be_undone() {
    let (docker, container) = (
        docker().await,
        Container::start(Image::Postgres15)
            .await
            .expect("a container"),
    );
    let (placement, files) = placed(
        &docker,
        &container,
        &Source::Folder(folder(Partman::V5_5_0)),
    )
    .await;
    let (client, connection) = container
        .config()
        .connect(tokio_postgres::NoTls)
        .await
        .expect("a connection");
    let task = tokio::spawn(connection);
    for millis in [1, 20, 50, 80, 120, 160, 200, 300] {
        let put = docker.put(&placement, &files);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(millis), put).await;
        docker.take(&placement).await.expect("it is taken out");
        // The Engine may still have been unpacking what we had sent.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        docker.take(&placement).await.expect("it is taken out");
        assert_eq!(
            offered(&container).await,
            ("none".to_owned(), 0),
            "aborted after {millis} ms"
        );
    }
    let alive = client.simple_query("SELECT 1").await;
    alive.expect("the session that was there before is still there");
    task.abort();
}

#[tokio::test]
async fn a_read_only_container_is_refused_with_the_other_way() {
    let container = Container::options(Image::Postgres15)
        .in_memory()
        .args(&[
            "--read-only",
            "--tmpfs",
            "/var/run/postgresql:mode=3777",
            "--tmpfs",
            "/tmp",
        ])
        .start()
        .await
        .expect("a container");
    let docker = docker().await;
    let files = bundle(&docker, &Source::Folder(folder(Partman::V5_2_4))).await;
    let error = docker
        .place(&facts(&container).await, &files)
        .await
        .expect_err("it is read-only");
    assert_eq!(error.kind(), Kind::Refused);
    assert!(
        error.to_string().ends_with("its file system is read-only"),
        "{error}"
    );
    assert!(
        error
            .way_out()
            .is_some_and(|help| help.contains("in the image")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_container_that_is_gone_has_no_files_to_take() {
    let docker = docker().await;
    let container = Container::start(Image::Postgres15)
        .await
        .expect("a container");
    let (placement, files) = placed(
        &docker,
        &container,
        &Source::Folder(folder(Partman::V5_2_4)),
    )
    .await;
    docker
        .put(&placement, &files)
        .await
        .expect("the files are put");
    container.docker(&["stop"]).await.expect("a stop");
    assert_eq!(
        docker
            .take(&placement)
            .await
            .expect_err("it is stopped")
            .kind(),
        Kind::NotRunning
    );
    tokio::task::spawn_blocking(move || drop(container))
        .await
        .expect("a drop");
    assert_eq!(
        docker
            .take(&placement)
            .await
            .expect_err("it is gone")
            .kind(),
        Kind::NotFound
    );
    assert!(
        Path::new(&folder(Partman::V5_2_4)).exists(),
        "the source is untouched"
    );
}
