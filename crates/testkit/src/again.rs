//! A test that runs itself once more in a process of its own, in order to be killed there.
//!
//! The child is the same test binary, told to run one test; an environment variable tells that test that it is
//! the child. Servers belong to the process that started them: a child connects to its parent's.

use std::process::{Command, Output, Stdio};

use crate::error::{Context, Result};

/// Runs the test of this name, of the binary that is running, with this environment variable, and waits for its end.
///
/// # Errors
///
/// When the binary cannot be started again.
pub async fn again(test: &str, variable: &str, value: &str) -> Result<Output> {
    let failed = || format!("could not run {test} again");
    let program = std::env::current_exe().context(failed)?;
    let mut command = Command::new(program);
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(variable, value)
        .stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    ended.context(failed)?.context(failed)
}

/// Ends this process as `kill -9` does: nothing is cleaned up, nobody is told.
///
/// # Panics
///
/// When the kernel does not do it.
pub fn die() -> ! {
    let us = rustix::process::getpid();
    let refused = rustix::process::kill_process(us, rustix::process::Signal::KILL);
    panic!("this process should be dead by now: {refused:?}");
}
