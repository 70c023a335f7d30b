//! Partitions by LIST: pg_partman 5 goes on with single numbers, one after the other, and with nothing else. Whether
//! numbers grow or are kinds of something can't be seen, so somebody has to say it.

use super::{Adoptable, Assessment, Code};
use crate::Interval;
use crate::bound::KeyKind;
use crate::model::PartitionSet;
use crate::pg_partman::Version;
use crate::phrase;
use crate::wanted::WantedSet;

/// The width of a partition of one number.
const ONE: Interval = Interval::Ids(1);

/// Whether it can be looked at as numbers in a row, with a reason if that won't do.
pub(super) fn judge(
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
    seen: &mut Assessment,
) -> bool {
    let parent = &set.name;
    let lists = set.partitions.iter().filter(|p| !p.is_default()).count();
    let by_number = set
        .control()
        .is_some_and(|key| key.kind == KeyKind::Integer)
        && lists > 0
        && set.ranges().len() == lists;
    if !by_number {
        seen.refuse(
            Adoptable::No, Code::List,
            phrase!(
                "{parent} is partitioned by LIST, which has no next value that could be created ahead",
                parent
            ),
            phrase!(
                "convert it to RANGE (one range for each value) where the values are dates or numbers that grow"
            ),
        );
        return false;
    }
    if !version.maintains_lists() {
        seen.refuse(
            Adoptable::No,
            Code::ListUnsupported,
            phrase!(
                "{parent} is partitioned by LIST, which pg_partman {version} can't maintain",
                parent,
                version
            ),
            phrase!("use pg_partman 5.1 or newer, which can"),
        );
        return false;
    }
    if wanted.interval.is_none() {
        seen.refuse(
            Adoptable::NeedsDecision, Code::ListMayNotGrow,
            phrase!(
                "{parent} is partitioned by LIST of single numbers, which may grow or stand for kinds of something",
                parent
            ),
            phrase!(
                "if they grow by one, set {setting} in its [[set]]; else leave it as it is",
                setting = format!("interval = {ONE}")
            ),
        );
    }
    true
}
