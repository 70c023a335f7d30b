//! Writes the hook where git looks for it, which git itself says: worktrees and `core.hooksPath` count.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use partman_cli::ExitCode;

use crate::args;

const SCRIPT: &str = "\
#!/bin/sh
# Written by partman-hook install: nothing is pushed while the database has findings of severity error.
# git push --no-verify goes past it.
exec partman-hook pre-push \"$@\"
";

/// Why there is no hook now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Not in a repository, or no git.
    #[error("this is no git repository that hooks can be installed in: {0}")]
    NoRepository(String),
    /// Another hook is there.
    #[error("{} is there already and is not partman's", .0.display())]
    Occupied(PathBuf),
    /// A file could not be written.
    #[error("could not write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// What would help.
    pub(crate) fn way_out(&self) -> &'static str {
        match self {
            Self::NoRepository(_) => "run it inside a repository, with git installed",
            Self::Occupied(_) => "call `partman-hook pre-push` from it, or replace it with --force",
            Self::Write { .. } => "look at the folder's rights",
        }
    }

    /// The contract's code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoRepository(_) | Self::Write { .. } => ExitCode::Usage,
            Self::Occupied(_) => ExitCode::Refused,
        }
    }
}

/// Installs the pre-push hook, and says what it did.
pub(crate) fn install(wanted: &args::Install) -> Result<String, Error> {
    let folder = hooks_folder()?;
    let hook = folder.join("pre-push");
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Write { path, source }
    };
    match fs::read_to_string(&hook) {
        Ok(there) if there == SCRIPT => return Ok(format!("{} is there already", hook.display())),
        Ok(_) if !wanted.force => return Err(Error::Occupied(hook)),
        Ok(_) => {
            let kept = folder.join("pre-push.before-partman");
            fs::rename(&hook, &kept).map_err(failed(&kept))?;
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(&folder).map_err(failed(&folder))?
        }
        Err(_) if !wanted.force => return Err(Error::Occupied(hook)),
        Err(e) => return Err(failed(&hook)(e)),
    }
    fs::write(&hook, SCRIPT).map_err(failed(&hook))?;
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).map_err(failed(&hook))?;
    Ok(format!("wrote {}", hook.display()))
}

fn hooks_folder() -> Result<PathBuf, Error> {
    let asked = Command::new("git")
        .args(["rev-parse", "--git-path", "hooks"])
        .output();
    let output = asked.map_err(|e| Error::NoRepository(format!("git can't be run: {e}")))?;
    if !output.status.success() {
        return Err(Error::NoRepository(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}
