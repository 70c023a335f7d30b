//! The exit codes, all of them, each with its meaning. Scripts rely on these numbers: they are never reused.

use std::process::Termination;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Done; for `status` and `check`: nothing at or above `--fail-on`.
    Done = 0,
    /// Findings at or above the threshold.
    Findings = 1,
    /// Wrong usage.
    Usage = 2,
    /// The configuration is invalid; the message has file, line, column and what was expected.
    Configuration = 3,
    /// The database or Docker can't be reached or refuses us; also a standby, or a pooler that breaks sessions.
    Unreachable = 4,
    /// Refused: no such table, extension not to be had, a layout that can't be adopted, or a person has to decide first.
    Refused = 5,
    /// A lock was not had within the budget, or another run is active; nothing was changed.
    Busy = 6,
    /// The proof of the backup is missing, stale or failed.
    Unproven = 7,
    /// Failed, and everything was put back as it was.
    PutBack = 8,
    /// Stopped part-way, now or by an earlier run: `partman resume` or `partman rollback` is needed.
    Unfinished = 9,
    /// The database is no longer the one that the plan or journal was made from.
    Changed = 10,
    /// Waited until the time limit.
    WaitedOut = 11,
    /// A bug in partman.
    Bug = 70,
    /// Interrupted, in a state that `resume` or `rollback` knows.
    Interrupted = 130,
    /// Terminated, in a state that `resume` or `rollback` knows.
    Terminated = 143,
}

impl Termination for ExitCode {
    fn report(self) -> std::process::ExitCode {
        std::process::ExitCode::from(self as u8)
    }
}

impl ExitCode {
    /// The number, for ending the process where `main` can't be returned from.
    pub(crate) fn number(self) -> i32 {
        i32::from(self as u8)
    }
}
