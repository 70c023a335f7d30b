//! What knows partitions by the names that a renaming adoption would take from them.

use super::{Adoptable, Assessment, Code, own_names};
use crate::model::{Inspection, PartitionSet};
use crate::name::RelationName;
use crate::phrase;
use crate::wanted::{Names, WantedSet};

/// Asks before something would break that goes by the old names, unless somebody has said that they go.
pub(super) fn judge(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    seen: &mut Assessment,
) {
    if seen.names != Names::Rename || seen.managed {
        return;
    }
    let (Some(suffix), Some(zone)) = (seen.suffix.clone(), seen.zone.clone()) else {
        return;
    };
    let (suffix, zone) = (&suffix, &zone);
    refuse_twins(set, own_names(set, suffix, zone), seen);
    if wanted.names == Some(Names::Rename) {
        return;
    }
    let renamed = own_names(set, suffix, zone).into_iter();
    let mut renamed = renamed.filter(|(now, own)| own.as_ref().is_some_and(|own| own != now));
    let Some((first, _)) = renamed.next() else {
        return;
    };
    let others: Vec<RelationName> = renamed.map(|(now, _)| now).collect();
    let mut known: Vec<String> = Vec::new();
    for partition in std::iter::once(&first).chain(&others).chain([&set.name]) {
        known.extend(mentioned_by(inspection, partition));
    }
    known.sort();
    known.dedup();
    let publications = set.publications.iter();
    known.extend(publications.map(|name| format!("publication {name}")));
    if known.is_empty() {
        return;
    }
    const SHOWN: usize = 6;
    let more = known.len().saturating_sub(SHOWN);
    known.truncate(SHOWN);
    if more > 0 {
        known.push(format!("+{more}"));
    }
    seen.refuse(
        Adoptable::NeedsDecision, Code::NamesAreKnown,
        phrase!(
            "pg_partman 4 needs the partitions of {parent} renamed, and these know them by their names: {known}",
            parent = set.name,
            known = known.join(", ")
        ),
        phrase!(
            "say --rename and change these right after, or use pg_partman 5, which keeps names; subscribers need the new \
             names too unless the publication has publish_via_partition_root"
        ),
    );
}

/// Partitions that are narrower than the recent ones may begin on one day, which is all that a name of version 5 tells.
fn refuse_twins(
    set: &PartitionSet,
    names: Vec<(RelationName, Option<RelationName>)>,
    seen: &mut Assessment,
) {
    let mut own: Vec<RelationName> = names.into_iter().filter_map(|(_, own)| own).collect();
    own.sort();
    let Some(twin) = own.windows(2).find(|pair| pair[0] == pair[1]) else {
        return;
    };
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::PartitionNameTaken,
        phrase!(
            "several partitions of {parent} would have to be called {name}",
            parent = set.name,
            name = twin[0]
        ),
        phrase!("let them keep their names (--keep-names)"),
    );
}

/// The functions whose text has this name.
pub(crate) fn mentioned_by(inspection: &Inspection, name: &RelationName) -> Vec<String> {
    let found = inspection.mentions.iter();
    let found = found.filter(|mention| mention.relation == *name);
    found
        .map(|mention| format!("function {}", mention.function))
        .collect()
}
