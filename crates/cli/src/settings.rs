//! What was typed, together with where it was typed: the configuration that is meant, the language, the connection.
//!
//! The surroundings (folder, environment, terminal) come in as a value, once, so that everything here is a function of
//! its arguments and of the files that these name. Nothing connects.

mod language;
mod surroundings;
mod target;

use std::path::PathBuf;

use partman_core::Kind;
use partman_core::postgres::{self, Container, Origin};
use partman_rollout::Config;
use partman_rollout::config::FILE_NAME;
use partman_rollout::container::Meant;

use crate::args::Global;
use crate::args::value::{AnyFormat, Format, Language};
use crate::error::Error;
use crate::exit_code::ExitCode;

pub(crate) use surroundings::Surroundings;

/// The options that say which server is meant.
const SERVER: [&str; 4] = ["host", "hostaddr", "port", "service"];

/// How a verb is to go about its work.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How the answer is written.
    pub(crate) format: Format,
    /// Whether a page in Markdown is wanted, of the verbs that have one.
    pub(crate) markdown: bool,
    /// The language of the answer.
    pub(crate) language: Language,
    /// Whether everything has been agreed to.
    pub(crate) yes: bool,
    /// Whether only what went wrong is told.
    pub(crate) quiet: bool,
    /// Whether there is somebody to ask.
    pub(crate) interactive: bool,
    /// Whether progress is shown as a bar.
    pub(crate) bars: bool,
    config: Option<PathBuf>,
    database: Option<String>,
    container: Option<String>,
    surroundings: Surroundings,
}

/// What flag, environment and configuration say about the database; the container has not been asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// Whether they name the server.
    pub(crate) server: bool,
    /// Whether they name the database.
    pub(crate) database: bool,
    /// Whether a server listens where it is looked for by default.
    pub(crate) listens: bool,
}

impl Settings {
    /// What the flags mean here.
    pub(crate) fn resolve(global: &Global, surroundings: Surroundings) -> Self {
        let locale = |name: &str| surroundings.variable(name);
        Self {
            format: match global.format {
                Some(AnyFormat::Json) => Format::Json,
                _ => Format::Text,
            },
            markdown: global.format == Some(AnyFormat::Markdown),
            language: global.lang.unwrap_or_else(|| language::of_locale(locale)),
            yes: global.yes,
            quiet: global.quiet,
            interactive: surroundings.reads_answers && surroundings.shows_talk,
            bars: surroundings.shows_talk,
            config: global.config.clone(),
            database: global.database.clone(),
            container: global.container.clone(),
            surroundings,
        }
    }

    /// Where the configuration is, or would be written to.
    pub(crate) fn config_path(&self) -> PathBuf {
        let named = self
            .config
            .clone()
            .map(|path| self.surroundings.folder.join(path));
        named.unwrap_or_else(|| self.surroundings.folder.join(FILE_NAME))
    }

    /// The configuration: the one that is named, else the nearest upwards, else one that says nothing.
    ///
    /// # Errors
    /// The named one isn't there, or one that is there is not as it has to be.
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let found = match self.config {
            Some(_) => Some(self.config_path()),
            None => Config::find(&self.surroundings.folder),
        };
        match found {
            Some(path) => Ok(Config::load(&path)?),
            None => Ok(Config::default()),
        }
    }

    /// The container that somebody named.
    pub(crate) fn container(&self, config: &Config) -> Option<Meant> {
        Meant::said(self.container.as_deref(), config)
    }

    /// What is said about the database.
    ///
    /// # Errors
    /// Something that is said can't be understood.
    pub(crate) fn said(&self, config: &Config) -> Result<Said, Error> {
        let environment = self.surroundings.environment.clone().with_user("somebody");
        let found = self.sources(config)?.resolve(&environment)?;
        let says = |option: &str| found.origin(option) != Origin::Default;
        let mut hosts = found.hosts().iter();
        Ok(Said {
            server: SERVER.into_iter().any(says),
            database: says("dbname"),
            listens: hosts.any(|host| host.socket_directory().is_some()),
        })
    }

    /// The database to connect to; what nobody says is taken from the container.
    ///
    /// # Errors
    /// No source names one that can be understood.
    pub(crate) fn connection(
        &self,
        config: &Config,
        container: Option<&Container>,
    ) -> Result<postgres::Settings, Error> {
        let sources = with(self.sources(config)?, container);
        Ok(sources.resolve(&self.surroundings.environment)?)
    }

    /// The database to connect to for changing something: where the environment means another one than the
    /// configuration does, it has to be named.
    ///
    /// # Errors
    /// As [`Settings::connection`]; also that it has to be named.
    pub(crate) fn connection_to_change(
        &self,
        config: &Config,
        container: Option<&Container>,
    ) -> Result<postgres::Settings, Error> {
        let meant = self.connection(config, container)?;
        target::demand_flag(&meant, self.configured(config, container)?.as_ref())?;
        Ok(meant)
    }

    /// Flag and configuration; one of the latter that can't be understood is its own fault.
    fn sources(&self, config: &Config) -> Result<postgres::SettingsBuilder, Error> {
        let mut sources = postgres::Settings::builder();
        if let Some(url) = &self.database {
            sources = sources.flag(url);
        }
        if let Some(url) = &config.database.url {
            sources = sources.configuration(url);
            self.configured(config, None)?;
        }
        Ok(sources)
    }

    /// The database that the configuration names, whatever else does.
    fn configured(
        &self,
        config: &Config,
        container: Option<&Container>,
    ) -> Result<Option<postgres::Settings>, Error> {
        let Some(url) = &config.database.url else {
            return Ok(None);
        };
        let sources = with(postgres::Settings::builder().configuration(url), container);
        match sources.resolve(&self.surroundings.bare_environment()) {
            Ok(settings) => Ok(Some(settings)),
            Err(error) if error.kind() == Kind::Settings => {
                let doing = format!(
                    "`url` under [database] in {} is not right",
                    config.path().display()
                );
                Err(Error::caused(ExitCode::Configuration, &error).while_doing(doing))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn with(
    sources: postgres::SettingsBuilder,
    container: Option<&Container>,
) -> postgres::SettingsBuilder {
    match container {
        Some(container) => sources.container(container.clone()),
        None => sources,
    }
}

#[cfg(test)]
mod tests;
