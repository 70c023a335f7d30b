//! Our side of the server while it is being dumped: the transaction whose snapshot everybody shares.

use std::time::Duration;

use tokio_postgres::Client;

use crate::catalog::{self, Catalog};
use crate::connection::Connection;
use crate::error::Result;
use crate::id::BackupId;
use crate::session;

/// Under this name we look at and end the sessions of a backup, so that it is not among them.
pub(super) const OVERSEER: &str = "partman_overseer";

/// How long ending our sessions may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The transaction with the snapshot, and what it saw.
pub(super) struct Source {
    client: Client,
    pub(super) snapshot: String,
    pub(super) catalog: Catalog,
}

impl Source {
    pub(super) async fn open(connection: &Connection, id: &BackupId) -> Result<Self> {
        let client = session::open(connection, &id.application_name()).await?;
        let doing = "could not export a snapshot";
        session::execute(
            &client,
            doing,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )
        .await?;
        let row = client.query_one("SELECT pg_export_snapshot()", &[]).await;
        let snapshot = row.and_then(|row| row.try_get(0));
        let snapshot = snapshot.map_err(|e| session::failure(doing, e))?;
        let catalog = catalog::read(&client).await?;
        Ok(Self {
            client,
            snapshot,
            catalog,
        })
    }

    /// Lets the snapshot go.
    pub(super) async fn close(self) -> Catalog {
        let _ = self.client.batch_execute("ROLLBACK").await;
        self.catalog
    }
}

/// Ends the sessions of a backup that failed or was killed, and waits until they are gone. It does what it can: a server
/// that can't be reached any more has ended them itself, or will.
pub(super) async fn end_sessions(connection: &Connection, application_name: &str) {
    let end = async {
        let client = session::open(connection, OVERSEER).await?;
        loop {
            let row = client
                .query_one(include_str!("../sql/terminate.sql"), &[&application_name])
                .await;
            let left: i64 = row
                .and_then(|row| row.try_get(0))
                .map_err(|e| session::failure("could not end sessions", e))?;
            if left == 0 {
                return Ok::<_, crate::Error>(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, end).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, application_name, "could not end the sessions of a backup")
        }
        Err(_) => tracing::warn!(application_name, "sessions of a backup do not end"),
    }
}
