//! How far a database is on its way, in one word.

use partman_core::assess::Adoptable;
use partman_core::check::{Finding, Severity};
use partman_core::model::Inspection;
use partman_core::summary::SetSummary;
use serde::Serialize;

use crate::config::Config;

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

/// Judges it by what is installed, what is managed and what was found.
pub(super) fn overall(
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
