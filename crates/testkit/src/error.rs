//! The one error of the testkit: what could not be done, what was the cause, and the way out.
//!
//! Tests show it and stop, so it has a message and a cause but no kinds to tell apart.

use std::error::Error as StdError;
use std::fmt;

/// Why a test server could not do what was asked, with a hint where there is one.
pub struct Error {
    what: String,
    help: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A result with the testkit's own error.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            help: None,
            source: None,
        }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Says what was being done when a result went wrong.
pub(crate) trait Context<T> {
    /// Turns the cause into an [`Error`] that begins with `what()`.
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Box<dyn StdError + Send + Sync>>> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::new(what()).because(cause))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// The whole chain and the hint, because this is what a panicking test prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_ref()
            .map(|cause| &**cause as &(dyn StdError + 'static))
    }
}

/// What the server (or the way to it) said, on one line: the SQLSTATE, the message, the detail.
pub(crate) fn sql_failure(error: &tokio_postgres::Error) -> String {
    let Some(said) = error.as_db_error() else {
        return error.to_string();
    };
    let detail = said
        .detail()
        .map(|detail| format!(" ({detail})"))
        .unwrap_or_default();
    format!("{} {}{detail}", said.code().code(), said.message())
}
