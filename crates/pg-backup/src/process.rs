//! The one place that starts programs: each on a thread of its own, in a process group of its own, and gone when we are.
//!
//! The thread matters: Linux sends the parent-death signal when the *thread* that started a child ends, and a runtime's
//! threads come and go. The group matters twice: a Ctrl-C at the terminal reaches us only, so that we decide what
//! happens, and a program's own workers are ended with it.

mod running;

use std::io::{self, Write};
use std::process::Command;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Kind, Result, io_kind};
use running::{Running, StopOnDrop};

/// How long a program may take to end in order before it is killed.
const GRACE: Duration = Duration::from_secs(2);
const LONGEST_COMPLAINT: usize = 8 << 10;

/// Where a program's output goes.
#[derive(Default)]
pub enum Sink {
    /// Nowhere.
    #[default]
    Discard,
    /// Into [`Finished::output`].
    Keep,
    /// Piece by piece to a writer, on a thread where it may take its time. Its error ends the program.
    To(Box<dyn Write + Send>),
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit status; nothing if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What it wrote, if that was to be kept.
    pub output: Vec<u8>,
    /// The end of what it complained about.
    pub errors: String,
}

impl Finished {
    /// Whether the program says of itself that it succeeded.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs a program to its end. On `cancel` it is told to end, killed if it does not within two seconds, and waited for;
/// dropping the future does the same without waiting.
pub(crate) async fn run(
    command: Command,
    input: Vec<u8>,
    sink: Sink,
    cancel: &CancellationToken,
) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed =
        |e: io::Error| Error::new(io_kind(&e), format!("could not run {program}")).with_source(e);
    let running = Running::default();
    let on_thread = running.clone();
    let (tell, mut told) = oneshot::channel();
    thread::Builder::new()
        .name("program".to_owned())
        .spawn(move || tell.send(on_thread.work(command, &input, sink)))
        .map_err(failed)?;
    let stop_on_drop = StopOnDrop(running.clone());
    let outcome = tokio::select! {
        outcome = &mut told => outcome,
        () = cancel.cancelled() => {
            running.stop();
            let _ = told.await;
            return Err(Error::cancelled());
        }
    };
    drop(stop_on_drop);
    match outcome {
        Ok(outcome) => outcome.map_err(failed),
        Err(_) => Err(Error::new(
            Kind::Bug,
            format!("the thread that ran {program} panicked"),
        )),
    }
}

#[cfg(test)]
#[path = "process/tests.rs"]
mod tests;
