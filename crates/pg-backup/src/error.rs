//! The one error of this crate: opaque, with questions to ask of it.
//!
//! Nobody matches on messages. `Display` says this level only and [`std::error::Error::source`] carries the next;
//! [`Error::help`] is the way out, for the program to print last.

use std::fmt;
use std::path::Path;

type Source = Box<dyn std::error::Error + Send + Sync>;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a backup was not made, proven, restored or kept.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: String,
    help: Option<String>,
    sqlstate: Option<String>,
    source: Option<Source>,
}

/// The classes of failure that a program reacts to in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A condition that is looked at before anything is done does not hold.
    Preflight,
    /// One of PostgreSQL's programs is missing.
    Tools,
    /// The programs are too old for the server, or for the archive.
    Version,
    /// The disk is full, or too small for what is to come.
    DiskFull,
    /// A lock was not had in time; nothing was changed, and trying again may do.
    LockTimeout,
    /// The server can't be reached, or refuses us.
    Unreachable,
    /// The connection was there and is gone.
    Lost,
    /// The role lacks a right, or we lack one on a file.
    Denied,
    /// Another backup is being made in this directory, or a backup is in use.
    Busy,
    /// What is to be made exists already.
    Exists,
    /// There is no such backup, database or file.
    NotFound,
    /// An extension isn't to be had in the version that the backup needs.
    Extension,
    /// A database has sessions that are not ours.
    InUse,
    /// The backup is not what its manifest says: files missing, cut short or changed.
    Corrupt,
    /// What was dumped or restored is not what the database held.
    Mismatch,
    /// A run of before stopped part-way: its journal says how to go on or back.
    Unfinished,
    /// One of PostgreSQL's programs failed for a reason of its own.
    Tool,
    /// The server answered with an error.
    Server,
    /// Reading or writing a file failed.
    Io,
    /// Somebody asked us to stop.
    Cancelled,
    /// A bug: our own data or the server's answer has a shape that it never has.
    Bug,
}

impl Error {
    /// An error of this kind, with a lower-case fragment that names the object and the action. It is public for those
    /// who implement [`Toolbox`](crate::Toolbox) or [`Scratch`](crate::Scratch).
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            help: None,
            sqlstate: None,
            source: None,
        }))
    }

    /// The same with the way out.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The same with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same with the server's five-character code.
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: impl Into<String>) -> Self {
        self.0.sqlstate = Some(sqlstate.into());
        self
    }

    /// This error as the cause of another of the same kind and with the same way out, whose message says what was
    /// being done.
    #[must_use]
    pub fn context(mut self, doing: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind: self.0.kind,
            message: doing.into(),
            help: self.0.help.take(),
            sqlstate: self.0.sqlstate.clone(),
            source: Some(Box::new(self)),
        }))
    }

    /// Which class of failure this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What a person can do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The server's five-character code, when a statement of our own failed.
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    /// Whether the same may succeed if it is simply tried again: a lock timeout, a lost connection.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, Kind::LockTimeout | Kind::Lost | Kind::Busy)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "stopped because it was asked to")
    }

    pub(crate) fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Bug, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// Turns a file's failure into ours, with the words for what was being done to which file.
pub(crate) trait FileContext<T> {
    fn at(self, doing: &str, path: &Path) -> Result<T>;
}

impl<T> FileContext<T> for std::io::Result<T> {
    fn at(self, doing: &str, path: &Path) -> Result<T> {
        self.map_err(|e| {
            let message = format!("could not {doing} {}", path.display());
            Error::new(io_kind(&e), message).with_source(e)
        })
    }
}

pub(crate) fn io_kind(e: &std::io::Error) -> Kind {
    match e.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Kind::DiskFull,
        std::io::ErrorKind::PermissionDenied => Kind::Denied,
        std::io::ErrorKind::NotFound => Kind::NotFound,
        _ => Kind::Io,
    }
}
