//! One deployment at a time: in a project, by a lock on a file, and in a database, by an advisory lock, since two folders
//! may mean the same one. Both go with the process, however it ends.
//!
//! The advisory key is beside that of the runs in the database, which the adoption takes by itself.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;

use jiff::Timestamp;
use partman_core::postgres::{Database, PgSession};
use partman_core::session::{Session, Statement, row, rows};
use partman_core::{Error, Kind};
use serde::Deserialize;

use super::folder::Folder;

/// The name under which the server shows who deploys.
const APPLICATION: &str = "partman deploy";

/// Both locks, until this is dropped.
pub struct Lock {
    _file: File,
    session: PgSession,
    /// Connections of its own, which end with it, and the key with them.
    _database: Database,
}

#[derive(Deserialize)]
struct Taken {
    taken: bool,
}

#[derive(Deserialize)]
struct Holder {
    pid: i32,
    user: Option<String>,
    client: Option<String>,
    since: Option<String>,
}

impl Lock {
    /// Takes both; doesn't wait.
    ///
    /// # Errors
    /// [`Kind::Busy`] with who has one of them and since when; [`Kind::Refused`] when the folder can't be written to.
    pub async fn take(folder: &Folder, database: &Database) -> Result<Self, Error> {
        let file = take_file(folder)?;
        let own = Database::builder(database.settings())
            .application_name(APPLICATION)
            .sessions(2);
        let own = own.connect().await?;
        let session = take_key(&own).await?;
        Ok(Self {
            _file: file,
            session,
            _database: own,
        })
    }

    /// Lets both go; when this returns, another may have them.
    pub async fn release(mut self) {
        let key = Statement::query("SELECT pg_advisory_unlock(1885434484, 1684369519) AS released");
        // A connection that is gone has let it go already.
        let _ = self.session.run(&key).await;
    }

    /// Who deploys in this project now, if anybody does.
    pub fn holder(folder: &Folder) -> Option<String> {
        let mut file = File::open(folder.path().join("lock")).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(said(&mut file)),
            _ => None,
        }
    }

    /// The same as an error.
    ///
    /// # Errors
    /// [`Kind::Busy`], with who it is.
    pub fn must_be_free(folder: &Folder) -> Result<(), Error> {
        match Self::holder(folder) {
            Some(who) => Err(busy("in this project", &who)),
            None => Ok(()),
        }
    }
}

fn take_file(folder: &Folder) -> Result<File, Error> {
    folder.make()?;
    let path = folder.path().join("lock");
    let failed = |e| folder.failed("lock", e);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(busy("in this project", &said(&mut file))),
        Err(TryLockError::Error(e)) => return Err(failed(e)),
    }
    let us = format!(
        "process {} since {:.0}\n",
        std::process::id(),
        Timestamp::now()
    );
    file.set_len(0)
        .and_then(|()| file.write_all(us.as_bytes()))
        .map_err(failed)?;
    Ok(file)
}

/// What the holder has written down about itself; it may not have come to that yet.
fn said(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.read_to_string(&mut text);
    match text.trim() {
        "" => "somebody, since a moment ago".to_owned(),
        who => who.to_owned(),
    }
}

async fn take_key(database: &Database) -> Result<PgSession, Error> {
    let mut session = database.session().await?;
    let answer: Taken = row(
        &mut session,
        &Statement::query(include_str!("sql/lock.sql")),
    )
    .await?;
    if answer.taken {
        return Ok(session);
    }
    let asked = rows::<Holder>(
        &mut session,
        &Statement::query(include_str!("sql/holder.sql")),
    )
    .await;
    let who = match asked?.pop() {
        None => "somebody, since a moment ago".to_owned(),
        Some(Holder {
            pid,
            user,
            client,
            since,
        }) => format!(
            "{} from {}, backend {pid}, since {}",
            user.as_deref().unwrap_or("an unknown role"),
            client.as_deref().unwrap_or("a local socket"),
            since.as_deref().unwrap_or("an unknown time"),
        ),
    };
    Err(busy("in this database", &who))
}

fn busy(place: &str, who: &str) -> Error {
    Error::new(
        Kind::Busy,
        format!("another deployment is under way {place}: {who}"),
    )
}
