//! `[locks]`: how long a step may stand in the queue for a lock.
//!
//! Whoever comes after a waiting lock waits too, so `wait` is the longest that partman holds others up; between tries it
//! steps out of the queue.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration;

/// How long a step may wait for locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Locks {
    /// The longest wait for one lock; then partman backs off and tries again.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::json_schema")]
    pub wait: Duration,
    /// After which the step gives up, with nothing changed.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::json_schema")]
    pub total: Duration,
}

/// The longest `wait` that is taken: beyond it, everybody else's statements time out first.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl Default for Locks {
    fn default() -> Self {
        Self {
            wait: Duration::from_millis(50),
            total: Duration::from_secs(60),
        }
    }
}
