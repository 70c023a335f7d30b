//! Readers and writers that keep working while something is done to their table, and say what they felt.
//!
//! Each runs on a thread and a connection of its own, so that nothing a test does holds them up. A transaction
//! is due at a steady rate; what is measured is its service time, from being sent to being answered, and apart
//! from it by how much it was sent late. The first is the server's doing, the second the machine's: a test that
//! claims "nobody waits" looks at the first, and at the second to know whether the machine was fit to tell.
//! A transaction that takes longer than its slot is not followed by a burst to catch up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Config};

use crate::database::{TestDb, connect};
use crate::error::sql_failure;

const HANGS_AFTER: Duration = Duration::from_secs(60);

/// What a reader or writer went through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadReport {
    /// How many transactions succeeded.
    pub transactions: usize,
    /// One line for each that did not, beginning with the time since the start.
    pub failures: Vec<String>,
    /// The longest service time, failures included.
    pub longest: Duration,
    /// The service time that 99 in 100 kept within.
    pub p99: Duration,
    /// The service time that half of them kept within.
    pub median: Duration,
    /// The longest that a transaction was sent after it was due.
    pub longest_delay: Duration,
    /// The delay that 99 in 100 kept within.
    pub p99_delay: Duration,
}

/// Inserts rows until stopped.
#[derive(Debug)]
pub struct Writer(Worker);

/// Reads a few rows until stopped.
#[derive(Debug)]
pub struct Reader(Worker);

impl Writer {
    /// Writes to a table of the shape of [`webhook_events`](crate::fixture::webhook_events), into the last of
    /// its partitions, one row a transaction.
    ///
    /// # Panics
    ///
    /// When the table cannot be looked at or has no partition with a lower bound.
    pub async fn start(db: &TestDb, table: &str, per_second: u32) -> Self {
        let from =
            include_str!("sql/last_lower_bound.sql").replace(":table", &table.replace('\'', "''"));
        let from = db.query_text(&from).await;
        assert!(
            !from.is_empty(),
            "{table} has no partition with a lower bound to write into"
        );
        let row = "'load', jsonb_build_object('n', :n), '{}'";
        let at = format!("timestamptz '{from}' + :n * interval '1 millisecond'");
        let sql = format!(
            "INSERT INTO {table} (event_type, payload, headers, created_at) VALUES ({row}, {at})"
        );
        Self::with_sql(db, &sql, per_second)
    }

    /// Runs the given SQL, in which `:n` stands for a number that grows by one each time.
    #[must_use]
    pub fn with_sql(db: &TestDb, sql: &str, per_second: u32) -> Self {
        Self(Worker::start(db, "load writer", sql, per_second))
    }

    /// Lets the current transaction end and reports.
    pub async fn stop(self) -> LoadReport {
        self.0.stop().await
    }
}

impl Reader {
    /// Reads up to 100 rows through the parent, which locks and plans for every partition.
    #[must_use]
    pub fn start(db: &TestDb, table: &str, per_second: u32) -> Self {
        Self::with_sql(
            db,
            &format!("SELECT count(*) FROM (SELECT FROM {table} LIMIT 100) AS rows"),
            per_second,
        )
    }

    /// Runs the given query, in which `:n` stands for a number that grows by one each time.
    #[must_use]
    pub fn with_sql(db: &TestDb, sql: &str, per_second: u32) -> Self {
        Self(Worker::start(db, "load reader", sql, per_second))
    }

    /// Lets the current transaction end and reports.
    pub async fn stop(self) -> LoadReport {
        self.0.stop().await
    }
}

/// A thread that ends when its `stop` is dropped.
#[derive(Debug)]
struct Worker {
    stop: Sender<()>,
    thread: JoinHandle<LoadReport>,
}

impl Worker {
    fn start(db: &TestDb, name: &str, sql: &str, per_second: u32) -> Self {
        let (stop, stopped) = channel();
        let mut config = db.config();
        config.application_name(name);
        let mut job = Job {
            config,
            client: None,
            sql: sql.to_owned(),
            record: Record::default(),
        };
        let pace = Duration::from_secs(1) / per_second.max(1);
        let thread = std::thread::spawn(move || job.run(pace, &stopped));
        Self { stop, thread }
    }

    async fn stop(self) -> LoadReport {
        drop(self.stop);
        let report = tokio::task::spawn_blocking(|| self.thread.join())
            .await
            .expect("joining a thread does not panic");
        report.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

struct Job {
    config: Config,
    client: Option<Client>,
    sql: String,
    record: Record,
}

impl Job {
    fn run(&mut self, pace: Duration, stopped: &Receiver<()>) -> LoadReport {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime for one thread");
        let start = Instant::now();
        let mut due = start;
        while stopped.recv_timeout(due.saturating_duration_since(Instant::now()))
            == Err(RecvTimeoutError::Timeout)
        {
            let sent = Instant::now();
            let outcome = runtime.block_on(async {
                tokio::time::timeout(HANGS_AFTER, self.transaction())
                    .await
                    .unwrap_or_else(|_| {
                        self.client = None;
                        Err(format!("no answer within {HANGS_AFTER:?}"))
                    })
            });
            self.record.add(start, due, sent, outcome);
            due = (due + pace).max(Instant::now());
        }
        self.record.report()
    }

    async fn transaction(&mut self) -> Result<(), String> {
        let client = match self.client.take() {
            Some(client) if !client.is_closed() => client,
            _ => connect(&self.config)
                .await
                .map_err(|error| format!("could not connect: {}", sql_failure(&error)))?,
        };
        let sql = self
            .sql
            .replace(":n", &self.record.service.len().to_string());
        let outcome = client.batch_execute(&sql).await;
        self.client = Some(client);
        outcome.map_err(|error| sql_failure(&error))
    }
}

#[derive(Default)]
struct Record {
    service: Vec<Duration>,
    delays: Vec<Duration>,
    failures: Vec<String>,
}

impl Record {
    fn add(&mut self, start: Instant, due: Instant, sent: Instant, outcome: Result<(), String>) {
        self.service.push(sent.elapsed());
        self.delays.push(sent.saturating_duration_since(due));
        if let Err(failure) = outcome {
            self.failures
                .push(format!("{:.3} s: {failure}", start.elapsed().as_secs_f64()));
        }
    }

    fn report(&mut self) -> LoadReport {
        self.service.sort_unstable();
        self.delays.sort_unstable();
        LoadReport {
            transactions: self.service.len() - self.failures.len(),
            failures: std::mem::take(&mut self.failures),
            longest: quantile(&self.service, 1.0),
            p99: quantile(&self.service, 0.99),
            median: quantile(&self.service, 0.5),
            longest_delay: quantile(&self.delays, 1.0),
            p99_delay: quantile(&self.delays, 0.99),
        }
    }
}

/// The smallest value that this share of the values does not exceed; zero if there are none.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // counts are small
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}
