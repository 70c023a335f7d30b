//! Looks over the shoulder of the dump, from a session of its own: how far it is, and what it waits for.
//!
//! It asks three times a second and takes no lock. When the dump fails while it waited for a lock, that is the reason,
//! whatever language the server speaks.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::Client;

use super::Work;
use super::source::{OVERSEER, Source};
use crate::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::observer::{Event, Observer};
use crate::session;

const PAUSE: Duration = Duration::from_millis(300);

pub(super) struct Watch<'a> {
    connection: &'a Connection,
    observer: &'a dyn Observer,
    application_name: String,
    tells_progress: bool,
    sizes: BTreeMap<u32, u64>,
    waiting: Mutex<Option<(String, Vec<i32>)>>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(work: &Work<'a>, source: &Source) -> Self {
        Self {
            connection: &work.request.connection,
            observer: work.observer,
            application_name: work.id.application_name(),
            tells_progress: source.catalog.server.version.major() >= 14,
            sizes: source
                .catalog
                .tables
                .iter()
                .map(|table| (table.oid, table.bytes))
                .collect(),
            waiting: Mutex::new(None),
        }
    }

    /// Never ends; a watch that fails keeps still, since the dump goes on without it.
    pub(super) async fn run(&self) -> Infallible {
        if let Err(error) = self.look().await {
            tracing::debug!(%error, "can't watch the dump any more");
        }
        std::future::pending().await
    }

    /// Says that everything is read: a dump can be done before anybody had a look at it.
    pub(super) fn tell_the_end(&self) {
        let total = self.sizes.values().sum();
        self.observer.on(&Event::Progress { done: total, total });
    }

    /// The failure of the dump, with the lock that it waited for.
    pub(super) fn explain(&self, e: Error) -> Error {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some((relation, blocked_by)) =
            waiting.filter(|_| matches!(e.kind(), Kind::Tool | Kind::LockTimeout))
        else {
            return e;
        };
        let message = format!(
            "could not have the lock on {relation}; backends {blocked_by:?} stand before us"
        );
        Error::new(Kind::LockTimeout, message)
            .with_help("try again when they are done (pg_stat_activity tells what they do), or wait for longer")
            .with_source(e)
    }

    async fn look(&self) -> Result<()> {
        let client = session::open(self.connection, OVERSEER).await?;
        let mut seen = BTreeSet::new();
        loop {
            self.look_at_locks(&client).await?;
            if self.tells_progress {
                self.look_at_progress(&client, &mut seen).await?;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look_at_locks(&self, client: &Client) -> Result<()> {
        let failed = |e| session::failure("could not look at locks", e);
        let row = client
            .query_opt(
                include_str!("../sql/waiting.sql"),
                &[&self.application_name],
            )
            .await
            .map_err(failed)?;
        let waiting = match row {
            Some(row) => Some((
                row.try_get(0).map_err(failed)?,
                row.try_get(1).map_err(failed)?,
            )),
            None => None,
        };
        if let Some((relation, blocked_by)) = waiting.clone() {
            self.observer.on(&Event::Waiting {
                relation,
                blocked_by,
            });
        }
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = waiting;
        Ok(())
    }

    /// A table that was being copied and no longer is, is done; small ones in between are never seen.
    async fn look_at_progress(&self, client: &Client, seen: &mut BTreeSet<u32>) -> Result<()> {
        let failed = |e| session::failure("could not look at the progress", e);
        let rows = client
            .query(
                include_str!("../sql/progress.sql"),
                &[&self.application_name],
            )
            .await
            .map_err(failed)?;
        let mut now = BTreeMap::new();
        for row in rows {
            let (oid, bytes): (u32, i64) = (
                row.try_get(0).map_err(failed)?,
                row.try_get(1).map_err(failed)?,
            );
            now.insert(oid, bytes.unsigned_abs());
        }
        seen.extend(now.keys());
        let done = seen.iter().map(|oid| {
            let size = self.sizes.get(oid).copied().unwrap_or_default();
            now.get(oid).map_or(size, |bytes| size.min(*bytes))
        });
        self.observer.on(&Event::Progress {
            done: done.sum(),
            total: self.sizes.values().sum(),
        });
        Ok(())
    }
}
