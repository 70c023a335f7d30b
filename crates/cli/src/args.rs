//! What can be typed: the verbs, one file each, and the flags that all of them share.
//!
//! Only the shape is judged here, so that it can be tested without a file or a server; what it means is for
//! [`crate::settings`]. A password in an argument is refused before anything is parsed, because whoever complains about
//! an argument likes to repeat it.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod child;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod explain;
mod global;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod migrate;
mod password;
pub(crate) mod plan;
pub(crate) mod restore;
pub(crate) mod resume;
pub(crate) mod rollback;
pub(crate) mod status;
pub(crate) mod value;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;

pub(crate) use global::Global;

/// Puts hand-made PostgreSQL partition sets under pg_partman, and back.
///
/// partman looks at the database and says what is there (status), what it would do (plan), and does it without downtime
/// and with a way back (migrate, rollback). It needs no configuration to look; `partman init` writes one.
#[derive(Debug, Parser)]
#[command(name = "partman", version, max_term_width = 100)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Init(init::Init),
    Status(status::Status),
    Check(check::Check),
    Explain(explain::Explain),
    Plan(plan::Plan),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Migrate(migrate::Migrate),
    Resume(resume::Resume),
    Rollback(rollback::Rollback),
    Deploy(deploy::Deploy),
    Demo(demo::Demo),
    Completions(completions::Completions),
    Man(man::Man),
    #[command(skip)]
    Child(child::Child),
}

const AFTER_HELP: &str = "\
Connection settings come, in this order, from --database, DATABASE_URL, the libpq environment (PGHOST, PGSERVICE, \
PGPASSFILE, PGSSLMODE, …), the configuration and the container. A password is never an argument: put it into ~/.pgpass, \
a service file, PGPASSWORD or DATABASE_URL; that of a container is taken from it.

Exit codes:
    0  done; for status and check: nothing at or above --fail-on
    1  findings at or above the threshold
    2  wrong usage
    3  configuration invalid
    4  database or Docker cannot be reached, or refuses us
    5  refused; the reason and the way out are named
    6  lock not obtained within the budget, or another run is active
    7  backup proof missing, stale or failed
    8  failed, and everything was put back as it was
    9  stopped part-way: `partman resume` or `partman rollback` is needed
   10  the database is no longer the one that the plan or journal was made from
   11  waited until the time limit
   70  a bug in partman
  130  interrupted (143: terminated), in a state that resume and rollback know

Examples:
  partman status --database postgres://admin@localhost/shop
  partman init && partman plan
  partman migrate --dry-run";

/// The command with everything in it, for help, completions and the manual.
pub(crate) fn command() -> clap::Command {
    Args::command()
}

/// Understands the command line; the first item is the program's own name. `None` when help or the version was asked
/// for, and has been told.
///
/// # Errors
/// Wrong usage, as an error that shows itself.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Option<Args>, Error> {
    let argv: Vec<OsString> = argv.into_iter().collect();
    if let Some(child) = child::Child::in_(&argv) {
        return Ok(Some(Args {
            global: Global::default(),
            verb: Verb::Child(child),
        }));
    }
    output::set_color(value::Color::named_in(&argv).into());
    password::refuse(&argv)?;
    match Args::try_parse_from(&argv) {
        Ok(args) => Ok(Some(args)),
        Err(asked) if !asked.use_stderr() => {
            output::data(&asked.render().ansi().to_string())?;
            Ok(None)
        }
        Err(wrong) => {
            let text = wrong.render();
            let (plain, styled) = (text.to_string(), text.ansi().to_string());
            Err(Error::rendered(ExitCode::Usage, plain, styled))
        }
    }
}

#[cfg(test)]
mod tests;
