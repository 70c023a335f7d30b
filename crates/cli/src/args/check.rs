//! `partman check`: the findings only, for machines and CI.

use std::time::Duration;

use clap::Args;

use super::value::{self, FailOn, Report};

/// Show the findings only, for machines and CI
///
/// Judges the database by every rule and tells what it found; `partman explain ID` says what a finding means and what
/// to do about it. Several reports can be written at once. Changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman check --fail-on warning
  partman check --wait 5m --report json=findings.json")]
pub(crate) struct Check {
    /// Severity from which on findings make the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(crate) fail_on: FailOn,
    /// Try again until it passes, at most so long; then exit 11
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    pub(crate) wait: Option<Duration>,
    /// Also write a report to a file; may be given several times
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(crate) report: Vec<Report>,
}
