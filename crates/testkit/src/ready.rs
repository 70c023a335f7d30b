//! Waiting for a server that has just been started.
//!
//! As pg_ctl does: the server writes its state into the last line of its own pid file, so that no connection
//! is needed to ask.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

const WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(4);

/// Returns when the server with this data directory and process accepts connections.
pub(crate) fn wait_until_ready(data: &Path, pid: u32) -> Result<()> {
    let give_up = Instant::now() + WITHIN;
    while Instant::now() < give_up {
        if is_ready(data, pid) {
            return Ok(());
        }
        if has_ended(pid) {
            return Err(Error::new("the test server ended while starting"));
        }
        std::thread::sleep(PAUSE);
    }
    Err(Error::new(format!(
        "the test server was not ready after {WITHIN:?}"
    )))
}

/// The file's first line is the process id (a crashed server may have left an older one), the eighth the state.
fn is_ready(data: &Path, pid: u32) -> bool {
    let file = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = file.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && matches!(lines.nth(6), Some("ready" | "standby"))
}

/// Whether the process is gone or waits to be collected (state `Z`, after the name in brackets).
fn has_ended(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| {
            stat.rsplit_once(") ")
                .map(|(_, rest)| rest.starts_with('Z'))
        })
        .unwrap_or(true)
}
