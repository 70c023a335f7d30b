//! A program to be run in a container, and what is left when it has ended: plain data.

use std::fmt;
use std::time::Duration;

use bollard::models::ExecConfig;
use secrecy::{ExposeSecret, SecretString};

use crate::Result;
use crate::error::{Error, Kind};

/// Runs the program given as its arguments; kills it when its own input ends. As many bytes of that as its first argument
/// says are the program's: they go into a file that has no name any more when the program starts. The last `wait` is what
/// keeps a server that is process 1 from inheriting a child that died of a signal.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
if [ "$1" -gt 0 ]; then
    input=$(mktemp) && head -c "$1" <&3 >"$input" && exec 4<"$input" && rm -f "$input" || exit 125
else
    exec 4</dev/null
fi
shift
"$@" <&4 3<&- 4<&- &
child=$!
exec 4<&-
{
    while read -r _ <&3; do :; done
    kill -TERM "$child" && sleep 5 && kill -KILL "$child"
} >/dev/null 2>&1 &
keeper=$!
exec 3<&-
wait "$child"
code=$?
exec 2>/dev/null
kill "$keeper"
wait "$keeper"
exit "$code"
"#;

/// A program to be run in a container. Values of its environment are kept secret.
#[derive(Clone)]
pub struct Command {
    argv: Vec<String>,
    env: Vec<(String, SecretString)>,
    user: Option<String>,
    limit: Duration,
    input: Vec<u8>,
}

impl Command {
    /// A program by name (looked for in the container's `PATH`) or path, as the container's usual user, for at most
    /// a minute.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            argv: vec![program.into()],
            env: Vec::new(),
            user: None,
            limit: Duration::from_secs(60),
            input: Vec::new(),
        }
    }

    /// One more argument. Never a password: every user of the machine can read it.
    #[must_use]
    pub fn arg(mut self, word: impl Into<String>) -> Self {
        self.argv.push(word.into());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.argv.extend(words.into_iter().map(Into::into));
        self
    }

    /// A variable beside those that the container has; it may be a password.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The user to run as: a name or number of the container, perhaps with `:group`.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// How long it may take.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// What it reads; kept in the container's folder for temporary files while it starts.
    #[must_use]
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = bytes;
        self
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.input
    }

    pub(super) fn program(&self) -> &str {
        &self.argv[0]
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// What the Engine is told: the program under its keeper, with a connection to each of its streams.
    pub(super) fn config(&self) -> ExecConfig {
        let env = self
            .env
            .iter()
            .map(|(name, value)| format!("{name}={}", value.expose_secret()));
        let input = self.input.len().to_string();
        let keeper = ["sh", "-c", KEEPER, "partman", &input].map(str::to_owned);
        let keeper = keeper.into_iter();
        ExecConfig {
            cmd: Some(keeper.chain(self.argv.iter().cloned()).collect()),
            env: Some(env.collect()),
            user: self.user.clone(),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(false),
            ..ExecConfig::default()
        }
    }
}

/// The arguments and the names of variables.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("Command")
            .field("argv", &self.argv)
            .field("env", &names)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// How a program ended, and all that it wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
    /// Its exit code; 128 and the signal's number if it was killed by one.
    pub exit_code: i64,
}

impl Output {
    /// The standard output as text, without the white space around it.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }

    /// Passes the output on if the program succeeded; `doing` begins the error's message.
    ///
    /// # Errors
    ///
    /// [`Kind::Failed`] with the exit code and what the program said.
    pub fn must_succeed(self, doing: &str) -> Result<Self> {
        if self.exit_code == 0 {
            return Ok(self);
        }
        // What the Engine has to say about a program that it could not start is on the standard output.
        let said = if self.stderr.is_empty() {
            &self.stdout
        } else {
            &self.stderr
        };
        let said = String::from_utf8_lossy(&said[said.len().saturating_sub(2_000)..])
            .trim()
            .to_owned();
        Err(Error::new(
            Kind::Failed,
            format!("{doing} (exit code {})", self.exit_code),
        )
        .because(said))
    }
}
