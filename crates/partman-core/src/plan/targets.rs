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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::world::{at, by};
    use crate::step::{AttachDefault, Belongings, CreatePartition, MoveAside, RenamePartition};

    fn name(text: &str) -> RelationName {
        RelationName::new("public", text)
    }

    /// A database with `events`, its partition `events_0`, and a view `seen`.
    fn there() -> Inspection {
        let set = by("events", "int8", &[("0", "10")]);
        at("2026-11-22T12:00:00Z").with(set).stray("seen").seen
    }

    fn create(partition: &str) -> DatabaseStep {
        DatabaseStep::CreatePartition(Box::new(CreatePartition {
            parent: name("events"),
            partition: name(partition),
            list: false,
            from: "10".to_owned(),
            to: "20".to_owned(),
            belongings: Belongings::default(),
            default: None,
            rescue: None,
            fenced: false,
            foreign: Vec::new(),
            foreign_first: Vec::new(),
        }))
    }

    fn attach(partition: &str) -> DatabaseStep {
        DatabaseStep::AttachDefault(Box::new(AttachDefault {
            parent: name("events"),
            default: name("events_default"),
            partition: name(partition),
            from: "10".to_owned(),
            to: "20".to_owned(),
            belongings: Belongings::default(),
            rescue: None,
            foreign: Vec::new(),
            foreign_first: Vec::new(),
        }))
    }

    fn rename(partition: &str, to: &str) -> DatabaseStep {
        DatabaseStep::RenamePartition(RenamePartition {
            parent: name("events"),
            partition: name(partition),
            to: to.to_owned(),
            mentioned_by: Vec::new(),
            bound: String::new(),
        })
    }

    fn move_aside(table: &str, to: &str) -> DatabaseStep {
        DatabaseStep::MoveAside(MoveAside {
            parent: name("events"),
            table: name(table),
            to: to.to_owned(),
            empty: false,
        })
    }

    #[track_caller]
    fn clashes(steps: &[DatabaseStep], target: &str) {
        let reason = clash(&there(), steps).expect("a name is not free");
        assert_eq!(reason.code, Code::PartitionNameTaken);
        let expected = format!("public.{target} is in the way");
        assert!(reason.what.starts_with(&expected), "{}", reason.what);
    }

    #[test]
    fn names_that_are_there_are_not_given() {
        for taken in ["events", "events_0", "seen"] {
            clashes(&[create(taken)], taken);
            clashes(&[attach(taken)], taken);
            clashes(&[rename("other", taken)], taken);
            clashes(&[move_aside("other", taken)], taken);
        }
    }

    #[test]
    fn names_are_not_given_twice() {
        clashes(&[create("a"), create("a")], "a");
        clashes(&[create("a"), attach("a")], "a");
        clashes(&[rename("events_0", "a"), create("a")], "a");
        clashes(&[move_aside("seen", "a"), create("a")], "a");
    }

    #[test]
    fn names_that_become_free_are_given() {
        let steps = [
            move_aside("seen", "seen_aside"),
            create("seen"),
            rename("events_0", "events_p0"),
            attach("events_0"),
        ];
        assert_eq!(clash(&there(), &steps), None);
    }
}
