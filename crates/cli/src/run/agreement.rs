//! Asks before something is changed.

use std::io::BufRead;

use super::runtime::Stop;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// Goes on if everything has been agreed to, or somebody agrees now. What is shown before the question is the caller's.
///
/// # Errors
/// Nobody agreed, or there is nobody to ask.
pub(super) async fn ask(settings: &Settings, stop: &Stop, question: &str) -> Result<(), Error> {
    if settings.yes {
        return Ok(());
    }
    if !settings.interactive {
        let message = "this changes the database, and there is no terminal to ask on";
        return Err(Error::new(ExitCode::Usage, message).help("agree beforehand with --yes"));
    }
    output::talk(&format!("{question} [y/N] "));
    let answer = tokio::task::spawn_blocking(read_line);
    let answer = stop
        .or_done(async { Ok::<_, Error>(answer.await.unwrap_or_default()) })
        .await?;
    if agrees(&answer) {
        Ok(())
    } else {
        Err(Error::new(
            ExitCode::Refused,
            "not agreed to; nothing was changed",
        ))
    }
}

fn read_line() -> String {
    let mut line = String::new();
    // What can't be read is no agreement.
    let _ = std::io::stdin().lock().read_line(&mut line);
    line
}

fn agrees(answer: &str) -> bool {
    ["y", "yes", "o", "oui"].contains(&answer.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "YES", " oui \n"].into_iter().all(agrees));
        assert!(!["", "\n", "n", "yesterday", "ja"].into_iter().any(agrees));
    }
}
