//! The pool: a few sessions of one database, opened when they are needed.
//!
//! bb8 keeps why a connection failed from the one who waits for it: the error goes to a sink and the waiter gets
//! `TimedOut` half a minute later. So a failed attempt goes into the pool as a [`Slot`] too, and whoever takes it gets
//! the error at once.

use std::sync::Arc;
use std::time::Duration;

use bb8::{ManageConnection, Pool, PooledConnection, RunError};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::backend::{Backend, Server};
use super::settings::Settings;
use super::{PgSession, connect, tls};
use crate::{Error, Kind};

/// A backend, or why there is none. Empty once its content was taken.
pub(super) struct Slot(Option<Result<Backend, Error>>);

impl Slot {
    pub(super) fn backend(&self) -> Option<&Backend> {
        self.0.as_ref().and_then(|content| content.as_ref().ok())
    }

    pub(super) fn backend_mut(&mut self) -> Option<&mut Backend> {
        self.0.as_mut().and_then(|content| content.as_mut().ok())
    }

    pub(super) fn take(&mut self) -> Option<Result<Backend, Error>> {
        self.0.take()
    }
}

/// A slot on loan; it goes back into the pool when it is dropped, as it is.
pub(super) type Taken = PooledConnection<'static, Manager>;

/// Opens backends for the pool.
pub(super) struct Manager {
    settings: Arc<Settings>,
    tls: MakeRustlsConnect,
    application_name: String,
}

impl ManageConnection for Manager {
    type Connection = Slot;
    type Error = Error;

    async fn connect(&self) -> Result<Slot, Error> {
        let opened = connect::open(&self.settings, &self.tls, &self.application_name).await;
        let backend = opened.map(|fresh| Backend::new(fresh, &self.tls, &self.application_name));
        Ok(Slot(Some(backend)))
    }

    async fn is_valid(&self, _: &mut Slot) -> Result<(), Error> {
        Ok(())
    }

    fn has_broken(&self, slot: &mut Slot) -> bool {
        !slot.backend().is_some_and(Backend::is_reusable)
    }
}

/// A database that sessions can be had of. Clones share the pool.
#[derive(Clone)]
pub struct Database {
    pool: Pool<Manager>,
    settings: Arc<Settings>,
    application_name: Arc<str>,
    server: Server,
}

/// How a [`Database`] is opened; see [`Database::builder`].
#[derive(Debug, Clone)]
pub struct DatabaseBuilder {
    settings: Settings,
    application_name: String,
    sessions: u32,
    wait: Duration,
}

impl DatabaseBuilder {
    /// The name under which `pg_stat_activity` shows the sessions; "partman" unless set.
    #[must_use]
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.application_name = name.into();
        self
    }

    /// How many sessions there may be at a time, at least two; eight unless set.
    #[must_use]
    pub fn sessions(mut self, sessions: u32) -> Self {
        self.sessions = sessions.max(2);
        self
    }

    /// How long to wait for one of them when all are in use; a minute unless set.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait.max(Duration::from_millis(1));
        self
    }

    /// Opens it.
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn connect(self) -> Result<Database, Error> {
        let settings = Arc::new(self.settings);
        let manager = Manager {
            tls: tls::connector(settings.encryption())?,
            settings: Arc::clone(&settings),
            application_name: self.application_name.clone(),
        };
        let pool = Pool::builder()
            .max_size(self.sessions)
            .min_idle(0)
            .test_on_check_out(false)
            .retry_connection(false)
            .connection_timeout(self.wait.saturating_add(connect::patience(&settings)))
            .build(manager)
            .await?;
        let server = greet(&pool, &self.application_name).await?;
        Ok(Database {
            pool,
            settings,
            application_name: self.application_name.into(),
            server,
        })
    }
}

impl Database {
    /// Connects under the name "partman".
    ///
    /// # Errors
    /// [`Kind::Unreachable`] with the cause and the way out when the server isn't there, refuses us, or is behind a
    /// pooler in transaction mode; [`Kind::Settings`] when a certificate can't be used.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        Self::builder(settings).connect().await
    }

    /// Starts to say how it is opened.
    pub fn builder(settings: &Settings) -> DatabaseBuilder {
        DatabaseBuilder {
            settings: settings.clone(),
            application_name: "partman".to_owned(),
            sessions: 8,
            wait: Duration::from_secs(60),
        }
    }

    /// A session of its own, with partman's settings in force.
    ///
    /// # Errors
    /// [`Kind::Unreachable`] when a new connection can't be had, or all are in use and stay so.
    pub async fn session(&self) -> Result<PgSession, Error> {
        self.session_as(&self.application_name).await
    }

    /// The same under another name, such as "partman sampler".
    ///
    /// # Errors
    /// As [`Database::session`].
    pub async fn session_as(&self, application_name: &str) -> Result<PgSession, Error> {
        let slot = take(&self.pool, application_name).await?;
        Ok(PgSession::new(slot))
    }

    /// The settings that it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the server told about itself when the first session was opened.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A backend out of the pool: a new one, or a used one that answers.
async fn take(pool: &Pool<Manager>, application_name: &str) -> Result<Taken, Error> {
    loop {
        let mut slot = pool.get_owned().await.map_err(none_free)?;
        let Some(backend) = slot.backend_mut() else {
            match slot.take() {
                Some(Err(e)) => return Err(e),
                _ => continue,
            }
        };
        let answers = backend.application_name == application_name
            || backend.rename(application_name).await.is_ok();
        if answers {
            return Ok(slot);
        }
        drop(slot.take());
    }
}

fn none_free(e: RunError<Error>) -> Error {
    match e {
        RunError::User(e) => e,
        RunError::TimedOut => Error::new(
            Kind::Unreachable,
            "no session became free in time: the server doesn't answer, or all sessions are in use",
        ),
    }
}

/// Opens the first connections and looks at what is behind them. Where two connections have one backend, the server
/// side is shared out per transaction.
async fn greet(pool: &Pool<Manager>, application_name: &str) -> Result<Server, Error> {
    let first = take(pool, application_name).await?;
    let second = take(pool, application_name).await;
    let server = |slot: &Taken| slot.backend().map(|backend| backend.server.clone());
    let found = server(&first).expect("take returns a slot with a backend");
    match second.map(|second| server(&second)) {
        Ok(Some(other)) if other.backend_pid == found.backend_pid => Err(pooler()),
        Ok(_) => Ok(found),
        // There is room for one session only, which may do.
        Err(e) if e.sqlstate() == Some("53300") => Ok(found),
        Err(e) => Err(e),
    }
}

/// That a session's statements don't reach one and the same backend.
pub(super) fn pooler() -> Error {
    Error::new(
        Kind::Unreachable,
        "a connection pooler in transaction or statement mode stands before the server, so settings and locks of a \
         session don't hold; connect to the server directly, or through a pool in session mode",
    )
}

#[async_trait::async_trait]
impl crate::journal::Connector for Database {
    async fn session(&self) -> Result<Box<dyn crate::session::Session>, Error> {
        Ok(Box::new(Self::session(self).await?))
    }
}
