//! Puts a restored database in the place of the old one, by renaming both; the old one stays, under another name.
//!
//! PostgreSQL renames a database only when nobody is in it. So both are closed to newcomers for the moment, sessions are
//! ended if that was allowed, and the names change. Each step is written to a journal first, with the databases' oids:
//! from the oids anyone can tell later what was done, and [`undo_swap`] goes back from wherever it stopped. Nothing is
//! copied; it takes as long as the sessions take to end.

mod databases;
mod journal;
mod sessions;

use std::path::{Path, PathBuf};

use tokio_postgres::Client;

use crate::catalog;
use crate::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::id::BackupId;
use crate::name::with_ending;
use crate::restore::maintenance;
use databases::{allow_connections, name_of, party, rename, reopen};
use journal::{Header, Journal};

const APPLICATION: &str = "partman_swap";

/// What to do about sessions that are in the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sessions {
    /// Change nothing and say who they are.
    #[default]
    Refuse,
    /// End them.
    Terminate,
}

/// A swap to be made.
#[derive(Debug, Clone)]
pub struct Swap {
    server: Connection,
    restored: String,
    place: String,
    before: String,
    sessions: Sessions,
    journal: PathBuf,
}

/// A swap that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapped {
    /// The name under which the restored database now is.
    pub database: String,
    /// The name under which the old one now is, if there was one.
    pub before: Option<String>,
}

impl Swap {
    /// `restored`, made of the backup `id`, gets the name `place`; what is there now becomes `<place>_before_<time of id>`.
    /// The journal is a file that must not exist yet.
    pub fn new(
        server: Connection,
        restored: impl Into<String>,
        place: impl Into<String>,
        id: &BackupId,
        journal: impl Into<PathBuf>,
    ) -> Self {
        let place = place.into();
        Self {
            server,
            restored: restored.into(),
            before: with_ending(&place, &format!("_before_{}", id.time())),
            place,
            sessions: Sessions::default(),
            journal: journal.into(),
        }
    }

    /// What to do about sessions that are in the way. Default: refuse.
    #[must_use]
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = sessions;
        self
    }

    /// The name that the old database will have.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// Swaps.
    ///
    /// # Errors
    /// [`Kind::InUse`] when others are connected and may not be ended, [`Kind::NotFound`] and [`Kind::Exists`] for names:
    /// nothing was changed. [`Kind::Unfinished`] when it failed half-way and could not be undone: the message names the
    /// journal for [`undo_swap`].
    pub async fn run(&self) -> Result<Swapped> {
        let client = maintenance(&self.server, APPLICATION).await?;
        let header = self.look(&client).await?;
        let mut journal = Journal::begin(&self.journal, header)?;
        let old = journal.header().old.clone();
        match self.forward(&client, &mut journal).await {
            Ok(()) => Ok(Swapped {
                database: self.place.clone(),
                before: old.map(|_| self.before.clone()),
            }),
            Err(e) => match self.undo_anew(&mut journal).await {
                Ok(()) => {
                    Err(e.context("the databases were not swapped; their names are as they were"))
                }
                Err(failure) => Err(stuck(&self.journal, &e, failure)),
            },
        }
    }

    /// In a session of its own, since the other may be what failed.
    async fn undo_anew(&self, journal: &mut Journal) -> Result<()> {
        let client = maintenance(&self.server, APPLICATION).await?;
        undo(&client, journal).await
    }

    /// What is there now; refuses before anything is written.
    async fn look(&self, client: &Client) -> Result<Header> {
        let system_identifier = catalog::server(client).await?.system_identifier;
        let new = party(client, &self.restored).await?.ok_or_else(|| {
            Error::new(
                Kind::NotFound,
                format!("there is no database \"{}\" to put in place", self.restored),
            )
        })?;
        let old = party(client, &self.place).await?;
        if old.is_some() && party(client, &self.before).await?.is_some() {
            let message = format!(
                "there is a database \"{}\" already, from an earlier swap",
                self.before
            );
            return Err(Error::new(Kind::Exists, message)
                .with_help("drop or rename it when it is no longer needed"));
        }
        for party in [Some(&new), old.as_ref()].into_iter().flatten() {
            sessions::check(client, party.oid, &party.name, self.sessions).await?;
        }
        Ok(Header::new(
            system_identifier,
            new,
            old,
            self.place.clone(),
            self.before.clone(),
        ))
    }

    async fn forward(&self, client: &Client, journal: &mut Journal) -> Result<()> {
        let header = journal.header().clone();
        for party in header.parties() {
            journal.note(&format!("closing {}", party.name))?;
            allow_connections(client, &party.name, false).await?;
            sessions::end(client, party.oid, &party.name, self.sessions).await?;
        }
        if let Some(old) = &header.old {
            journal.note(&format!("renaming {} to {}", old.name, header.before))?;
            rename(client, &old.name, &header.before).await?;
        }
        journal.note(&format!("renaming {} to {}", header.new.name, header.place))?;
        rename(client, &header.new.name, &header.place).await?;
        reopen(client, &header).await?;
        journal.note("done")
    }
}

/// Gives both databases the names that they had before a swap, from wherever the swap or an earlier undo stopped; doing it
/// twice does nothing the second time. Sessions in them are ended.
///
/// # Errors
/// [`Kind::NotFound`] when the journal can't be read, or the old database is gone, so that there is nothing to go back to;
/// [`Kind::Mismatch`] when it is of another server. What the server says when it fails again: then it can be tried again.
pub async fn undo_swap(server: &Connection, journal: &Path) -> Result<()> {
    let mut open = Journal::open(journal)?;
    let client = maintenance(server, APPLICATION).await?;
    let here = catalog::server(&client).await?.system_identifier;
    if here != open.header().system_identifier {
        let message = format!("{} is of another server", journal.display());
        return Err(Error::new(Kind::Mismatch, message));
    }
    if let Some(old) = &open.header().old
        && name_of(&client, old.oid).await?.is_none()
    {
        let message = format!(
            "the database that was \"{}\" is gone; there is nothing to go back to",
            old.name
        );
        return Err(Error::new(Kind::NotFound, message));
    }
    let undone = undo(&client, &mut open).await;
    undone.map_err(|e| e.context(format!("could not undo the swap of {}", journal.display())))
}

/// By oid, whatever the names are now; the restored one first, because it may have the old one's name.
async fn undo(client: &Client, journal: &mut Journal) -> Result<()> {
    let header = journal.header().clone();
    journal.note("undoing")?;
    for party in header.parties().rev() {
        let Some(now) = name_of(client, party.oid).await? else {
            continue;
        };
        if now != party.name {
            allow_connections(client, &now, false).await?;
            sessions::end(client, party.oid, &now, Sessions::Terminate).await?;
            rename(client, &now, &party.name).await?;
        }
    }
    reopen(client, &header).await?;
    journal.note("undone")
}

fn stuck(journal: &Path, e: &Error, failure: Error) -> Error {
    let message = format!("swapping failed ({e}), and so did undoing it");
    let help = format!(
        "undo it with the journal {} when the server can be reached again",
        journal.display()
    );
    Error::new(Kind::Unfinished, message)
        .with_help(help)
        .with_source(failure)
}
