//! Where a connection setting was found, so that every message can say it.

use std::fmt;
use std::path::PathBuf;

/// The place that a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The `--database` flag.
    Flag,
    /// The environment variable `DATABASE_URL`.
    DatabaseUrl,
    /// A variable of libpq's environment.
    Variable(&'static str),
    /// A section of the connection service file.
    Service(String),
    /// The password file.
    Passfile(PathBuf),
    /// The configuration file of partman.
    Configuration,
    /// The container that the server runs in.
    Container,
    /// A connection string that a program passed in.
    Program,
    /// Nobody said anything, so what libpq falls back to.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--database"),
            Self::DatabaseUrl => f.write_str("DATABASE_URL"),
            Self::Variable(name) => f.write_str(name),
            Self::Service(name) => write!(f, "service \"{name}\""),
            Self::Passfile(path) => write!(f, "{}", path.display()),
            Self::Configuration => f.write_str("the configuration"),
            Self::Container => f.write_str("the container"),
            Self::Program => f.write_str("the connection string"),
            Self::Default => f.write_str("the default"),
        }
    }
}
