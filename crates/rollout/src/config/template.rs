//! The commented `partman.toml` that `partman init` writes for what it found.
//!
//! Plain values in, text out. What was found is written as settings; what is a default or a choice is written as a
//! comment, and retention is never more than that. A set that can't be adopted as it is stands there commented out, with
//! the reasons. Nothing that is passed in can make the text unreadable: [`super::Config::parse`] takes all of it.

use std::fmt::{self, Write};

use partman_core::{Interval, RelationName};

use crate::secret::password_in;

/// What `partman init` found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The connection URL without a password; one with a password is not written.
    pub database: Option<String>,
    /// The container that the server runs in.
    pub docker: Option<FoundDocker>,
    /// The partition sets, in the order in which they shall be listed.
    pub sets: Vec<FoundSet>,
}

/// What was found about the container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundDocker {
    /// Its name.
    pub container: Option<String>,
    /// The compose file that defines it, relative to the configuration's folder.
    pub compose_file: Option<String>,
    /// The service in that file.
    pub service: Option<String>,
    /// The image that runs.
    pub image: Option<String>,
}

/// A partition set that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSet {
    /// The partitioned table.
    pub parent: RelationName,
    /// The column of its partition key, if it is one column.
    pub control: Option<String>,
    /// The width of its partitions, if one could be told.
    pub interval: Option<Interval>,
    /// The zone that its bounds are aligned in, where that matters.
    pub time_zone: Option<String>,
    /// Why it can't be adopted as it is; empty if it can.
    pub reasons: Vec<String>,
}

impl FoundSet {
    /// Whether it is written as a setting; otherwise it stands there commented out.
    pub fn is_ready(&self) -> bool {
        self.reasons.is_empty() && self.interval.is_some()
    }
}

const INTRODUCTION: &str = "\
# Which partition sets pg_partman shall look after, and where they live. `partman status` compares this with what is
# there, `partman plan` shows what would be done about it, `partman migrate` does it.
";

const IN_CONTAINER: &str = "\
Without any of them the password is taken from the container, for its own user and address only.";

const NO_HOST: &str =
    "The address is the container's own, which changes: no port of it is published.";

const DEFAULTS: &str = r#"
[pg_partman]
schema = "partman"
# version = "5.5.0"                  # default: what the server offers
# source  = "vendor/pg_partman"      # folder, tarball, .deb or image:NAME with the extension's files

[backup]
directory = "backups"
keep      = "7 days"

[proof]
max_age = "24 hours"                 # how old a proof that the backup restores may be

[locks]
wait  = "50 ms"                      # longest wait for one lock; then back off and try again
total = "60 s"                       # after which a step gives up, with nothing changed
"#;

/// The text of the file.
pub fn render(found: &Found) -> String {
    let mut text = String::new();
    write_all(&mut text, found).expect("writing to a string never fails");
    text
}

/// Where an editor finds the schema of the file.
fn schema_hint() -> String {
    match env!("CARGO_PKG_REPOSITORY") {
        "" => "docs/partman.schema.json".to_owned(),
        repository => format!("{repository}/raw/HEAD/docs/partman.schema.json"),
    }
}

fn write_all(text: &mut String, found: &Found) -> fmt::Result {
    writeln!(text, "#:schema {}", schema_hint())?;
    write!(text, "{INTRODUCTION}")?;
    let docker = found.docker.as_ref();
    let in_container = docker.is_some_and(|docker| docker.container.is_some());
    write_database(text, found.database.as_deref(), in_container)?;
    if let Some(docker) = &found.docker {
        write_docker(text, docker)?;
    }
    write!(text, "{DEFAULTS}")?;
    if found.sets.is_empty() {
        writeln!(
            text,
            "\n# No partitioned table was found. A set reads like this:"
        )?;
        let example = RelationName::new("public", "events");
        write_set(
            text,
            &example,
            Some("created_at"),
            Interval::Months(1),
            None,
            "# ",
        )?;
    }
    found.sets.iter().try_for_each(|set| write_found(text, set))
}

