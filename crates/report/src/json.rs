//! JSON, one document a verb, with `"schema": "partman/<verb>/1"` first.

mod backup;
mod deploy;

pub use backup::{Swap, backup, backups, level, migration, pruned, restored, verification};

pub use deploy::{deployment, deployment_plan, nothing_to_deploy};

use std::borrow::Cow;

use partman_core::check::Finding;
use partman_core::migrate::Done;
use partman_core::plan::Plan;
use partman_core::run::{Outcome, StepReport};
use partman_core::verify::Verified;
use partman_rollout::status::Status;
use serde::Serialize;

use crate::words::Language;

fn document<T: Serialize>(value: &T) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("documents are plain data with string keys");
    text.push('\n');
    text
}

/// `partman plan --format json`, and what `--out` saves.
pub fn plan(plan: &Plan) -> String {
    document(plan)
}

/// `partman status --format json`; its sentences are in the language, its ids and enums in none.
pub fn status(status: &Status, language: Language) -> String {
    document(&language.status(status))
}

#[derive(Serialize)]
struct Check<'a> {
    schema: &'static str,
    findings: &'a [Finding],
}

/// `partman check --format json`; messages and helps are in the language, ids and enums in none.
pub fn check(findings: &[Finding], language: Language) -> String {
    document(&Check {
        schema: "partman/check/1",
        findings: &language.findings(findings),
    })
}

#[derive(Serialize)]
struct Run<'a> {
    schema: String,
    run: Option<&'a str>,
    outcome: &'static str,
    steps: &'a [StepReport],
    verified: Cow<'a, Verified>,
    error: Option<String>,
    undo_error: Option<String>,
}

/// `partman migrate`, `resume` and `rollback --format json`.
pub fn run(verb: &str, done: &Done) -> String {
    document(&run_of(verb, done))
}

fn run_of<'a>(verb: &str, done: &'a Done) -> Run<'a> {
    Run {
        schema: format!("partman/{verb}/1"),
        run: done.run.as_deref(),
        outcome: outcome(done.outcome),
        steps: &done.steps,
        verified: done
            .verified
            .as_ref()
            .map_or_else(Default::default, Cow::Borrowed),
        error: done.error.as_ref().map(chain),
        undo_error: done.undo_error.as_ref().map(chain),
    }
}

/// The word of the contract.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Unwound | Outcome::RolledBack => "rolled-back",
        Outcome::Stuck | Outcome::Interrupted => "stopped",
    }
}

/// An error and its causes in one line.
pub fn chain(error: &partman_core::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
