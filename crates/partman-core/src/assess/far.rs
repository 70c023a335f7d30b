//! A partition far beyond the present, with nothing before it: more likely a slip of the pen (2062 for 2026) than meant.
//! Filling what lies between would make hundreds of partitions that nobody needs, so a person is asked.

use jiff::SignedDuration;

use super::{Adoptable, Assessment, Code, MendKind, instant};
use crate::bound::Point;
use crate::coverage::Reach;
use crate::model::{Partition, PartitionSet, Strategy};
use crate::phrase;

/// So many more than wanted ahead are filled without asking: years of months, weeks of days.
const PATIENCE: usize = 50;

/// Or fewer, where they reach further than this beyond the present.
const YEARS: i64 = 20;

/// Whether such a hole is there, with the reason against filling it. `present` is where the clock is, or where numbers have
/// got to.
pub(super) fn judge(
    set: &PartitionSet,
    present: Point,
    reach: &Reach<'_>,
    seen: &mut Assessment,
) -> bool {
    // Numbers of a list that nobody said grows are kinds of something.
    if set.strategy == Strategy::List && !seen.reasons.is_empty() {
        return false;
    }
    let ranges = set.ranges();
    let mut ends = vec![reach.start.unwrap_or(present)];
    ends.extend(ranges.iter().map(|(_, to, _)| *to));
    let holes = ends.into_iter().zip(&ranges);
    let far = holes
        .filter(|(end, (from, ..))| end < from && present < *from)
        .find(|(end, (from, ..))| is_far((*end).max(present), *from, present, reach));
    let Some((_, (from, _, partition))) = far else {
        return false;
    };
    refuse(set, partition, *from, seen);
    true
}

fn is_far(begin: Point, end: Point, present: Point, reach: &Reach<'_>) -> bool {
    let zone = reach.zone;
    let next = |at: &Point| reach.interval.after(*at, &zone.rules);
    let count = std::iter::successors(Some(begin), next)
        .take(reach.premake + PATIENCE + 1)
        .take_while(|at| *at < end)
        .count();
    let years = SignedDuration::from_hours(YEARS * 365 * 24);
    let is_years_away = instant(end, zone)
        .zip(instant(present, zone))
        .is_some_and(|(end, present)| end.duration_since(present) > years);
    count > reach.premake + PATIENCE || is_years_away && count > reach.premake
}

fn refuse(set: &PartitionSet, partition: &Partition, from: Point, seen: &mut Assessment) {
    let (parent, partition) = (&set.name, &partition.name);
    let kind = MendKind::FillGap;
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::PartitionFarAhead,
        phrase!(
            "{partition} begins at {from}, far beyond the present, and {parent} has no partitions before it that lead there",
            partition,
            from,
            parent
        ),
        phrase!(
            "if that is a slip, detach it and attach it with the right bounds: {detach}; if it is meant, keep the gap: decline {kind}, and make the partitions before it by hand, for pg_partman only goes on after it",
            detach = format!("ALTER TABLE {parent} DETACH PARTITION {partition}"),
            kind
        ),
    );
}