fn write_database(text: &mut String, url: Option<&str>, in_container: bool) -> fmt::Result {
    writeln!(text, "\n[database]")?;
    writeln!(
        text,
        "# A password is never written here: ~/.pgpass, PGPASSFILE, PGPASSWORD and DATABASE_URL are read."
    )?;
    if in_container {
        comment(text, IN_CONTAINER)?;
    }
    if url.is_some_and(|url| url.contains("@/")) {
        comment(text, NO_HOST)?;
    }
    match url.filter(|url| password_in(url).is_none()) {
        Some(url) => writeln!(text, "url = {}", quoted(url)),
        None => writeln!(text, "# url = \"postgres://user@localhost:5432/database\""),
    }
}

fn write_docker(text: &mut String, docker: &FoundDocker) -> fmt::Result {
    writeln!(text, "\n[docker]")?;
    let mut line = |key: &str, value: &Option<String>, example: &str| match value {
        Some(value) => writeln!(text, "{key:<12} = {}", quoted(value)),
        None => writeln!(text, "# {key:<10} = {}", quoted(example)),
    };
    line("container", &docker.container, "my_postgres")?;
    line("compose_file", &docker.compose_file, "docker-compose.yml")?;
    line("service", &docker.service, "postgres")?;
    line("image", &docker.image, "my_postgres:pg_partman")?;
    let files = "# files      = \"docker/postgres\"";
    aside(text, files, "where `partman image render` writes")?;
    let remark = "services to stop while the container is replaced";
    aside(text, "# dependants = []", remark)
}

fn write_found(text: &mut String, set: &FoundSet) -> fmt::Result {
    writeln!(text)?;
    for reason in &set.reasons {
        comment(text, &format!("not as it is: {reason}"))?;
    }
    let zone = set.time_zone.as_deref();
    match set.interval {
        Some(interval) => {
            let start = if set.reasons.is_empty() { "" } else { "# " };
            write_set(
                text,
                &set.parent,
                set.control.as_deref(),
                interval,
                zone,
                start,
            )
        }
        None => {
            comment(
                text,
                "its interval could not be told from the bounds: write the right one",
            )?;
            write_set(
                text,
                &set.parent,
                set.control.as_deref(),
                Interval::Months(1),
                zone,
                "# ",
            )
        }
    }
}

/// One `[[set]]`, each line behind `start`; choices are comments in any case.
fn write_set(
    text: &mut String,
    parent: &RelationName,
    control: Option<&str>,
    interval: Interval,
    zone: Option<&str>,
    start: &str,
) -> fmt::Result {
    writeln!(text, "{start}[[set]]")?;
    writeln!(text, "{start}parent    = {}", quoted(&parent.to_string()))?;
    if let Some(control) = control {
        writeln!(text, "{start}control   = {}", quoted(control))?;
    }
    writeln!(text, "{start}interval  = {}", quoted(&interval.to_string()))?;
    writeln!(text, "{start}premake   = 4")?;
    match zone {
        Some(zone) => writeln!(text, "{start}time_zone = {}", quoted(zone))?,
        None if interval.is_ids() => {}
        None => aside(
            text,
            "# time_zone = \"UTC\"",
            "default: found from the bounds",
        )?,
    }
    let keep = if interval.is_ids() {
        "1000000"
    } else {
        "12 months"
    };
    let retention = format!("# retention = {}", quoted(keep));
    aside(text, "# names     = \"keep\"", "or \"rename\"")?;
    aside(
        text,
        &retention,
        "off until you turn it on; migrate never applies it",
    )?;
    aside(text, "# retention_action = \"detach\"", "or \"drop\"")
}

/// A line with a remark beside it, all remarks in one column.
fn aside(text: &mut String, line: &str, remark: &str) -> fmt::Result {
    writeln!(text, "{line:<36} # {remark}")
}

fn comment(text: &mut String, words: &str) -> fmt::Result {
    for line in words.lines() {
        let plain: String = line.chars().filter(|c| !c.is_control()).collect();
        writeln!(text, "# {plain}")?;
    }
    Ok(())
}

fn quoted(value: &str) -> toml::Value {
    toml::Value::from(value)
}
