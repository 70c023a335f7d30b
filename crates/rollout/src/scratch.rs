//! A throwaway PostgreSQL server from the machine's own binaries, with an extension folder of its own.
//!
//! The installation is copied as far as it has to be (a Debian one is relocatable), so that pg_partman's files can be
//! put beside it without touching the machine's. The server listens on a socket in its private folder and nowhere else,
//! runs as an unprivileged user when we are root (initdb refuses root), and is gone with its folder when this is
//! dropped; a shell that waits for the end of a pipe sees to it also when we are killed.

mod account;
mod installation;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use account::Account;

pub use installation::{Installation, NoInstallation};

/// How long a server on a busy machine may take to answer.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// Owns the folder from its first moment. A line on standard input tells it to make a cluster and start the server; the
/// end of the input, whoever causes it, to stop the server and remove the folder.
const KEEPER: &str = r#"
trap '' INT HUP TERM
umask 077
server=
if read -r go; then
    if $RUN_AS "$INITDB" --pgdata="$FOLDER/data" --username=admin --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        --no-sync --no-instructions >"$FOLDER/initdb.log" 2>&1 </dev/null
    then
        env --default-signal=INT,QUIT $RUN_AS "$POSTGRES" -D "$FOLDER/data" -c unix_socket_directories="$FOLDER" "$@" \
            >"$FOLDER/server.log" 2>&1 </dev/null &
        server=$!
    else
        : >"$FOLDER/failed"
    fi
    cat >/dev/null
fi
if [ -n "$server" ]; then
    kill -QUIT "$server"
    wait "$server"
fi
rm -rf -- "$FOLDER"
"#;

/// Why there is no throwaway server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// No PostgreSQL on this machine.
    #[error(transparent)]
    NoInstallation(#[from] NoInstallation),
    /// A file or a process could not be handled.
    #[error("could not {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
    /// A program of PostgreSQL failed, or its server did not come up.
    #[error("{what}: {output}")]
    Failed {
        /// What failed.
        what: String,
        /// What it said.
        output: String,
    },
}

impl ScratchError {
    fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing: doing.into(),
            source,
        }
    }
}

/// A running throwaway server.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    keeper: Child,
    life: Option<ChildStdin>,
}

impl Scratch {
    /// Makes a cluster and starts it. `extension_files` are put into its extension folder. Takes a second or two and
    /// about 50 MB in the folder for temporary files, for as long as it lives.
    ///
    /// # Errors
    /// See [`ScratchError`].
    pub fn start(
        installation: &Installation,
        extension_files: Option<&Path>,
    ) -> Result<Self, ScratchError> {
        let account = Account::unprivileged();
        let folder = tempfile::Builder::new()
            .prefix("partman-scratch-")
            .tempdir()
            .map_err(ScratchError::io("make a temporary folder"))?;
        let copy = folder.path().join("installation");
        let relocated = installation.inside(&copy);
        let (keeper, life) = keep(&relocated, folder.path(), account)?;
        // From here on the keeper removes the folder.
        let mut scratch = Self {
            folder: folder.keep(),
            keeper,
            life: Some(life),
        };
        installation.copy_to(&relocated, extension_files)?;
        account
            .give(&scratch.folder)
            .map_err(ScratchError::io("give a folder to the server's user"))?;
        scratch.go()?;
        scratch.wait()?;
        Ok(scratch)
    }

    fn go(&mut self) -> Result<(), ScratchError> {
        let mut input = self
            .life
            .as_ref()
            .expect("it is there until we are dropped");
        input
            .write_all(b"go\n")
            .map_err(ScratchError::io("reach the throwaway server's keeper"))
    }

    /// Key and value connection string for this database, as the superuser `admin`.
    pub fn dsn(&self, database: &str) -> String {
        format!(
            "host={} port=5432 user=admin dbname={database}",
            self.folder.display()
        )
    }

    fn wait(&mut self) -> Result<(), ScratchError> {
        let began = Instant::now();
        let pid_file = self.folder.join("data/postmaster.pid");
        loop {
            // The last line is the server's own word on how far it is.
            if fs::read_to_string(&pid_file).is_ok_and(|text| {
                text.lines()
                    .last()
                    .is_some_and(|line| line.trim() == "ready")
            }) {
                return Ok(());
            }
            if self.folder.join("failed").exists() {
                let output = fs::read_to_string(self.folder.join("initdb.log")).unwrap_or_default();
                return Err(ScratchError::Failed {
                    what: "initdb failed".to_owned(),
                    output,
                });
            }
            if began.elapsed() > STARTS_WITHIN {
                let output = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
                return Err(ScratchError::Failed {
                    what: "the throwaway server did not start".to_owned(),
                    output,
                });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.life.take());
        // The keeper ends when the server has stopped and the folder is gone; nothing can be done if it can't.
        let _ = self.keeper.wait();
    }
}

fn keep(
    copy: &Installation,
    folder: &Path,
    account: Account,
) -> Result<(Child, ChildStdin), ScratchError> {
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "partman-scratch"]);
    for setting in [
        "listen_addresses=",
        "port=5432",
        "timezone=UTC",
        "log_timezone=UTC",
        "logging_collector=off",
        "max_connections=40",
    ] {
        command.args(["-c", setting]);
    }
    command
        .env("FOLDER", folder)
        .env("INITDB", copy.program("initdb"))
        .env("POSTGRES", copy.program("postgres"))
        .env("RUN_AS", account.prefix())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Not in our group: an interrupt at the terminal is ours to answer, not the server's.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut keeper = command
        .spawn()
        .map_err(ScratchError::io("start the throwaway server's keeper"))?;
    let life = keeper.stdin.take().expect("its standard input is a pipe");
    Ok((keeper, life))
}
