//! The text that `partman init` writes: it reads back, and turns nothing on by itself.

use std::path::Path;

use partman_core::{Interval, RelationName};

use crate::Config;
use crate::config::template::{Found, FoundDocker, FoundSet, render};

fn read(text: &str) -> Config {
    Config::parse(text, Path::new("partman.toml"))
        .unwrap_or_else(|e| panic!("{}\n{text}", e.render(false)))
}

fn events() -> FoundSet {
    FoundSet {
        parent: RelationName::new("public", "webhook_events"),
        control: Some("created_at".to_owned()),
        interval: Some(Interval::Months(1)),
        time_zone: None,
        reasons: Vec::new(),
    }
}

#[test]
fn what_was_found_is_written_and_reads_back() {
    let odd = FoundSet {
        parent: RelationName::new("App", "or\"der 'x'"),
        control: Some("createdAt".to_owned()),
        interval: Some(Interval::Days(1)),
        time_zone: Some("Europe/Berlin".to_owned()),
        reasons: Vec::new(),
    };
    let refused = FoundSet {
        parent: RelationName::new("public", "by_region"),
        reasons: vec!["it is partitioned by LIST:\nonly RANGE has a next partition".to_owned()],
        ..events()
    };
    let unclear = FoundSet {
        parent: RelationName::new("public", "lone"),
        interval: None,
        ..events()
    };
    let docker = FoundDocker {
        container: Some("ai_agent_postgres".to_owned()),
        compose_file: Some("docker-compose.rabbitmq.yml".to_owned()),
        service: Some("postgres".to_owned()),
        image: None,
    };
    let text = render(&Found {
        database: Some("postgres://admin@localhost/ai_agent_admin".to_owned()),
        docker: Some(docker),
        sets: vec![events(), odd.clone(), refused, unclear],
    });
    let config = read(&text);
    let sets: Vec<_> = config.sets.iter().map(|set| &set.parent).collect();
    assert_eq!(sets, [&events().parent, &odd.parent]);
    assert!(config.sets.iter().all(|set| set.retention.is_none()));
    insta::assert_snapshot!(text);
}

#[test]
fn what_was_not_found_is_left_as_an_example() {
    let text = render(&Found::default());
    assert_eq!(read(&text).sets, []);
    insta::assert_snapshot!(text);
}

#[test]
fn every_comment_of_a_key_is_a_setting_when_it_is_taken_out() {
    let text = render(&Found {
        docker: Some(FoundDocker::default()),
        sets: vec![events()],
        ..Found::default()
    });
    let is_key = |line: &&str| line.contains(" = ");
    let uncommented: Vec<_> = text
        .lines()
        .map(|line| match line.strip_prefix("# ").filter(is_key) {
            Some(setting) => setting,
            None => line,
        })
        .collect();
    let config = read(&uncommented.join("\n"));
    assert_eq!(config.sets[0].retention, Some(Interval::Months(12)));
    assert_eq!(config.docker.container.as_deref(), Some("my_postgres"));
}

#[test]
fn the_defaults_that_are_written_are_the_defaults() {
    let written = read(&render(&Found::default()));
    assert_eq!(written.locks, Config::default().locks);
    assert_eq!(written.backup, Config::default().backup);
    assert_eq!(written.proof, Config::default().proof);
    assert_eq!(written.pg_partman, Config::default().pg_partman);
}

#[test]
fn a_password_that_slipped_in_is_not_written() {
    let text = render(&Found {
        database: Some("postgres://admin:hunter2@localhost/shop".to_owned()),
        ..Found::default()
    });
    assert!(!text.contains("hunter2"));
}
