//! The demonstration in a container: the whole story, and nothing left of it, also when it is killed.
//!
//! Without a Docker Engine these tests fail and say what to install.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use partman_testkit::Partman;
use predicates::prelude::*;
use predicates::str::contains;

fn demo() -> Command {
    let source = Partman::V5_2_4.files().expect("the files of pg_partman");
    let mut demo = Command::new(assert_cmd::cargo::cargo_bin("partman"));
    demo.args([
        "demo",
        "--container-image",
        "partman-test/postgres:15",
        "--rows",
        "2000",
        "--idle",
        "2",
        "--source",
    ])
    .arg(source)
    .env("TMPDIR", std::env::temp_dir());
    demo
}

/// Whether there is a container of this name.
fn is_there(name: &str) -> bool {
    let filter = format!("name={name}");
    let listed = Command::new("docker")
        .args(["ps", "-aq", "--filter", &filter])
        .output();
    !listed.expect("docker").stdout.is_empty()
}

fn name_in(text: &str) -> Option<String> {
    let start = text.find("partman-demo-")?;
    let name: String = text[start..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    (name.len() == "partman-demo-".len() + 16).then_some(name)
}

#[test]
fn the_story_is_told_to_its_end_and_nothing_is_left() {
    let told = assert_cmd::Command::from_std(demo()).assert().success();
    let text = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    let all = contains("every row compared")
        .and(contains("was not restarted"))
        .and(contains("as it was:"))
        .and(contains("deployment again"));
    assert!(all.eval(&text), "{text}");
    let name = name_in(&text).expect("the container's name is told");
    assert!(!is_there(&name));
}

#[test]
fn a_demonstration_that_is_killed_takes_its_container_along() {
    let out = tempfile::NamedTempFile::new().expect("a file");
    let file = out.reopen().expect("a file");
    let mut child = demo()
        .stdout(file)
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let began = Instant::now();
    let name = loop {
        let text = std::fs::read_to_string(out.path()).expect("it can be read");
        if let Some(name) = name_in(&text) {
            break name;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it does not come that far: {text}"
        );
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(is_there(&name));
    child.kill().expect("it is killed");
    child.wait().expect("it has ended");
    let killed = Instant::now();
    while is_there(&name) {
        assert!(killed.elapsed() < Duration::from_secs(30), "{name} is left");
        std::thread::sleep(Duration::from_millis(100));
    }
}
