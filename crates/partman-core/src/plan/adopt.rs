//! The steps that adopt one set: forbid NULL where that is asked for, make room for names, rename where names decide, create what is missing, put it into `part_config`, and let
//! pg_partman prove that it can go on.
//!
//! NULL is forbidden first, so that what is created has it from the beginning. Renaming is early because it is what a long reader keeps from happening, and there is nothing to take back yet when
//! it gives up: dropping a partition again would need a lock that the same reader is in the way of.
//!
//! The configuration row comes after everything that can fail, for from then on scheduled maintenance touches the set.

use std::collections::{BTreeSet, HashMap};

use super::rename_order::in_order;
use super::{ends, spread};
use crate::assess::{Assessment, Beside, MendKind, are_forbidden, beside, mentioned_by, own_names};
use crate::model::{ForeignKey, Inspection, PartitionSet, Strategy};
use crate::name::RelationName;
use crate::pg_partman::{ConfigRow, Version};
use crate::step::{
    Belongings, Configure, CreatePartition, DatabaseStep, Fence, ForbidNull, Maintain,
    RenamePartition, ValidateFence,
};
use crate::wanted::{Names, WantedSet};

#[cfg(test)]
mod tests;

/// Adds the set's steps. Sets without interval, zone or control don't come here: they have reasons against them.
pub(super) fn steps(
    inspection: &Inspection,
    wanted: &WantedSet,
    seen: &Assessment,
    version: &Version,
    schema: &str,
    steps: &mut Vec<DatabaseStep>,
) {
    let Some(set) = inspection.set(&seen.parent) else {
        return;
    };
    let (Some(interval), Some(control), Some(zone), Some(suffix)) =
        (seen.interval, &seen.control, &seen.zone, &seen.suffix)
    else {
        return;
    };
    let mended = seen.mended.as_ref().unwrap_or(set);
    if are_forbidden(seen) {
        steps.push(DatabaseStep::ForbidNull(ForbidNull {
            parent: set.name.clone(),
            control: control.clone(),
            partitions: set.partitions.iter().map(|p| p.name.clone()).collect(),
        }));
    }
    steps.extend(seen.to_move.iter().cloned().map(DatabaseStep::MoveAside));
    if seen.names == Names::Rename {
        steps.extend(renames(inspection, mended, seen));
    }
    steps.extend(ends::steps(inspection, set, seen));
    steps.extend(spread::steps(inspection, set, seen));
    steps.extend(creations(inspection, mended, seen));
    let row = ConfigRow {
        parent: &set.name,
        control,
        interval,
        premake: wanted.premake,
        suffix,
        measure: set.measure(),
        by_list: set.strategy == Strategy::List,
        schema,
    };
    steps.push(DatabaseStep::Configure(Configure {
        schema: schema.to_owned(),
        parent: set.name.clone(),
        row: version.config_row(&row),
    }));
    steps.push(DatabaseStep::Maintain(Maintain {
        schema: schema.to_owned(),
        parent: set.name.clone(),
        time_zone: zone.name.clone(),
        call: version.run_maintenance_sql(schema),
        records_last_run: version.records_last_run(),
    }));
}

fn creations(inspection: &Inspection, set: &PartitionSet, seen: &Assessment) -> Vec<DatabaseStep> {
    let keys = foreign_keys(set);
    let foreign: BTreeSet<RelationName> = keys.iter().map(|key| key.table.clone()).collect();
    let lockable = keys.iter().filter(|key| key.lockable);
    let lockable: BTreeSet<RelationName> = lockable.map(|key| key.table.clone()).collect();
    let literal = |point| set.literal(point).unwrap_or_default();
    let (default, rescue, fenced) = match beside(set, inspection.server.superuser) {
        Beside::Nothing => (None, None, false),
        Beside::Small(default, rescue) => {
            let rescue = rescue.filter(|_| !seen.declines(MendKind::RescueDefault));
            (Some(&default.name), rescue, false)
        }
        Beside::Large(default) => (Some(&default.name), None, true),
    };
    let create = |new: &crate::assess::NewPartition| {
        DatabaseStep::CreatePartition(Box::new(CreatePartition {
            parent: set.name.clone(),
            partition: new.name.clone(),
            list: set.strategy == Strategy::List,
            from: literal(new.from),
            to: literal(new.to),
            belongings: belongings(inspection, set),
            default: default.cloned(),
            rescue: rescue.clone(),
            fenced,
            foreign: foreign.iter().cloned().collect(),
            foreign_first: default
                .iter()
                .flat_map(|_| lockable.iter().cloned())
                .collect(),
        }))
    };
    let Some(default) = default.filter(|_| fenced) else {
        return seen.to_create.iter().map(create).collect();
    };
    // From the furthest on, so that the range in which rows are written now is refused last, and for the shortest time.
    let fence = |new: &crate::assess::NewPartition| {
        let (partition, default) = (new.name.clone(), default.clone());
        let fence = Fence {
            default: default.clone(),
            partition: partition.clone(),
            control: seen.control.clone().unwrap_or_default(),
            from: literal(new.from),
            to: literal(new.to),
        };
        [
            DatabaseStep::Fence(fence),
            DatabaseStep::ValidateFence(ValidateFence { default, partition }),
            create(new),
        ]
    };
    seen.to_create.iter().rev().flat_map(fence).collect()
}

