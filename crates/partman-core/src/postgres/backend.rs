//! One connection and what is known of it: the client, the task that drives it, and whether it may be used again.
//!
//! A backend that is dropped in the middle of a statement asks the server to cancel it and then closes the socket, so
//! that nothing of ours runs on; one dropped inside a transaction says goodbye, and the server rolls back.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Connection, SimpleQueryMessage, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::AbortOnDropHandle;

use super::settings::{Host, Settings};
use super::{failure, farewell};
use crate::{Error, Kind};

const OPENING: &str = include_str!("sql/opening.sql");
const SETTINGS: &str = include_str!("sql/settings.sql");
const CHECK_INTERVAL: &str = "SET client_connection_check_interval = '1s'";
const CANCEL_WITHIN: Duration = Duration::from_secs(5);

type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// What a server told about itself when a session was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `server_version_num`, as 150007.
    pub version: u32,
    /// The process that serves this session.
    pub backend_pid: i32,
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// The time zone that a session has here by default, before ours is set.
    pub time_zone: String,
    /// Whether transactions are read-only here by default, before ours is set.
    pub read_only: bool,
}

/// Where a backend stands. Only an idle one may be used by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Idle,
    InTransaction,
    /// A statement is under way, or was when its future was dropped: nobody knows what the server is doing.
    Busy,
    /// The connection is gone.
    Lost,
}

/// One connection with partman's settings in force.
pub(super) struct Backend {
    pub(super) client: Client,
    pub(super) server: Server,
    pub(super) state: State,
    /// The name under which `pg_stat_activity` shows it; empty once it was cleaned.
    pub(super) application_name: String,
    task: JoinHandle<()>,
    ended: Arc<Mutex<Option<Error>>>,
    warnings: Warnings,
    tls: MakeRustlsConnect,
}

/// A connection that was just opened, with partman's settings in force, before somebody has a use for it.
pub(super) struct Fresh {
    pub(super) server: Server,
    client: Client,
    task: AbortOnDropHandle<()>,
    ended: Arc<Mutex<Option<Error>>>,
    warnings: Warnings,
}

/// What the server warned of and nobody has asked for yet, in order.
type Warnings = Arc<Mutex<VecDeque<String>>>;

/// So many warnings are kept.
const KEPT: usize = 20;

impl Fresh {
    /// Takes a new connection over: lets it run, looks at the server and puts our settings in force.
    pub(super) async fn open(
        (client, connection): (Client, Connection<Socket, Stream>),
        settings: &Settings,
        host: &Host,
    ) -> Result<Self, Error> {
        let ended = Arc::new(Mutex::new(None));
        let warnings = Warnings::default();
        let task = AbortOnDropHandle::new(farewell::spawn(
            &Handle::current(),
            drive(connection, Arc::clone(&ended), Arc::clone(&warnings)),
        ));
        let server = greet(&client)
            .await
            .map_err(|e| failure::opening(e, settings, host))?;
        Ok(Self {
            server,
            client,
            task,
            ended,
            warnings,
        })
    }

    /// The driver's client alone; its connection ends with it.
    pub(super) fn into_client(self) -> Client {
        self.task.detach();
        self.client
    }
}

impl Backend {
    /// `fresh` for the pool.
    pub(super) fn new(fresh: Fresh, tls: &MakeRustlsConnect, application_name: &str) -> Self {
        Self {
            client: fresh.client,
            server: fresh.server,
            state: State::Idle,
            application_name: application_name.to_owned(),
            task: fresh.task.detach(),
            ended: fresh.ended,
            warnings: fresh.warnings,
            tls: tls.clone(),
        }
    }

    /// Makes it as if new: no transaction, locks, temporary tables or settings of the last user.
    pub(super) async fn clean(&mut self) -> Result<(), Error> {
        self.state = State::Busy;
        let cleaned = tokio::try_join!(
            self.client.batch_execute("DISCARD ALL"),
            self.client.batch_execute(SETTINGS),
        );
        cleaned.map_err(|e| self.failure(e, None))?;
        let _ = self.client.batch_execute(CHECK_INTERVAL).await;
        self.application_name.clear();
        self.state = State::Idle;
        Ok(())
    }

