//! PostgreSQL's own programs: what is asked of them, in which version, and the trait behind which they may run elsewhere.
//!
//! A [`Call`] is plain data, so it can be printed and compared before it runs. [`LocalTools`] runs the programs of this
//! machine; a consumer with containers implements [`Toolbox`] for the programs of an image, which never mismatch.

mod local;
mod verdict;
mod version;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

pub use crate::process::{Finished, Sink};
pub use local::LocalTools;
pub(crate) use local::forget_libpq;
pub(crate) use verdict::judge;
pub use version::Version;
pub(crate) use version::{check_dump, check_restore};

use crate::connection::Connection;
use crate::error::Result;

/// One of the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Writes an archive.
    Dump,
    /// Writes what belongs to the whole server: roles.
    DumpAll,
    /// Reads an archive.
    Restore,
}

impl Tool {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dump => "pg_dump",
            Self::DumpAll => "pg_dumpall",
            Self::Restore => "pg_restore",
        }
    }
}

/// One word of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// As it is.
    Text(OsString),
    /// A path on this machine, which a toolbox elsewhere has to map.
    Path(PathBuf),
}

impl<T: Into<OsString>> From<T> for Argument {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// One run of a program.
pub struct Call {
    /// Which program.
    pub tool: Tool,
    /// Its arguments; never a secret.
    pub arguments: Vec<Argument>,
    /// The database that it talks to, if it talks to one; for its environment.
    pub connection: Option<Connection>,
    /// More variables for its environment; never a secret.
    pub variables: Vec<(String, String)>,
    /// What it reads.
    pub input: Vec<u8>,
    /// Where its output goes.
    pub output: Sink,
}

impl Call {
    pub(crate) fn new<A: Into<Argument>>(
        tool: Tool,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            tool,
            arguments: arguments.into_iter().map(Into::into).collect(),
            connection: None,
            variables: Vec::new(),
            input: Vec::new(),
            output: Sink::Discard,
        }
    }

    /// The words of the command line, for messages and tests.
    pub fn command_line(&self) -> String {
        let mut line = self.tool.name().to_owned();
        for argument in &self.arguments {
            line.push(' ');
            match argument {
                Argument::Text(text) => line.push_str(&text.to_string_lossy()),
                Argument::Path(path) => line.push_str(&path.to_string_lossy()),
            }
        }
        line
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command_line())
    }
}

/// Where the programs are.
#[async_trait]
pub trait Toolbox: Send + Sync {
    /// A program's version; nothing if the program is not there.
    fn version(&self, tool: Tool) -> Option<&Version>;

    /// Runs a program to its end, in the C locale and with no libpq variable but those of the call. When `cancel` is
    /// triggered, the program and all its workers are ended, and only then [`Kind::Cancelled`](crate::Kind::Cancelled) is returned. When the
    /// future is dropped, they are ended soon after.
    ///
    /// # Errors
    /// [`Kind::Tools`](crate::Kind::Tools) when the program can't be started. That it fails is no error here: see [`Finished`].
    async fn run(&self, call: Call, cancel: &CancellationToken) -> Result<Finished>;
}

/// Runs a call that has to succeed.
pub(crate) async fn run(
    tools: &dyn Toolbox,
    call: Call,
    cancel: &CancellationToken,
) -> Result<Vec<u8>> {
    let (tool, line) = (call.tool, call.command_line());
    let started = std::time::Instant::now();
    let finished = tools.run(call, cancel).await?;
    tracing::debug!(
        line,
        code = finished.code,
        seconds = started.elapsed().as_secs_f64(),
        "ran"
    );
    judge(tool, finished)
}

/// The version of a program that has to be there.
pub(crate) fn needed(tools: &dyn Toolbox, tool: Tool) -> Result<&Version> {
    tools
        .version(tool)
        .ok_or_else(|| version::missing(tool, None))
}
