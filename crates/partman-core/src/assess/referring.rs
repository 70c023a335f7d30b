//! Foreign keys that refer to a set: rows that are moved are deleted where they were, and `ON DELETE CASCADE` deletes what
//! refers to them. So whoever is told to move some is told to take these keys away first, and how they come back.

use crate::model::{ForeignKey, PartitionSet};
use crate::name::quote_ident;
use crate::phrase;
use crate::words::Phrase;

/// What to do while no foreign key refers to the set; as it is where none does.
pub(crate) fn without(set: &PartitionSet, what: Phrase) -> Phrase {
    if set.referenced_by.is_empty() {
        return what;
    }
    let drop = |key: &ForeignKey| {
        let name = quote_ident(&key.name);
        format!("ALTER TABLE {} DROP CONSTRAINT {name}", key.table)
    };
    let drop: Vec<String> = set.referenced_by.iter().map(drop).collect();
    phrase!(
        "drop the foreign keys that refer to {parent}, for moving rows would delete what refers to them or fail: {drop}; then {what}; then add the keys again as NOT VALID, and VALIDATE them (before PostgreSQL 18 a table that is partitioned itself takes them only whole)",
        parent = set.name,
        drop = drop.join("; "),
        what
    )
}
