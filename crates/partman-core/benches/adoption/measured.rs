//! One case, measured in several rounds, as a row of a table.

use std::time::Duration;

use partman_testkit::{LoadReport, Partman};

use crate::set::Set;

/// The head of the table.
pub(crate) const HEAD: &str = "\
| pg_partman | set | case | took ms | longest wait of the writer, ms: median (min-max) | its p99 | of the reader | failed | longest lock that others feel, ms |
|---|---|---|---|---|---|---|---|---|";

/// What one round found.
pub(crate) struct Measured {
    /// By the writer.
    pub(crate) felt: LoadReport,
    /// By the reader.
    pub(crate) read: LoadReport,
    pub(crate) took: Duration,
    /// The longest that a lock that readers or writers feel can have been held.
    pub(crate) locked: Option<Duration>,
}

pub(crate) fn print_row(version: Partman, set: &Set, case: &str, measured: &[Measured]) {
    let of = |value: fn(&Measured) -> Duration| Spread::of(measured.iter().map(value));
    let longest = of(|m| m.felt.longest);
    let failures = |m: &Measured| m.felt.failures.len() + m.read.failures.len();
    let failed: usize = measured.iter().map(failures).sum();
    let locked = measured.iter().filter_map(|m| m.locked).max();
    println!(
        "| {} | {set} | {case} | {:.0} | {:.1} ({:.1}-{:.1}) | {:.1} | {:.1} | {failed} | {} |",
        version.version().unwrap_or("none"),
        of(|m| m.took).median,
        longest.median,
        longest.least,
        longest.most,
        of(|m| m.felt.p99).median,
        of(|m| m.read.longest).median,
        locked.map_or_else(
            || "-".to_owned(),
            |locked| format!("{:.1}", milliseconds(locked))
        ),
    );
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Of several rounds, in milliseconds.
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl Iterator<Item = Duration>) -> Self {
        let mut values: Vec<f64> = values.map(milliseconds).collect();
        values.sort_by(f64::total_cmp);
        Self {
            least: values[0],
            median: values[values.len() / 2],
            most: values[values.len() - 1],
        }
    }
}
