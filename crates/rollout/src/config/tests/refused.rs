//! What is refused, and how it is said.

use std::path::Path;

use super::{parse, refusal, set_with};
use crate::config::Config;

macro_rules! shows {
    ($text:expr, @$snapshot:literal) => {
        insta::assert_snapshot!(refusal($text), @$snapshot)
    };
}

#[test]
fn an_unknown_key_is_named_with_what_was_meant() {
    shows!(&set_with("premak = 4"), @"
    error: unknown key `premak` in [[set]]
     --> partman.toml:5:1
      |
    5 | premak = 4
      | ^^^^^^
      |
      = help: did you mean `premake`?
    ");
    shows!("[docker]\ncontainers = \"x\"", @r#"
    error: unknown key `containers` in [docker]
     --> partman.toml:2:1
      |
    2 | containers = "x"
      | ^^^^^^^^^^
      |
      = help: did you mean `container`?
    "#);
    shows!("[databases]\nurl = \"postgres://h/d\"", @"
    error: unknown key `databases`
     --> partman.toml:1:2
      |
    1 | [databases]
      |  ^^^^^^^^^
      |
      = help: did you mean `database`?
    ");
}

#[test]
fn a_key_in_the_wrong_section_is_sent_to_its_own() {
    shows!("[database]\ncontainer = \"x\"", @r#"
    error: unknown key `container` in [database]
     --> partman.toml:2:1
      |
    2 | container = "x"
      | ^^^^^^^^^
      |
      = help: `container` belongs under [docker]
    "#);
    shows!("premake = 4", @"
    error: unknown key `premake`
     --> partman.toml:1:1
      |
    1 | premake = 4
      | ^^^^^^^
      |
      = help: `premake` belongs under [[set]]
    ");
}

#[test]
fn an_unknown_key_without_a_likeness_lists_the_known() {
    shows!("[locks]\nzzz = 1", @"
    error: unknown key `zzz` in [locks]
     --> partman.toml:2:1
      |
    2 | zzz = 1
      | ^^^
      |
      = help: expected one of `total`, `wait`
    ");
}

#[test]
fn a_missing_key_is_named_with_its_meaning() {
    shows!("[[set]]\ncontrol = \"at\"\n", @r#"
    error: [[set]] has no `parent`
     --> partman.toml:1:1
      |
    1 | [[set]]
      | ^^^^^^^
      |
      = help: add parent = "public.webhook_events" (the partitioned table, as SQL names it)
    "#);
    shows!("[[ignore]]\nrule = \"backup-missing\"\n", @r#"
    error: [[ignore]] has no `reason`
     --> partman.toml:1:1
      |
    1 | [[ignore]]
      | ^^^^^^^^^^
      |
      = help: add reason = "the platform takes volume snapshots" (why it is accepted, for whoever reads the report)
    "#);
}

#[test]
fn a_wrong_type_is_named_in_plain_words() {
    shows!(&set_with("premake = \"4\""), @r#"
    error: `premake` has to be a whole number, not a text in quotes
     --> partman.toml:5:11
      |
    5 | premake = "4"
      |           ^^^
      |
      = help: write it as premake = 4
    "#);
    shows!("[backup]\nkeep = 7", @r#"
    error: `keep` has to be a text in quotes, not a whole number
     --> partman.toml:2:8
      |
    2 | keep = 7
      |        ^
      |
      = help: write it as keep = "7 days"
    "#);
    shows!("[set]\nparent = \"public.events\"", @"
    error: `set` has to be a list, not a section
     --> partman.toml:1:1
      |
    1 | [set]
      | ^^^^^
      |
      = help: write it as [[set]] above its keys
    ");
    shows!("locks = 7", @"
    error: `locks` has to be a section, not a whole number
     --> partman.toml:1:9
      |
    1 | locks = 7
      |         ^
      |
      = help: write it as [locks] above its keys
    ");
    shows!("[docker]\ndependants = [\"a\", 1]", @r#"
    error: `dependants[]` has to be a text in quotes, not a whole number
     --> partman.toml:2:20
      |
    2 | dependants = ["a", 1]
      |                    ^
    "#);
    shows!("[[ignore]]\nrule = \"a\"\nreason = \"b\"\nuntil = \"2027-06-01\"", @r#"
    error: `until` has to be a date, not a text in quotes
     --> partman.toml:4:9
      |
    4 | until = "2027-06-01"
      |         ^^^^^^^^^^^^
      |
      = help: write it as until = 2027-06-01
    "#);
}

#[test]
fn a_wrong_word_is_named_with_the_right_ones() {
    shows!(&set_with("names = \"keeps\""), @r#"
    error: `names` can't be "keeps"
     --> partman.toml:5:9
      |
    5 | names = "keeps"
      |         ^^^^^^^
      |
      = help: did you mean `keep`?
    "#);
    shows!(&set_with("decline = [\"fil-gap\"]"), @r#"
    error: `decline[]` can't be "fil-gap"
     --> partman.toml:5:12
      |
    5 | decline = ["fil-gap"]
      |            ^^^^^^^^^
      |
      = help: did you mean `fill-gap`?
    "#);
    shows!(&set_with("retention_action = \"archive\""), @r#"
    error: `retention_action` can't be "archive"
     --> partman.toml:5:20
      |
    5 | retention_action = "archive"
      |                    ^^^^^^^^^
      |
      = help: expected one of `detach`, `drop`
    "#);
}

#[test]
fn a_wrong_value_says_what_to_write() {
    shows!("[backup]\nkeep = \"7 parsecs\"", @r#"
    error: "7 parsecs" is not a duration
     --> partman.toml:2:8
      |
    2 | keep = "7 parsecs"
      |        ^^^^^^^^^^^
      |
      = help: write a number and a unit, such as "50 ms", "60 s", "24 hours" or "7 days"
    "#);
    shows!(&set_with("premake = 0"), @"
    error: `premake` can't be 0
     --> partman.toml:5:11
      |
    5 | premake = 0
      |           ^
      |
      = help: write how many partitions shall be ready ahead, 1 to 10000
    ");
    shows!(&set_with("premake = -1"), @"
    error: `premake` can't be -1
     --> partman.toml:5:11
      |
    5 | premake = -1
      |           ^^
      |
      = help: write how many partitions shall be ready ahead, 1 to 10000
    ");
    shows!(&set_with("time_zone = \"Europe/Atlantis\""), @r#"
    error: there is no time zone "Europe/Atlantis"
     --> partman.toml:5:13
      |
    5 | time_zone = "Europe/Atlantis"
      |             ^^^^^^^^^^^^^^^^^
      |
      = help: write a name of the IANA database, such as "UTC" or "Europe/Berlin"
    "#);
    shows!(&set_with("retention = \"a while\""), @r#"
    error: "a while" is not an interval
     --> partman.toml:5:13
      |
    5 | retention = "a while"
      |             ^^^^^^^^^
      |
      = help: write one unit, such as "1 month", "7 days", "6 hours", or a number of ids
    "#);
    shows!("[[set]]\nparent = \"a.b.c\"\ncontrol = \"at\"\ninterval = \"1 month\"", @r#"
    error: "a.b.c" is not a table's name
     --> partman.toml:2:10
      |
    2 | parent = "a.b.c"
      |          ^^^^^^^
      |
      = help: it has more than two parts (write it as SQL does: schema.table, or "Schema"."Table")
    "#);
    shows!("[[set]]\nparent = \"a.b\"\ncontrol = \"at\"\ninterval = \"1 month 3 days\"", @r#"
    error: "1 month 3 days" is not an interval
     --> partman.toml:4:12
      |
    4 | interval = "1 month 3 days"
      |            ^^^^^^^^^^^^^^^^
      |
      = help: write one unit, such as "1 month", "7 days", "6 hours", or a number of ids
    "#);
    shows!("[pg_partman]\nversion = \"latest\"", @r#"
    error: "latest" is not a version of pg_partman
     --> partman.toml:2:11
      |
    2 | version = "latest"
      |           ^^^^^^^^
      |
      = help: write it as 5.2.4
    "#);
    shows!("[pg_partman]\nschema = \"\"", @r#"
    error: `schema` is empty
     --> partman.toml:2:10
      |
    2 | schema = ""
      |          ^^
      |
      = help: write it as schema = "partman"
    "#);
    shows!("[pg_partman]\nschema = \"Partman\"", @r#"
    error: pg_partman does not work in a schema called "Partman"
     --> partman.toml:2:10
      |
    2 | schema = "Partman"
      |          ^^^^^^^^^
      |
      = help: use lower-case letters, digits and underscores
    "#);
    shows!("[pg_partman]\nsource = \"image:\"", @r#"
    error: `source` names no image
     --> partman.toml:2:10
      |
    2 | source = "image:"
      |          ^^^^^^^^
      |
      = help: write it as image:NAME or image:NAME:TAG
    "#);
    shows!("[docker]\ncontainer = \"my postgres\"", @r#"
    error: "my postgres" is not a name that Docker knows
     --> partman.toml:2:13
      |
    2 | container = "my postgres"
      |             ^^^^^^^^^^^^^
      |
      = help: use letters, digits, `_`, `.` and `-`
    "#);
    shows!("[docker]\nimage = \"\"", @r#"
    error: `image` is empty
     --> partman.toml:2:9
      |
    2 | image = ""
      |         ^^
      |
      = help: write it as image = "my_postgres:pg_partman"
    "#);
    shows!("[docker]\ndependants = [\"\"]", @r#"
    error: `dependants[]` is empty
     --> partman.toml:2:15
      |
    2 | dependants = [""]
      |               ^^
    "#);
    shows!("[backup]\ndirectory = \" \"", @r#"
    error: `directory` is empty
     --> partman.toml:2:13
      |
    2 | directory = " "
      |             ^^^
      |
      = help: write it as directory = "backups"
    "#);
    shows!("[database]\nurl = \"mysql://h/d\"", @r#"
    error: `url` is not a connection URL
     --> partman.toml:2:7
      |
    2 | url = "mysql://h/d"
      |       ^^^^^^^^^^^^^
      |
      = help: write it as postgres://user@host:5432/database
    "#);
    shows!("[[ignore]]\nrule = \"Backup Missing\"\nreason = \"b\"", @r#"
    error: "Backup Missing" is not the id of a rule
     --> partman.toml:2:8
      |
    2 | rule = "Backup Missing"
      |        ^^^^^^^^^^^^^^^^
      |
      = help: ids read like `backup-missing`, and `partman explain` lists them
    "#);
    shows!("[[ignore]]\nrule = \"horizon-nera\"\nreason = \"b\"", @r#"
    error: there is no rule "horizon-nera"
     --> partman.toml:2:8
      |
    2 | rule = "horizon-nera"
      |        ^^^^^^^^^^^^^^
      |
      = help: did you mean `horizon-near`?
    "#);
    shows!("[[ignore]]\nrule = \"backup-missing\"\nreason = \" \"", @r#"
    error: `reason` is empty
     --> partman.toml:3:10
      |
    3 | reason = " "
      |          ^^^
      |
      = help: write it as reason = "the platform takes volume snapshots"
    "#);
    shows!("[[ignore]]\nrule = \"a\"\nreason = \"b\"\nuntil = 2027-06-01T10:00:00", @"
    error: `until` is 2027-06-01T10:00:00, not a day
     --> partman.toml:4:9
      |
    4 | until = 2027-06-01T10:00:00
      |         ^^^^^^^^^^^^^^^^^^^
      |
      = help: write it as 2027-06-01, without quotes and without a time
    ");
}

#[test]
fn values_that_contradict_one_another_are_refused() {
    let ids = "[[set]]\nparent = \"t\"\ncontrol = \"id\"\ninterval = 1000\n";
    shows!(&(set_with("") + &set_with("").replace("public.", "")), @r#"
    error: the set public.events is configured twice
     --> partman.toml:7:10
      |
    7 | parent = "events"
      |          ^^^^^^^^
      |
      = help: [[set]] number 1 has the same parent: leave one
    "#);
    shows!(&format!("{ids}retention = \"12 months\""), @r#"
    error: `retention` is 1 year, but `interval` is 1000
     --> partman.toml:5:13
      |
    5 | retention = "12 months"
      |             ^^^^^^^^^^^
      |
      = help: write both as times, or both as numbers of ids
    "#);
    shows!(&format!("{ids}retention = 10"), @"
    error: `retention` is 10, less than one partition (1000)
     --> partman.toml:5:13
      |
    5 | retention = 10
      |             ^^
      |
      = help: keep at least one interval
    ");
    shows!(&format!("{ids}time_zone = \"UTC\""), @r#"
    error: `time_zone` is "UTC", but an interval of ids has no time zone
     --> partman.toml:5:13
      |
    5 | time_zone = "UTC"
      |             ^^^^^
      |
      = help: leave `time_zone` out
    "#);
    shows!(&set_with("retention = \"1 day\""), @r#"
    error: `retention` is 1 day, less than one partition (1 month)
     --> partman.toml:5:13
      |
    5 | retention = "1 day"
      |             ^^^^^^^
      |
      = help: keep at least one interval
    "#);
    shows!("[locks]\nwait = \"1 minute\"", @r#"
    error: `wait` is 1 minute, and everybody behind a waiting lock waits as long
     --> partman.toml:2:8
      |
    2 | wait = "1 minute"
      |        ^^^^^^^^^^
      |
      = help: stay under 10 s; 50 ms is usual
    "#);
    shows!("[locks]\nwait = \"5 s\"\ntotal = \"1 s\"", @r#"
    error: `total` is 1 s, less than a single `wait` of 5 s
     --> partman.toml:3:9
      |
    3 | total = "1 s"
      |         ^^^^^
      |
      = help: give `total` room for many tries, such as "60 s"
    "#);
}

#[test]
fn a_password_is_refused_at_its_place_and_not_shown() {
    let text = "[database]\nurl = \"postgres://admin:hunter2@localhost/shop\"\n";
    let error = parse(text).expect_err("it holds a password");
    assert_eq!((error.line(), error.column()), (Some(2), Some(25)));
    shows!(text, @r#"
    error: a password has no place in the configuration
     --> partman.toml:2:25
      |
    2 | url = "postgres://admin:***@localhost/shop"
      |                         ^
      |
      = help: put it into ~/.pgpass (or PGPASSFILE), a service file, PGPASSWORD or DATABASE_URL
    "#);
    shows!("[database]\nurl = \"postgres://admin@localhost/shop?password=hunter2\"", @r#"
    error: a password has no place in the configuration
     --> partman.toml:2:49
      |
    2 | url = "postgres://admin@localhost/shop?password=***"
      |                                                 ^
      |
      = help: put it into ~/.pgpass (or PGPASSFILE), a service file, PGPASSWORD or DATABASE_URL
    "#);
    shows!("[database]\npassword = \"hunter2\"", @"
    error: a password has no place in the configuration
     --> partman.toml:2:1
      |
    2 | password = ***
      | ^
      |
      = help: put it into ~/.pgpass (or PGPASSFILE), a service file, PGPASSWORD or DATABASE_URL
    ");
}

#[test]
fn no_error_shows_a_password_whatever_else_is_wrong() {
    for text in [
        "[database]\nurl = \"postgres://admin:hunter2@localhost/shop",
        "[database]\nurl = [\"postgres://admin:hunter2@localhost/shop\"]",
        "[database]\nurk = \"postgres://admin:hunter2@localhost/shop\"",
        "[docker]\nurl = \"postgres://admin:hunter2@localhost/shop\"",
        "[docker]\ncontainer = \"postgres://admin:hunter2@localhost/shop\"",
        "[docker]\nPGPASSWORD = \"hunter2\"",
        "[database]\nurl = \"postgres://admin:hunt\\u0065r2@localhost/shop\"",
        "[database]\nurl = \"\"\"\npostgres://admin:hunter2@localhost/shop\"\"\"",
        "[backup]\nkeep = \"postgres://admin:hunter2@localhost/shop\"",
        "[[ignore]]\nrule = \"postgres://admin:hunter2@localhost/shop\"\nreason = \"\"",
    ] {
        let error = parse(text).expect_err("it is wrong in some way");
        for shown in [error.render(false), error.render(true), error.to_string()] {
            assert!(!shown.contains("hunt"), "{shown}");
        }
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn what_is_not_toml_is_refused_at_its_place() {
    shows!("[database\nurl = 1", @"
    error: unclosed table, expected `]`
     --> partman.toml:1:10
      |
    1 | [database
      |          ^
    ");
    shows!("[backup]\nkeep = \"7 days\"\nkeep = \"8 days\"", @r#"
    error: duplicate key
     --> partman.toml:3:1
      |
    3 | keep = "8 days"
      | ^^^^
    "#);
    shows!("[backup]\nkeep = 7 days", @"
    error: string values must be quoted, expected literal string
     --> partman.toml:2:8
      |
    2 | keep = 7 days
      |        ^^^^^^
    ");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("partman.toml");
    let error = Config::load(&file).expect_err("there is none");
    assert_eq!((error.line(), error.column()), (None, None));
    assert!(error.to_string().contains("partman.toml"));
    std::fs::write(&file, b"[docker]\ncontainer = \"\xff\"").expect("a file");
    let error = Config::load(&file).expect_err("it is not UTF-8");
    assert_eq!((error.line(), error.column()), (Some(2), Some(14)));
}

#[test]
fn the_first_problem_from_the_top_is_told() {
    let text = "[locks]\nzzz = 1\n[backup]\nkeep = 7\n";
    assert_eq!(parse(text).expect_err("it is wrong").line(), Some(2));
    assert!(
        Config::parse(text, Path::new("a/b.toml"))
            .expect_err("wrong")
            .to_string()
            .starts_with("a/b.toml:2:1: ")
    );
}
