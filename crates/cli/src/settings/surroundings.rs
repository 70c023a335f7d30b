//! Where the program was started: folder, environment, terminal. Looked at once, here.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr, stdin};
use std::path::PathBuf;

use partman_core::postgres::Environment;

use crate::error::Error;
use crate::exit_code::ExitCode;

/// The surroundings of the program.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// The working directory.
    pub(crate) folder: PathBuf,
    /// Whether stdin is a terminal.
    pub(crate) reads_answers: bool,
    /// Whether stderr is a terminal.
    pub(crate) shows_talk: bool,
    /// What connection settings depend on.
    pub(crate) environment: Environment,
    locale: BTreeMap<&'static str, String>,
}

/// The variables that decide the language, the strongest first.
pub(super) const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Surroundings {
    /// Those of this process.
    ///
    /// # Errors
    /// The working directory is gone.
    pub(crate) fn of_process() -> Result<Self, Error> {
        let folder = std::env::current_dir().map_err(|e| {
            Error::caused(ExitCode::Usage, &e).while_doing("could not tell the working directory")
        })?;
        let locale = LOCALE
            .iter()
            .filter_map(|name| Some((*name, std::env::var(name).ok()?)));
        Ok(Self {
            folder,
            reads_answers: stdin().is_terminal(),
            shows_talk: stderr().is_terminal(),
            environment: Environment::from_process(),
            locale: locale.collect(),
        })
    }

    /// A variable of the locale, unless it is unset or empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.locale.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// An environment that says nothing about databases. The name of the user stands for whoever it is: what would be
    /// taken from it counts as not said (see `target`).
    pub(super) fn bare_environment(&self) -> Environment {
        Environment::empty()
            .with_user("somebody")
            .with_socket_directory("/var/run/postgresql")
            .with_socket_directory("/tmp")
    }
}

#[cfg(test)]
impl Surroundings {
    /// Those of a test: a folder, and nothing else.
    pub(super) fn of_test(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            reads_answers: false,
            shows_talk: false,
            environment: Environment::empty().with_user("me"),
            locale: BTreeMap::new(),
        }
    }

    pub(super) fn with_locale(mut self, name: &'static str, value: &str) -> Self {
        self.locale.insert(name, value.to_owned());
        self
    }

    pub(super) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment = self.environment.with_variable(name, value);
        self
    }
}
