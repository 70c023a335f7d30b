//! Looks after a throwaway server and its folder until the input ends, then clears both away.
//!
//! It has a process group of its own, so that what ends its parent's whole group does not end it. Should it be killed
//! itself, the kernel stops the server; the folder is then swept by the next one who makes such a folder.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Stands for the guard's process id in the command line that it is given.
pub(super) const OUR_ID: &str = "{guard}";

const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn guard(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let folder = arguments
        .next()
        .map(PathBuf::from)
        .ok_or(io::ErrorKind::InvalidInput)?;
    let program = arguments.next().ok_or(io::ErrorKind::InvalidInput)?;
    let us = || OsString::from(std::process::id().to_string());
    let arguments = arguments.map(|word| if word == OUR_ID { us() } else { word });
    let server = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .spawn();
    let outcome = server.and_then(|mut server| {
        wait_for_the_end_of_input();
        stop(&mut server)
    });
    let removed = std::fs::remove_dir_all(&folder);
    outcome.and(removed)
}

/// Removes the folder when the input ends; that somebody was quicker is fine.
pub(super) fn keep(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let folder = arguments.next().ok_or(io::ErrorKind::InvalidInput)?;
    wait_for_the_end_of_input();
    match std::fs::remove_dir_all(PathBuf::from(folder)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn wait_for_the_end_of_input() {
    let mut byte = [0];
    loop {
        match io::stdin().read(&mut byte) {
            Ok(1..) => {}
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

fn stop(server: &mut Child) -> io::Result<()> {
    let pid = i32::try_from(server.id()).ok().and_then(Pid::from_raw);
    if let (Some(pid), None) = (pid, server.try_wait()?) {
        kill_process(pid, Signal::QUIT)?;
    }
    let start = Instant::now();
    while server.try_wait()?.is_none() {
        if start.elapsed() > PATIENCE {
            server.kill()?;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
