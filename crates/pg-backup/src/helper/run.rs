//! Becomes another program that ends when its parent does.
//!
//! The order matters: giving up root clears the parent-death signal, so it comes first; and the parent may have died
//! before the signal was armed, so it is looked at afterwards.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::Mode;
use rustix::process::{Gid, Pid, Uid, getppid, set_parent_process_death_signal, umask};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

use super::{Account, Farewell};

/// Returns only to say why it could not be done.
pub(super) fn run(arguments: impl Iterator<Item = OsString>) -> io::Error {
    match become_program(arguments) {
        Ok(never) => match never {},
        Err(e) => e,
    }
}

fn become_program(mut arguments: impl Iterator<Item = OsString>) -> io::Result<Infallible> {
    let mut word = || arguments.next().and_then(|word| word.into_string().ok());
    let farewell = word().and_then(|name| Farewell::ALL.into_iter().find(|f| f.name() == name));
    let parent = word()
        .and_then(|pid| pid.parse().ok())
        .and_then(Pid::from_raw);
    let account = word().map(|text| account(&text));
    let (Some(farewell), Some(parent), Some(account)) = (farewell, parent, account) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let program = arguments.next().ok_or(io::ErrorKind::InvalidInput)?;
    umask(Mode::RWXG | Mode::RWXO);
    if let Some(account) = account? {
        take(account)?;
    }
    set_parent_process_death_signal(Some(farewell.signal()))?;
    if getppid() != Some(parent) {
        return Err(io::Error::other("whoever asked for it is gone"));
    }
    Err(Command::new(program).args(arguments).exec())
}

fn account(text: &str) -> io::Result<Option<Account>> {
    if text == "-" {
        return Ok(None);
    }
    let (uid, gid) = text.split_once(':').ok_or(io::ErrorKind::InvalidInput)?;
    match (uid.parse(), gid.parse()) {
        (Ok(uid), Ok(gid)) => Ok(Some(Account { uid, gid })),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// These act on the calling thread only, which is all that is left after exec.
fn take(account: Account) -> io::Result<()> {
    let gid = Gid::from_raw(account.gid);
    set_thread_groups(&[])?;
    set_thread_gid(gid)?;
    set_thread_uid(Uid::from_raw(account.uid))?;
    Ok(())
}
