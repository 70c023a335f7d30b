//! `partman check`: one finding a paragraph, the worst first.

use std::fmt::Write;

use partman_core::check::{Finding, Severity};
use partman_core::phrase;

use super::style::{BOLD, DIM, GOOD, paint, severity};
use crate::words::Language;

/// The findings, and how many of each severity there are.
pub fn check(findings: &[Finding], language: Language) -> String {
    if findings.is_empty() {
        let none = language.say(&phrase!("no findings"));
        return format!("{}\n", paint(GOOD, none));
    }
    let mut text = String::new();
    for finding in language.findings(findings) {
        text += &one(&finding, language);
    }
    let more = language.say(&phrase!("partman explain ID says more about each"));
    let _ = writeln!(
        text,
        "{} ({})",
        counts(findings, language),
        paint(DIM, more)
    );
    text
}

/// `2 errors, 1 hint`.
pub(crate) fn counts(findings: &[Finding], language: Language) -> String {
    let of = |wanted| findings.iter().filter(|f| f.severity == wanted).count();
    let counts = [Severity::Error, Severity::Warning, Severity::Info].map(|severity| {
        match (severity, of(severity)) {
            (_, 0) => None,
            (Severity::Error, 1) => Some(phrase!("1 error")),
            (Severity::Error, n) => Some(phrase!("{n} errors", n)),
            (Severity::Warning, 1) => Some(phrase!("1 warning")),
            (Severity::Warning, n) => Some(phrase!("{n} warnings", n)),
            (Severity::Info, 1) => Some(phrase!("1 hint")),
            (Severity::Info, n) => Some(phrase!("{n} hints", n)),
        }
    });
    let said = counts.iter().flatten().map(|count| language.say(count));
    said.collect::<Vec<_>>().join(", ")
}

/// One finding, already in this language.
pub(super) fn one(finding: &Finding, language: Language) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}[{}] {}",
        severity(finding.severity, language),
        finding.id,
        paint(BOLD, &finding.subject)
    );
    let _ = writeln!(text, "  {}", finding.message);
    if !finding.help.is_empty() {
        let help = language.say(&phrase!("help")) + language.colon();
        let _ = writeln!(text, "  {} {}", paint(DIM, help), finding.help);
    }
    text
}
