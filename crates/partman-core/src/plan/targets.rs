//! Names that a plan gives, which have to be free and given once: also across sets, and against partitions that keep
//! theirs. pg_partman cuts long names, so two parents can want the same one.

use std::collections::HashSet;

use crate::assess::{Adoptable, Code, Reason};
use crate::model::Inspection;
use crate::name::RelationName;
use crate::phrase;
use crate::step::DatabaseStep;

/// Why these steps can't be taken one after the other: a name that is given twice, or that something has already.
pub(super) fn clash(inspection: &Inspection, steps: &[DatabaseStep]) -> Option<Reason> {
    let partitions = inspection
        .sets
        .iter()
        .flat_map(|set| &set.partitions)
        .map(|p| &p.name);
    let parents = inspection.sets.iter().map(|set| &set.name);
    let mut taken: HashSet<RelationName> = inspection
        .strays
        .iter()
        .map(|stray| &stray.name)
        .chain(partitions)
        .chain(parents)
        .cloned()
        .collect();
    for step in steps {
        let (parent, target) = match step {
            DatabaseStep::CreatePartition(create) => (&create.parent, create.partition.clone()),
            DatabaseStep::AttachDefault(attach) => (&attach.parent, attach.partition.clone()),
            // Its partitions were looked at one by one; this is what it has to have beside them.
            DatabaseStep::StageDefault(stage) => {
                let targets = stage.spread.targets.iter();
                taken.extend(targets.map(|target| target.partition.clone()));
                (&stage.spread.parent, stage.spread.before.clone())
            }
            DatabaseStep::MoveAside(aside) => {
                taken.remove(&aside.table);
                (&aside.parent, aside.table.sibling(aside.to.clone()))
            }
            DatabaseStep::RenamePartition(rename) => {
                taken.remove(&rename.partition);
                let target = rename.partition.sibling(rename.to.clone());
                (&rename.parent, target)
            }
            _ => continue,
        };
        if !taken.insert(target.clone()) {
            return Some(Reason {
                verdict: Adoptable::NeedsDecision,
                code: Code::PartitionNameTaken,
                what: phrase!(
                    "{target} is in the way: a partition of {parent} has to have this name",
                    target,
                    parent
                ),
                way_out: phrase!(
                    "rename what has it; where two long names of parents begin alike, rename one parent to something shorter"
                ),
            });
        }
    }
    None
}
