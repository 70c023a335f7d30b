//! The steps that spread the rows of a DEFAULT partition over partitions of their own.

use super::adopt::belongings;
use super::ends::foreign;
use crate::assess::{Assessment, before};
use crate::coverage::Range;
use crate::model::{Inspection, PartitionSet};
use crate::step::{CopyDefault, DatabaseStep, Spread, StageDefault, Target};

/// Where the assessment says so. `set` is as it is now.
pub(super) fn steps(
    inspection: &Inspection,
    set: &PartitionSet,
    seen: &Assessment,
) -> Vec<DatabaseStep> {
    let (Some(default), Some(mended)) = (set.default_partition(), &seen.mended) else {
        return Vec::new();
    };
    if seen.spread.is_empty() {
        return Vec::new();
    }
    let literal = |point| set.literal(point).unwrap_or_default();
    let targets = seen.spread.iter().map(|new| Target {
        partition: new.name.clone(),
        from: literal(new.from),
        to: literal(new.to),
    });
    let spread = Spread {
        parent: set.name.clone(),
        default: default.name.clone(),
        before: before(&default.name),
        control: seen.control.clone().unwrap_or_default(),
        columns: set.columns.clone(),
        unique: set.unique_key.clone(),
        targets: targets.collect(),
        taken: taken(set, mended),
        belongings: belongings(inspection, set),
        foreign: foreign(set, false),
        foreign_first: foreign(set, true),
    };
    let each = || spread.clone();
    vec![
        DatabaseStep::StageDefault(Box::new(StageDefault { spread: each() })),
        DatabaseStep::CopyDefault(Box::new(CopyDefault { spread: each() })),
        DatabaseStep::ExchangeDefault(Box::new(each().into())),
    ]
}

/// The ranges of all partitions, those that follow each other as one.
fn taken(set: &PartitionSet, mended: &PartitionSet) -> Vec<(String, String)> {
    let mut stretches: Vec<Range> = Vec::new();
    for (from, to, _) in mended.ranges() {
        match stretches.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => stretches.push((from, to)),
        }
    }
    let literal = |point| set.literal(point).unwrap_or_default();
    let each = stretches.into_iter();
    each.map(|(from, to)| (literal(from), literal(to)))
        .collect()
}
