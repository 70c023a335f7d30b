//! What the runner needs of the world that steps act on: units of work, and a journal within reach of them.

use std::time::Instant;

use async_trait::async_trait;

use super::Entry;
use crate::Error;
use crate::session::Limits;

/// A world: a database and its journal table, or a host and its journal file.
#[async_trait]
pub trait World: Send {
    /// What steps get to work with.
    type Hands: ?Sized + Send;

    /// Whether a step's work and its entry last together or not at all. Where they can't (files, containers), a step that
    /// was begun may be done in part, and the way back takes it back too: its undo then gets `null`.
    fn is_atomic(&self) -> bool {
        true
    }

    /// The thing itself.
    fn hands(&mut self) -> &mut Self::Hands;

    /// Opens a unit of work.
    ///
    /// # Errors
    /// The world's.
    async fn begin(&mut self, limits: Limits) -> Result<(), Error>;

    /// Ends it, together with this entry: both last, or neither. Returns when it ended for others, which may be before both
    /// are on the disk.
    ///
    /// # Errors
    /// The world's; a lost connection leaves open whether both lasted, and [`World::entries`] tells.
    async fn commit(&mut self, entry: &Entry) -> Result<Instant, Error>;

    /// Gives the unit of work up.
    ///
    /// # Errors
    /// The world's.
    async fn abandon(&mut self) -> Result<(), Error>;

    /// Writes an entry by itself.
    ///
    /// # Errors
    /// The world's.
    async fn record(&mut self, entry: &Entry) -> Result<(), Error>;

    /// After a lost connection: reaches the same world again, or says that it can't.
    ///
    /// # Errors
    /// When it can't be reached in time, or isn't the same.
    async fn recover(&mut self) -> Result<(), Error>;

    /// The run's journal, from the beginning.
    ///
    /// # Errors
    /// The world's.
    async fn entries(&mut self) -> Result<Vec<Entry>, Error>;

    /// [`World::record`], and once more where the connection is lost. An entry that is there twice says nothing new.
    ///
    /// # Errors
    /// The world's.
    async fn record_surely(&mut self, entry: &Entry) -> Result<(), Error> {
        match self.record(entry).await {
            Err(error) if error.is_connection_lost() => {
                self.recover().await?;
                self.record(entry).await
            }
            other => other,
        }
    }
}
