//! `[backup]` and `[proof]`: where backups go, how long they are kept, and how old a proof may be.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where backups go and how long they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// The folder that backups are written to.
    pub directory: PathBuf,
    /// How long a backup is kept; the newest proven one always is.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::json_schema")]
    pub keep: Duration,
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("backups"),
            keep: DAY * 7,
        }
    }
}

/// What counts as a proof that a backup restores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proof {
    /// How old a proof may be before `migrate` wants a new one.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::json_schema")]
    pub max_age: Duration,
}

impl Default for Proof {
    fn default() -> Self {
        Self { max_age: DAY }
    }
}
