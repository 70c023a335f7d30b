//! `partman migrate`, `resume` and `rollback`: how a run ended, and its proof.

use std::fmt::Write;

use partman_core::migrate::Done;
use partman_core::run::{Became, Outcome};
use partman_core::verify::{Verified, VerifiedSet};
use partman_core::watch::KeptWaiting;

use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, count, millis, paint, table};
use crate::json::chain;

/// The outcome, the steps with their times, the comparison with before, and the next command where one is needed.
pub fn run(done: &Done) -> String {
    let mut text = String::new();
    if let (None, Outcome::Completed) = (&done.run, done.outcome) {
        let _ = writeln!(
            text,
            "{}",
            paint(GOOD, "nothing to do: the sets are under pg_partman already")
        );
        return text;
    }
    if !done.steps.is_empty() {
        text += &steps(done);
    }
    if let Some(verified) = &done.verified {
        text += &comparison(verified);
    }
    text += &ending(done);
    text
}

fn steps(done: &Done) -> String {
    let mut rows = table(&["step", "took", "waited", "locked at most"]);
    for step in &done.steps {
        let name = match (&step.kept, step.became) {
            (Some(why), _) => format!("{} (kept: {why})", step.id),
            (None, Became::Done) => step.id.clone(),
            (None, Became::Found) => format!("{} (was done already)", step.id),
            (None, Became::Failed) => format!("{} (failed)", step.id),
            (None, Became::TakenBack) => format!("{} (taken back)", step.id),
            (None, Became::Kept) => format!("{} (kept)", step.id),
        };
        rows.add_row([
            name,
            millis(step.took_ms),
            millis(step.waited_ms),
            millis(step.locked_ms),
        ]);
    }
    let mut text = format!("{rows}\n");
    for step in &done.steps {
        for waiting in &step.kept_waiting {
            text += &kept_waiting(&step.id, waiting);
        }
        for blocker in &step.in_the_way {
            let _ = writeln!(
                text,
                "  {} {}: {blocker}",
                paint(CAREFUL, "in the way:"),
                step.id
            );
        }
    }
    text
}

/// Somebody whom the run was seen to be in the way of.
fn kept_waiting(step: &str, waiting: &KeptWaiting) -> String {
    let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
    let what = waiting.relation.as_ref().map_or_else(
        || waiting.mode.clone(),
        |relation| format!("{} on {relation}", waiting.mode),
    );
    format!(
        "  {} {step} kept {} of {} (backend {}) waiting for {what}: {}\n",
        paint(CAREFUL, "waited:"),
        or(&waiting.application_name, "somebody"),
        or(&waiting.user, "an unknown role"),
        waiting.pid,
        millis(waiting.waited_ms),
    )
}

fn comparison(verified: &Verified) -> String {
    let mut text = String::new();
    for set in &verified.sets {
        text += &one_set(set);
    }
    for note in &verified.notes {
        let _ = writeln!(text, "  {} {note}", paint(DIM, "note:"));
    }
    for problem in &verified.problems {
        let _ = writeln!(text, "  {} {problem}", paint(BAD, "problem:"));
    }
    text
}

fn one_set(set: &VerifiedSet) -> String {
    let mut text = String::new();
    let managed = if set.configured {
        "under pg_partman"
    } else {
        "by hand"
    };
    let _ = writeln!(
        text,
        "{}  {managed}; {} of {} with the same oid, file and bound as before; {} now{}",
        paint(BOLD, &set.parent),
        set.same,
        count(set.before, "partition"),
        set.after,
        set.horizon
            .as_ref()
            .map_or_else(String::new, |horizon| format!(", up to {horizon}")),
    );
    for probe in &set.probes {
        let _ = match (&probe.partition, &probe.skipped) {
            (Some(partition), _) => writeln!(
                text,
                "  an insert at {} goes to {partition} (rolled back)",
                probe.at
            ),
            (None, Some(why)) => writeln!(text, "  no insert was tried at {}: {why}", probe.at),
            (None, None) => Ok(()),
        };
    }
    text
}

fn ending(done: &Done) -> String {
    let mut text = String::new();
    let run = done.run.as_deref().unwrap_or("?");
    let _ = match done.outcome {
        Outcome::Completed => writeln!(
            text,
            "{} (run {run}; the way back: partman rollback)",
            paint(GOOD, "completed and verified")
        ),
        Outcome::RolledBack if done.steps.is_empty() && done.verified.is_none() => {
            writeln!(text, "run {run} has been rolled back before: nothing to do")
        }
        Outcome::RolledBack => writeln!(text, "{} (run {run})", paint(GOOD, "rolled back")),
        Outcome::Unwound => writeln!(
            text,
            "{}, everything was put back as it was (run {run})",
            paint(BAD, "failed")
        ),
        Outcome::Stuck => writeln!(
            text,
            "{} (run {run}): partman resume or partman rollback",
            paint(BAD, "stopped part-way")
        ),
        Outcome::Interrupted => writeln!(
            text,
            "{} (run {run}): partman resume or partman rollback",
            paint(CAREFUL, "interrupted")
        ),
    };
    for error in done.error.iter().chain(&done.undo_error) {
        let _ = writeln!(text, "  {}", chain(error));
    }
    text
}
