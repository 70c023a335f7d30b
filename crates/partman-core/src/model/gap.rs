//! A fact that could not be had: which one, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One fact that is missing in an inspection or a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Which fact.
    pub fact: Fact,
    /// The fact and the reason, in words.
    pub message: String,
}

/// The facts that an inspection can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The sizes of partitions.
    Sizes,
    /// What DEFAULT partitions and partitions by integer hold.
    Contents,
    /// pg_partman's configuration.
    Configuration,
    /// pg_cron's jobs.
    CronJobs,
    /// The journal of partman's runs.
    Journal,
    /// The backups.
    Backups,
}

impl Fact {
    /// As messages name it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Sizes => "sizes on disk",
            Self::Contents => "what the DEFAULT partitions hold",
            Self::Configuration => "pg_partman's configuration",
            Self::CronJobs => "pg_cron's jobs",
            Self::Journal => "the journal of partman's runs",
            Self::Backups => "backups",
        }
    }
}

impl Gap {
    /// This fact is missing, for this reason.
    pub fn new(fact: Fact, why: impl fmt::Display) -> Self {
        Self {
            fact,
            message: format!("{} ({why})", fact.in_words()),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
