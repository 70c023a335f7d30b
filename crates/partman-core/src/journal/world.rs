//! A database as the runner's world: one session that holds the advisory lock, and the journal beside the steps.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::Deserialize;

use super::{entries, flush, writing};
use crate::model::Server;
use crate::postgres::advisory;
use crate::run::{Entry, World};
use crate::session::{AS_THE_ROLE, Limits, Session, Statement, row};
use crate::{Error, Kind};

/// Where sessions come from: a pool, or in tests something that fails on cue.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Opens a session with partman's settings, on the same server and database each time.
    ///
    /// # Errors
    /// [`Kind::Unreachable`] and the like.
    async fn session(&self) -> Result<Box<dyn Session>, Error>;

    /// A second session, which looks on while a run works in the first; `None` where nobody is to look.
    ///
    /// # Errors
    /// As [`Connector::session`]; the run then goes on unseen.
    async fn onlooker(&self) -> Result<Option<Box<dyn Session>>, Error> {
        self.session().await.map(Some)
    }
}

/// How long a server that went away may take to come back before a run gives up.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(30);

/// Sessions of a pool that were idle while the server restarted may be found lost only when they are used.
const MOST_LOST_WHILE_IDLE: u32 = 8;

/// How long a session may take to end what it is doing before it is closed.
const FAREWELL_WITHIN: Duration = Duration::from_secs(1);

/// A database with its journal, for as long as one run holds its lock.
pub struct DatabaseWorld<'c> {
    connector: &'c dyn Connector,
    session: Box<dyn Session>,
    run: String,
    identity: Option<Identity>,
}

/// What a server must be to be the same one.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Identity {
    system_identifier: String,
    database_oid: u32,
}

impl<'c> DatabaseWorld<'c> {
    /// Opens a session and takes the database's run lock.
    ///
    /// # Errors
    /// [`Kind::Busy`] with who has it; whatever opening a session gives.
    pub async fn lock(connector: &'c dyn Connector) -> Result<Self, Error> {
        let mut session = connector.session().await?;
        let mut tried = advisory::try_lock(session.as_mut()).await;
        for _ in 0..MOST_LOST_WHILE_IDLE {
            if !tried.as_ref().is_err_and(Error::is_connection_lost) {
                break;
            }
            session = connector.session().await?;
            tried = advisory::try_lock(session.as_mut()).await;
        }
        match tried? {
            advisory::Lock::Acquired => Ok(Self {
                connector,
                session,
                run: String::new(),
                identity: None,
            }),
            advisory::Lock::Busy(holder) => Err(Error::new(Kind::Busy, busy(&holder))),
        }
    }

    /// Says which run the journal entries are of, and on which server they are made.
    pub fn set_run(&mut self, run: impl Into<String>, server: &Server) {
        self.run = run.into();
        self.identity = Some(Identity {
            system_identifier: server.system_identifier.clone(),
            database_oid: server.database_oid,
        });
    }

    /// The session, for what comes before and after the steps.
    pub fn session(&mut self) -> &mut (dyn Session + 'static) {
        self.session.as_mut()
    }

    /// Lets the lock go. A connection that is gone has let it go already. A statement that a cancelled run has left
    /// under way isn't waited for: closing the connection cancels it, and the server lets go as soon as it has ended.
    pub async fn release(mut self) {
        let farewell = async {
            let _ = self.session.rollback().await;
            let _ = advisory::release(self.session.as_mut()).await;
        };
        let _ = tokio::time::timeout(FAREWELL_WITHIN, farewell).await;
    }

    async fn reopen(&mut self) -> Result<Box<dyn Session>, Error> {
        let mut session = self.connector.session().await?;
        let sql = "SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system_identifier, \
                   (SELECT oid::int8 FROM pg_catalog.pg_database WHERE datname = current_database()) AS database_oid";
        let here: Identity = row(session.as_mut(), &Statement::query(sql)).await?;
        if self
            .identity
            .as_ref()
            .is_some_and(|expected| *expected != here)
        {
            return Err(Error::new(
                Kind::Changed,
                "another server or database answers after the connection was lost",
            ));
        }
        match advisory::try_lock(session.as_mut()).await? {
            advisory::Lock::Acquired => Ok(session),
            // Our own old backend, until the server has noticed that we are gone; or another run, which is as bad.
            advisory::Lock::Busy(_) => Err(Error::new(
                Kind::Busy,
                "another session has this database's run lock",
            )),
        }
    }
}

#[async_trait]
impl World for DatabaseWorld<'_> {
    type Hands = dyn Session;

    fn hands(&mut self) -> &mut (dyn Session + 'static) {
        self.session.as_mut()
    }

    async fn begin(&mut self, limits: Limits) -> Result<(), Error> {
        self.session.begin(limits).await?;
        let unflushed = format!("SET LOCAL synchronous_commit = off; {AS_THE_ROLE}");
        let unflushed = Statement::command(unflushed);
        self.session.run(&unflushed).await.map(drop)
    }

    /// Nobody waits for the disk, or for a standby: the locks are let go before that, and only then is the commit made to
    /// last. A server that goes down in between forgets the step together with its entry, and the connection is lost.
    async fn commit(&mut self, entry: &Entry) -> Result<Instant, Error> {
        let entry = writing(&self.run, entry)?;
        self.session.commit_after(&entry).await?;
        let ended = Instant::now();
        flush(self.session.as_mut(), &self.run).await?;
        Ok(ended)
    }

    async fn abandon(&mut self) -> Result<(), Error> {
        self.session.rollback().await
    }

    async fn record(&mut self, entry: &Entry) -> Result<(), Error> {
        self.session
            .run(&writing(&self.run, entry)?)
            .await
            .map(drop)
    }

    async fn recover(&mut self) -> Result<(), Error> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(50);
        loop {
            match self.reopen().await {
                Ok(session) => {
                    self.session = session;
                    return Ok(());
                }
                Err(error)
                    if error.kind() == Kind::Changed || began.elapsed() > COMES_BACK_WITHIN =>
                {
                    return Err(error.context("the connection was lost and could not be had again"));
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    async fn entries(&mut self) -> Result<Vec<Entry>, Error> {
        entries(self.session.as_mut(), &self.run).await
    }
}

pub(super) fn busy(holder: &advisory::Holder) -> String {
    let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
    format!(
        "another run is active in this database: {} of {} from {}, since {}, backend {}",
        or(&holder.application_name, "somebody"),
        or(&holder.user, "an unknown role"),
        or(&holder.client_addr, "a local socket"),
        or(&holder.since, "an unknown time"),
        holder
            .pid
            .map_or_else(|| "unknown".to_owned(), |pid| pid.to_string())
    )
}
