//! Running a program inside a container, so that it fails loudly and never outlives us.
//!
//! The Engine's API makes three things easy to get wrong. A terminal mixes the streams and damages bytes: there is never
//! one. A stream that is cut looks like one that ended: only an exit code that the Engine reports afterwards counts as the
//! end. And the Engine lets a program run on when nobody listens any more: so a small shell beside it holds the other end
//! of our connection, and when that closes (we gave up, were aborted, or were killed) it kills the program by its process
//! id, with SIGTERM and after a while with SIGKILL.
//!
//! In most containers the server itself is process 1, which inherits every process whose parent is gone, and PostgreSQL
//! takes an unknown child that died of a signal for a crashed backend: it ends all sessions and starts anew. So the shell
//! collects each of its own children before it ends, and only the program itself is ever killed, never a group. Run one
//! program at a time, and none that may leave children of its own behind (such as a shell with a pipe).

use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::StartExecResults;
use futures_util::StreamExt;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};

mod command;

pub use command::{Command, Output};

/// How long a program has after its output ended, or after it was told to end, until its exit code must be known.
const ENDING: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(15);
/// The most that is kept of what a program says on its standard error.
const LIMIT: usize = 64 << 20;

impl Docker {
    /// Runs a program in a running container and keeps what it writes.
    ///
    /// If the returned future is dropped, the program is killed.
    ///
    /// # Errors
    ///
    /// [`Kind::NotRunning`] when the container does not run; [`Kind::TimedOut`], after the program was killed;
    /// [`Kind::Cut`] when the Engine's answer ended too early. A program that fails is no error here, see
    /// [`Output::must_succeed`].
    pub async fn exec(&self, container: &str, command: &Command) -> Result<Output> {
        let mut stdout = Vec::new();
        let (stderr, exit_code) = self.exec_into(container, command, &mut stdout).await?;
        Ok(Output {
            stdout,
            stderr,
            exit_code,
        })
    }

    /// Like [`Docker::exec`], with the standard output going elsewhere as it comes; returns the standard error and the
    /// exit code.
    ///
    /// # Errors
    ///
    /// As [`Docker::exec`], and [`Kind::Failed`] when `stdout` can't be written to.
    pub async fn exec_into(
        &self,
        container: &str,
        command: &Command,
        stdout: &mut (dyn AsyncWrite + Unpin + Send),
    ) -> Result<(Vec<u8>, i64)> {
        let program = command.program();
        let place = || format!("{program} in container {container:?}");
        tracing::debug!(container, ?command, "exec");
        let created = self.client.create_exec(container, command.config()).await;
        let exec = created.map_err(|e| refused(&place(), e))?.id;
        let Ok(ran) = timeout(
            command.limit(),
            self.pump(&exec, &place(), command.bytes(), stdout),
        )
        .await
        else {
            let ended = self.exit_code(&exec).await;
            let fate = if ended.is_some() {
                "it was killed"
            } else {
                "it could not be killed"
            };
            let message = format!("{} took longer than {:?}; {fate}", place(), command.limit());
            return Err(Error::new(Kind::TimedOut, message));
        };
        let stderr = ran?;
        match self.exit_code(&exec).await {
            Some(code) => Ok((stderr, code)),
            None => Err(cut(&place())),
        }
    }

    /// Starts the program and takes in what it writes, until it has closed both streams. Dropping this closes the
    /// connection, which kills the program.
    async fn pump(
        &self,
        exec: &str,
        place: &str,
        given: &[u8],
        stdout: &mut (dyn AsyncWrite + Unpin + Send),
    ) -> Result<Vec<u8>> {
        let started = self.client.start_exec(exec, None).await;
        let StartExecResults::Attached {
            mut output,
            input: mut held,
        } = started.map_err(|e| refused(place, e))?
        else {
            return Err(cut(place));
        };
        let sent = async {
            held.write_all(given).await?;
            held.flush().await
        };
        sent.await.map_err(|e| cut(place).because(e))?;
        let mut stderr = Vec::new();
        let mut bytes = 0;
        while let Some(item) = output.next().await {
            match item.map_err(|e| cut(place).because(e))? {
                LogOutput::StdOut { message } => {
                    bytes += message.len();
                    let written = stdout.write_all(&message).await;
                    written.map_err(|e| {
                        Error::new(
                            Kind::Failed,
                            format!("could not keep byte {bytes} of the output of {place}"),
                        )
                        .because(e)
                    })?;
                }
                LogOutput::StdErr { message } if stderr.len() < LIMIT => {
                    stderr.extend_from_slice(&message)
                }
                LogOutput::StdErr { .. } | LogOutput::StdIn { .. } => {}
                // The rest of a frame whose end never came.
                LogOutput::Console { .. } => return Err(cut(place)),
            }
        }
        Ok(stderr)
    }

    /// The exit code, once the Engine says that the program has ended; `None` if it does not say so for a while.
    async fn exit_code(&self, exec: &str) -> Option<i64> {
        let give_up = Instant::now() + ENDING;
        while Instant::now() < give_up {
            let seen = self.client.inspect_exec(exec).await.ok()?;
            if let (Some(false), Some(code)) = (seen.running, seen.exit_code) {
                return Some(code);
            }
            sleep(PAUSE).await;
        }
        None
    }
}

/// 409 is the Engine's word for a container in the wrong state.
fn refused(place: &str, error: bollard::errors::Error) -> Error {
    use bollard::errors::Error::DockerResponseServerError;
    let doing = format!("could not run {place}");
    match error {
        DockerResponseServerError {
            status_code: 409,
            message,
        } => Error::new(Kind::NotRunning, doing).because(message),
        error => Error::engine(doing, error),
    }
}

fn cut(place: &str) -> Error {
    Error::new(
        Kind::Cut,
        format!("the Engine's answer about {place} ended too early"),
    )
    .help("is the Engine still there? `docker version`; what the program did is unknown")
}
