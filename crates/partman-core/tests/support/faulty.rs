//! A database whose sessions work until their cue, and then fail as real ones do.
//!
//! Every call of every session counts: run, begin, commit and rollback, from 0. The faults are real: the server refuses
//! a statement, another session ends the backend, the whole server crashes, this process is killed. What comes back is
//! therefore what the server and the driver say in such a case, and the transaction is in the state that it would be in.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use partman_core::Error;
use partman_core::journal::Connector;
use partman_core::postgres::{Database, PgSession};
use partman_core::session::{Limits, Session, Statement};
use partman_testkit::{TestDb, die};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

use super::holder::Holder;
use super::wire::Wire;

/// Long enough for a statement to reach the server, too short for it to come back most of the time.
const UNDER_WAY: Duration = Duration::from_micros(400);

/// Longer than one turn of waiting for a lock, shorter than all of them.
const A_MOMENT: Duration = Duration::from_millis(150);

/// What a reader and a writer of the scenes' set do, with locks on the parent and on partitions.
const READ: &str = "SELECT count(*) FROM public.webhook_events";
const WRITE: &str = "UPDATE public.webhook_events SET event_type = event_type";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Fault {
    /// The server refuses it; a commit fails as with a deferred constraint.
    Refused,
    /// The backend is ended before it hears of it.
    LostBefore,
    /// The backend has done it and is ended before it can say so.
    LostAfter,
    /// It is on its way when the caller loses interest; see [`Faulty::struck`].
    Dropped,
    /// This process is killed before the server hears of it.
    KilledBefore,
    /// It is on its way when this process is killed.
    KilledMeanwhile,
    /// The server has done it, and this process is killed before it knows.
    KilledAfter,
    /// The server crashes before it hears of it, and comes back.
    CrashBefore,
    /// The server has done it, crashes, and comes back.
    CrashAfter,
    /// It takes a minute, whatever the limits.
    Slow,
    /// It comes a moment later than it should; what is locked stays locked.
    Late,
    /// The wire is cut before the server hears of it.
    CutBefore,
    /// The server has done it, and the wire is cut before it can say so.
    CutAfter,
    /// Somebody begins to read the set before it, and is done after a moment.
    Reader,
    /// Somebody begins to read the set before it, and goes on for longer than anybody waits.
    LongReader,
    /// Somebody begins to write into the set before it, and is done after a moment.
    Writer,
    /// Somebody begins to write into the set before it, and goes on for longer than anybody waits.
    LongWriter,
}

/// What goes wrong at which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cue {
    pub(crate) call: usize,
    pub(crate) fault: Fault,
}

/// Where sessions come from that fail on cue.
#[derive(Clone)]
pub(crate) struct Faulty {
    database: Database,
    db: Option<TestDb>,
    cue: Option<Cue>,
    calls: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<String>>>,
    struck: Arc<Notify>,
    has_struck: Arc<AtomicBool>,
    wire: Option<Wire>,
    onlooker: bool,
    holder: Arc<tokio::sync::Mutex<Option<Holder>>>,
}

impl Faulty {
    pub(crate) fn new(database: &Database, db: &TestDb, cue: impl Into<Option<Cue>>) -> Self {
        Self {
            database: database.clone(),
            db: Some(db.clone()),
            ..Self::without_server(database, cue)
        }
    }

    /// For a process that isn't the one whose server it is, and that can do no more to it than to be killed.
    pub(crate) fn without_server(database: &Database, cue: impl Into<Option<Cue>>) -> Self {
        Self {
            database: database.clone(),
            db: None,
            cue: cue.into(),
            calls: Arc::default(),
            heard: Arc::default(),
            struck: Arc::default(),
            has_struck: Arc::default(),
            wire: None,
            onlooker: false,
            holder: Arc::default(),
        }
    }

    /// With the wire that the database is reached over, for the faults that cut it.
    pub(crate) fn over(self, wire: &Wire) -> Self {
        let wire = Some(wire.clone());
        Self { wire, ..self }
    }

    /// With a second session that looks on.
    pub(crate) fn watched(self) -> Self {
        Self {
            onlooker: true,
            ..self
        }
    }

