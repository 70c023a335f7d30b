//! What was seen of partman's own runs: its journal, whoever has the run lock at this moment, and what a run left behind
//! that no run accounts for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::RelationName;
use crate::postgres::advisory::Holder;

/// Partman's traces in one database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Runs {
    /// Whether there is a journal, and what the role that looked may do with it.
    pub journal: JournalAccess,
    /// The runs in the journal, the newest first; at most a hundred.
    pub history: Vec<RunSummary>,
    /// Whoever has the run lock, if that isn't the session that looked.
    pub active: Option<Holder>,
    /// DEFAULT partitions that still have the constraint which a run puts there while it works.
    pub fences: Vec<RelationName>,
    /// Tables that a run created and left, which are no partition of anything.
    pub left: Vec<RelationName>,
    /// Tables that were DEFAULT partitions, and are kept beside their sets since a run put others in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<RelationName>,
}

/// What a role may do with the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JournalAccess {
    /// There is none.
    #[default]
    Absent,
    /// It may not be read.
    Hidden,
    /// It may be read, not written.
    Readable,
    /// It may be written.
    Writable,
}

/// Where a run in the journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Every step is done, and it was proven.
    Completed,
    /// Everything has been taken back.
    RolledBack,
    /// Part-way: neither here nor there, and nobody is at it.
    Stopped,
    /// Somebody is at it at this moment.
    Active,
}

/// A run without its plan, for lists and reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The role that ran it.
    pub started_by: String,
    /// Where it stands.
    pub outcome: Standing,
    /// Why there was no backup, where somebody said so.
    pub without_backup: Option<String>,
    /// Whether it acted on another database than this (this one is a copy).
    pub elsewhere: bool,
    /// Whether the role that looked may act for the one that ran it, and so go on with the run or undo it.
    #[serde(default)]
    pub may_act: bool,
}

impl Runs {
    /// The last run, wherever it acted.
    pub fn last(&self) -> Option<&RunSummary> {
        self.history.first()
    }

    /// The last run of this very database that stopped part-way.
    pub fn stopped(&self) -> Option<&RunSummary> {
        self.history
            .iter()
            .find(|run| run.outcome == Standing::Stopped && !run.elsewhere)
    }

    /// The runs of this very database whose work stands, the newest first.
    pub fn in_effect(&self) -> impl Iterator<Item = &RunSummary> {
        self.history
            .iter()
            .filter(|run| run.outcome == Standing::Completed && !run.elsewhere)
    }
}