/// What a new partition of the set has.
pub(super) fn belongings(inspection: &Inspection, set: &PartitionSet) -> Belongings {
    Belongings {
        owner: (set.owner != inspection.server.user).then(|| set.owner.clone()),
        revoke_from: set.default_grantees.clone(),
        grants: set.grants.clone(),
        options: common_options(set),
        unlogged: is_unlogged(set),
        statistics: set.statistics.clone(),
        tablespace: set.tablespace.clone(),
        replica_identity: replica_identity(set),
        replica_key: replica_key(set),
    }
}

/// The foreign keys that have another table at their other end.
pub(super) fn foreign_keys(set: &PartitionSet) -> Vec<&ForeignKey> {
    let keys = set.references.iter().chain(&set.referenced_by);
    keys.filter(|key| key.table != set.name).collect()
}

/// An index can't be named before it is there, and the default is the default.
fn replica_identity(set: &PartitionSet) -> Option<String> {
    match set.identity_of_new() {
        "f" => Some("FULL".to_owned()),
        "n" => Some("NOTHING".to_owned()),
        _ => None,
    }
}

/// What the index has whose name isn't known yet.
fn replica_key(set: &PartitionSet) -> Vec<String> {
    match set.identity_of_new() {
        "i" => set.replica_key.clone(),
        _ => Vec::new(),
    }
}

/// Whether nothing in the set survives a crash, so that nobody expects it of new partitions.
fn is_unlogged(set: &PartitionSet) -> bool {
    let mut stored = set
        .partitions
        .iter()
        .filter(|p| p.relkind == "r")
        .peekable();
    stored.peek().is_some() && stored.all(|p| p.unlogged)
}

/// Storage parameters that every partition has; one that has its own way says nothing about new ones, nor does one that has
/// no storage here.
fn common_options(set: &PartitionSet) -> Vec<String> {
    let mut ranges = set.ranges();
    ranges.retain(|(_, _, partition)| partition.relkind != "f");
    let Some((_, _, first)) = ranges.first() else {
        return Vec::new();
    };
    if ranges
        .iter()
        .all(|(_, _, partition)| partition.options == first.options)
    {
        first.options.clone()
    } else {
        Vec::new()
    }
}

fn renames(inspection: &Inspection, set: &PartitionSet, seen: &Assessment) -> Vec<DatabaseStep> {
    let (Some(suffix), Some(zone)) = (&seen.suffix, &seen.zone) else {
        return Vec::new();
    };
    let wanted = own_names(set, suffix, zone)
        .into_iter()
        .filter_map(|(partition, own)| {
            Some((partition.clone(), own.filter(|own| *own != partition)?))
        });
    let mut bounds: HashMap<RelationName, String> = set
        .partitions
        .iter()
        .filter_map(|p| Some((p.name.clone(), p.bound_text.clone()?)))
        .collect();
    in_order(wanted.collect())
        .into_iter()
        .filter_map(|(partition, to)| {
            // One that steps aside is known by the same bound when it goes on.
            let bound = bounds.get(&partition)?.clone();
            bounds.insert(to.clone(), bound.clone());
            Some(DatabaseStep::RenamePartition(RenamePartition {
                parent: set.name.clone(),
                mentioned_by: mentioned_by(inspection, &partition),
                partition,
                to: to.name,
                bound,
            }))
        })
        .collect()
}