    /// Sets the name under which `pg_stat_activity` shows it; a round trip that also proves that the server is there.
    pub(super) async fn rename(&mut self, application_name: &str) -> Result<(), Error> {
        let literal = application_name.replace('\'', "''");
        let sql = format!("SET application_name = '{literal}'");
        let before = std::mem::replace(&mut self.state, State::Busy);
        let named = self.client.batch_execute(&sql).await;
        self.state = before;
        named.map_err(|e| self.failure(e, Some(&sql)))?;
        application_name.clone_into(&mut self.application_name);
        Ok(())
    }

    /// The error as ours; where the connection is gone that is kept in mind, with what the server said when it closed it.
    pub(super) fn failure(&mut self, e: tokio_postgres::Error, sql: Option<&str>) -> Error {
        let error = failure::statement(e, sql);
        if error.is_connection_lost() {
            self.state = State::Lost;
        }
        let last_words = self
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match last_words {
            Some(reason) if error.is_connection_lost() && error.sqlstate().is_none() => {
                failure::lost_because(reason, sql)
            }
            _ => error,
        }
    }

    /// What the server warned of since this was asked last, in order.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        let mut kept = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        kept.drain(..).collect()
    }

    pub(super) fn is_reusable(&self) -> bool {
        self.state == State::Idle && !self.client.is_closed()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        match (self.state, Handle::try_current()) {
            // The driving task says goodbye to the server once the client is gone; a transaction ends with it.
            (State::Idle | State::InTransaction, _) => {}
            (State::Busy, Ok(runtime)) if !self.client.is_closed() => {
                let (token, tls) = (self.client.cancel_token(), self.tls.clone());
                let task = self.task.abort_handle();
                farewell::spawn(&runtime, async move {
                    let _ = tokio::time::timeout(CANCEL_WITHIN, token.cancel_query(tls)).await;
                    farewell::let_end(&task).await;
                    task.abort();
                });
            }
            _ => self.task.abort(),
        }
    }
}

/// Lets a connection run until it ends; notices go to the log, warnings and the server's last words are kept.
async fn drive(
    mut connection: Connection<Socket, Stream>,
    ended: Arc<Mutex<Option<Error>>>,
    warnings: Warnings,
) {
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) => {
                tracing::debug!(severity = notice.severity(), "{}", notice.message());
                if notice.parsed_severity() == Some(Severity::Warning) {
                    let mut kept = warnings.lock().unwrap_or_else(PoisonError::into_inner);
                    if kept.len() == KEPT {
                        kept.pop_front();
                    }
                    kept.push_back(notice.message().to_owned());
                }
            }
            Ok(_) => {}
            Err(e) => {
                let reason = failure::statement(e, None);
                *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                return;
            }
        }
    }
}

async fn greet(client: &Client) -> Result<Server, Error> {
    let (told, settings, _) = tokio::join!(
        client.simple_query(OPENING),
        client.batch_execute(SETTINGS),
        client.batch_execute(CHECK_INTERVAL),
    );
    let told = told.map_err(|e| failure::statement(e, Some(OPENING)))?;
    settings.map_err(|e| failure::statement(e, Some(SETTINGS)))?;
    let row = told.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let column = |at| row.and_then(|row| row.try_get(at).ok().flatten());
    let parsed = || {
        Some(Server {
            version: column(0)?.parse().ok()?,
            backend_pid: column(1)?.parse().ok()?,
            in_recovery: column(2)? == "t",
            time_zone: column(3)?.to_owned(),
            read_only: column(4)? == "on",
        })
    };
    parsed().ok_or_else(|| {
        Error::new(Kind::Bug, "the server's answer has an unexpected shape").with_statement(OPENING)
    })
}
