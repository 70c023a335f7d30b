//! Versions of programs and servers, and which of them fit together.
//!
//! `pg_dump` refuses a server newer than itself; `pg_restore` can't read an archive of a newer `pg_dump`. Both are looked
//! at before anything is started, so that the message can say what to install.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Tool;
use crate::error::{Error, Kind, Result};

/// A version as PostgreSQL tells it, such as `15.18 (Debian 15.18-0+deb12u1)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The answer of a program to `--version`, such as `pg_dump (PostgreSQL) 15.18`, or a server's `server_version`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let version = text
            .split_once("(PostgreSQL) ")
            .map_or(text, |(_, version)| version);
        let this = Self(version.trim().to_owned());
        (this.major() > 0).then_some(this)
    }

    /// The major version; 0 if there is none in the text, which [`Version::parse`] does not let through.
    pub fn major(&self) -> u32 {
        let digits = self.0.find(|c: char| !c.is_ascii_digit());
        let digits = &self.0[..digits.unwrap_or(self.0.len())];
        digits.parse().unwrap_or(0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether this `pg_dump` can dump from a server.
pub(crate) fn check_dump(dump: &Version, server: &Version) -> Result<()> {
    if dump.major() >= server.major() {
        return Ok(());
    }
    let message =
        format!("pg_dump {dump} is older than the server ({server}), which it would refuse");
    Err(Error::new(Kind::Version, message).with_help(install(server.major())))
}

/// Whether this `pg_restore` can read what that `pg_dump` wrote.
pub(crate) fn check_restore(restore: &Version, dump: &Version) -> Result<()> {
    if restore.major() >= dump.major() {
        return Ok(());
    }
    let message =
        format!("pg_restore {restore} is older than the pg_dump ({dump}) that wrote the archive");
    Err(Error::new(Kind::Version, message).with_help(install(dump.major())))
}

pub(crate) fn missing(tool: Tool, major: Option<u32>) -> Error {
    let message = format!("{} is not to be found", tool.name());
    let help = major.map_or_else(
        || "install the PostgreSQL client programs".to_owned(),
        install,
    );
    Error::new(Kind::Tools, message).with_help(help)
}

/// Which package to install, on the systems that most people have.
pub(crate) fn install(major: u32) -> String {
    format!(
        "install the client programs of PostgreSQL {major} or newer: apt-get install postgresql-client-{major} (Debian, \
         Ubuntu; newer ones are at apt.postgresql.org), apk add postgresql{major}-client (Alpine), dnf install \
         postgresql{major} (RHEL, from yum.postgresql.org); or name their folder"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    #[test]
    fn the_major_version_is_read_from_every_form() {
        for (text, major) in [
            ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15),
            ("pg_restore (PostgreSQL) 18beta1", 18),
            ("pg_dump (PostgreSQL) 19devel\n", 19),
            ("17.2 (Ubuntu 17.2-1.pgdg24.04+1)", 17),
        ] {
            assert_eq!(version(text).major(), major, "{text}");
        }
        assert_eq!(Version::parse("no number"), None);
    }

    #[test]
    fn older_than_the_server_is_refused_with_the_package_to_install() {
        let error = check_dump(&version("14.9"), &version("15.18")).expect_err("14 < 15");
        assert_eq!(error.kind(), Kind::Version);
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("postgresql-client-15"))
        );
        assert!(check_dump(&version("17.1"), &version("15.18")).is_ok());
        assert_eq!(
            check_restore(&version("15.1"), &version("17.0"))
                .expect_err("15 < 17")
                .kind(),
            Kind::Version
        );
    }
}
