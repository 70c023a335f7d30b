//! The programs of this machine: found in `PATH` and where distributions keep them side by side.
//!
//! Debian's `/usr/bin/pg_dump` is a script that guesses a version; the real programs behind it are taken instead. Among
//! those that fit, the oldest is chosen, since its archives can be read by the most others.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::version::{install, missing};
use super::{Argument, Call, Tool, Toolbox, Version};
use crate::error::{Error, Kind, Result};
use crate::helper::{self, Farewell, Helper};
use crate::process::{self, Finished};

/// Folders in which each version has one of its own: what stands before and after the version.
const SIDE_BY_SIDE: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"),
    ("/usr/libexec/postgresql", ""),
    ("/usr", "bin"),
];

/// Programs in one folder of this machine.
#[derive(Debug, Clone)]
pub struct LocalTools {
    folder: PathBuf,
    dump: Version,
    restore: Version,
    dump_all: Option<Version>,
    helper: Option<Helper>,
}

impl LocalTools {
    /// The programs in this folder, whatever their version; whether it fits is said when they are used.
    ///
    /// # Errors
    /// [`Kind::Tools`] when `pg_dump` or `pg_restore` is not there or doesn't tell its version.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let version = |tool: Tool| ask(&folder.join(tool.name()));
        let needed = |tool| {
            version(tool).ok_or_else(|| {
                missing(tool, None).context(format!("cannot use {}", folder.display()))
            })
        };
        Ok(Self {
            dump: needed(Tool::Dump)?,
            restore: needed(Tool::Restore)?,
            dump_all: version(Tool::DumpAll),
            folder,
            helper: None,
        })
    }

    /// The best programs for a server of this major version, in `path` (the variable's value, if it is set) or in the
    /// usual places. Costs the start of two programs for each version that is installed.
    ///
    /// # Errors
    /// [`Kind::Tools`] when there are none, [`Kind::Version`] when all are older; either names the package.
    pub fn find(server_major: u32, path: Option<OsString>) -> Result<Self> {
        let found: Vec<_> = folders(path)
            .into_iter()
            .filter_map(|folder| Self::in_folder(folder).ok())
            .collect();
        let newest = found.iter().map(|tools| tools.dump.major()).max();
        let fits = |tools: &Self| {
            tools.dump.major() >= server_major && tools.restore.major() >= tools.dump.major()
        };
        let best = found
            .into_iter()
            .filter(fits)
            .min_by_key(|tools| tools.dump.major());
        best.ok_or_else(|| match newest {
            None => missing(Tool::Dump, Some(server_major)),
            Some(newest) => {
                let message = format!("the newest pg_dump here is {newest}, the server is {server_major}, and pg_dump refuses a newer server");
                Error::new(Kind::Version, message).with_help(install(server_major))
            }
        })
    }

    /// The same, with a helper that makes sure that no program outlives us.
    #[must_use]
    pub fn helper(mut self, helper: Helper) -> Self {
        self.helper = Some(helper);
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[async_trait]
impl Toolbox for LocalTools {
    fn version(&self, tool: Tool) -> Option<&Version> {
        match tool {
            Tool::Dump => Some(&self.dump),
            Tool::Restore => Some(&self.restore),
            Tool::DumpAll => self.dump_all.as_ref(),
        }
    }

    async fn run(&self, call: Call, cancel: &CancellationToken) -> Result<Finished> {
        let arguments = call.arguments.iter().map(|argument| match argument {
            Argument::Text(text) => text.as_os_str(),
            Argument::Path(path) => path.as_os_str(),
        });
        let program = self.folder.join(call.tool.name());
        let mut command = helper::command(
            self.helper.as_ref(),
            Farewell::Term,
            None,
            &program,
            arguments,
        );
        forget_libpq(&mut command);
        if let Some(connection) = &call.connection {
            for (name, value) in connection.environment() {
                command.env(name, value.expose_secret());
            }
        }
        command.envs(call.variables);
        process::run(command, call.input, call.output, cancel).await
    }
}

/// Keeps what a program may need (PATH, HOME, a proxy's or Kerberos' variables), but nothing that would lead it to
/// another server or make it speak another language.
pub(crate) fn forget_libpq(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PG") || text.starts_with("LC_") || text == "LANGUAGE" || text == "LANG"
        {
            command.env_remove(&name);
        }
    }
    command.env("LC_ALL", "C");
}

fn ask(program: &Path) -> Option<Version> {
    let mut command = Command::new(program);
    forget_libpq(&mut command);
    let output = command.arg("--version").output().ok()?;
    Version::parse(&String::from_utf8_lossy(&output.stdout)).filter(|_| output.status.success())
}

/// Folders that may hold the programs; scripts that choose among versions lead to none.
fn folders(path: Option<OsString>) -> Vec<PathBuf> {
    let path = path.unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join(Tool::Dump.name())).ok())
        .filter(|program| {
            program
                .file_name()
                .is_some_and(|name| name == Tool::Dump.name())
        })
        .filter_map(|program| program.parent().map(Path::to_owned))
        .collect();
    for (root, inside) in SIDE_BY_SIDE {
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_version = name
                .trim_start_matches("pgsql-")
                .trim_start_matches("postgresql")
                .starts_with(|c: char| c.is_ascii_digit());
            let folder = entry.path().join(inside);
            if is_version && folder.join(Tool::Dump.name()).is_file() {
                folders.push(folder);
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(folder.clone()));
    folders
}