    /// Has the reader or writer who would hold on for long let go.
    pub(crate) async fn let_go(&self) {
        if let Some(holder) = self.holder.lock().await.take() {
            holder.let_go().await;
        }
    }

    /// Every call so far, each as the beginning of its SQL.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits until [`Fault::Dropped`] or [`Fault::Slow`] has happened.
    pub(crate) async fn struck(&self) {
        self.struck.notified().await;
    }

    /// Whether the cue came; else nothing was tested.
    pub(crate) fn has_struck(&self) -> bool {
        self.has_struck.load(Ordering::SeqCst)
    }

    fn due(&self, call: &Call<'_>) -> Option<Fault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call.text());
        self.cue
            .filter(|cue| cue.call == number)
            .map(|cue| cue.fault)
    }

    fn server(&self) -> &TestDb {
        self.db
            .as_ref()
            .expect("this fault is for the server's own process")
    }

    fn cut(&self) {
        let wire = self.wire.as_ref();
        wire.expect("this fault is for a database that is reached over a wire")
            .cut();
    }

    /// Somebody uses the set, for a moment or until [`Faulty::let_go`]. Where it is locked already, for the run has come to
    /// this call by another way than the one that was counted, nothing has happened.
    async fn hold(&self, sql: &str, long: bool) {
        let Some(holder) = Holder::of_unlocked(self.server(), sql).await else {
            self.has_struck.store(false, Ordering::SeqCst);
            return;
        };
        if long {
            *self.holder.lock().await = Some(holder);
        } else {
            drop(holder.let_go_after(A_MOMENT));
        }
    }

    /// Ends a backend and waits until it is gone, more often than `pg_terminate_backend` itself does.
    async fn end(&self, pid: i32) {
        let client = self.server().client().await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1";
        for _ in 0..10_000 {
            let there = client.query(end, &[&pid]).await.expect("a superuser may");
            if there.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("backend {pid} does not end");
    }

    /// Crashes the server; it comes back by and by.
    async fn crash(&self) {
        let cluster = self.server().cluster().clone();
        cluster.crash().await.expect("the server can crash");
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            cluster.restart().await.expect("the server comes back");
        });
    }
}

#[async_trait]
impl Connector for Faulty {
    /// Its calls don't count, for nobody knows how many they are.
    async fn onlooker(&self) -> Result<Option<Box<dyn Session>>, Error> {
        if self.onlooker {
            Ok(Some(Box::new(self.database.session().await?)))
        } else {
            Ok(None)
        }
    }

    async fn session(&self) -> Result<Box<dyn Session>, Error> {
        Ok(Box::new(FaultySession {
            inner: self.database.session().await?,
            faults: self.clone(),
        }))
    }
}

struct FaultySession {
    inner: PgSession,
    faults: Faulty,
}

enum Call<'a> {
    Run(&'a Statement),
    Begin(Limits),
    Commit,
    CommitAfter(&'a Statement),
    Rollback,
}

const ENTRY: &str = "INSERT INTO partman_journal.entry";

/// Which entry of the journal a statement writes, if that is what it does: `done 3`.
fn entry(statement: &Statement) -> Option<String> {
    let (_, values) = statement
        .sql()
        .strip_prefix(ENTRY)?
        .split_once("VALUES (")?;
    let mut values = values.split(", ").skip(1);
    let mut next = || values.next().unwrap_or_default().trim_matches('\'');
    let (step, what) = (next().replace("NULL", ""), next());
    Some(format!("{what} {step}"))
}

impl Call<'_> {
    /// The beginning of its SQL; of an entry in the journal, which one it is: `INSERT INTO partman_journal.entry: started 3`,
    /// or `COMMIT: done 3` where the transaction ends with it.
    fn text(&self) -> String {
        match self {
            Self::Run(statement) => match entry(statement) {
                Some(entry) => format!("{ENTRY}: {entry}"),
                None => statement
                    .sql()
                    .lines()
                    .find(|line| !line.starts_with("--"))
                    .unwrap_or_default()
                    .chars()
                    .take(90)
                    .collect(),
            },
            Self::CommitAfter(last) => {
                format!("COMMIT: {}", entry(last).expect("an entry in the journal"))
            }
            Self::Begin(_) => "BEGIN".to_owned(),
            Self::Commit => "COMMIT".to_owned(),
            Self::Rollback => "ROLLBACK".to_owned(),
        }
    }
}

