//! Which C library an image has, read from its files: it need not run for that.
//!
//! Collations come from the C library. A container that is replaced by one with another library (Alpine's musl for
//! Debian's glibc), or the same with other collations, finds its text indexes in the wrong order; hence the interest. The
//! package databases tell the version, the dynamic loader tells the family where there is none.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::archive::Files;

/// A C library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Libc {
    /// Which one.
    pub family: Family,
    /// Its version, such as `2.36`.
    pub version: Option<String>,
}

/// The C libraries that PostgreSQL images are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Debian's and most others'.
    Glibc,
    /// Alpine's.
    Musl,
}

/// What `os-release` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsRelease {
    /// `debian`, `alpine`, …
    pub id: String,
    /// Such as `12` or `3.20.3`.
    pub version: Option<String>,
    /// For people.
    pub pretty_name: Option<String>,
}

impl fmt::Display for Libc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.family {
            Family::Glibc => "glibc",
            Family::Musl => "musl",
        })?;
        match &self.version {
            Some(version) => write!(f, " {version}"),
            None => Ok(()),
        }
    }
}

/// Reads the distribution.
pub(crate) async fn os_release(files: &Files<'_>) -> Result<Option<OsRelease>> {
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        if let Some(text) = files.text(path).await? {
            return Ok(Some(parse_os_release(&text)));
        }
    }
    Ok(None)
}

/// Finds the C library by the package databases, then by the loader.
pub(crate) async fn libc(files: &Files<'_>) -> Result<Option<Libc>> {
    for (path, family, package) in [
        ("/var/lib/dpkg/status", Family::Glibc, "libc6"),
        ("/lib/apk/db/installed", Family::Musl, "musl"),
        ("/usr/lib/apk/db/installed", Family::Musl, "musl"),
    ] {
        let Some(text) = files.text(path).await? else {
            continue;
        };
        if let Some(version) = package_version(&text, package) {
            let version = Some(upstream(&version));
            return Ok(Some(Libc { family, version }));
        }
    }
    for (path, family) in [
        ("/lib/ld-musl-x86_64.so.1", Family::Musl),
        ("/lib/ld-musl-aarch64.so.1", Family::Musl),
        ("/lib64/ld-linux-x86-64.so.2", Family::Glibc),
        ("/lib/ld-linux-aarch64.so.1", Family::Glibc),
    ] {
        if files.exists(path).await? {
            let version = None;
            return Ok(Some(Libc { family, version }));
        }
    }
    Ok(None)
}

fn parse_os_release(text: &str) -> OsRelease {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        let value = line.strip_prefix('=')?.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    OsRelease {
        id: value("ID").unwrap_or_default(),
        version: value("VERSION_ID"),
        pretty_name: value("PRETTY_NAME"),
    }
}

/// The version of a package in dpkg's database (`Package:`, `Version:`) or apk's (`P:`, `V:`).
fn package_version(database: &str, package: &str) -> Option<String> {
    database.split("\n\n").find_map(|paragraph| {
        let field = |long: &str, short: &str| {
            let mut lines = paragraph.lines();
            let line = lines.find_map(|l| l.strip_prefix(long).or_else(|| l.strip_prefix(short)));
            line.map(str::trim)
        };
        (field("Package:", "P:")? == package).then_some(())?;
        field("Version:", "V:").map(str::to_owned)
    })
}

/// `2.36` of `2.36-9+deb12u10`, `1.2.5` of `1.2.5-r0`.
fn upstream(version: &str) -> String {
    let without_epoch = version.split_once(':').map_or(version, |(_, rest)| rest);
    let end = without_epoch.find(['-', '+', '~']);
    without_epoch[..end.unwrap_or(without_epoch.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_package_databases_are_understood() {
        let dpkg = "Package: libc-bin\nVersion: 9\n\nPackage: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u10\n";
        let apk = "C:Q1\nP:musl-utils\nV:9\n\nC:Q2\nP:musl\nV:1.2.5-r0\nA:x86_64\n";
        let read = |text, package| package_version(text, package).map(|v| upstream(&v));
        assert_eq!(read(dpkg, "libc6").as_deref(), Some("2.36"));
        assert_eq!(read(apk, "musl").as_deref(), Some("1.2.5"));
        assert_eq!(read(dpkg, "musl"), None);
    }

    #[test]
    fn os_release_is_read_with_or_without_quotes() {
        let text = "PRETTY_NAME=\"Alpine Linux v3.20\"\nNAME=x\nID=alpine\nVERSION_ID=3.20.3\n";
        let read = parse_os_release(text);
        assert_eq!(
            (read.id.as_str(), read.version.as_deref()),
            ("alpine", Some("3.20.3"))
        );
        assert_eq!(read.pretty_name.as_deref(), Some("Alpine Linux v3.20"));
    }
}
