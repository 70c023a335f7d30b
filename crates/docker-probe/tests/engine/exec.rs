//! Programs in a container: their streams and exit codes are theirs, and they never outlive us.

use std::io::{BufRead, BufReader};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use docker_probe::{Command, Docker, Endpoint, Kind};
use partman_testkit::{Container, Image};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{UnixListener, UnixStream};

use crate::docker;

const HELD: &str = "PARTMAN_PROBE_EXECS_IN";

/// A container in which nothing happens.
async fn quiet() -> Container {
    let options = Container::options(Image::Postgres15).command(&["sleep", "1000"]);
    options
        .unpublished()
        .without_waiting()
        .start()
        .await
        .expect("a container")
}

fn shell(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

async fn runs(container: &Container, program: &str) -> bool {
    let top = container.docker(&["top"]).await.expect("processes");
    top.lines().any(|line| line.contains(program))
}

async fn ends(container: &Container, program: &str) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while runs(container, program).await {
        assert!(Instant::now() < give_up, "{program} still runs after 20 s");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn streams_and_exit_code_are_kept_apart() {
    let (docker, container) = (docker().await, quiet().await);
    let script = "printf 'a\\r\\nb\\0c'; echo oops >&2; cat; echo \"$SECRET\"; exit 3";
    let command = shell(script)
        .env("SECRET", "s3cret".to_owned())
        .user("postgres");
    assert!(!format!("{command:?}").contains("s3cret"));
    let output = docker
        .exec(container.id(), &command)
        .await
        .expect("an output");
    assert_eq!(
        output.stdout, b"a\r\nb\0cs3cret\n",
        "byte for byte, and no input"
    );
    assert_eq!(
        (output.stderr.as_slice(), output.exit_code),
        (&b"oops\n"[..], 3)
    );
    let error = output.must_succeed("could not try").expect_err("it failed");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (Kind::Failed, "could not try (exit code 3)")
    );
    assert!(format!("{error:?}").contains("oops"));

    let killed = docker
        .exec(container.id(), &shell("kill -9 $$"))
        .await
        .expect("an output");
    assert_eq!(killed.exit_code, 137);
    let missing = docker
        .exec(container.id(), &Command::new("no-such-program"))
        .await
        .expect("an output");
    assert_eq!(missing.exit_code, 127);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no-such-program"));
}

#[tokio::test]
async fn much_output_arrives_whole() {
    let (docker, container) = (docker().await, quiet().await);
    let mut bytes = Vec::new();
    let command = shell("head -c 30000000 /dev/zero | tr '\\0' x; echo done >&2");
    let (stderr, code) = docker
        .exec_into(container.id(), &command, &mut bytes)
        .await
        .expect("an end");
    assert_eq!((stderr.as_slice(), code), (&b"done\n"[..], 0));
    assert!(bytes.len() == 30_000_000 && bytes.iter().all(|byte| *byte == b'x'));
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed() {
    let (docker, container) = (docker().await, quiet().await);
    let command = Command::new("sleep")
        .arg("4321")
        .within(Duration::from_millis(500));
    let error = docker
        .exec(container.id(), &command)
        .await
        .expect_err("too long");
    assert_eq!(error.kind(), Kind::TimedOut);
    assert!(
        error
            .to_string()
            .ends_with("took longer than 500ms; it was killed"),
        "{error}"
    );
    assert!(!runs(&container, "sleep 4321").await);

    let stubborn =
        shell("trap '' TERM; while :; do sleep 0.4322; done").within(Duration::from_millis(500));
    let error = docker
        .exec(container.id(), &stubborn)
        .await
        .expect_err("too long");
    assert!(error.to_string().ends_with("it was killed"), "{error}");
    ends(&container, "trap").await;
    ends(&container, "0.4322").await;
}

#[tokio::test]
async fn an_aborted_program_is_killed() {
    let (docker, container) = (docker().await, quiet().await);
    let id = container.id().to_owned();
    let task =
        tokio::spawn(async move { docker.exec(&id, &Command::new("sleep").arg("5432")).await });
    while !runs(&container, "sleep 5432").await {}
    task.abort();
    ends(&container, "sleep 5432").await;
    ends(&container, "partman").await;
}

#[tokio::test]
async fn a_killed_client_takes_the_program_with_it() {
    if let Some(id) = std::env::var_os(HELD) {
        let id = id.into_string().expect("an id");
        println!("\nholding");
        let outcome = docker()
            .await
            .exec(&id, &Command::new("sleep").arg("6543"))
            .await;
        panic!("that should have been killed: {outcome:?}");
    }
    let container = quiet().await;
    let mut holder = Process::new(std::env::current_exe().expect("our own path"))
        .args([
            "--exact",
            "exec::a_killed_client_takes_the_program_with_it",
            "--nocapture",
        ])
        .env(HELD, container.id())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second one of us");
    let mut out = BufReader::new(holder.stdout.take().expect("a pipe")).lines();
    out.find(|line| line.as_ref().is_ok_and(|line| line == "holding"))
        .expect("a holder")
        .expect("a line");
    while !runs(&container, "sleep 6543").await {}
    holder.kill().expect("SIGKILL");
    holder.wait().expect("its end");
    ends(&container, "sleep 6543").await;
}

#[tokio::test]
async fn a_container_that_does_not_run_is_told_as_such() {
    let (docker, container) = (docker().await, quiet().await);
    container.docker(&["kill"]).await.expect("a stop");
    let error = docker
        .exec(container.id(), &shell("true"))
        .await
        .expect_err("it is stopped");
    assert_eq!(error.kind(), Kind::NotRunning, "{error:?}");
    let error = docker
        .exec("partman-test-no-such", &shell("true"))
        .await
        .expect_err("no container");
    assert_eq!(error.kind(), Kind::NotFound, "{error:?}");
}

/// Stands between us and the Engine, and ends each answer to the start of a program after so many bytes.
async fn engine_that_cuts_after(bytes: u64) -> (Docker, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let Endpoint::Unix(real) = docker().await.endpoint().clone() else {
        panic!("this test needs an Engine on a Unix socket");
    };
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let engine = UnixStream::connect(&real).await.expect("the Engine");
            tokio::spawn(forward(client, engine, bytes));
        }
    });
    let docker = Docker::connect_to(Endpoint::Unix(path))
        .await
        .expect("the Engine, through us");
    (docker, folder)
}

