//! A panic is a bug of ours: it ends the program with its own exit code and asks for a report.

use std::panic::PanicHookInfo;

use partman_rollout::secret::redact;

use crate::exit_code::ExitCode;

/// What is asked for when there is a bug.
pub(crate) const PLEASE_REPORT: &str = "this is a bug in partman: please report it with the lines above; what an \
     interrupted run had done is in its journal, and `partman status` tells what to do next";

/// From here on a panic in any thread is shown, redacted, and ends the process.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        crate::output::talk(&redact(&describe(info)));
        std::process::exit(ExitCode::Bug.number());
    }));
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(|at| format!(" ({at})"));
    let version = env!("CARGO_PKG_VERSION");
    let place = place.unwrap_or_default();
    format!("error: partman {version} panicked: {message}{place}\nhelp: {PLEASE_REPORT}\n")
}
