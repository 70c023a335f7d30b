//! The flags that every verb takes.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args};

use super::value::{AnyFormat, Color, Language};

/// The flags that every verb takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Configuration to use; default: the nearest partman.toml upwards
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database to connect to, as a URL without a password
    ///
    /// A URL, libpq's `key=value` words or the name of a database, without a password. It comes before DATABASE_URL, the
    /// libpq environment and the configuration.
    #[arg(short, long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Container that the server runs in
    ///
    /// Its name or id. It comes before the configuration. The connection has to lead to the server in it, and what else is
    /// not said about the connection is taken from it: address, user, database, password.
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) container: Option<String>,
    /// How the answer is written
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<AnyFormat>,
    /// Language of the answer; default: from LC_ALL and LANG
    #[arg(long, global = true, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    /// Go ahead without asking; needed where there is no terminal
    ///
    /// Accepts the plan with its default mends as `partman plan` shows them. It never decides what needs a person's
    /// decision.
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more; twice for every statement
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colour; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}
