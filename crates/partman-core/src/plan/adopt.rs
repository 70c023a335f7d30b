//! The steps that adopt one set: rename where names decide, create what is missing, put it into `part_config`, and let
//! pg_partman prove that it can go on.
//!
//! Renaming is first because it is what a long reader keeps from happening, and there is nothing to take back yet when
//! it gives up: dropping a partition again would need a lock that the same reader is in the way of.
//!
//! The configuration row comes after everything that can fail, for from then on scheduled maintenance touches the set.

use crate::assess::{Assessment, own_names};
use crate::model::{Inspection, PartitionSet};
use crate::name::RelationName;
use crate::pg_partman::{ConfigRow, Generation};
use crate::step::{
    Configure, CreatePartition, DatabaseStep, DropFence, Fence, Maintain, RenamePartition,
    ValidateFence,
};
use crate::wanted::{Names, WantedSet};

/// Adds the set's steps. Sets without interval, zone or control don't come here: they have reasons against them.
pub(super) fn steps(
    inspection: &Inspection,
    wanted: &WantedSet,
    seen: &Assessment,
    generation: Generation,
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
    if seen.names == Names::Rename {
        steps.extend(renames(set, seen));
    }
    let fenced = fenced_default(set, seen);
    if let Some(default) = fenced {
        let ends = (
            seen.to_create.iter().map(|new| new.from).min(),
            seen.to_create.iter().map(|new| new.to).max(),
        );
        if let (Some(from), Some(to)) = ends {
            steps.push(DatabaseStep::Fence(Fence {
                default: default.clone(),
                control: control.clone(),
                from: from.sql_text(),
                to: to.sql_text(),
            }));
            steps.push(DatabaseStep::ValidateFence(ValidateFence {
                default: default.clone(),
            }));
        }
    }
    steps.extend(creations(inspection, set, seen));
    let row = ConfigRow {
        parent: &set.name,
        control,
        interval,
        premake: wanted.premake,
        suffix,
        measure: set.measure(),
        schema,
    };
    steps.push(DatabaseStep::Configure(Configure {
        schema: schema.to_owned(),
        parent: set.name.clone(),
        row: generation.config_row(&row),
    }));
    steps.push(DatabaseStep::Maintain(Maintain {
        schema: schema.to_owned(),
        parent: set.name.clone(),
        time_zone: zone.name.clone(),
        call: generation.run_maintenance_sql(schema),
        records_last_run: generation.records_last_run(),
    }));
    if let Some(default) = fenced {
        steps.push(DatabaseStep::DropFence(DropFence {
            default: default.clone(),
        }));
    }
}

/// An empty DEFAULT is scanned in no time; one with rows, or one that couldn't be looked into, wants a fence.
fn fenced_default<'a>(set: &'a PartitionSet, seen: &Assessment) -> Option<&'a RelationName> {
    let default = set
        .default_partition()
        .filter(|_| !seen.to_create.is_empty())?;
    let empty = default
        .content
        .as_ref()
        .is_some_and(|content| !content.has_rows);
    (!empty).then_some(&default.name)
}

fn creations(inspection: &Inspection, set: &PartitionSet, seen: &Assessment) -> Vec<DatabaseStep> {
    let owner = (set.owner != inspection.server.user).then(|| set.owner.clone());
    let foreign: Vec<RelationName> = set
        .references
        .iter()
        .chain(&set.referenced_by)
        .map(|key| key.table.clone())
        .filter(|table| *table != set.name)
        .collect();
    let literal = |point| set.literal(point).unwrap_or_default();
    let create = |new: &crate::assess::NewPartition| {
        DatabaseStep::CreatePartition(Box::new(CreatePartition {
            parent: set.name.clone(),
            partition: new.name.clone(),
            from: literal(new.from),
            to: literal(new.to),
            owner: owner.clone(),
            revoke_from: set.default_grantees.clone(),
            grants: set.grants.clone(),
            options: common_options(set),
            tablespace: set.tablespace.clone(),
            replica_identity: replica_identity(set),
            default: set.default_partition().map(|default| default.name.clone()),
            foreign: foreign.clone(),
        }))
    };
    seen.to_create.iter().map(create).collect()
}

/// As the parent's; an index can't be named before it is there, and the default is the default.
fn replica_identity(set: &PartitionSet) -> Option<String> {
    match set.replica_identity.as_str() {
        "f" => Some("FULL".to_owned()),
        "n" => Some("NOTHING".to_owned()),
        _ => None,
    }
}

/// Storage parameters that every partition has; one that has its own way says nothing about new ones.
fn common_options(set: &PartitionSet) -> Vec<String> {
    let ranges = set.ranges();
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

fn renames(set: &PartitionSet, seen: &Assessment) -> Vec<DatabaseStep> {
    let (Some(suffix), Some(zone)) = (&seen.suffix, &seen.zone) else {
        return Vec::new();
    };
    own_names(set, suffix, zone)
        .into_iter()
        .filter_map(|(partition, own)| {
            let bound = set
                .partitions
                .iter()
                .find(|p| p.name == partition)?
                .bound_text
                .clone()?;
            let to = own.filter(|own| *own != partition)?.name;
            Some(DatabaseStep::RenamePartition(RenamePartition {
                parent: set.name.clone(),
                partition,
                to,
                bound,
            }))
        })
        .collect()
}
