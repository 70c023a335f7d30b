//! Who runs the servers: ourselves, or the unprivileged user when we are root.
//!
//! `initdb` and `postgres` refuse to run as root. As root every server program is therefore started through
//! setpriv(1) as `nobody`, whose ids are the same number on every Linux system that we know of.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::error::{Context, Result};

const NOBODY: u32 = 65534;

/// The account that servers run under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    Ourselves,
    Nobody,
}

impl Account {
    pub(crate) fn of_servers() -> Self {
        if rustix::process::geteuid().is_root() {
            Self::Nobody
        } else {
            Self::Ourselves
        }
    }

    /// The words that go before a command line, for the supervisor's shell.
    pub(crate) fn prefix(self) -> String {
        match self {
            Self::Ourselves => String::new(),
            Self::Nobody => format!("setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"),
        }
    }

    /// `user:group` for chown(1), if files have to change hands.
    pub(crate) fn owner(self) -> Option<String> {
        (self == Self::Nobody).then(|| format!("{NOBODY}:{NOBODY}"))
    }

    /// A command that will run under this account, with nothing in its environment that could lead a
    /// PostgreSQL program elsewhere.
    pub(crate) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::Nobody => {
                let mut command = Command::new("setpriv");
                command
                    .args(self.prefix().split_whitespace().skip(1))
                    .arg("--")
                    .arg(program);
                command
            }
        };
        clean_environment(&mut command);
        command
    }

    /// Gives a file or folder to the account.
    pub(crate) fn give(self, path: &Path) -> Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Nobody => std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY))
                .context(|| format!("could not give {} to user {NOBODY}", path.display())),
        }
    }
}

/// Leaves only what a server program needs: PGDATA, PGPORT and their like would change what it does.
pub(crate) fn clean_environment(command: &mut Command) {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    command
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/");
}
