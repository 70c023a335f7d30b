//! The whole picture: the server, the extension, every set, the findings, and what to do next.
//!
//! Pure: an inspection, what is configured, and what else is known go in; plain data in the words of the public
//! contract comes out. So a saved inspection is judged as a live one is.

use jiff::Timestamp;
use partman_core::assess::Adoptable;
use partman_core::assess::assess;
use partman_core::check::{Finding, Scope, Severity, run_all};
use partman_core::model::{Fact, Gap, Inspection, RunSummary};
use partman_core::phrase;
use partman_core::plan::version_in_question;
use partman_core::summary::SetSummary;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_core::words::Phrase;
use serde::Serialize;

use crate::config::Config;

/// The version tag of the report.
pub const STATUS_SCHEMA: &str = "partman/status/1";

/// How far a database is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// Nothing of pg_partman is there.
    Absent,
    /// It is available, and the sets are not yet managed.
    Ready,
    /// Every configured set is managed, and there is no finding of severity error.
    Deployed,
    /// Managed, with errors.
    Degraded,
}

/// The server that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DatabaseStatus {
    /// The database's name.
    pub name: String,
    /// The role that looked.
    pub user: String,
    /// PostgreSQL's version.
    pub server_version: String,
    /// When it was looked at, by the server's clock.
    pub looked_at: Timestamp,
}

/// pg_partman on the server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExtensionStatus {
    /// The version that could be installed.
    pub available: Option<String>,
    /// The version that is.
    pub installed: Option<String>,
    /// Its schema.
    pub schema: Option<String>,
}

/// The container that the server runs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// The image that it was made from.
    pub image: String,
    /// The image that should run, where the configuration says so.
    pub expected_image: Option<String>,
    /// Whether that image is there; `None` where none is expected.
    pub expected_image_built: Option<bool>,
    /// Whether it runs.
    pub running: bool,
    /// `healthy`, `unhealthy`, `starting`; `None` without a health check.
    pub health: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// `musl` or `glibc`, and its version where that is known.
    pub libc: Option<String>,
}

/// Whether a file is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// There.
    Present,
    /// Not there.
    Missing,
    /// There, and not what partman would write.
    Drifted,
}

/// A file that the image is built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileStatus {
    /// Its path.
    pub path: String,
    /// Its size.
    pub bytes: Option<u64>,
    /// Whether it is as it should be.
    pub state: FileState,
}

/// A backup, as far as reports tell of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BackupStatus {
    /// Its id.
    pub id: String,
    /// When it was taken.
    pub at: Timestamp,
    /// When it was proven to restore, if it was.
    pub proof: Option<ProofStatus>,
}

/// The proof that a backup restores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProofStatus {
    /// When it was proven.
    pub at: Timestamp,
    /// Whether that is recent enough for the configuration.
    pub fresh: bool,
}

/// What is known of the backups of a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum KnownBackup {
    /// Nobody looked.
    #[default]
    Unknown,
    /// The directory could not be read.
    Unreadable {
        /// Why not.
        why: String,
    },
    /// There is none.
    Missing {
        /// Where one was looked for.
        directory: String,
    },
    /// There is one.
    Found {
        /// The newest.
        status: BackupStatus,
        /// Why nothing should be built on it, if that is so.
        trouble: Option<String>,
    },
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Next {
    /// The reason.
    pub why: Phrase,
    /// The command.
    pub command: String,
}

/// What `partman status` tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// [`STATUS_SCHEMA`].
    pub schema: &'static str,
    /// How far it is.
    pub overall: Overall,
    /// The server.
    pub database: DatabaseStatus,
    /// The container, where one is configured or named.
    pub container: Option<ContainerStatus>,
    /// pg_partman.
    pub extension: ExtensionStatus,
    /// Every set.
    pub sets: Vec<SetSummary>,
    /// The files that the image is built from.
    pub files: Vec<FileStatus>,
    /// The newest backup.
    pub backup: Option<BackupStatus>,
    /// The last run in the journal.
    pub last_run: Option<RunSummary>,
    /// What the checks found.
    pub findings: Vec<Finding>,
    /// What to do.
    pub next: Vec<Next>,
    /// Facts that could not be had.
    pub gaps_in_view: Vec<Gap>,
}

/// What is known beside the inspection.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The container.
    pub container: Option<ContainerStatus>,
    /// The files that the image is built from.
    pub files: Vec<FileStatus>,
    /// The newest backup.
    pub backup: KnownBackup,
    /// What deployments left.
    pub deployed: KnownDeployment,
}

/// What is known of deployments into the container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownDeployment {
    /// The run that stopped part-way: its id, its moment and its container.
    pub stopped: Option<(String, Timestamp, String)>,
    /// The container whose image lacks files of the extension that it has itself, and that image.
    pub only_in_container: Option<(String, String)>,
}

/// What the configuration wants of the sets that it names.
pub fn wanted_sets(config: &Config) -> Vec<WantedSet> {
    config.sets.iter().map(crate::config::Set::wanted).collect()
}

/// The sets and the extension that the checks are for.
pub fn scope(config: &Config) -> Scope {
    Scope::of(wanted_sets(config), config.pg_partman.wanted())
}

/// The findings about the database that the configuration doesn't ignore today.
pub fn findings(inspection: &Inspection, config: &Config) -> Vec<Finding> {
    findings_with(inspection, config, &Known::default())
}

