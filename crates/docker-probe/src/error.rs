//! The one error of this crate: opaque, with questions to ask of it.
//!
//! A message names the container, image or file concerned; the way out is apart ([`Error::way_out`]), so that a program can
//! print it on a line of its own. `Display` says this level only and [`std::error::Error::source`] carries the next.

use std::fmt;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong while looking at containers or changing one.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    message: String,
    help: Option<String>,
    source: Option<Source>,
}

/// The classes of failure that a program reacts to in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// No Docker Engine answers where one is looked for.
    NoEngine,
    /// There is an Engine, but we may not talk to it.
    PermissionDenied,
    /// The Engine is older than what this crate speaks.
    EngineTooOld,
    /// There is no such container, image or file.
    NotFound,
    /// Several containers fit and a person has to say which one is meant.
    Ambiguous,
    /// The container is there but its server can't serve: stopped, paused, restarting.
    NotRunning,
    /// The container runs but its own health check says no, or not yet.
    Unhealthy,
    /// The server runs but can't be reached from here.
    Unreachable,
    /// What is asked for can't or shall not be done to this container; the message says why.
    Refused,
    /// A file in the container differs from the one that we were about to put there.
    Conflict,
    /// What a person gave us (a package, a folder, a compose file, a variable) can't be used.
    BadInput,
    /// A program that we ran in the container failed.
    Failed,
    /// Something took longer than its limit.
    TimedOut,
    /// The connection to the Engine ended before the answer was complete.
    Cut,
    /// The Engine refused or answered with something unexpected.
    Engine,
}

impl Error {
    /// An error of this kind, with a lower-case fragment that names the object and the action.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            help: None,
            source: None,
        }))
    }

    /// The same with what a person can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The same with what caused it.
    #[must_use]
    pub fn because(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What the Engine's client reported while we did something; a missing object and a time-out have kinds of
    /// their own.
    pub(crate) fn engine(doing: impl Into<String>, source: bollard::errors::Error) -> Self {
        use bollard::errors::Error as Client;
        let kind = match &source {
            Client::DockerResponseServerError {
                status_code: 404, ..
            } => Kind::NotFound,
            Client::RequestTimeoutError => Kind::TimedOut,
            _ => Kind::Engine,
        };
        Self::new(kind, doing).because(source)
    }

    /// The class of failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What a person can do about it.
    #[must_use]
    pub fn way_out(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// The kind, the whole chain and the way out, because this is what a failing test prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        match &self.0.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.0.source.as_ref()?;
        Some(&**cause as &(dyn std::error::Error + 'static))
    }
}