async fn forward(client: UnixStream, engine: UnixStream, bytes: u64) {
    let (mut from_client, mut to_client) = client.into_split();
    let (from_engine, mut to_engine) = engine.into_split();
    let (tell, mut told) = tokio::sync::watch::channel(false);
    let up = tokio::spawn(async move {
        let mut request = vec![0; 65536];
        while let Ok(read @ 1..) = from_client.read(&mut request).await {
            if String::from_utf8_lossy(&request[..read]).contains("/start HTTP/1.1") {
                let _ = tell.send(true);
            }
            if to_engine.write_all(&request[..read]).await.is_err() {
                break;
            }
        }
    });
    let mut from_engine = from_engine;
    let mut answer = vec![0; 65536];
    loop {
        if *told.borrow_and_update() {
            let _ = copy(&mut from_engine.take(bytes), &mut to_client).await;
            break;
        }
        match from_engine.read(&mut answer).await {
            Ok(read @ 1..) if !*told.borrow() => {
                let _ = to_client.write_all(&answer[..read]).await;
            }
            // The head of the answer that is to be cut.
            Ok(read @ 1..) => {
                let _ = to_client
                    .write_all(&answer[..read.min(bytes as usize)])
                    .await;
            }
            _ => break,
        }
    }
    up.abort();
}

#[tokio::test]
async fn an_answer_that_is_cut_is_never_taken_for_the_end() {
    let container = quiet().await;
    // About 200 bytes are the HTTP head; the frames after it have 8 bytes of head each.
    for bytes in [300, 5_000, 100_003, 1_000_000] {
        let (docker, _folder) = engine_that_cuts_after(bytes).await;
        let word = format!("cut-after-{bytes}");
        let command = Command::new("yes").arg(&word);
        let error = docker
            .exec(container.id(), &command)
            .await
            .expect_err("it was cut");
        assert_eq!(error.kind(), Kind::Cut, "after {bytes} bytes: {error:?}");
        ends(&container, &word).await;
    }
}

#[tokio::test]
async fn a_server_that_is_process_1_does_not_notice() {
    let (docker, container) = (
        docker().await,
        Container::start(Image::Postgres15)
            .await
            .expect("a container"),
    );
    let (client, connection) = container
        .config()
        .connect(tokio_postgres::NoTls)
        .await
        .expect("a connection");
    let task = tokio::spawn(connection);
    let sleeps = || {
        Command::new("psql").args([
            "-U",
            "admin",
            "-d",
            "ai_agent_admin",
            "-c",
            "SELECT pg_sleep(60)",
        ])
    };
    for _ in 0..10 {
        let command = Command::new("psql").args(["-U", "admin", "-d", "no such database"]);
        assert_eq!(
            docker
                .exec(container.id(), &command)
                .await
                .expect("an end")
                .exit_code,
            2
        );
    }
    for millis in [1, 50, 100, 200, 400] {
        let limit = Duration::from_millis(millis);
        let error = docker
            .exec(container.id(), &sleeps().within(limit))
            .await
            .expect_err("too long");
        assert_eq!(error.kind(), Kind::TimedOut);
        let _ = tokio::time::timeout(limit, docker.exec(container.id(), &sleeps())).await;
    }
    ends(&container, "psql").await;
    client
        .simple_query("SELECT 1")
        .await
        .expect("the session that was there before is still there");
    let log = container.log().await.expect("a log");
    assert!(!log.contains("terminated by signal"), "{log}");
    task.abort();
}