/// The same with those about its backups and its container.
pub fn findings_with(inspection: &Inspection, config: &Config, known: &Known) -> Vec<Finding> {
    let today = inspection
        .server
        .now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let ignored = |finding: &Finding| {
        config
            .ignores
            .iter()
            .any(|ignore| ignore.rule == finding.id && ignore.holds_on(today))
    };
    let mut outcome = run_all(inspection, &scope(config));
    outcome
        .findings
        .extend(crate::backups::findings(inspection, &known.backup));
    outcome
        .findings
        .extend(crate::deploy::findings(&known.deployed));
    outcome.sort();
    outcome.findings.retain(|finding| !ignored(finding));
    outcome.findings
}

/// Puts it together.
pub fn status(inspection: &Inspection, config: &Config, known: Known) -> Status {
    let extension = config.pg_partman.wanted();
    let sets = summaries(inspection, config, &extension);
    let findings = findings_with(inspection, config, &known);
    let overall = overall(inspection, config, &sets, &findings);
    let next = next(inspection, overall, &sets, &known);
    let seen = &inspection.extension;
    let server = &inspection.server;
    let mut gaps_in_view = inspection.gaps_in_view.clone();
    let backup = match known.backup {
        KnownBackup::Found { status, .. } => Some(status),
        KnownBackup::Unreadable { why } => {
            gaps_in_view.push(Gap::new(Fact::Backups, why));
            None
        }
        KnownBackup::Unknown | KnownBackup::Missing { .. } => None,
    };
    Status {
        schema: STATUS_SCHEMA,
        overall,
        database: DatabaseStatus {
            name: server.database.clone(),
            user: server.user.clone(),
            server_version: server.version.clone(),
            looked_at: server.now,
        },
        container: known.container,
        extension: ExtensionStatus {
            available: seen.default_version.clone(),
            installed: seen.installed.as_ref().map(|found| found.version.clone()),
            schema: seen.installed.as_ref().map(|found| found.schema.clone()),
        },
        sets,
        files: known.files,
        backup,
        last_run: inspection.runs.last().cloned(),
        findings,
        next,
        gaps_in_view,
    }
}

fn summaries(
    inspection: &Inspection,
    config: &Config,
    extension: &WantedExtension,
) -> Vec<SetSummary> {
    let version = version_in_question(inspection, extension).unwrap_or_default();
    let one = |set| {
        let set: &partman_core::model::PartitionSet = set;
        let wanted = config.set(&set.name).map_or_else(
            || WantedSet::new(set.name.clone()),
            crate::config::Set::wanted,
        );
        SetSummary::new(&assess(inspection, set, &wanted, &version), set)
    };
    inspection.sets.iter().map(one).collect()
}

/// The sets that count: the configured ones, else those that could be or are managed.
fn counted<'a>(config: &Config, sets: &'a [SetSummary]) -> Vec<&'a SetSummary> {
    let counts = |set: &&SetSummary| {
        if config.sets.is_empty() {
            set.managed || set.adoptable <= Adoptable::YesWithMend
        } else {
            config.set(&set.parent).is_some()
        }
    };
    sets.iter().filter(counts).collect()
}

fn overall(
    inspection: &Inspection,
    config: &Config,
    sets: &[SetSummary],
    findings: &[Finding],
) -> Overall {
    let extension = &inspection.extension;
    if extension.installed.is_none() && extension.default_version.is_none() {
        return Overall::Absent;
    }
    let counted = counted(config, sets);
    let complete = counted.len() >= config.sets.len().max(1);
    let all_managed = complete && counted.iter().all(|set| set.managed);
    let any_managed = sets.iter().any(|set| set.managed);
    let errors = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    match (all_managed, any_managed, errors) {
        (true, _, false) => Overall::Deployed,
        (_, true, true) => Overall::Degraded,
        _ => Overall::Ready,
    }
}

fn next(
    inspection: &Inspection,
    overall: Overall,
    sets: &[SetSummary],
    known: &Known,
) -> Vec<Next> {
    let step = |why: Phrase, command: &str| Next {
        why,
        command: command.to_owned(),
    };
    if let Some((id, ..)) = &known.deployed.stopped {
        return vec![
            step(phrase!("run {id} stopped part-way", id), "partman resume"),
            step(
                phrase!("or: run {id} stopped part-way", id),
                "partman rollback",
            ),
        ];
    }
    if let Some(run) = inspection.runs.stopped() {
        let id = &run.id;
        return vec![
            step(phrase!("run {id} stopped part-way", id), "partman resume"),
            step(
                phrase!("or: run {id} stopped part-way", id),
                "partman rollback",
            ),
        ];
    }
    let mut steps = Vec::new();
    if overall == Overall::Absent {
        steps.push(step(
            phrase!("the server has no pg_partman to install"),
            &bring_files(inspection, known),
        ));
    }
    for set in sets
        .iter()
        .filter(|set| !set.managed && set.adoptable <= Adoptable::YesWithMend)
    {
        steps.push(step(
            phrase!("{parent} is partitioned by hand", parent = set.parent),
            &format!("partman plan {}", shell(&set.parent.to_string())),
        ));
    }
    if overall == Overall::Degraded {
        steps.push(step(
            phrase!("there are findings of severity error"),
            "partman check",
        ));
    }
    steps
}

/// How the server gets pg_partman's files: into a container by a deployment, else as a package.
fn bring_files(inspection: &Inspection, known: &Known) -> String {
    if known.container.is_some() {
        return "partman deploy --strategy hot --source FOLDER   # or a .deb, a tarball, image:NAME; no restart is needed"
            .to_owned();
    }
    let major = inspection.server.version_num / 10_000;
    format!("apt-get install postgresql-{major}-partman   # on the server; no restart is needed")
}

/// Quotes what a shell would not leave alone.
pub fn shell(text: &str) -> String {
    let plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
