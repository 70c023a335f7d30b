//! One partition, as the catalog has it.

use serde::{Deserialize, Serialize};

use super::Content;
use crate::bound::Bound;
use crate::name::RelationName;

/// One partition, or one child of old-style inheritance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Partition {
    /// Its oid.
    pub oid: u32,
    /// Its file; zero where it has none, as a partitioned table.
    pub relfilenode: u32,
    /// Its name.
    pub name: RelationName,
    /// `pg_class.relkind`: `r`, `p` (partitioned itself) or `f` (foreign).
    pub relkind: String,
    /// The bound as the catalog prints it in UTC; `None` for inheritance.
    pub bound_text: Option<String>,
    /// The bound, where it could be read.
    pub bound: Option<Bound>,
    /// Its owner.
    pub owner: String,
    /// Its grants as `aclitem` text; `None` for the defaults.
    pub acl: Option<Vec<String>>,
    /// Whether our role may act as its owner.
    #[serde(default = "surely")]
    pub is_owner: bool,
    /// Whether our role may read it.
    #[serde(default = "surely")]
    pub readable: bool,
    /// Storage parameters, such as `fillfactor=70`.
    pub options: Vec<String>,
    /// Whether it is UNLOGGED.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
    /// Estimate of its rows.
    pub rows: Option<i64>,
    /// Size on disk with indexes and TOAST, in bytes.
    pub bytes: Option<i64>,
    /// Whether a `DETACH … CONCURRENTLY` was begun and not finished.
    pub detach_pending: bool,
    /// Names of its indexes and foreign keys that are no part of one of the parent's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<String>,
    /// Triggers and row security that it has and the parent hasn't, in words: `trigger audit`, `row security`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_rules: Vec<String>,
    /// What it holds; known only where a plan depends on it: of DEFAULT, of open ends, of sets by integer, and of partitions
    /// that lie ahead, of these only whether there are rows.
    pub content: Option<Content>,
}

/// What an inspection of before these rights were looked up is taken to say.
fn surely() -> bool {
    true
}

impl Partition {
    /// Whether this is the DEFAULT partition.
    pub fn is_default(&self) -> bool {
        self.bound == Some(Bound::Default)
    }
}
