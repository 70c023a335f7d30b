//! The help that people read, and what is refused before anything is done.

use clap::Parser;

use super::*;

fn wrong(line: &str) -> String {
    let error = parse(line.split(' ').map(OsString::from)).expect_err("this is wrong usage");
    assert_eq!(error.code(), ExitCode::Usage);
    error.text(false)
}

fn helps() -> Vec<(String, String, String)> {
    let mut partman = command().term_width(100);
    partman.build();
    let mut all = vec![("partman".to_owned(), partman.clone())];
    let verbs = partman
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help");
    all.extend(verbs.map(|verb| (verb.get_name().to_owned(), verb.clone().term_width(100))));
    let render = |(name, mut command): (String, clap::Command)| {
        let short = command.render_help().to_string();
        let long = command.render_long_help().to_string();
        (name, short, long)
    };
    all.into_iter().map(render).collect()
}

#[test]
fn the_help_of_every_verb_is_as_committed() {
    for (name, short, long) in helps() {
        insta::assert_snapshot!(format!("help_{name}_short"), short);
        insta::assert_snapshot!(format!("help_{name}"), long);
    }
}

#[test]
fn every_verb_has_a_short_line_and_an_example() {
    for verb in command().get_subcommands() {
        let name = verb.get_name();
        let line = verb
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!((10..79).contains(&line.chars().count()), "{name}: {line}");
        let long = verb
            .get_after_long_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            long.contains(&format!("partman {name}")),
            "{name} has no example"
        );
    }
}

#[test]
fn every_example_can_be_typed() {
    for (name, _, long) in helps() {
        let (_, examples) = long.split_once("Examples:\n").expect("there are some");
        for line in examples.lines() {
            let commands = line
                .trim()
                .split(" && ")
                .map(|c| c.split([';', '|', '>']).next());
            for typed in commands.flatten() {
                let words = typed
                    .split_whitespace()
                    .map(|word| word.replace(['\''], ""));
                let parsed = Args::try_parse_from(join_quoted(typed, words));
                assert!(parsed.is_ok(), "{name}: {typed}: {parsed:?}");
            }
        }
    }
}

/// Words, with those between single quotes as one.
fn join_quoted(typed: &str, words: impl Iterator<Item = String>) -> Vec<String> {
    match typed.split_once('\'') {
        None => words.collect(),
        Some((before, quoted)) => {
            let before = before.split_whitespace().map(str::to_owned);
            before
                .chain([quoted.trim_end().trim_end_matches('\'').to_owned()])
                .collect()
        }
    }
}

#[test]
fn the_command_is_well_formed() {
    command().debug_assert();
}

#[test]
fn a_password_is_refused_first_and_never_repeated() {
    for line in [
        "partman --database postgres://u:hunter2@h/db status",
        "partman --bogus --database=postgres://u:hunter2@h/db",
        "partman postgres://u:hunter2@h/db",
        "partman migrate postgres://u:hunter2@h/db",
        "partman --color postgres://u:hunter2@h/db",
        "partman --help --database postgres://u:hunter2@h/db",
    ] {
        let text = wrong(line);
        assert!(text.contains("a password can't be an argument"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn what_contradicts_itself_is_wrong_usage() {
    for line in [
        "partman migrate --rename --keep-names",
        "partman migrate --plan p.json public.events",
        "partman status --save a --input b",
        "partman -q -v status",
        "partman check --report xml=a",
        "partman check --wait 5",
        "partman migrate a.b.c",
        "partman status --format yaml",
    ] {
        wrong(line);
    }
}
