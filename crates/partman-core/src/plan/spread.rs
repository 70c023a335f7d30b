//! The steps that spread the rows of a DEFAULT partition over partitions of their own.

use super::adopt::belongings;
use super::ends::foreign;
use crate::assess::{Assessment, before};
use crate::model::{Inspection, PartitionSet};
use crate::step::{
    CopyDefault, DatabaseStep, ExchangeDefault, KeepWayBack, Spread, StageDefault, Target,
};

/// Where the assessment says so. `set` is as it is now.
pub(super) fn steps(
    inspection: &Inspection,
    set: &PartitionSet,
    seen: &Assessment,
) -> Vec<DatabaseStep> {
    let Some(default) = set.default_partition().filter(|_| !seen.spread.is_empty()) else {
        return Vec::new();
    };
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
        belongings: belongings(inspection, set),
        foreign: foreign(set, false),
        foreign_first: foreign(set, true),
    };
    let each = || spread.clone();
    vec![
        DatabaseStep::StageDefault(Box::new(StageDefault { spread: each() })),
        DatabaseStep::CopyDefault(Box::new(CopyDefault { spread: each() })),
        DatabaseStep::ExchangeDefault(Box::new(ExchangeDefault { spread: each() })),
        DatabaseStep::KeepWayBack(Box::new(KeepWayBack { spread: each() })),
    ]
}
