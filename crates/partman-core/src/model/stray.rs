//! What is called as pg_partman calls partitions, and is none.

use serde::{Deserialize, Serialize};

use crate::name::RelationName;
use crate::phrase;
use crate::words::Phrase;

/// A relation or type whose name a new partition may need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    /// Its name.
    pub name: RelationName,
    /// What it is.
    pub kind: StrayKind,
    /// Its columns but for generated ones, in order; of tables only.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Whether it has rows; `None` for what isn't a table, and where it could not be looked up.
    #[serde(default)]
    pub has_rows: Option<bool>,
    /// Whether something else in the database depends on it: a view, a foreign key, a function, a publication, inheritance.
    #[serde(default)]
    pub needed: bool,
    /// Whether our role may act as its owner.
    #[serde(default)]
    pub is_owner: bool,
}

/// What a [`Stray`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrayKind {
    /// A plain table.
    Table,
    /// A table with partitions.
    PartitionedTable,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// A type.
    Type,
}

impl StrayKind {
    /// With its article, for sentences.
    pub fn in_words(self) -> Phrase {
        match self {
            Self::Table => phrase!("a table"),
            Self::PartitionedTable => phrase!("a table with partitions"),
            Self::ForeignTable => phrase!("a foreign table"),
            Self::View => phrase!("a view"),
            Self::MaterializedView => phrase!("a materialized view"),
            Self::Index => phrase!("an index"),
            Self::Sequence => phrase!("a sequence"),
            Self::Type => phrase!("a type"),
        }
    }
}
