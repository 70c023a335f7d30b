//! What only the old DEFAULT has: the tables that are made in its place are like the parent, and somebody who gave it an
//! owner, grants or a trigger of its own should know before.

use super::Assessment;
use crate::model::{Partition, PartitionSet};
use crate::name::quote_ident;
use crate::phrase;

/// Notes it.
pub(super) fn note(set: &PartitionSet, default: &Partition, seen: &mut Assessment) {
    let own = own(set, default);
    if own.is_empty() {
        return;
    }
    seen.notes.push(phrase!(
        "what is made in the place of {default} is like {parent}, and doesn't have what only {default} has: {own}",
        default = default.name,
        parent = set.name,
        own = own.join(", ")
    ));
}

fn own(set: &PartitionSet, default: &Partition) -> Vec<String> {
    let mut all = set.default_own.clone();
    if default.owner != set.owner {
        all.push(format!("owner {}", quote_ident(&default.owner)));
    }
    let named = |name: &str| all.iter().any(|what| what.ends_with(&format!(" {name}")));
    let indexes: Vec<String> = default
        .own
        .iter()
        .map(|name| quote_ident(name).into_owned())
        .filter(|name| !named(name))
        .collect();
    all.extend(indexes.iter().map(|name| format!("index {name}")));
    // What all partitions have, new ones have too.
    let ranges = set.ranges();
    let is_common = ranges.iter().all(|(.., p)| p.options == default.options);
    if !is_common && !default.options.is_empty() {
        all.push(format!("({})", default.options.join(", ")));
    }
    let switched = set.default_triggers.iter();
    all.extend(switched.map(|name| format!("trigger {} as it is switched", quote_ident(name))));
    all
}
