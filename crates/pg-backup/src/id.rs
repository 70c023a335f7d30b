//! The name of a backup: a time that sorts, and the database in safe letters.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::name::slug;

/// A backup's name, such as `20261122T150455Z-app`: one safe path component, and older ones sort first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackupId(String);

impl BackupId {
    /// The name for a backup made at this time of this database.
    pub fn new(at: Timestamp, database: &str) -> Self {
        Self(format!(
            "{}-{}",
            at.strftime("%Y%m%dT%H%M%SZ"),
            slug(database)
        ))
    }

    /// A name that somebody typed, or that is a folder's.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when it is no such name; in particular when it is a path.
    pub fn parse(text: &str) -> Result<Self> {
        let shape = "dddddddd-dddddd-".bytes();
        let fits = |(byte, shape): (u8, u8)| match shape {
            b'd' => byte.is_ascii_digit(),
            _ => true,
        };
        let bytes = text.as_bytes();
        let is_id = (18..=48).contains(&bytes.len())
            && bytes.iter().copied().zip(shape).all(fits)
            && (bytes[8], bytes[15], bytes[16]) == (b'T', b'Z', b'-')
            && bytes[17..]
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(b));
        if is_id {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("{text:?} is not the name of a backup");
        Err(Error::new(Kind::NotFound, message)
            .with_help("names look like 20261122T150455Z-app; `partman backup list` tells them"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time in it, without separators.
    pub(crate) fn time(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The time as a time.
    pub(crate) fn made_at(&self) -> Option<Timestamp> {
        let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", self.time()).ok()?;
        civil
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    }

    /// How the backup's sessions call themselves on the server, so that they can be found and ended.
    pub(crate) fn application_name(&self) -> String {
        format!("partman_backup_{}", self.0)
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BackupId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<BackupId> for String {
    fn from(id: BackupId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_are_read_back() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let first = BackupId::new(at("2026-11-22T15:04:55Z"), "zoo");
        let second = BackupId::new(at("2026-11-22T15:04:56Z"), r#"a b"; drop"#);
        assert_eq!(first.as_str(), "20261122T150455Z-zoo");
        assert!(first < second);
        assert_eq!(first.made_at(), Some(at("2026-11-22T15:04:55Z")));
        assert_eq!(
            BackupId::parse(second.as_str()).expect("one of ours"),
            second
        );
        assert!(second.application_name().len() <= 63);
    }

    #[test]
    fn paths_are_no_ids() {
        for text in [
            "",
            "..",
            "../../etc/passwd",
            "20261122T150455Z-",
            "20261122T150455Z-a/b",
            "20261122T150455Z-a.partial",
            "20261122x150455Z-app",
        ] {
            assert_eq!(
                BackupId::parse(text).expect_err(text).kind(),
                Kind::NotFound
            );
        }
    }
}
