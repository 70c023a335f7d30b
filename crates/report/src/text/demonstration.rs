//! The end of `partman demo`: what the writer felt, and how long each step took and held its locks.

use partman_core::migrate::Done;
use partman_rollout::load::Felt;

use super::style::{millis, table};

/// Rows of the set; the writer's longest wait in each part; the time and locks of each step of the first run.
pub fn demonstration(rows: i64, parts: &[(String, Felt, Option<&Done>)]) -> String {
    let mut felt = table(&[
        "part",
        "steps",
        "writer: transactions",
        "failed",
        "longest wait",
    ]);
    for (name, writer, done) in parts {
        felt.add_row([
            name.clone(),
            done.map_or_else(|| "-".to_owned(), |done| done.steps.len().to_string()),
            writer.transactions.to_string(),
            writer.failures.len().to_string(),
            millis(writer.longest.as_secs_f64() * 1_000.0),
        ]);
    }
    let mut steps = table(&["step of the migration", "took", "waited", "locked at most"]);
    let first = parts.iter().find_map(|(_, _, done)| *done);
    for step in first.into_iter().flat_map(|done| &done.steps) {
        steps.add_row([
            step.id.clone(),
            millis(step.took_ms),
            millis(step.waited_ms),
            millis(step.locked_ms),
        ]);
    }
    format!("{rows} rows\n{felt}\n\n{steps}\n")
}
