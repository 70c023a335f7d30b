//! Makes a backup of the database and proves that it restores. What is made stays on the way back: it is somebody's backup.

use async_trait::async_trait;
use jiff::Timestamp;
use partman_core::step::{Description, Ready, Step, Undone};
use partman_core::{Error, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::Hands;
use crate::backups::{self, Backing, Gate};

/// A backup behind the deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackUp {
    /// The database.
    pub database: String,
    /// Where backups are kept.
    pub directory: String,
    /// What the server is, as far as a backup has to be of the same.
    pub server: partman_core::model::Server,
}

impl BackUp {
    /// One that was made and proven meanwhile will do: this step may run a second time.
    async fn secure(&self, hands: &Hands<'_>) -> Result<Backing, backups::Error> {
        let (backups, cancel, ear) = (hands.backups, &hands.conduct.cancel, hands.backup_ear);
        let gate = backups
            .gate(&self.server, Timestamp::now(), ear, cancel)
            .await?;
        if let Gate::Fresh(backing) = gate {
            return Ok(backing);
        }
        let connection = backups::connection(hands.database.settings());
        backups.secure(connection, &self.server, ear, cancel).await
    }
}

#[async_trait]
impl<'h> Step<Hands<'h>> for BackUp {
    fn describe(&self) -> Description {
        Description {
            id: format!("back-up:{}", self.database),
            title: format!(
                "make a backup of {} in {}, and prove that it restores",
                self.database, self.directory
            ),
            sql: Vec::new(),
            locks: Vec::new(),
            transaction: false,
            undo: Vec::new(),
        }
    }

    async fn precheck(&self, _hands: &mut Hands<'h>) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn forward(&self, hands: &mut Hands<'h>) -> Result<Value, Error> {
        match self.secure(hands).await {
            Ok(backing) => {
                let told = json!({ "backup": backing });
                hands.told.backing = Some(backing);
                Ok(told)
            }
            Err(error) if error.kind() == backups::Kind::Cancelled => Err(Error::new(
                Kind::Cancelled,
                "stopped while the backup was made",
            )),
            Err(error) => {
                hands.told.backup_error = Some(error);
                Err(Error::new(
                    Kind::Refused,
                    "there is no proven backup to go back to",
                ))
            }
        }
    }

    async fn undo(&self, _hands: &mut Hands<'h>, done: &Value) -> Result<Undone, Error> {
        Ok(match done["backup"]["id"].as_str() {
            Some(id) => Undone::Kept(format!("backup {id} stays")),
            None => Undone::Undone,
        })
    }
}
