//! The few styles that all text documents share, and how numbers and tables look in them.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use partman_core::check::Severity;
use partman_core::phrase;
use partman_core::words::Phrase;

use crate::words::Language;

const LINE_UNDER_HEADER: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Columns; in less, lines are left to the terminal to break.
const NARROWEST: u16 = 40;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const CAREFUL: Style = AnsiColor::Yellow.on_default();

pub(super) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(super) fn severity(severity: Severity, language: Language) -> String {
    let word = language.say(&named(severity));
    match severity {
        Severity::Error => paint(BAD, word),
        Severity::Warning => paint(CAREFUL, word),
        Severity::Info => paint(DIM, word),
    }
}

/// The word for a severity.
pub(crate) fn named(severity: Severity) -> Phrase {
    match severity {
        Severity::Error => phrase!("error"),
        Severity::Warning => phrase!("warning"),
        Severity::Info => phrase!("info"),
    }
}

/// A table with a line under its header and no other, as wide as the terminal allows.
pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(LINE_UNDER_HEADER)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    // What a terminal says that is no terminal, or a window of a few letters: cells of one letter help nobody.
    if table.width().is_some_and(|width| width < NARROWEST) {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table
}

/// `1.5 MB`: powers of 1024, as `pg_size_pretty` counts.
pub(crate) fn bytes(n: i64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if n < 1024 {
        return format!("{n} bytes");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 10.0 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

/// `3.2 ms`, `1.5 s`.
pub(super) fn millis(ms: f64) -> String {
    if ms < 1_000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.1} s", ms / 1_000.0)
    }
}

/// `1 step`, `2 steps`.
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!(
            [bytes(0), bytes(8192), bytes(1_572_864), bytes(52_428_800)],
            ["0 bytes", "8.0 kB", "1.5 MB", "50 MB"]
        );
        assert_eq!([millis(0.42), millis(1_540.0)], ["0.4 ms", "1.5 s"]);
        assert_eq!([count(1, "step"), count(2, "step")], ["1 step", "2 steps"]);
    }
}
