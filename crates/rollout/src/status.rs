//! The whole picture: the server, the extension, every set, the findings, and what to do next.
//!
//! Pure: an inspection, what is configured, and what else is known go in; plain data in the words of the public
//! contract comes out. So a saved inspection is judged as a live one is.

mod known;
mod next;
mod overall;
mod parts;

use partman_core::assess::assess;
use partman_core::check::{Finding, Scope, run_all};
use partman_core::model::{Fact, Gap, Inspection, RunSummary};
use partman_core::plan::version_in_question;
use partman_core::summary::SetSummary;
use partman_core::wanted::{WantedExtension, WantedSet};
use serde::Serialize;

use crate::config::Config;

pub use known::{Known, KnownBackup, KnownDeployment};
pub use next::{Next, shell};
pub use overall::Overall;
pub use parts::{
    BackupStatus, ContainerStatus, DatabaseStatus, ExtensionStatus, FileState, FileStatus,
    ProofStatus,
};

/// The version tag of the report.
pub const STATUS_SCHEMA: &str = "partman/status/1";

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
    let overall = overall::overall(inspection, config, &sets, &findings);
    let next = next::next(inspection, overall, &sets, &known);
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
