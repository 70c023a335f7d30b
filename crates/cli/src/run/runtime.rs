//! Runs what talks to servers, and hears when somebody asks us to stop.
//!
//! What only looks is dropped on the first interrupt: its sessions close, and the server cancels what it was doing for
//! them. A run is told, finishes or gives up the step it is at, and leaves a journal that `resume` knows; only a second
//! interrupt ends it at once.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use partman_core::postgres::farewell;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, GO_ON_OR_BACK};
use crate::exit_code::ExitCode;

/// Somebody's wish that we stop.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop {
    asked: CancellationToken,
    insisted: CancellationToken,
    code: Arc<OnceLock<ExitCode>>,
}

/// How long the server gets to hear that we go.
const GOODBYE: Duration = Duration::from_secs(1);

/// Runs a verb.
///
/// # Errors
/// The verb's.
pub(super) fn run<T, W>(work: impl FnOnce(Stop) -> W) -> Result<T, Error>
where
    W: Future<Output = Result<T, Error>>,
{
    let started = |e: std::io::Error| {
        Error::caused(ExitCode::Bug, &e).while_doing("could not start the runtime")
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(started)?;
    let stop = Stop::default();
    let ended = runtime.block_on(async {
        let interrupts = signal(SignalKind::interrupt()).map_err(started)?;
        let terminations = signal(SignalKind::terminate()).map_err(started)?;
        tokio::spawn(stop.clone().listen(interrupts, terminations));
        work(stop.clone()).await
    });
    runtime.block_on(farewell(GOODBYE));
    runtime.shutdown_timeout(GOODBYE);
    ended
}

impl Stop {
    async fn listen(self, mut interrupts: Signal, mut terminations: Signal) {
        loop {
            let code = tokio::select! {
                _ = interrupts.recv() => ExitCode::Interrupted,
                _ = terminations.recv() => ExitCode::Terminated,
            };
            if self.code.set(code).is_err() {
                self.insisted.cancel();
            }
            self.asked.cancel();
        }
    }

    /// Waits for work that changes nothing; when somebody asks us to stop, it is dropped.
    ///
    /// # Errors
    /// The work's, or that it was stopped.
    pub(super) async fn or_done<T, E: Into<Error>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => done.map_err(Into::into),
            () = self.asked.cancelled() => Err(Error::new(self.code(), "stopped; nothing was changed")),
        }
    }

    /// Waits for work that hears of [`Stop::token`] by itself; only somebody who insists has it dropped.
    ///
    /// # Errors
    /// The work's, or that it was dropped.
    pub(super) async fn or_insisted<T, E: Into<Error>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => done.map_err(Into::into),
            () = self.insisted.cancelled() => {
                let error = Error::new(self.code(), "stopped at once, in the middle of the run");
                Err(error.help(GO_ON_OR_BACK))
            }
        }
    }

    /// Cancelled when somebody asks us to stop.
    pub(super) fn token(&self) -> CancellationToken {
        self.asked.clone()
    }

    /// The exit code of having been stopped.
    pub(super) fn code(&self) -> ExitCode {
        self.code.get().copied().unwrap_or(ExitCode::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_is_dropped_when_somebody_asks() {
        let ended: Result<(), Error> = run(async |stop: Stop| {
            stop.asked.cancel();
            stop.or_done(std::future::pending::<Result<(), Error>>())
                .await
        });
        assert_eq!(
            ended.expect_err("it was stopped").code(),
            ExitCode::Interrupted
        );
    }

    #[test]
    fn a_run_is_dropped_only_when_somebody_insists() {
        let ended = run(async |stop: Stop| {
            stop.asked.cancel();
            stop.or_insisted(async { Ok::<_, Error>(7) }).await
        });
        assert_eq!(ended.expect("it went on"), 7);
    }
}
