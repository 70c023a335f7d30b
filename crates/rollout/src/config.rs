//! `partman.toml`: what a project wants, as typed values, and errors that point into the file.
//!
//! Everything that can be judged from the text alone is judged here, so that what comes out makes sense as it is: names
//! parse, zones exist, durations are in range, no set is named twice, nothing holds a password. Whether the database
//! agrees is for the checks. Sections live in files of their own; `shape` compares keys and types with the JSON Schema,
//! which is also what editors get, and `rules` judges values against one another.

mod backup;
mod database;
mod docker;
pub mod duration;
mod error;
mod ignore;
mod locks;
mod pg_partman;
mod rules;
mod schema;
mod set;
mod shape;
pub mod template;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, Deserializer};

pub use backup::{Backup, Proof};
pub use database::Database;
pub use docker::Docker;
pub use error::ConfigError;
pub use ignore::Ignore;
pub use locks::Locks;
pub use pg_partman::{PgPartman, Source};
pub use schema::json_schema;
pub use set::{Names, RetentionAction, Set};

use error::Problem;

/// The name under which the configuration is looked for.
pub const FILE_NAME: &str = "partman.toml";

/// What partman does with a project's partition sets, and where it finds the server, the container and its backups.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "partman.toml")]
pub struct Config {
    /// The database that the partition sets live in.
    pub database: Database,
    /// The extension: its schema, version and where its files come from.
    pub pg_partman: PgPartman,
    /// The container that the server runs in, if it does.
    pub docker: Docker,
    /// Where backups go and how long they are kept.
    pub backup: Backup,
    /// What counts as a proof that a backup restores.
    pub proof: Proof,
    /// How long a step may wait for locks.
    pub locks: Locks,
    /// The partition sets that shall be under pg_partman, each as a `[[set]]`.
    #[serde(rename = "set")]
    pub sets: Vec<Set>,
    /// Findings that are known and accepted, each as an `[[ignore]]`.
    #[serde(rename = "ignore")]
    pub ignores: Vec<Ignore>,
    /// The file that this was read from.
    #[serde(skip)]
    path: PathBuf,
}

impl Config {
    /// The nearest `partman.toml` in `start` or a folder above it.
    pub fn find(start: &Path) -> Option<PathBuf> {
        let mut folders = start.ancestors().map(|folder| folder.join(FILE_NAME));
        folders.find(|file| file.is_file())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file can't be read, or [`Config::parse`] refuses what it holds.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(path).map_err(|e| ConfigError::unreadable(path, e))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(text, path),
            Err(e) => {
                let valid = String::from_utf8_lossy(&bytes[..e.valid_up_to()]);
                let at = valid.len()..valid.len();
                let problem = Problem::new(at, "a byte that is not UTF-8");
                Err(problem.help("save the file as UTF-8").locate(path, &valid))
            }
        }
    }

    /// Reads a text; `path` is where it is from, for errors and for paths in it that are relative.
    ///
    /// # Errors
    /// The first thing that is not as it has to be, with its line, its column and what was expected there.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::read(text).map_err(|problem| problem.locate(path, text))?;
        config.path = path.to_owned();
        Ok(config)
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let document = DeTable::parse(text).map_err(Problem::from_toml)?;
        rules::no_secrets(text, document.get_ref())?;
        shape::compare(json_schema().as_value(), &document)?;
        let config = Self::deserialize(Deserializer::from(document.clone()));
        let config = config.map_err(Problem::from_toml)?;
        rules::judge(&config, document.get_ref())?;
        Ok(config)
    }

    /// The file that this was read from, or said to be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path of the configuration as seen from the working directory: relative ones start at the file's folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// The set with this parent, if it is configured.
    pub fn set(&self, parent: &partman_core::RelationName) -> Option<&Set> {
        self.sets.iter().find(|set| set.parent == *parent)
    }
}

#[cfg(test)]
mod tests;
