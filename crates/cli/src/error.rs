//! How the program ends when it doesn't end well: one error that knows its exit code and how to show itself.
//!
//! The message and what caused it come first, level by level, then `help: …` with the way out. Whatever is shown is
//! redacted, so that no path leads a password to the terminal.

use std::error::Error as StdError;

use partman_core::Kind;
use partman_rollout::ConfigError;
use partman_rollout::container;
use partman_rollout::secret::redact;

use crate::exit_code::ExitCode;
use crate::output;

/// The way out of a run that stopped.
pub(crate) const GO_ON_OR_BACK: &str =
    "`partman resume` goes on with the run, `partman rollback` undoes it";

/// Why the program ends before its work is done.
#[derive(Debug)]
pub(crate) struct Error {
    code: ExitCode,
    shown: Shown,
    help: Option<String>,
}

#[derive(Debug)]
enum Shown {
    /// A message and its causes.
    Chain(Vec<String>),
    /// A text that shows itself, plain and in colour.
    Rendered { plain: String, styled: String },
}

impl Error {
    /// An error of our own, with a lower-case fragment that names the object.
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            shown: Shown::Chain(vec![message.into()]),
            help: None,
        }
    }

    /// An error from elsewhere and all its causes.
    pub(crate) fn caused(code: ExitCode, error: &(dyn StdError + 'static)) -> Self {
        let mut chain = vec![error.to_string()];
        let mut next = error.source();
        while let Some(cause) = next {
            chain.push(cause.to_string());
            next = cause.source();
        }
        Self {
            code,
            shown: Shown::Chain(chain),
            help: None,
        }
    }

    /// A text that is complete as it is.
    pub(crate) fn rendered(code: ExitCode, plain: String, styled: String) -> Self {
        Self {
            code,
            shown: Shown::Rendered { plain, styled },
            help: None,
        }
    }

    /// The same with the way out.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with another level before the message, which says what was being done.
    #[must_use]
    pub(crate) fn while_doing(mut self, doing: impl Into<String>) -> Self {
        if let Shown::Chain(chain) = &mut self.shown {
            chain.insert(0, doing.into());
        }
        self
    }

    /// The same, of a run that had begun: how it stands is in its journal.
    #[must_use]
    pub(crate) fn part_way(mut self) -> Self {
        if !matches!(self.code, ExitCode::Interrupted | ExitCode::Terminated) {
            self.code = ExitCode::Unfinished;
            self.help = Some(GO_ON_OR_BACK.to_owned());
        }
        self
    }

    /// The same, after waiting for something else until the time limit.
    #[must_use]
    pub(crate) fn waited_out(mut self) -> Self {
        self.code = ExitCode::WaitedOut;
        self
    }

    /// The first level of what is shown, in one line and without secrets.
    pub(crate) fn summary(&self) -> String {
        match &self.shown {
            Shown::Chain(chain) => {
                let first = chain.first().map(String::as_str).unwrap_or_default();
                redact(first).into_owned()
            }
            Shown::Rendered { plain, .. } => redact(plain.trim()).into_owned(),
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        self.code
    }

    /// Shows it on stderr and returns the exit code to end with.
    pub(crate) fn show(&self) -> ExitCode {
        output::talk(&self.text(output::stderr_is_styled()));
        self.code
    }

    /// What is shown, lines and all.
    pub(crate) fn text(&self, styled: bool) -> String {
        let (strong, red, plain) = if styled {
            ("\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[0m")
        } else {
            ("", "", "")
        };
        let mut text = match &self.shown {
            Shown::Rendered { styled: text, .. } if styled => format!("{}\n", text.trim_end()),
            Shown::Rendered { plain: text, .. } => format!("{}\n", text.trim_end()),
            Shown::Chain(chain) => {
                let mut text = String::new();
                for (level, message) in chain.iter().enumerate() {
                    match level {
                        0 => text += &format!("{red}error{plain}: {message}\n"),
                        _ => text += &format!("  caused by: {message}\n"),
                    }
                }
                text
            }
        };
        if let Some(help) = &self.help {
            text += &format!("{strong}help{plain}: {help}\n");
        }
        redact(&text).into_owned()
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let (plain, styled) = (error.render(false), error.render(true));
        Self::rendered(ExitCode::Configuration, plain, styled)
    }
}

impl From<partman_core::Error> for Error {
    fn from(error: partman_core::Error) -> Self {
        let shown = Self::caused(code_of(error.kind()), &error);
        match error.kind() {
            Kind::Settings => {
                shown.help("`partman help` lists where connection settings come from")
            }
            Kind::Unfinished => shown.help(GO_ON_OR_BACK),
            Kind::Bug => shown.help(crate::panic::PLEASE_REPORT),
            _ => shown,
        }
    }
}

impl From<container::Error> for Error {
    fn from(error: container::Error) -> Self {
        let code = match error.kind() {
            container::Kind::Unreachable => ExitCode::Unreachable,
            container::Kind::Refused => ExitCode::Refused,
            container::Kind::Input => ExitCode::Usage,
        };
        let shown = Self::caused(code, &error);
        match error.way_out() {
            Some(help) => shown.help(help),
            None => shown,
        }
    }
}

/// The exit code of an error that nothing was put in order after. What a run left behind is the run's to say.
fn code_of(kind: Kind) -> ExitCode {
    match kind {
        Kind::Settings => ExitCode::Usage,
        Kind::Unreachable | Kind::ConnectionLost | Kind::Server => ExitCode::Unreachable,
        Kind::LockTimeout | Kind::Busy => ExitCode::Busy,
        Kind::Refused => ExitCode::Refused,
        Kind::Unfinished => ExitCode::Unfinished,
        Kind::Changed => ExitCode::Changed,
        Kind::Verification => ExitCode::PutBack,
        Kind::Cancelled => ExitCode::Interrupted,
        _ => ExitCode::Bug,
    }
}

#[cfg(test)]
mod tests;
