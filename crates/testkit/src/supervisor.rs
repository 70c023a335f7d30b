//! The process that owns a server, seen from our side: verbs out, exit statuses back.
//!
//! The other side is `supervisor.sh`. It is a process of its own, in a process group of its own, so that
//! neither a panic nor a SIGKILL of the test (or of its whole process group) leaves a server or a folder
//! behind: the end of its input is the signal to clear away, and the kernel gives that whatever happens.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::account::{Account, clean_environment};
use crate::error::{Context, Error, Result};
use crate::installation::Installation;

const SCRIPT: &str = include_str!("supervisor.sh");

#[derive(Debug)]
pub(crate) struct Supervisor {
    process: Child,
    verbs: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    dir: PathBuf,
}

impl Supervisor {
    /// Starts one with an empty private folder in `place`.
    pub(crate) fn start(
        installation: &Installation,
        template: &Path,
        place: &Path,
    ) -> Result<Self> {
        let account = Account::of_servers();
        let mut shell = Command::new("sh");
        clean_environment(&mut shell);
        shell
            .args(["-c", SCRIPT, "partman-test-supervisor"])
            .env("TMPDIR", place)
            .env("INSTALLATION", installation.root())
            .env("TEMPLATE", template)
            .env("RUN_AS", account.prefix())
            .env("OWNER", account.owner().unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut process = shell
            .spawn()
            .context(|| "could not start a shell to look after the server".into())?;
        let (Some(verbs), Some(out)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Error::new("the supervisor has no pipes"));
        };
        let mut this = Self {
            process,
            verbs: Some(verbs),
            answers: BufReader::new(out),
            dir: PathBuf::new(),
        };
        this.dir = PathBuf::from(this.answer().map_err(|error| {
            Error::new(format!("could not make a folder in {}", place.display())).because(error)
        })?);
        Ok(this)
    }

    /// The private folder of this server: `data`, `server.log`, the socket, and nothing once we are dropped.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Has a verb carried out; see `supervisor.sh` for what there is.
    pub(crate) fn run(&mut self, verb: &str) -> Result<()> {
        let pipe = self
            .verbs
            .as_mut()
            .ok_or_else(|| Error::new("the supervisor has been dismissed"))?;
        writeln!(pipe, "{verb}").context(|| format!("could not ask the supervisor to {verb}"))?;
        match self.answer()?.as_str() {
            "0" => Ok(()),
            status => Err(Error::new(format!(
                "the supervisor could not {verb} (exit status {status})"
            ))
            .because(
                fs::read_to_string(self.dir.join("supervisor.log"))
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            )),
        }
    }

    /// The server's process, which may have ended: the shell only collects it when told to stop it.
    pub(crate) fn server_pid(&self) -> Result<u32> {
        let file = self.dir.join("server.pid");
        let text =
            fs::read_to_string(&file).context(|| format!("could not read {}", file.display()))?;
        text.trim()
            .parse()
            .context(|| format!("{} holds no process id", file.display()))
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self
            .answers
            .read_line(&mut line)
            .context(|| "could not hear from the supervisor".into())?;
        if read == 0 {
            return Err(Error::new("the supervisor went away without an answer"));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Supervisor {
    /// Ends its input and waits until server and folder are gone.
    fn drop(&mut self) {
        drop(self.verbs.take());
        let _ = self.process.wait();
        // Only if the supervisor was killed is the folder still there; the kernel is stopping the server then.
        for _ in 0..100 {
            if self.dir.as_os_str().is_empty() || !self.dir.exists() {
                return;
            }
            let _ = fs::remove_dir_all(&self.dir);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
