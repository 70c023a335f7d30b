//! The record that a backup was restored and compared, kept beside it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::BackupId;
use crate::tools::Version;

/// The format of [`Proof`].
pub(crate) const SCHEMA: &str = "partman/proof/1";

/// What came of restoring a backup into a scratch server. It is of one manifest, whose digest it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// `partman/proof/1`.
    pub schema: String,
    /// The backup.
    pub backup: BackupId,
    /// The digest of its manifest, which has those of all files.
    pub manifest_blake3: String,
    /// When it was tried.
    pub at: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// The version of the scratch server.
    pub server_version: Version,
    /// The version of `pg_restore`.
    pub tool_version: Version,
    /// How many tables were compared.
    pub tables: usize,
    /// How many rows were compared.
    pub rows: u64,
    /// What was not as the manifest says; nothing if it passed.
    pub differences: Vec<String>,
    /// What was not restored, on purpose, because it acts by itself.
    pub left_out: Vec<String>,
}

impl Proof {
    /// Whether everything was there.
    pub fn passed(&self) -> bool {
        self.schema == SCHEMA && self.differences.is_empty()
    }

    /// Whether it passed at most this long ago. One from the future is not fresh: a clock was wrong.
    pub fn is_fresh(&self, max_age: Duration, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        self.passed() && !age.is_negative() && age.unsigned_abs() <= max_age
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(at: &str, differences: Vec<String>) -> Proof {
        let version = Version::parse("15.18").expect("a version");
        let at: Timestamp = at.parse().expect("a time");
        Proof {
            schema: SCHEMA.to_owned(),
            backup: BackupId::new(at, "app"),
            manifest_blake3: String::new(),
            at,
            seconds: 1.0,
            server_version: version.clone(),
            tool_version: version,
            tables: 1,
            rows: 1,
            differences,
            left_out: Vec::new(),
        }
    }

    #[test]
    fn fresh_means_passed_and_young_and_not_of_the_future() {
        let day = Duration::from_secs(24 * 3600);
        let good = proof("2026-11-22T12:00:00Z", Vec::new());
        let at = |text: &str| text.parse().expect("a time");
        assert!(good.is_fresh(day, at("2026-11-23T12:00:00Z")));
        assert!(!good.is_fresh(day, at("2026-11-23T12:00:01Z")));
        assert!(!good.is_fresh(day, at("2026-11-22T11:59:59Z")));
        assert!(
            !proof("2026-11-22T12:00:00Z", vec!["x".to_owned()])
                .is_fresh(day, at("2026-11-22T12:00:01Z"))
        );
    }
}
