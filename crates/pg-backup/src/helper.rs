//! The hidden entry point that makes sure of a child's end, also when we are killed and can't.
//!
//! A program that uses this crate gives it a way to start *itself* as a child: [`Helper`] names the program and its
//! hidden arguments, and behind those arguments it calls [`exec_child`]. Three things are asked of it:
//!
//! - `run`: give up root if asked, have the kernel send us a signal when our parent dies, become the given program. The
//!   signal for `pg_dump` is TERM, not KILL: its leader ends its workers on TERM, while after KILL they were seen to go
//!   on for as long as their tables took, with all their locks.
//! - `guard`: start a server, wait for the end of our input (which comes when our parent dies, in whatever way), stop
//!   the server and remove its folder;
//! - `keep`: the same for a folder without a server.

mod guard;
mod run;

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::Signal;

/// How to start the calling program as a child that ends up in [`exec_child`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// The account that a child runs under, if not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Which signal a child gets when its parent dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// For clients: end in order, and your workers with you.
    Term,
    /// For servers: end at once.
    Quit,
}

impl Helper {
    /// The program, most likely [`std::env::current_exe`], and the arguments that lead it to [`exec_child`].
    pub fn new<A: Into<OsString>>(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
        }
    }

    /// The calling program as a child with these words behind the hidden ones: for what a consumer wants of such children
    /// beside [`exec_child`].
    pub fn command<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(words);
        command
    }

    fn words(&self, verb: &str) -> Vec<OsString> {
        let mut words = vec![self.program.clone().into_os_string()];
        words.extend(self.arguments.iter().cloned());
        words.push(verb.into());
        words
    }
}

impl Farewell {
    const ALL: [Self; 2] = [Self::Term, Self::Quit];

    fn name(self) -> &'static str {
        match self {
            Self::Term => "term",
            Self::Quit => "quit",
        }
    }

    fn signal(self) -> Signal {
        match self {
            Self::Term => Signal::TERM,
            Self::Quit => Signal::QUIT,
        }
    }
}

/// The command line that runs a program as a child of this process, or of the guard.
pub(crate) fn words(
    helper: Option<&Helper>,
    parent: &str,
    farewell: Farewell,
    account: Option<Account>,
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Vec<OsString> {
    let mut words = match helper {
        Some(helper) => {
            let mut words = helper.words("run");
            words.extend([farewell.name().into(), parent.into()]);
            words.push(
                account.map_or_else(|| "-".into(), |a| format!("{}:{}", a.uid, a.gid).into()),
            );
            words
        }
        None => Vec::new(),
    };
    words.push(program.as_os_str().to_owned());
    words.extend(
        arguments
            .into_iter()
            .map(|argument| argument.as_ref().to_owned()),
    );
    words
}

/// A child of this process, through the helper if there is one.
pub(crate) fn command(
    helper: Option<&Helper>,
    farewell: Farewell,
    account: Option<Account>,
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Command {
    let parent = std::process::id().to_string();
    let words = words(helper, &parent, farewell, account, program, arguments);
    let mut command = from_words(&words);
    if let (None, Some(account)) = (helper, account) {
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// A guard over a folder and the server in it; see the module's text.
pub(crate) fn guard(
    helper: &Helper,
    folder: &Path,
    account: Option<Account>,
    program: &Path,
    arguments: &[OsString],
) -> Command {
    let mut all = helper.words("guard");
    all.push(folder.as_os_str().to_owned());
    all.extend(words(
        Some(helper),
        guard::OUR_ID,
        Farewell::Quit,
        account,
        program,
        arguments,
    ));
    from_words(&all)
}

/// A guard over a folder alone.
pub(crate) fn keep(helper: &Helper, folder: &Path) -> Command {
    let mut all = helper.words("keep");
    all.push(folder.as_os_str().to_owned());
    from_words(&all)
}

fn from_words(words: &[OsString]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().expect("a command line begins with a program"));
    command.args(words);
    command
}

/// What a process does that [`Helper`] started: it becomes another program or looks after one. `arguments` are those
/// that follow the hidden ones. Call it before any thread is started; it returns only when it is done or has failed,
/// and says why on standard error, which the parent reads.
pub fn exec_child(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let verb = arguments.next().unwrap_or_default();
    let failure = match verb.to_str() {
        Some("run") => run::run(arguments),
        Some("guard") => match guard::guard(arguments) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(e) => e,
        },
        Some("keep") => match guard::keep(arguments) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(e) => e,
        },
        _ => std::io::Error::other("this is not for people: partman starts itself so"),
    };
    eprintln!("could not start a child: {failure}");
    ExitCode::from(125)
}
