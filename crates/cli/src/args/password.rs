//! Refuses a password on the command line, before anything else is read from it.
//!
//! An argument is seen by everybody on the machine, by the shell's history and by every log of commands. Every argument
//! is looked at, not only `--database`: a URL in the wrong place would be repeated by the complaint about the place.

use std::ffi::OsString;

use partman_core::postgres::Settings;
use partman_rollout::secret::password_in;

use crate::error::Error;
use crate::exit_code::ExitCode;

/// # Errors
/// Some argument holds a password.
pub(super) fn refuse(argv: &[OsString]) -> Result<(), Error> {
    if argv
        .iter()
        .skip(1)
        .any(|argument| holds_password(&argument.to_string_lossy()))
    {
        let message = "a password can't be an argument: whoever lists the processes of this machine can read it";
        let help = "take it out (and change it if others could have seen it); partman reads ~/.pgpass, PGPASSFILE, a \
                    service file, PGPASSWORD and DATABASE_URL";
        return Err(Error::new(ExitCode::Usage, message).help(help));
    }
    Ok(())
}

fn holds_password(argument: &str) -> bool {
    let value = argument
        .strip_prefix('-')
        .and_then(|flag| flag.split_once('='));
    let holds = |text: &str| password_in(text).is_some() || Settings::has_password_in(text);
    holds(argument) || value.is_some_and(|(_, value)| holds(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> bool {
        let argv: Vec<_> = ["partman"]
            .iter()
            .chain(arguments)
            .map(OsString::from)
            .collect();
        refuse(&argv).is_err()
    }

    #[test]
    fn a_password_is_refused_wherever_it_stands() {
        for arguments in [
            ["--database", "postgres://u:pw@h/db"],
            ["status", "--database=postgres://u:pw@h/db"],
            ["status", "--database=password=pw"],
            ["--database", "host=h password=pw"],
            ["--database", "host='h'password=pw"],
            ["-d", "u:pw@h/db"],
            ["status", "postgres//u:pw@h/db"],
            ["migrate", "postgres://u:pw@h/db"],
            ["--databse", "postgres://u@h/db?password=pw"],
            ["-dpostgres://u:pw@h/db", "status"],
        ] {
            assert!(refused(&arguments), "{arguments:?}");
        }
    }

    #[test]
    fn everything_else_is_let_through() {
        for arguments in [
            ["--database", "postgres://u@h:5432/db?application_name=a@b"],
            ["--without-backup", "the password manager takes snapshots"],
            ["--report", "json=/tmp/a"],
        ] {
            assert!(!refused(&arguments), "{arguments:?}");
        }
    }
}
