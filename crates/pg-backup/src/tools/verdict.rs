//! What a program's failure means.
//!
//! The programs tell no SQLSTATE. They run in the C locale, so what libpq and the system say is always in the same words;
//! only those are looked for, and what isn't known is [`Kind::Tool`]. A server that speaks another language than English
//! costs precision here, nothing else: the watch over locks (see `create::watch`) does not depend on words.

use super::{Finished, Tool};
use crate::error::{Error, Kind, Result};

const SIGNS: &[(&str, Kind)] = &[
    ("No space left on device", Kind::DiskFull),
    ("Disk quota exceeded", Kind::DiskFull),
    ("could not obtain lock on relation", Kind::LockTimeout),
    ("canceling statement due to lock timeout", Kind::LockTimeout),
    (
        "canceling statement due to statement timeout",
        Kind::LockTimeout,
    ),
    ("aborting because of server version mismatch", Kind::Version),
    ("unsupported version (", Kind::Version),
    ("terminating connection", Kind::Lost),
    ("server closed the connection unexpectedly", Kind::Lost),
    ("no connection to the server", Kind::Lost),
    ("could not receive data from server", Kind::Lost),
    ("connection to server", Kind::Unreachable),
    ("permission denied for", Kind::Denied),
    ("row-level security policy", Kind::Denied),
];

/// The output of a program that succeeded, or why it did not.
pub(crate) fn judge(tool: Tool, finished: Finished) -> Result<Vec<u8>> {
    if finished.success() {
        return Ok(finished.output);
    }
    let kind = kind(&finished.errors);
    let how = match (finished.code, finished.signal) {
        (Some(code), _) => format!("{} failed (exit status {code})", tool.name()),
        (None, Some(signal)) => format!("{} was ended by signal {signal}", tool.name()),
        (None, None) => format!("{} failed", tool.name()),
    };
    let error = Error::new(kind, how);
    let error = match help(kind) {
        Some(help) => error.with_help(help),
        None => error,
    };
    if finished.errors.is_empty() {
        return Err(error);
    }
    Err(error.with_source(finished.errors))
}

fn kind(errors: &str) -> Kind {
    let sign = SIGNS.iter().find(|(sign, _)| errors.contains(sign));
    sign.map_or(Kind::Tool, |(_, kind)| *kind)
}

fn help(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::DiskFull => Some(
            "make room in the backup directory, or choose another; nothing was left in this one",
        ),
        Kind::LockTimeout => {
            Some("somebody holds an exclusive lock on a table; try again when it is done")
        }
        Kind::Lost => Some("the server ended the connection; its log says why"),
        Kind::Denied => Some(
            "the role has to be able to read every table: pg_read_all_data, or the owner; and BYPASSRLS where policies apply",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(errors: &str) -> Kind {
        let finished = Finished {
            code: Some(1),
            signal: None,
            output: Vec::new(),
            errors: errors.to_owned(),
        };
        judge(Tool::Dump, finished).expect_err("it failed").kind()
    }

    #[test]
    fn failures_are_told_apart() {
        let full = "pg_dump: error: could not write to file: No space left on device";
        assert_eq!(failed(full), Kind::DiskFull);
        let lost = "pg_dump: error: Dumping the contents of table \"t\" failed: PQgetCopyData() failed.\n\
                    pg_dump: detail: Error message from server: server closed the connection unexpectedly";
        assert_eq!(failed(lost), Kind::Lost);
        let refused = "pg_dump: error: connection to server at \"127.0.0.1\", port 1 failed: Connection refused";
        assert_eq!(failed(refused), Kind::Unreachable);
        assert_eq!(failed("pg_dump: error: something new"), Kind::Tool);
        assert_eq!(failed(""), Kind::Tool);
    }
}
