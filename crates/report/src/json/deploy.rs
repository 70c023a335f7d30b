//! `partman deploy`, and `resume` and `rollback` of a deployment.

use docker_probe::ContainerFacts;
use docker_probe::extension::Was;
use partman_core::step::Description;
use partman_rollout::backups::Backing;
use partman_rollout::deploy::{Deployed, Prepared, Strategy};
use serde::Serialize;

use super::{Run, document, run_of};

const SCHEMA: &str = "partman/deploy/1";

#[derive(Serialize)]
struct Deployment<'a> {
    #[serde(flatten)]
    run: Run<'a>,
    strategy: Strategy,
    /// How long the server could not be reached; a hot deployment restarts nothing.
    away_ms: u64,
    container: &'a str,
    backup: Option<&'a Backing>,
}

/// How it ended, as of any run, with its strategy and how long the server was away.
pub fn deployment(verb: &str, deployed: &Deployed) -> String {
    document(&Deployment {
        run: run_of(verb, &deployed.done),
        strategy: deployed.strategy,
        away_ms: 0,
        container: &deployed.container,
        backup: deployed.backing.as_ref(),
    })
}

#[derive(Serialize)]
struct Planned<'a> {
    schema: &'static str,
    dry_run: bool,
    strategy: Strategy,
    away_ms: u64,
    container: Container<'a>,
    backup: Option<&'a str>,
    files: Vec<File>,
    digest: &'a str,
    steps: Vec<Description>,
}

#[derive(Serialize)]
struct Container<'a> {
    id: &'a str,
    name: &'a str,
    image: &'a str,
}

#[derive(Serialize)]
struct File {
    path: String,
    bytes: u64,
    state: &'static str,
}

/// What it would do; `backup` says what would stand behind it.
pub fn deployment_plan(
    container: &ContainerFacts,
    prepared: &Prepared,
    backup: Option<&str>,
) -> String {
    let placement = prepared.files.as_ref().map(|put| &put.placement);
    let files = placement.into_iter().flat_map(|placement| {
        placement.files.iter().map(|file| File {
            path: format!("{}/{}", placement.folder, file.name),
            bytes: file.bytes,
            state: match file.was {
                Was::Absent => "missing",
                Was::Same => "present",
            },
        })
    });
    let steps = prepared.steps(None);
    document(&Planned {
        schema: SCHEMA,
        dry_run: true,
        strategy: Strategy::Hot,
        away_ms: 0,
        container: Container {
            id: &container.id,
            name: &container.name,
            image: &container.image,
        },
        backup,
        files: files.collect(),
        digest: &prepared.plan.digest,
        steps: steps.iter().flat_map(|step| step.descriptions()).collect(),
    })
}

#[derive(Serialize)]
struct Nothing {
    schema: &'static str,
    run: Option<String>,
    outcome: &'static str,
    strategy: Strategy,
    away_ms: u64,
    steps: [(); 0],
}

/// That everything is as it would be made.
pub fn nothing_to_deploy() -> String {
    document(&Nothing {
        schema: SCHEMA,
        run: None,
        outcome: "completed",
        strategy: Strategy::Hot,
        away_ms: 0,
        steps: [],
    })
}
