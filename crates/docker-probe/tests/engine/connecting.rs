//! What is said when there is no Engine, or the wrong one.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use docker_probe::{Docker, Endpoint, Kind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

#[tokio::test]
async fn the_engine_tells_its_version() {
    let docker = crate::docker().await;
    let engine = docker.engine();
    let major: u32 = engine
        .version
        .split('.')
        .next()
        .and_then(|word| word.parse().ok())
        .expect("a version");
    assert!(major >= 20 && engine.os == "linux", "{engine:?}");
    assert!(engine.api_version.starts_with("1."), "{engine:?}");
}

#[tokio::test]
async fn nobody_there_is_told_with_a_way_out() {
    let error = Docker::connect_to(Endpoint::Unix("/nonexistent/docker.sock".into())).await;
    let error = error.expect_err("no Engine");
    assert_eq!(error.kind(), Kind::NoEngine);
    assert_eq!(
        error.to_string(),
        "no Docker Engine answers at unix:///nonexistent/docker.sock"
    );
    assert!(
        error
            .way_out()
            .is_some_and(|help| help.contains("docker.io")),
        "{error:?}"
    );
}

/// As root nothing is forbidden, so that the trying is done by a second one of us, as nobody.
#[tokio::test]
async fn a_socket_that_is_not_ours_is_told_with_the_group() {
    if let Some(path) = std::env::var_os("PARTMAN_PROBE_KNOCKS_AT") {
        let error = Docker::connect_to(Endpoint::Unix(path.into()))
            .await
            .expect_err("forbidden");
        assert_eq!(error.kind(), Kind::PermissionDenied, "{error:?}");
        assert!(
            error
                .way_out()
                .is_some_and(|help| help.contains("group `docker`")),
            "{error:?}"
        );
        return;
    }
    let folder = tempfile::Builder::new()
        .prefix("partman-test")
        .tempdir()
        .expect("a folder");
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode")
    };
    let path = folder.path().join("docker.sock");
    let _listener = UnixListener::bind(&path).expect("a socket");
    mode(&path, 0o000);
    mode(folder.path(), 0o755);
    let us = std::env::current_exe().expect("our own path");
    let root = std::fs::metadata(&path).expect("a socket").uid() == 0;
    let mut second = if root {
        Command::new("setpriv")
    } else {
        Command::new(&us)
    };
    if root {
        second
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(&us);
    }
    let test = "connecting::a_socket_that_is_not_ours_is_told_with_the_group";
    let output = second
        .args(["--exact", test])
        .env("PARTMAN_PROBE_KNOCKS_AT", &path)
        .output();
    let output = output.expect("a second one of us");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[tokio::test]
async fn an_old_engine_is_refused_by_its_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("old.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = [0; 4096];
            while matches!(client.read(&mut request).await, Ok(1..)) {
                let body = r#"{"Version":"18.09.1","ApiVersion":"1.39","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#;
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
                let answer = format!("{head}: {}\r\n\r\n{body}", body.len());
                client
                    .write_all(answer.as_bytes())
                    .await
                    .expect("an answer");
            }
        }
    });
    let error = Docker::connect_to(Endpoint::Unix(path))
        .await
        .expect_err("too old");
    assert_eq!(error.kind(), Kind::EngineTooOld, "{error:?}");
    assert!(
        error.to_string().ends_with("is version 18.09.1 (API 1.39)"),
        "{error}"
    );
}
