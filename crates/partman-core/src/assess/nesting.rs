//! Partitions of partitions. A set below a LIST or HASH of something else (the months of one tenant) is a set like any
//! other: pg_partman maintains it, and rows find their way through the level above. One whose rows are also bounded by the
//! level above (months in a year) has an end that no new partition gets beyond.

use super::{Adoptable, Assessment, Code};
use crate::model::{Inspection, KeyColumn, PartitionSet, Strategy};
use crate::phrase;
use crate::words::{list, name_some};

/// Adds a reason where another level stands in the way. `true` where nothing else needs to be said about this one.
pub(super) fn judge(inspection: &Inspection, set: &PartitionSet, seen: &mut Assessment) -> bool {
    let below: Vec<&PartitionSet> = set
        .partitions
        .iter()
        .filter(|p| p.relkind == "p")
        .filter_map(|p| inspection.set(&p.name))
        .collect();
    let divides = [Strategy::List, Strategy::Hash].contains(&set.strategy);
    let own_ones = below
        .iter()
        .filter(|below| divides && is_one_level(below) && !bounds(set, below));
    let own_ones: Vec<_> = own_ones.map(|below| &below.name).collect();
    if !own_ones.is_empty() && own_ones.len() == below.len() {
        let parent = &set.name;
        seen.refuse(
            Adoptable::No,
            Code::SubPartitioned,
            phrase!(
                "{parent} only divides its rows among others, each of which is a set of its own",
                parent
            ),
            phrase!("adopt each of these: {sets}", sets = list(own_ones)),
        );
        return true;
    }
    let partitioned = name_some(set.partitions.iter().filter(|p| p.relkind == "p"));
    if !partitioned.is_empty() {
        seen.refuse(
            Adoptable::No, Code::SubPartitioned,
            phrase!("partitions of {parent} are partitioned themselves: {partitioned}", parent = set.name, partitioned),
            phrase!("new partitions would be plain tables, unlike these: flatten the set to one level first"),
        );
    }
    if let Some(above) = bounding(inspection, set) {
        seen.refuse(
            Adoptable::No,
            Code::IsAPartition,
            phrase!(
                "{parent} is itself a partition of {above}, and no row beyond its bounds there gets to it",
                parent = set.name,
                above = above.name
            ),
            phrase!(
                "keep this level by hand, or flatten {above} to one level",
                above = above.name
            ),
        );
    }
    false
}

/// A set above that bounds the rows of this one.
fn bounding<'i>(inspection: &'i Inspection, set: &PartitionSet) -> Option<&'i PartitionSet> {
    let mut above = set.nested_in.as_ref();
    // A tree of partitions can't be deeper than there are sets, whatever a saved inspection says.
    for _ in &inspection.sets {
        let parent = inspection.set(above?)?;
        if bounds(parent, set) {
            return Some(parent);
        }
        above = parent.nested_in.as_ref();
    }
    None
}

fn is_one_level(set: &PartitionSet) -> bool {
    set.strategy == Strategy::Range && set.partitions.iter().all(|p| p.relkind != "p")
}

/// Whether the upper one keeps rows from the lower one by a range, or by the lower one's own column. What an expression is of
/// can't be seen.
fn bounds(above: &PartitionSet, below: &PartitionSet) -> bool {
    let same = |key: &KeyColumn| {
        key.column.is_none() || below.key.iter().any(|other| other.column == key.column)
    };
    match above.strategy {
        Strategy::Range => true,
        Strategy::List => above.key.iter().any(same),
        Strategy::Hash | Strategy::Inherits => false,
    }
}
