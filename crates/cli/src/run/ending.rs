//! Which exit code a run ends with.

use partman_core::migrate::Done;
use partman_core::run::Outcome;
use partman_core::{Error, Kind};

use crate::exit_code::ExitCode;

/// The exit code of a run that has something to report; `stopped` is that of having been asked to stop.
pub(super) fn code_of(done: &Done, stopped: ExitCode) -> ExitCode {
    let why = done.error.as_ref().map(Error::kind);
    match (done.outcome, why) {
        (Outcome::Completed, _) | (Outcome::RolledBack, None) => ExitCode::Done,
        (Outcome::RolledBack, Some(_)) => ExitCode::Changed,
        // A lock that wasn't had and a database that is another one leave nothing to be put back, or it was.
        (Outcome::Unwound, Some(Kind::LockTimeout)) => ExitCode::Busy,
        (Outcome::Unwound, _) => ExitCode::PutBack,
        (Outcome::Stuck, Some(Kind::Changed)) if done.undo_error.is_none() => ExitCode::Changed,
        (Outcome::Stuck, _) => ExitCode::Unfinished,
        (Outcome::Interrupted, _) => stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(outcome: Outcome, why: Option<Kind>) -> ExitCode {
        let done = Done {
            run: Some("1".to_owned()),
            outcome,
            steps: Vec::new(),
            verified: None,
            error: why.map(|kind| Error::new(kind, "why")),
            undo_error: None,
        };
        code_of(&done, ExitCode::Terminated)
    }

    #[test]
    fn every_outcome_has_its_exit_code() {
        assert_eq!(code(Outcome::Completed, None), ExitCode::Done);
        assert_eq!(code(Outcome::RolledBack, None), ExitCode::Done);
        assert_eq!(
            code(Outcome::RolledBack, Some(Kind::Changed)),
            ExitCode::Changed
        );
        assert_eq!(
            code(Outcome::Unwound, Some(Kind::LockTimeout)),
            ExitCode::Busy
        );
        assert_eq!(
            code(Outcome::Unwound, Some(Kind::Verification)),
            ExitCode::PutBack
        );
        assert_eq!(
            code(Outcome::Unwound, Some(Kind::Server)),
            ExitCode::PutBack
        );
        assert_eq!(
            code(Outcome::Stuck, Some(Kind::Server)),
            ExitCode::Unfinished
        );
        assert_eq!(code(Outcome::Stuck, Some(Kind::Changed)), ExitCode::Changed);
        assert_eq!(
            code(Outcome::Interrupted, Some(Kind::Cancelled)),
            ExitCode::Terminated
        );
    }
}
