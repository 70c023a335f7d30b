//! Which findings make `status` and `check` fail.

use partman_core::check::{Finding, Severity};

use crate::args::value::FailOn;
use crate::exit_code::ExitCode;

/// 1 if there is a finding at or above the threshold.
pub(super) fn code_of(findings: &[Finding], threshold: FailOn) -> ExitCode {
    let counts = |severity: Severity| match threshold {
        FailOn::Never => false,
        FailOn::Info => true,
        FailOn::Warning => severity != Severity::Info,
        FailOn::Error => severity == Severity::Error,
    };
    if findings.iter().any(|finding| counts(finding.severity)) {
        ExitCode::Findings
    } else {
        ExitCode::Done
    }
}
