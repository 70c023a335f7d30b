//! The steps that give a partition the bounds of its rows: a CHECK proves them, the bounds change, the CHECK goes.

use std::collections::BTreeSet;

use super::adopt::{belongings, foreign_keys};
use crate::assess::{Assessment, Ending, instant, margin, own_names, returning};
use crate::model::{Inspection, PartitionSet};
use crate::name::RelationName;
use crate::step::{
    AddCheck, AttachDefault, DatabaseStep, DropCheck, Rebound, ValidateCheck, Within,
};
use crate::wanted::Names;

/// For each in turn. `set` is as it is now.
pub(super) fn steps(
    inspection: &Inspection,
    set: &PartitionSet,
    seen: &Assessment,
) -> Vec<DatabaseStep> {
    let Some(mended) = &seen.mended else {
        return Vec::new();
    };
    let one = |ending: &Ending| around(inspection, set, mended, seen, ending);
    seen.ends.iter().flat_map(one).collect()
}

fn around(
    inspection: &Inspection,
    set: &PartitionSet,
    mended: &PartitionSet,
    seen: &Assessment,
    ending: &Ending,
) -> [DatabaseStep; 5] {
    let literal = |point| set.literal(point).unwrap_or_default();
    let (before, after) = names(mended, seen, ending);
    let within = |table: &RelationName| Within {
        table: table.clone(),
        control: seen.control.clone().unwrap_or_default(),
        from: literal(ending.from),
        to: literal(ending.to),
    };
    let range = (ending.from, ending.to);
    let zone = seen.zone.as_ref();
    let end = zone.and_then(|zone| instant(ending.to, zone));
    let latest = zone
        .zip(end)
        .and_then(|(zone, end)| end.checked_sub(margin(range, zone)).ok());
    // A range that is over is written to no more; there is no hurry then.
    let hurry = end.is_some_and(|end| end > inspection.server.now);
    let validate = |table: &RelationName, on_the_way_back: bool| {
        DatabaseStep::ValidateCheck(ValidateCheck {
            within: within(table),
            on_the_way_back,
            not_after: end.filter(|_| hurry && !on_the_way_back),
        })
    };
    let change = if ending.default {
        DatabaseStep::AttachDefault(Box::new(AttachDefault {
            parent: set.name.clone(),
            default: before.clone(),
            partition: after.clone(),
            from: literal(ending.from),
            to: literal(ending.to),
            belongings: belongings(inspection, set),
            rescue: returning(mended, inspection.server.superuser),
            foreign: foreign(set, false),
            foreign_first: foreign(set, true),
        }))
    } else {
        DatabaseStep::Rebound(Rebound {
            parent: set.name.clone(),
            partition: before.clone(),
            bound: bound(set, ending),
            from: literal(ending.from),
            to: literal(ending.to),
            default: set.default_partition().map(|default| default.name.clone()),
            foreign: foreign(set, false),
            foreign_first: foreign(set, true),
        })
    };
    [
        DatabaseStep::AddCheck(AddCheck {
            within: within(&before),
            not_after: latest.filter(|_| hurry),
        }),
        validate(&before, false),
        change,
        validate(&after, true),
        DatabaseStep::DropCheck(DropCheck {
            within: within(&after),
        }),
    ]
}

/// What it is called when its turn comes, and afterwards. One with an open end is renamed before, where names change.
fn names(
    mended: &PartitionSet,
    seen: &Assessment,
    ending: &Ending,
) -> (RelationName, RelationName) {
    let own = match (&seen.suffix, &seen.zone) {
        (Some(suffix), Some(zone)) if seen.names == Names::Rename => {
            own_names(mended, suffix, zone)
        }
        _ => Vec::new(),
    };
    let own = own.into_iter().find(|(now, _)| *now == ending.named);
    let after = own.and_then(|(_, own)| own).unwrap_or(ending.named.clone());
    let before = if ending.default {
        ending.partition.clone()
    } else {
        after.clone()
    };
    (before, after)
}

/// Tables at the other end of foreign keys; those that may be locked before the parent, or all.
pub(super) fn foreign(set: &PartitionSet, lockable: bool) -> Vec<RelationName> {
    let keys = foreign_keys(set).into_iter();
    let keys = keys.filter(|key| key.lockable || !lockable);
    let tables: BTreeSet<RelationName> = keys.map(|key| key.table.clone()).collect();
    tables.into_iter().collect()
}

fn bound(set: &PartitionSet, ending: &Ending) -> String {
    let mut partitions = set.partitions.iter();
    let partition = partitions.find(|partition| partition.name == ending.partition);
    partition
        .and_then(|partition| partition.bound_text.clone())
        .unwrap_or_default()
}
