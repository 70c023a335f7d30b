//! What errors look like, and the exit codes that they mean.

use std::path::Path;

use super::*;
use partman_rollout::Config;

#[test]
fn every_kind_has_its_exit_code() {
    for (kind, code) in [
        (Kind::Settings, 2),
        (Kind::Unreachable, 4),
        (Kind::ConnectionLost, 4),
        (Kind::Server, 4),
        (Kind::LockTimeout, 6),
        (Kind::Busy, 6),
        (Kind::Refused, 5),
        (Kind::Unfinished, 9),
        (Kind::Changed, 10),
        (Kind::Verification, 8),
        (Kind::Cancelled, 130),
        (Kind::Bug, 70),
    ] {
        assert_eq!(code_of(kind).number(), code, "{kind:?}");
    }
}

#[test]
fn the_chain_is_shown_level_by_level_and_then_the_way_out() {
    let refused = partman_core::Error::new(Kind::Unreachable, "connection refused")
        .context("could not connect to db:5432");
    let error = Error::from(refused).while_doing("could not look at public.events");
    insta::assert_snapshot!(error.help("start the server").text(false), @"
    error: could not look at public.events
      caused by: could not connect to db:5432
      caused by: connection refused
    help: start the server
    ");
}

#[test]
fn a_wrong_configuration_is_shown_with_its_line() {
    let wrong = Config::parse("[locks]\nwait = 7", Path::new("partman.toml"));
    let error = Error::from(wrong.expect_err("it is wrong"));
    assert_eq!(error.code(), ExitCode::Configuration);
    insta::assert_snapshot!(error.text(false), @r#"
    error: `wait` has to be a text in quotes, not a whole number
     --> partman.toml:2:8
      |
    2 | wait = 7
      |        ^
      |
      = help: write it as wait = "50 ms"
    "#);
}

#[test]
fn colour_is_only_around_words() {
    let error = Error::new(ExitCode::Refused, "no such table").help("name another");
    let styled = anstream::adapter::strip_str(&error.text(true)).to_string();
    assert_eq!(styled, error.text(false));
}

#[test]
fn nothing_that_is_shown_holds_a_password() {
    let error = Error::new(ExitCode::Usage, "cannot use postgres://admin:hunter2@h/db");
    assert!(
        !error
            .help("PGPASSWORD=hunter2")
            .text(true)
            .contains("hunter2")
    );
}