impl FaultySession {
    async fn pass(&mut self, call: &Call<'_>) -> Result<Vec<Value>, Error> {
        match call {
            Call::Run(statement) => return self.inner.run(statement).await,
            Call::Begin(limits) => self.inner.begin(*limits).await?,
            Call::Commit => self.inner.commit().await?,
            Call::CommitAfter(last) => self.inner.commit_after(last).await?,
            Call::Rollback => self.inner.rollback().await?,
        }
        Ok(Vec::new())
    }

    async fn call(&mut self, call: Call<'_>) -> Result<Vec<Value>, Error> {
        match self.faults.due(&call) {
            None => self.pass(&call).await,
            Some(fault) => self.strike(fault, &call).await,
        }
    }

    async fn strike(&mut self, fault: Fault, call: &Call<'_>) -> Result<Vec<Value>, Error> {
        self.faults.has_struck.store(true, Ordering::SeqCst);
        match fault {
            Fault::Refused => return self.refuse(call).await,
            Fault::LostBefore => self.faults.end(self.inner.backend_pid()).await,
            Fault::LostAfter => {
                self.pass(call).await?;
                self.faults.end(self.inner.backend_pid()).await;
                return self.nobody_there().await;
            }
            Fault::Dropped => {
                let _ = tokio::time::timeout(UNDER_WAY, self.pass(call)).await;
                self.faults.struck.notify_one();
                return pending().await;
            }
            Fault::KilledBefore => die(),
            Fault::KilledMeanwhile => {
                let _ = tokio::time::timeout(UNDER_WAY, self.pass(call)).await;
                die();
            }
            Fault::KilledAfter => {
                let _ = self.pass(call).await;
                die();
            }
            Fault::CrashBefore => self.faults.crash().await,
            Fault::CrashAfter => {
                self.pass(call).await?;
                self.faults.crash().await;
                return self.nobody_there().await;
            }
            Fault::Late => tokio::time::sleep(A_MOMENT).await,
            Fault::CutBefore => self.faults.cut(),
            Fault::CutAfter => {
                self.pass(call).await?;
                self.faults.cut();
                return self.nobody_there().await;
            }
            Fault::Reader => self.faults.hold(READ, false).await,
            Fault::LongReader => self.faults.hold(READ, true).await,
            Fault::Writer => self.faults.hold(WRITE, false).await,
            Fault::LongWriter => self.faults.hold(WRITE, true).await,
            Fault::Slow => {
                let slow = "SET LOCAL statement_timeout = 0; SELECT pg_sleep(60)";
                self.faults.struck.notify_one();
                self.inner.run(&Statement::command(slow)).await?;
            }
        }
        self.pass(call).await
    }

    /// The server's own error in the place of the call. A rollback is never refused.
    async fn refuse(&mut self, call: &Call<'_>) -> Result<Vec<Value>, Error> {
        if matches!(call, Call::Rollback) {
            return self.pass(call).await;
        }
        let refused = self
            .inner
            .run(&Statement::command("SELECT 1 / 0 AS refused"))
            .await;
        match call {
            Call::Commit | Call::CommitAfter(_) => self.pass(call).await,
            _ => refused,
        }
    }

    async fn nobody_there(&mut self) -> Result<Vec<Value>, Error> {
        let answer = self.inner.run(&Statement::command("SELECT 1")).await;
        assert!(answer.is_err(), "the backend has been ended");
        answer
    }
}

#[async_trait]
impl Session for FaultySession {
    async fn run(&mut self, statement: &Statement) -> Result<Vec<Value>, Error> {
        self.call(Call::Run(statement)).await
    }

    async fn begin(&mut self, limits: Limits) -> Result<(), Error> {
        self.call(Call::Begin(limits)).await.map(drop)
    }

    async fn commit(&mut self) -> Result<(), Error> {
        self.call(Call::Commit).await.map(drop)
    }

    async fn commit_after(&mut self, last: &Statement) -> Result<(), Error> {
        self.call(Call::CommitAfter(last)).await.map(drop)
    }

    async fn rollback(&mut self) -> Result<(), Error> {
        self.call(Call::Rollback).await.map(drop)
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.inner.take_warnings()
    }
}
