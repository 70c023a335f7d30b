//! What to do next, as commands.

use partman_core::assess::Adoptable;
use partman_core::model::Inspection;
use partman_core::phrase;
use partman_core::summary::SetSummary;
use partman_core::words::Phrase;
use serde::Serialize;

use super::known::Known;
use super::overall::Overall;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Next {
    /// The reason.
    pub why: Phrase,
    /// The command.
    pub command: String,
}

/// Lists it, the most urgent alone where something stopped part-way.
pub(super) fn next(
    inspection: &Inspection,
    overall: Overall,
    sets: &[SetSummary],
    known: &Known,
) -> Vec<Next> {
    let step = |why: Phrase, command: &str| Next {
        why,
        command: command.to_owned(),
    };
    let deployment = known.deployed.stopped.as_ref().map(|(id, ..)| id);
    let run = inspection.runs.stopped().map(|run| &run.id);
    if let Some(id) = deployment.or(run) {
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
