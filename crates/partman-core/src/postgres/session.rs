//! One backend of the pool as a [`Session`].
//!
//! Values are bound as text; rows are wrapped into JSON on the server. Where the session stands (idle, in a transaction,
//! in the middle of a statement) is kept in its backend, so that whatever is dropped at whatever moment, only an idle
//! and cleaned connection comes back into use.

use async_trait::async_trait;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::types::{ToSql, Type};

use super::backend::{Backend, Server, State};
use super::pool::Taken;
use super::{failure, farewell};
use crate::session::{Limits, Session, Statement};
use crate::{Error, Kind};

/// A session on a pooled connection. Dropping it gives the connection back: cleaned when it is idle; otherwise it is
/// closed, what it was doing is cancelled and its transaction is rolled back by the server.
pub struct PgSession {
    slot: Option<Taken>,
}

impl PgSession {
    /// `slot` holds a backend; the pool sees to it.
    pub(super) fn new(slot: Taken) -> Self {
        Self { slot: Some(slot) }
    }

    /// What the server told about itself when the session was opened.
    pub fn server(&self) -> &Server {
        &self.backend().server
    }

    /// `server_version_num`, as 150007.
    pub fn server_version(&self) -> u32 {
        self.server().version
    }

    /// The time zone that a session has here by default, before ours is set.
    pub fn server_time_zone(&self) -> &str {
        &self.server().time_zone
    }

    /// The process that serves this session.
    pub fn backend_pid(&self) -> i32 {
        self.server().backend_pid
    }

    /// Whether the server is a standby.
    pub fn is_in_recovery(&self) -> bool {
        self.server().in_recovery
    }

    /// Closes the connection instead of giving it back: what it holds is released when this returns or soon after.
    pub fn close(mut self) {
        if let Some(mut slot) = self.slot.take() {
            drop(slot.take());
        }
    }

    fn backend(&self) -> &Backend {
        let slot = self
            .slot
            .as_ref()
            .expect("a session has its slot until it is dropped");
        slot.backend()
            .expect("the pool gives out slots with a backend")
    }

    fn backend_mut(&mut self) -> &mut Backend {
        let slot = self
            .slot
            .as_mut()
            .expect("a session has its slot until it is dropped");
        slot.backend_mut()
            .expect("the pool gives out slots with a backend")
    }

    /// Runs text that needs no values, and leaves the session in the state `after`, also when the server refuses.
    async fn simple(&mut self, sql: &str, after: State) -> Result<Vec<SimpleQueryMessage>, Error> {
        let backend = self.backend_mut();
        backend.state = State::Busy;
        let answer = backend.client.simple_query(sql).await;
        backend.state = after;
        answer.map_err(|e| backend.failure(e, Some(sql)))
    }

    /// Runs one statement; the state is what it was before.
    async fn typed(&mut self, statement: &Statement) -> Result<Vec<Value>, Error> {
        let wrapped = statement.returns_rows().then(|| wrap(statement.sql()));
        let sql = wrapped.as_deref().unwrap_or(statement.sql());
        let values: Vec<_> = statement
            .values()
            .iter()
            .map(|value| (value as &(dyn ToSql + Sync), Type::TEXT))
            .collect();
        let backend = self.backend_mut();
        let before = std::mem::replace(&mut backend.state, State::Busy);
        let answer = backend.client.query_typed(sql, &values).await;
        backend.state = before;
        let rows = answer.map_err(|e| backend.failure(e, Some(statement.sql())))?;
        if !statement.returns_rows() {
            return Ok(Vec::new());
        }
        let texts = rows.iter().map(|row| row.try_get::<_, &str>(0));
        texts
            .map(|text| match text {
                Ok(text) => {
                    serde_json::from_str(text).map_err(|e| Error::shape(statement.sql(), e))
                }
                Err(e) => Err(backend.failure(e, Some(statement.sql()))),
            })
            .collect()
    }
}

impl std::fmt::Debug for PgSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PgSession").field(self.server()).finish()
    }
}

#[async_trait]
impl Session for PgSession {
    async fn run(&mut self, statement: &Statement) -> Result<Vec<Value>, Error> {
        tracing::debug!(pid = self.backend_pid(), sql = statement.sql());
        if statement.returns_rows() || !statement.values().is_empty() {
            return self.typed(statement).await;
        }
        let state = self.backend().state;
        self.simple(statement.sql(), state)
            .await
            .map(|_| Vec::new())
    }

    async fn begin(&mut self, limits: Limits) -> Result<(), Error> {
        match self.backend().state {
            State::InTransaction => {
                return Err(Error::new(Kind::Bug, "a transaction is open already"));
            }
            State::Lost => return Err(failure::lost()),
            State::Idle | State::Busy => {}
        }
        let sql = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {}; \
             SET LOCAL statement_timeout = {}; SELECT pg_backend_pid()",
            milliseconds(limits.lock),
            milliseconds(limits.statement),
        );
        let answer = self.simple(&sql, State::InTransaction).await?;
        let pid = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten(),
            _ => None,
        });
        if pid == Some(self.backend_pid().to_string().as_str()) {
            return Ok(());
        }
        self.rollback().await?;
        Err(super::pool::pooler())
    }

    /// COMMIT of a failed transaction rolls back and reports success; any other statement in it is an error.
    async fn commit(&mut self) -> Result<(), Error> {
        self.commit_after(&Statement::command("SELECT")).await
    }

    async fn commit_after(&mut self, last: &Statement) -> Result<(), Error> {
        if !last.values().is_empty() {
            return Err(Error::new(
                Kind::Bug,
                "values can't be bound in the turn that commits",
            ));
        }
        let sql = format!("{};\nCOMMIT", last.sql());
        match self.simple(&sql, State::Idle).await {
            Ok(_) => Ok(()),
            Err(e) => {
                if !e.is_connection_lost() {
                    self.backend_mut().state = State::InTransaction;
                    self.rollback().await?;
                }
                Err(e)
            }
        }
    }

    async fn rollback(&mut self) -> Result<(), Error> {
        if self.backend().state == State::Idle {
            // The server would warn, in its log too, that there is nothing to roll back.
            return Ok(());
        }
        self.simple("ROLLBACK", State::Idle).await.map(drop)
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.backend_mut().take_warnings()
    }
}

impl Drop for PgSession {
    fn drop(&mut self) {
        let Some(mut slot) = self.slot.take() else {
            return;
        };
        let reusable = slot.backend().is_some_and(Backend::is_reusable);
        match Handle::try_current() {
            Ok(runtime) if reusable => {
                farewell::spawn(&runtime, async move {
                    if let Some(backend) = slot.backend_mut() {
                        let _ = backend.clean().await;
                    }
                });
            }
            _ => drop(slot.take()),
        }
    }
}

/// PostgreSQL takes whole milliseconds, and zero for no limit: what is shorter counts as one.
fn milliseconds(limit: std::time::Duration) -> u128 {
    limit.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128)
}

/// Rows as one column of JSON. The line breaks end a comment on the last line of the statement.
fn wrap(sql: &str) -> String {
    let sql = sql.trim_end().trim_end_matches(';');
    format!("WITH q AS (\n{sql}\n) SELECT row_to_json(q)::text FROM q")
}
