//! What somebody named that is no set: a plain table, a view.

use serde::{Deserialize, Serialize};

use super::StrayKind;
use crate::name::RelationName;

/// A relation that was asked for and has no partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Its name.
    pub name: RelationName,
    /// What it is.
    pub kind: StrayKind,
}
