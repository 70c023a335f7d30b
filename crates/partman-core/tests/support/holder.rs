//! Somebody who holds a lock, as an application does: with an open transaction.

use std::time::Duration;

use partman_testkit::TestDb;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

/// An open transaction; its locks are held until it is let go or dropped.
pub(crate) struct Holder {
    client: Client,
}

impl Holder {
    /// Opens a transaction and runs this in it.
    pub(crate) async fn of(db: &TestDb, sql: &str) -> Self {
        let client = db.client().await;
        let begun = client.batch_execute(&format!("BEGIN; {sql}")).await;
        begun.expect("nobody is in the way of the one who holds the lock");
        Self { client }
    }

    /// The same, where nobody has locked anything of it for long.
    pub(crate) async fn of_unlocked(db: &TestDb, sql: &str) -> Option<Self> {
        let client = db.client().await;
        let begin = format!("BEGIN; SET LOCAL lock_timeout = '2s'; {sql}");
        let begun = client.batch_execute(&begin).await;
        begun.is_ok().then_some(Self { client })
    }

    /// Ends the transaction now.
    pub(crate) async fn let_go(self) {
        let ended = self.client.batch_execute("COMMIT").await;
        ended.expect("the transaction is still open");
    }

    /// Ends the transaction later.
    pub(crate) fn let_go_after(self, wait: Duration) -> JoinHandle<()> {
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            self.let_go().await;
        })
    }
}
