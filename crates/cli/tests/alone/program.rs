//! The program as a program: exit codes, streams, and what it never shows.

use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use predicates::prelude::*;

fn partman() -> Command {
    let mut command = Command::cargo_bin("partman").expect("it is built");
    command.env_clear();
    command
}

#[test]
fn help_and_version_are_data() {
    let help = partman().arg("--help").assert().success().stderr("");
    help.stdout(predicate::str::contains("Exit codes:"));
    let version = partman().arg("--version").assert().success();
    version.stdout(concat!("partman ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_is_told_on_stderr() {
    partman().assert().code(2).stdout("");
    let bogus = partman().arg("bogus").assert().code(2).stdout("");
    bogus.stderr(predicate::str::contains("bogus"));
}

#[test]
fn a_password_on_the_command_line_is_refused_and_never_shown() {
    for arguments in [
        &["init", "--database", "postgres://u:hunter2@h/db"][..],
        &["--databse=postgres://u:hunter2@h/db"],
        &["postgres://u:hunter2@h/db"],
    ] {
        let refused = partman().args(arguments).assert().code(2).stdout("");
        refused.stderr(predicate::str::contains("hunter2").not());
    }
}

#[test]
fn a_wrong_configuration_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[database]\nurl = \"postgres://u:hunter2@h/db\"\n";
    std::fs::write(folder.path().join("p.toml"), text).expect("a file");
    let mut command = partman();
    let command = command
        .current_dir(folder.path())
        .args(["init", "--stdout", "--config", "p.toml"]);
    let place = predicate::str::contains("p.toml:2:21");
    command
        .assert()
        .code(3)
        .stderr(place.and(predicate::str::contains("hunter2").not()));
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let escape = predicate::str::contains("\u{1b}[");
    partman().arg("bogus").assert().stderr(escape.clone().not());
    partman()
        .args(["--color", "always", "bogus"])
        .assert()
        .stderr(escape.clone());
    let honoured = partman().env("NO_COLOR", "1").arg("bogus").assert();
    honoured.stderr(escape.not());
}

#[test]
fn completions_and_manual_are_printed() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = partman().args(["completions", shell]).assert().success();
        script.stdout(predicate::str::contains("partman"));
    }
    let page = partman().arg("man").assert().success();
    page.stdout(predicate::str::contains(".TH partman 1"));
    let folder = tempfile::tempdir().expect("a folder");
    partman()
        .args(["man", "--out"])
        .arg(folder.path())
        .assert()
        .success();
    assert!(folder.path().join("partman-init.1").is_file());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let program = assert_cmd::cargo::cargo_bin("partman");
    let mut child = Process::new(program)
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let program = assert_cmd::cargo::cargo_bin("partman");
    let output = Process::new(program)
        .arg("man")
        .stdout(full)
        .output()
        .expect("it ends");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not write to stdout"));
}
