//! A container's environment and command line, as far as they say how its server is set up.
//!
//! The values stay in here: they are read by name, and neither printed nor serialized. The names and the rules are those
//! of the usual PostgreSQL images: `POSTGRES_USER`, `POSTGRES_DB`, `POSTGRES_PASSWORD`, each also as a file named by
//! `…_FILE`; `PGDATA`, `PGPORT`, `PG_MAJOR`, `PG_VERSION`; and what `postgres -D`, `-p` and `-c` override.

use std::collections::BTreeMap;
use std::fmt;

/// Variables and command line of one container.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    words: Vec<String>,
}

/// A setting that is either given or in a file of the container.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// The value itself, from this variable.
    Here { name: String, value: String },
    /// The path of a file in the container, from this variable.
    InFile { name: String, path: String },
}

impl Environment {
    /// Takes `NAME=value` lines and the words of the command that runs.
    pub(crate) fn new(lines: &[String], words: Vec<String>) -> Self {
        let variables = lines.iter().filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        Self {
            variables: variables.collect(),
            words,
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.variables.keys().cloned().collect()
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// `NAME`, or the file that `NAME_FILE` names.
    pub(crate) fn given(&self, name: &str) -> Option<Given> {
        if let Some(value) = self.get(name) {
            return Some(Given::Here {
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
        let name = format!("{name}_FILE");
        let path = self.get(&name)?.to_owned();
        Some(Given::InFile { name, path })
    }

    /// The major version that the image was made for.
    pub(crate) fn major(&self) -> Option<u32> {
        let version = self.get("PG_MAJOR").or_else(|| self.get("PG_VERSION"))?;
        version.split(['.', '-']).next()?.parse().ok()
    }

    /// The version without the packager's additions: `15.18` of `15.18-1.pgdg120+1`.
    pub(crate) fn version(&self) -> Option<String> {
        let version = self.get("PG_VERSION")?.split(['-', '~', '+']).next()?;
        Some(version.to_owned())
    }

    /// Where the cluster is; 18 moved the usual place.
    pub(crate) fn data_dir(&self) -> String {
        self.setting("-D", "--pgdata", "data_directory")
            .or_else(|| self.get("PGDATA").map(str::to_owned))
            .unwrap_or_else(|| match self.major() {
                Some(major @ 18..) => format!("/var/lib/postgresql/{major}/docker"),
                _ => "/var/lib/postgresql/data".to_owned(),
            })
    }

    /// The port inside the container.
    pub(crate) fn port(&self) -> u16 {
        let port = self.setting("-p", "--port", "port");
        let port = port.or_else(|| self.get("PGPORT").map(str::to_owned));
        port.and_then(|port| port.trim().parse().ok())
            .unwrap_or(5432)
    }

    /// What the command line says of a setting that has an option of its own and a name for `-c`; the last one
    /// counts, as for the server.
    fn setting(&self, short: &str, long: &str, name: &str) -> Option<String> {
        let mut found = None;
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            let value = if word == short || word == long {
                words.next().cloned()
            } else if word == "-c" || word == "--set" {
                words.next().and_then(|pair| value_of(name, pair))
            } else if let Some(value) = word.strip_prefix(&format!("{long}=")) {
                Some(value.to_owned())
            } else if let Some(pair) = word.strip_prefix("-c").or_else(|| word.strip_prefix("--")) {
                value_of(name, pair)
            } else {
                word.strip_prefix(short).map(str::to_owned)
            };
            found = value.or(found);
        }
        found
    }
}

/// `value` of `name=value`; the server takes dashes for underscores.
fn value_of(name: &str, pair: &str) -> Option<String> {
    let (key, value) = pair.split_once('=')?;
    (key.trim().replace('-', "_") == name).then(|| value.trim().to_owned())
}

/// Names only.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(lines: &[&str], words: &[&str]) -> Environment {
        let owned = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        Environment::new(&owned(lines), owned(words))
    }

    #[test]
    fn the_command_line_overrides_the_environment() {
        let plain = environment(&["PGPORT=5433", "PG_MAJOR=15"], &["postgres"]);
        assert_eq!(
            (plain.port(), plain.data_dir().as_str()),
            (5433, "/var/lib/postgresql/data")
        );
        for words in [
            &["postgres", "-p", "6000", "-D", "/d"][..],
            &["postgres", "-p6000", "-D/d"],
            &["postgres", "--port=6000", "-c", "data_directory=/d"],
            &["postgres", "-cport=6000", "--data-directory=/d"],
            &[
                "postgres",
                "-c",
                "port=1",
                "-c",
                "port = 6000",
                "--pgdata",
                "/d",
            ],
        ] {
            let other = environment(&["PGPORT=5433", "PGDATA=/e"], words);
            assert_eq!(
                (other.port(), other.data_dir().as_str()),
                (6000, "/d"),
                "{words:?}"
            );
        }
    }

    #[test]
    fn versions_are_read_from_what_images_set() {
        for (lines, major, version) in [
            (
                &["PG_MAJOR=15", "PG_VERSION=15.18-1.pgdg120+1"][..],
                Some(15),
                Some("15.18"),
            ),
            (&["PG_VERSION=17.5"], Some(17), Some("17.5")),
            (
                &["PG_MAJOR=18", "PG_VERSION=18~rc1-1"],
                Some(18),
                Some("18"),
            ),
            (&["PATH=/bin"], None, None),
        ] {
            let read = environment(lines, &[]);
            assert_eq!(
                (read.major(), read.version().as_deref()),
                (major, version),
                "{lines:?}"
            );
        }
        let eighteen = environment(&["PG_MAJOR=18"], &[]);
        assert_eq!(eighteen.data_dir(), "/var/lib/postgresql/18/docker");
    }

    #[test]
    fn values_are_not_shown() {
        let secret = environment(&["POSTGRES_PASSWORD=s3cret"], &["postgres"]);
        assert_eq!(format!("{secret:?}"), r#"{"POSTGRES_PASSWORD"}"#);
    }
}
