//! A writer and a reader that work while something else is done, and tell afterwards what they felt of it.
//!
//! Both go at a steady pace, each on a session of its own, one short transaction at a time. What counts is how long a
//! transaction takes from its beginning to its end: a lock that somebody holds shows there.

use std::time::{Duration, Instant};

use partman_core::postgres::Database;
use partman_core::session::{Session, Statement};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A statement that is run again and again.
#[derive(Debug)]
pub struct Load {
    stop: CancellationToken,
    task: JoinHandle<Felt>,
}

/// What a load felt.
#[derive(Debug, Clone, Default)]
pub struct Felt {
    /// Transactions that ended well.
    pub transactions: u64,
    /// The errors of those that did not.
    pub failures: Vec<String>,
    /// The longest that one took.
    pub longest: Duration,
}

impl Load {
    /// Starts to run `sql` this many times a second.
    ///
    /// # Errors
    /// No session can be had.
    pub async fn start(
        database: &Database,
        sql: &str,
        per_second: u32,
    ) -> Result<Self, partman_core::Error> {
        let mut session = database.session_as("partman load").await?;
        let stop = CancellationToken::new();
        let (stopped, sql) = (stop.clone(), sql.to_owned());
        let task = tokio::spawn(async move {
            let mut felt = Felt::default();
            let mut pace = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
            pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let statement = Statement::command(sql);
            while !stopped.is_cancelled() {
                pace.tick().await;
                let began = Instant::now();
                match session.run(&statement).await {
                    Ok(_) => felt.transactions += 1,
                    Err(error) => felt.failures.push(error.to_string()),
                }
                felt.longest = felt.longest.max(began.elapsed());
            }
            felt
        });
        Ok(Self { stop, task })
    }

    /// Stops it and says what it felt.
    pub async fn stop(self) -> Felt {
        self.stop.cancel();
        self.task.await.unwrap_or_else(|e| Felt {
            failures: vec![format!("the load itself failed: {e}")],
            ..Felt::default()
        })
    }
}
