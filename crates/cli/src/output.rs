//! The two streams: data on stdout, talk on stderr. A reader that has gone away is no error.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};

use crate::error::Error;
use crate::exit_code::ExitCode;

/// Decides once for the whole program about colour; `NO_COLOR` and terminals are looked at where nobody decided.
pub(crate) fn set_color(choice: ColorChoice) {
    choice.write_global();
}

/// Whether colour shows on stderr.
pub(crate) fn stderr_is_styled() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Writes data to stdout, without its colours where they don't show.
///
/// # Errors
/// Stdout can't be written to, for another reason than that nobody reads it.
pub(crate) fn data(text: &str) -> Result<(), Error> {
    let mut stdout = anstream::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::caused(ExitCode::Usage, &e).while_doing("could not write to stdout"))
        }
        _ => Ok(()),
    }
}

/// Whether only errors and questions are told.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Decides once for the whole program whether what is only said for information is said.
pub(crate) fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Writes to stderr, unless somebody wants it quiet.
pub(crate) fn say(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        talk(text);
    }
}

/// Writes errors and questions to stderr. Nobody could be told if that fails.
pub(crate) fn talk(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}
