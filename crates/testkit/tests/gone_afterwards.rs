//! However a test ends, neither its server nor its folder is left.
//!
//! The dying is done by this very program, started again with the name of the same test and a variable that
//! makes it the one that holds a cluster and waits.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use partman_testkit::{Cluster, Partman};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

const HOLDER: &str = "PARTMAN_TESTKIT_HOLDS";

/// What a cluster leaves traces of.
struct Traces {
    dir: PathBuf,
    server: u32,
}

impl Traces {
    fn of(cluster: &Cluster) -> Self {
        let file = std::fs::read_to_string(cluster.data_dir().join("postmaster.pid"))
            .expect("a running server's pid file");
        let server = file
            .lines()
            .next()
            .and_then(|pid| pid.parse().ok())
            .expect("a process id");
        Self {
            dir: cluster.socket_dir().to_owned(),
            server,
        }
    }

    fn server_runs(&self) -> bool {
        Path::new(&format!("/proc/{}", self.server)).exists()
    }

    fn are_gone(&self) -> bool {
        !self.dir.exists() && !self.server_runs()
    }

    fn supervisor(&self) -> u32 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.server))
            .expect("a running server");
        let after_name = stat.rsplit_once(") ").expect("a process status").1;
        after_name
            .split(' ')
            .nth(1)
            .and_then(|pid| pid.parse().ok())
            .expect("the parent's process id")
    }
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < give_up, "not even after 20 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn pid(raw: u32) -> Pid {
    i32::try_from(raw)
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process id")
}

/// If this process is the one to be killed: holds a cluster, says so, and never returns.
async fn hold_if_told_to() {
    if std::env::var_os(HOLDER).is_none() {
        return;
    }
    let cluster = Cluster::start(Partman::None).await.expect("a cluster");
    let traces = Traces::of(&cluster);
    println!("\nholding {} {}", traces.server, traces.dir.display());
    std::io::stdout().flush().expect("a pipe to the test");
    std::future::pending::<()>().await;
}

/// Starts a process that holds a cluster, in a process group of its own as test runners do.
fn holder(test: &str) -> (Child, Traces) {
    let program = std::env::current_exe().expect("our own path");
    let mut child = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(HOLDER, "1")
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("a second one of us");
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    let said = out
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("holding ").map(str::to_owned));
    let said = said.expect("the holder says what it holds");
    let (server, dir) = said.split_once(' ').expect("two words");
    let traces = Traces {
        dir: dir.into(),
        server: server.parse().expect("a process id"),
    };
    assert!(traces.dir.is_dir() && traces.server_runs());
    (child, traces)
}

#[tokio::test]
async fn a_killed_test_leaves_nothing() {
    hold_if_told_to().await;
    let (mut child, traces) = holder("a_killed_test_leaves_nothing");
    child.kill().expect("SIGKILL");
    child.wait().expect("its end");
    eventually("server and folder are gone", || traces.are_gone());
}

#[tokio::test]
async fn a_killed_process_group_leaves_nothing() {
    hold_if_told_to().await;
    let (mut child, traces) = holder("a_killed_process_group_leaves_nothing");
    kill_process_group(pid(child.id()), Signal::KILL).expect("SIGKILL to the group");
    child.wait().expect("its end");
    eventually("server and folder are gone", || traces.are_gone());
}

#[tokio::test]
async fn a_terminated_supervisor_clears_away() {
    let cluster = Cluster::start(Partman::None).await.expect("a cluster");
    let traces = Traces::of(&cluster);
    kill_process(pid(traces.supervisor()), Signal::TERM).expect("SIGTERM");
    eventually("server and folder are gone", || traces.are_gone());
    let error = cluster
        .restart()
        .await
        .expect_err("nobody is left to start it");
    assert!(error.to_string().contains("supervisor"), "{error:?}");
}

#[tokio::test]
async fn a_killed_supervisor_takes_the_server_with_it() {
    let cluster = Cluster::start(Partman::None).await.expect("a cluster");
    let traces = Traces::of(&cluster);
    kill_process(pid(traces.supervisor()), Signal::KILL).expect("SIGKILL");
    eventually("the server is gone", || !traces.server_runs());
    drop(cluster);
    assert!(!traces.dir.exists(), "the folder is still there");
}

#[tokio::test]
async fn a_panic_leaves_nothing() {
    let cluster = Cluster::start(Partman::None).await.expect("a cluster");
    let traces = Traces::of(&cluster);
    let panicked = tokio::spawn(async move {
        let _held = cluster;
        panic!("this panic is part of the test");
    });
    assert!(panicked.await.is_err());
    assert!(traces.are_gone(), "a drop returns when everything is gone");
}

#[tokio::test]
async fn a_crashed_cluster_is_cleared_away_too() {
    let cluster = Cluster::start(Partman::None).await.expect("a cluster");
    let traces = Traces::of(&cluster);
    cluster.crash().await.expect("crash");
    assert!(!traces.server_runs() && traces.dir.exists());
    drop(cluster);
    assert!(traces.are_gone());
}
