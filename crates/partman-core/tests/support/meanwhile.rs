//! A database in which somebody else does something at just the wrong moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use partman_core::Error;
use partman_core::journal::Connector;
use partman_core::postgres::{Database, PgSession};
use partman_core::session::{Limits, Session, Statement};
use partman_testkit::TestDb;
use serde_json::Value;

/// What somebody does, once, right before the first statement that begins like this.
#[derive(Clone)]
pub(crate) struct Meanwhile {
    database: Database,
    db: TestDb,
    before: &'static str,
    sql: &'static str,
    done: Arc<AtomicBool>,
}

impl Meanwhile {
    pub(crate) fn new(
        database: &Database,
        db: &TestDb,
        before: &'static str,
        sql: &'static str,
    ) -> Self {
        Self {
            database: database.clone(),
            db: db.clone(),
            before,
            sql,
            done: Arc::default(),
        }
    }

    /// Whether the moment came; else nothing was tested.
    pub(crate) fn has_happened(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }

    async fn happens_before(&self, statement: &Statement) {
        if statement.sql().starts_with(self.before) && !self.done.swap(true, Ordering::SeqCst) {
            self.db.execute(self.sql).await;
        }
    }
}

#[async_trait]
impl Connector for Meanwhile {
    async fn session(&self) -> Result<Box<dyn Session>, Error> {
        Ok(Box::new(Interrupted {
            inner: self.database.session().await?,
            meanwhile: self.clone(),
        }))
    }

    async fn onlooker(&self) -> Result<Option<Box<dyn Session>>, Error> {
        Ok(None)
    }
}

struct Interrupted {
    inner: PgSession,
    meanwhile: Meanwhile,
}

#[async_trait]
impl Session for Interrupted {
    async fn run(&mut self, statement: &Statement) -> Result<Vec<Value>, Error> {
        self.meanwhile.happens_before(statement).await;
        self.inner.run(statement).await
    }

    async fn begin(&mut self, limits: Limits) -> Result<(), Error> {
        self.inner.begin(limits).await
    }

    async fn commit(&mut self) -> Result<(), Error> {
        self.inner.commit().await
    }

    async fn commit_after(&mut self, last: &Statement) -> Result<(), Error> {
        self.meanwhile.happens_before(last).await;
        self.inner.commit_after(last).await
    }

    async fn rollback(&mut self) -> Result<(), Error> {
        self.inner.rollback().await
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.inner.take_warnings()
    }
}
