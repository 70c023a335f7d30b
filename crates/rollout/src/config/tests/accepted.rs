//! What is accepted, and what it means.

use std::path::Path;
use std::time::Duration;

use jiff::civil::date;
use partman_core::mend::MendKind;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_core::{Interval, RelationName};

use super::{parse, set_with};
use crate::config::{Config, Names, RetentionAction, Source};

/// The configuration of the reference, every key in it.
const COMPLETE: &str = r#"
[database]
url = "postgres://admin@localhost/ai_agent_admin"

[pg_partman]
schema = "partman"
version = "5.5.0"
source  = "vendor/pg_partman"

[docker]
container    = "ai_agent_postgres"
compose_file = "docker-compose.rabbitmq.yml"
service      = "postgres"
image        = "ai_agent_postgres:pg_partman"
files        = "docker/postgres"
dependants   = ["worker"]

[backup]
directory = "backups"
keep      = "7 days"

[proof]
max_age = "24 hours"

[locks]
wait  = "50 ms"
total = "60 s"

[[set]]
parent    = "public.webhook_events"
control   = "created_at"
interval  = "1 month"
premake   = 4
time_zone = "UTC"
names     = "keep"
decline   = ["fill-gap"]
retention = "12 months"
retention_action = "detach"

[[ignore]]
rule = "backup-missing"
reason = "the platform takes volume snapshots"
until = 2027-06-01
"#;

#[test]
fn the_complete_configuration_is_read() {
    let config = parse(COMPLETE).expect("it is right");
    assert_eq!(
        config.pg_partman.source,
        Some(Source::Path("vendor/pg_partman".into()))
    );
    assert_eq!(config.docker.dependants, ["worker"]);
    let set = config
        .set(&RelationName::new("public", "webhook_events"))
        .expect("it is there");
    assert_eq!(set.interval, Some(Interval::Months(1)));
    assert_eq!(set.names, Some(Names::Keep));
    assert_eq!(set.wanted().decline, [MendKind::FillGap]);
    assert_eq!(set.retention, Some(Interval::Months(12)));
    assert_eq!(config.ignores[0].until, Some(date(2027, 6, 1)));
    insta::assert_json_snapshot!(config);
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = parse("").expect("nothing is required");
    assert_eq!(config.pg_partman.schema, "partman");
    assert_eq!(config.locks.wait, Duration::from_millis(50));
    assert_eq!(config.locks.total, Duration::from_secs(60));
    assert_eq!(config.proof.max_age, Duration::from_secs(86_400));
    assert_eq!(config.backup.keep, Duration::from_secs(7 * 86_400));
    assert!(config.sets.is_empty() && config.database.url.is_none());
}

#[test]
fn retention_is_off_and_harmless_unless_it_is_written() {
    let config = parse(&set_with("")).expect("it is right");
    assert_eq!(config.sets[0].retention, None);
    assert_eq!(config.sets[0].retention_action, RetentionAction::Detach);
    assert_eq!(config.sets[0].premake, 4);
}

#[test]
fn a_set_needs_no_more_than_its_parent() {
    let config = parse("[[set]]\nparent = \"events\"").expect("it is right");
    let parent = RelationName::new("public", "events");
    assert_eq!(config.sets[0].wanted(), WantedSet::new(parent));
    assert_eq!(config.pg_partman.wanted(), WantedExtension::default());
}

#[test]
fn ids_may_be_written_as_a_number() {
    let text = "[[set]]\nparent = \"t\"\ncontrol = \"id\"\ninterval = 10000\nretention = \"50000\"";
    let config = parse(text).expect("it is right");
    assert_eq!(config.sets[0].interval, Some(Interval::Ids(10_000)));
    assert_eq!(config.sets[0].retention, Some(Interval::Ids(50_000)));
    assert_eq!(config.sets[0].parent, RelationName::new("public", "t"));
}

#[test]
fn names_of_two_schemas_are_two_sets() {
    let text = set_with("") + &set_with("").replace("public.", "\\\"App\\\".");
    assert_eq!(parse(&text).expect("it is right").sets.len(), 2);
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let config = Config::parse("", Path::new("/srv/app/partman.toml")).expect("it is right");
    assert_eq!(
        config.resolve(Path::new("backups")),
        Path::new("/srv/app/backups")
    );
    assert_eq!(config.resolve(Path::new("/mnt/b")), Path::new("/mnt/b"));
}

#[test]
fn the_nearest_file_upwards_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let below = folder.path().join("a/b");
    std::fs::create_dir_all(&below).expect("folders");
    assert_eq!(
        Config::find(&below).filter(|f| f.starts_with(folder.path())),
        None
    );
    let file = folder.path().join("partman.toml");
    std::fs::write(&file, COMPLETE).expect("a file");
    assert_eq!(Config::find(&below), Some(file.clone()));
    let config = Config::load(&file).expect("it is right");
    assert_eq!(config.path(), file);
}

#[test]
fn an_ignore_holds_until_its_day_is_over() {
    let config = parse(COMPLETE).expect("it is right");
    assert!(config.ignores[0].holds_on(date(2027, 6, 1)));
    assert!(!config.ignores[0].holds_on(date(2027, 6, 2)));
}

#[test]
fn a_written_configuration_reads_back() {
    let config = parse(COMPLETE).expect("it is right");
    let mut json = serde_json::to_value(&config).expect("it is JSON");
    json["ignore"][0]
        .as_object_mut()
        .expect("a table")
        .remove("until");
    let text = toml::to_string(&json).expect("it is TOML");
    assert_eq!(parse(&text).expect("it is right").sets, config.sets);
}
