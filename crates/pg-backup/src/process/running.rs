//! One child process: started, fed, listened to, ended with all its group, collected.

use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{Finished, GRACE, LONGEST_COMPLAINT, Sink};

/// The process, as long as its id is surely its own: it is collected only after `Ended` is set.
#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    NotYet,
    Runs(Pid),
    Ended,
    Unwanted,
}

#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<State>>);

pub(super) struct StopOnDrop(pub(super) Running);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Running {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stop(&self) {
        let mut state = self.state();
        match *state {
            State::NotYet => *state = State::Unwanted,
            State::Runs(pid) => {
                let _ = kill_process_group(pid, Signal::TERM);
                let later = self.clone();
                let _ = thread::Builder::new().spawn(move || {
                    thread::sleep(GRACE);
                    later.kill();
                });
            }
            State::Ended | State::Unwanted => {}
        }
    }

    fn kill(&self) {
        if let State::Runs(pid) = *self.state() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    pub(super) fn work(
        &self,
        mut command: Command,
        input: &[u8],
        sink: Sink,
    ) -> io::Result<Finished> {
        let mut child = {
            let mut state = self.state();
            if matches!(*state, State::Unwanted) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let child = start(&mut command, input.is_empty(), &sink)?;
            *state = pid(&child).map_or(State::Ended, State::Runs);
            child
        };
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            let errors = scope.spawn(|| stderr.map_or_else(String::new, complaint));
            let output = scope.spawn(|| stdout.map_or(Ok(Vec::new()), |pipe| drain(pipe, sink)));
            scope.spawn(|| {
                if let Some(mut pipe) = stdin {
                    let _ = pipe.write_all(input);
                }
            });
            let status = self.collect(&mut child)?;
            let output = output
                .join()
                .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
            let errors = errors.join().unwrap_or_default();
            // A program that failed and said why is more to the point than a writer that missed the rest.
            let output = if status.success() || errors.is_empty() {
                output?
            } else {
                output.unwrap_or_default()
            };
            Ok(Finished {
                code: status.code(),
                signal: status.signal(),
                output,
                errors,
            })
        })
    }

    /// Waits without collecting, ends what is left of the group while its id can't be somebody else's, then collects.
    fn collect(&self, child: &mut Child) -> io::Result<std::process::ExitStatus> {
        if let Some(pid) = pid(child) {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
            let _ = kill_process_group(pid, Signal::KILL);
        }
        *self.state() = State::Ended;
        child.wait()
    }
}

fn start(command: &mut Command, no_input: bool, sink: &Sink) -> io::Result<Child> {
    let piped = |no: bool| if no { Stdio::null() } else { Stdio::piped() };
    command
        .stdin(piped(no_input))
        .stdout(piped(matches!(sink, Sink::Discard)))
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn drain(mut pipe: impl Read, sink: Sink) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    match sink {
        Sink::Discard | Sink::Keep => drop(pipe.read_to_end(&mut kept)?),
        Sink::To(mut writer) => {
            let mut buffer = vec![0; 256 << 10];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => writer.write_all(&buffer[..read])?,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            writer.flush()?;
        }
    }
    Ok(kept)
}

/// The last part of what was said, however much there was.
fn complaint(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..read]);
        let excess = kept.len().saturating_sub(LONGEST_COMPLAINT);
        kept.drain(..excess);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}
