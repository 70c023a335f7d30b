//! Which exit code a backup's failure ends with, and how it shows.

use partman_rollout::backups::{Error as Failure, Kind};

use crate::error::{Error, GO_ON_OR_BACK};
use crate::exit_code::ExitCode;

/// What is true after a backup, proof or restoration was dropped.
pub(super) const NOTHING_LEFT: &str =
    "what was being made has no name yet, and is removed by the next `partman backup`";

/// What failed; the same failure means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Doing {
    /// A backup was being made.
    Creating,
    /// A backup was being verified, proven or listed.
    Looking,
    /// A backup was being restored, or put in place.
    Restoring,
    /// A migration needs a backup, and could not have it.
    Guarding,
}

/// The failure as ours; `stopped` is the exit code of having been asked to stop.
pub(in crate::run) fn failed(doing: Doing, e: Failure, stopped: ExitCode) -> Error {
    let code = code_of(doing, e.kind()).unwrap_or(stopped);
    let kind = e.kind();
    let shown = shown(code, e);
    match (doing, kind) {
        (Doing::Guarding, Kind::Cancelled) => {
            shown.while_doing("stopped before the migration began; nothing was changed")
        }
        (Doing::Guarding, _) => shown.while_doing(
            "there is no proven backup to go back to, so the migration was not begun; nothing was changed",
        ),
        (_, Kind::Bug) => shown.help(crate::panic::PLEASE_REPORT),
        (_, Kind::Unfinished) if doing != Doing::Restoring => shown.help(GO_ON_OR_BACK),
        _ => shown,
    }
}

/// The failure with its causes and its way out.
pub(super) fn shown(code: ExitCode, e: Failure) -> Error {
    let shown = Error::caused(code, &e);
    match e.help() {
        Some(help) => shown.help(help),
        None => shown,
    }
}

/// `None` for having been asked to stop.
fn code_of(doing: Doing, kind: Kind) -> Option<ExitCode> {
    Some(match kind {
        Kind::Cancelled => return None,
        Kind::Bug => ExitCode::Bug,
        _ if doing == Doing::Guarding => ExitCode::Unproven,
        Kind::Corrupt | Kind::Mismatch => ExitCode::Unproven,
        Kind::Unreachable | Kind::Lost | Kind::Denied | Kind::Server => ExitCode::Unreachable,
        Kind::Busy | Kind::LockTimeout => ExitCode::Busy,
        Kind::Unfinished => ExitCode::Unfinished,
        // PostgreSQL's own programs and the disk say no in the middle of the work; what was made until then is gone.
        Kind::Tool | Kind::Io => ExitCode::PutBack,
        _ => ExitCode::Refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(doing: Doing, kind: Kind) -> ExitCode {
        failed(doing, Failure::new(kind, "why"), ExitCode::Terminated).code()
    }

    #[test]
    fn every_failure_has_the_exit_code_of_the_contract() {
        assert_eq!(code(Doing::Looking, Kind::Corrupt), ExitCode::Unproven);
        assert_eq!(code(Doing::Looking, Kind::Mismatch), ExitCode::Unproven);
        assert_eq!(
            code(Doing::Creating, Kind::Unreachable),
            ExitCode::Unreachable
        );
        assert_eq!(code(Doing::Creating, Kind::LockTimeout), ExitCode::Busy);
        assert_eq!(code(Doing::Creating, Kind::Cancelled), ExitCode::Terminated);
        assert_eq!(code(Doing::Restoring, Kind::Exists), ExitCode::Refused);
        assert_eq!(code(Doing::Guarding, Kind::DiskFull), ExitCode::Unproven);
        assert_eq!(code(Doing::Guarding, Kind::Cancelled), ExitCode::Terminated);
    }
}
