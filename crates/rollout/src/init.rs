//! What `partman init` writes: from an inspection of the database and the connection to it.
//!
//! Pure but for [`write()`]. Sub-partitioned parts are left out: they belong to their parents. Sets that can't be adopted
//! as they are come with the reasons, so that the file says what the database is like and not only what is easy.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use partman_core::assess::assess;
use partman_core::model::Inspection;
use partman_core::plan::version_in_question;
use partman_core::postgres::{Origin, Settings};
use partman_core::summary::SetSummary;
use partman_core::wanted::{WantedExtension, WantedSet};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::template::{Found, FoundDocker, FoundSet};

/// The container beside which the configuration is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Its section.
    pub docker: FoundDocker,
    /// Whether its address stays when it is started again.
    pub lasting: bool,
}

/// Puts together what was found in the database, reached by this connection, and the container that it is in.
///
/// An address that the container loses when it is started again is not written: user and database are.
pub fn found(
    inspection: &Inspection,
    wanted: &WantedExtension,
    connection: &Settings,
    beside: Option<Beside>,
) -> Found {
    let (docker, passing) = match beside {
        Some(beside) => (Some(beside.docker), !beside.lasting),
        None => (None, false),
    };
    let version = version_in_question(inspection, wanted).unwrap_or_default();
    let whole = inspection.sets.iter().filter(|set| set.nested_in.is_none());
    let summaries = whole.map(|set| {
        let wanted = WantedSet::new(set.name.clone());
        SetSummary::new(&assess(inspection, set, &wanted, &version), set)
    });
    Found {
        database: Some(
            if passing && connection.origin("host") == Origin::Container {
                url_to(connection, "")
            } else {
                url_of(connection)
            },
        ),
        docker,
        sets: summaries.map(found_set).collect(),
    }
}

fn found_set(set: SetSummary) -> FoundSet {
    FoundSet {
        parent: set.parent,
        control: set.control,
        interval: set.interval,
        time_zone: set.time_zone.filter(|zone| zone != "UTC"),
        reasons: set.reasons.iter().map(ToString::to_string).collect(),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_URL).to_string()
}

const IN_URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URL that leads to the same database as the same user. Never a password, and no certificates: those belong to
/// whoever connects.
pub fn url_of(connection: &Settings) -> String {
    let hosts = connection.hosts().iter().map(|host| {
        let name = match host.name() {
            name if host.socket_directory().is_some() => encoded(name),
            name if name.contains(':') => format!("[{name}]"),
            name => name.to_owned(),
        };
        match host.port() {
            5432 => name,
            port => format!("{name}:{port}"),
        }
    });
    url_to(connection, &hosts.collect::<Vec<_>>().join(","))
}

/// The URL to these hosts; without any it leaves them to whoever knows better.
fn url_to(connection: &Settings, hosts: &str) -> String {
    let (user, dbname) = (encoded(connection.user()), encoded(connection.dbname()));
    let mode = match connection.origin("sslmode") {
        Origin::Default => String::new(),
        _ => format!("?sslmode={}", connection.ssl_mode().name()),
    };
    format!("postgres://{user}@{hosts}/{dbname}{mode}")
}

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and that is an error of kind [`io::ErrorKind::AlreadyExists`].
    Keep,
    /// It is replaced, in one go.
    Replace,
}

/// Writes the configuration: the whole text or nothing of it is there afterwards.
///
/// # Errors
/// The file can't be written, or is there and shall stay.
pub fn write(path: &Path, text: &str, existing: Existing) -> io::Result<()> {
    if existing == Existing::Keep {
        return fill(
            OpenOptions::new().write(true).create_new(true).open(path)?,
            text,
        );
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let new = tempfile::Builder::new()
        .prefix(".partman")
        .permissions(readable_by_all())
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    fill(new.as_file().try_clone()?, text)?;
    new.persist(path).map(drop).map_err(|e| e.error)
}

fn fill(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// There is no secret in a configuration; the umask still applies.
fn readable_by_all() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

#[cfg(test)]
mod tests {
    use super::*;
    use partman_core::postgres::Environment;

    #[test]
    fn the_url_that_is_written_leads_to_the_same_place() {
        let environment = Environment::empty().with_user("me");
        for url in [
            "postgres://admin@localhost/ai_agent_admin",
            "postgres://a%40b@db:6432/sh%20op",
            "postgres://me@%2Fvar%2Frun/shop",
            "postgres://me@[::1]:5433/shop?sslmode=verify-full",
            "postgres://me@a,b:2/shop",
        ] {
            let connection = Settings::builder().flag(url).resolve(&environment);
            let connection = connection.unwrap_or_else(|e| panic!("{url}: {e}"));
            assert_eq!(url_of(&connection), url);
        }
    }

    #[test]
    fn an_address_that_passes_is_left_to_the_container() {
        let container = partman_core::postgres::Container {
            host: "172.17.0.2".to_owned(),
            port: 5432,
            user: Some("admin".to_owned()),
            dbname: Some("shop".to_owned()),
            password: None,
        };
        let environment = Environment::empty();
        let inside = Settings::builder().container(container.clone());
        let inside = inside.resolve(&environment).expect("a connection");
        let url = url_to(&inside, "");
        assert_eq!(url, "postgres://admin@/shop");
        let again = Settings::builder().configuration(url).container(container);
        let again = again.resolve(&environment).expect("a connection");
        assert_eq!(url_of(&again), url_of(&inside));
    }

    #[test]
    fn a_password_is_not_written() {
        let url = Settings::from_url("postgres://me:hunter2@db/shop").map(|c| url_of(&c));
        assert_eq!(url.ok().as_deref(), Some("postgres://me@db/shop"));
    }

    #[test]
    fn an_existing_file_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("partman.toml");
        write(&path, "first", Existing::Keep).expect("it is not there yet");
        let error = write(&path, "second", Existing::Keep).expect_err("it is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(
            std::fs::read_to_string(&path).expect("it is there"),
            "first"
        );
        write(&path, "third", Existing::Replace).expect("it may be replaced");
        assert_eq!(
            std::fs::read_to_string(&path).expect("it is there"),
            "third"
        );
        assert_eq!(folder.path().read_dir().expect("a folder").count(), 1);
    }
}
