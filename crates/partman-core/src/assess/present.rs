//! What a set lacks up to the present and ahead of it, and whether that can be made.

use super::attach::{self, Fit};
use super::{
    Adoptable, Assessment, Code, MendKind, NewPartition, aside, beyond, empty, far, joining, rest,
    spread,
};
use crate::Interval;
use crate::bound::{KeyKind, Point};
use crate::coverage::{self, Gaps, MOST_TO_CREATE, Missing, Range, Reach, Unfit, before_first};
use crate::model::{Inspection, Partition, PartitionSet};
use crate::name::RelationName;
use crate::pg_partman::{Suffix, Version};
use crate::phrase;
use crate::time_zone::Zone;
use crate::wanted::WantedSet;
use crate::words::Phrase;

/// Fills in the present, holes, and what a plan would create, with a reason for everything that stands in the way.
pub(super) fn look_ahead(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
    seen: &mut Assessment,
) {
    let ranges: Vec<Range> = set
        .ranges()
        .iter()
        .map(|(from, to, _)| (*from, *to))
        .collect();
    let (Some(interval), Some(zone)) = (seen.interval, seen.zone.clone()) else {
        return;
    };
    let (present, start) = match ranges.first() {
        Some((first, _)) => {
            let clock = coverage::present(inspection.server.now, *first, &zone);
            let start = clock.and_then(|now| before_first(*first, now, interval, &zone));
            (clock.or_else(|| reached(set, version)), start)
        }
        None => match empty::start(inspection, set, interval, &zone) {
            Some((present, start)) => (Some(present), Some(start)),
            None => return refuse_start(set, seen),
        },
    };
    seen.present = present;
    let Some(present) = present else { return };
    let counted_from = match version.counts_from_rows_ahead() {
        true => present.max(newest_rows(set).unwrap_or(present)),
        false => present,
    };
    // pg_partman continues from the newest partition and looks for it in the parent's schema only. It adds the interval
    // to where that one begins, so that has to lead to where it ends.
    let newest = set.ranges().last().map(|(_, _, p)| p.name.schema.clone());
    let is_elsewhere = newest.as_deref() != Some(set.name.schema.as_str());
    let misleads = ranges
        .last()
        .is_some_and(|(from, to)| interval.after(*from, &zone.rules) != Some(*to));
    let reach = Reach {
        interval,
        zone: &zone,
        present: counted_from,
        premake: wanted.premake as usize,
        at_least: usize::from(is_elsewhere || misleads),
        gaps: match seen.declines(MendKind::FillGap) {
            true => Gaps::Stay,
            false => Gaps::AreFilled,
        },
        start,
        regular_from: seen.regular_from,
    };
    if reach.gaps == Gaps::AreFilled && far::judge(set, present, &reach, seen) {
        return;
    }
    let found = joining::reached(set, &ranges, &reach, version, seen);
    match found {
        Ok(missing) => {
            let better = match make_room(inspection, set, wanted, version, &missing, seen) {
                Room::Made(mended) => {
                    look_ahead(inspection, &mended, wanted, version, seen);
                    seen.mended = Some(*mended);
                    return;
                }
                Room::Lacking(way_out) => way_out,
            };
            let planned = missing.ahead.last().or(ranges.last()).map(|(_, to)| *to);
            take(inspection, set, version, &zone, missing, better, seen);
            if let Some(end) = planned {
                beyond::note(set, wanted, &zone, end, seen);
            }
        }
        Err(unfit) => refuse(set, unfit, seen),
    }
}

/// What becomes of rows in DEFAULT that are too many to be brought along.
enum Room {
    /// The set as it will be, in which none is in the way.
    Made(Box<PartitionSet>),
    /// Nothing is done about them; this would help, where they are in the way.
    Lacking(Option<Phrase>),
}

/// DEFAULT becomes the partition of its rows, or they are spread over partitions of their own.
fn make_room(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
    missing: &Missing,
    seen: &mut Assessment,
) -> Room {
    let reasons = seen.reasons.len();
    let other = match attach::judge(inspection, set, wanted, version, missing, seen) {
        Fit::As(mended) => return Room::Made(mended),
        Fit::Not(way_out) => Some(way_out),
        Fit::NotNeeded => None,
    };
    if seen.reasons.len() > reasons {
        return Room::Lacking(other);
    }
    match spread::judge(inspection, set, wanted, version, missing, seen) {
        spread::Fit::As(mended) => Room::Made(mended),
        spread::Fit::Not(way_out) => {
            let all = other.into_iter().chain([way_out]);
            Room::Lacking(Some(Phrase::joined(all, "; ")))
        }
        spread::Fit::NotNeeded => Room::Lacking(other),
    }
}

/// Where an integer key has got to: its largest value, or the first bound where the set is empty. Version 4 counts those in
/// DEFAULT too, and would make partitions up to there.
pub(super) fn reached(set: &PartitionSet, version: &Version) -> Option<Point> {
    let ranges = set.ranges();
    let largest = |partition: &Partition| {
        let largest = partition.content.as_ref()?.max.as_deref()?;
        Point::parse(KeyKind::Integer, largest)
    };
    let newest = newest_with_rows(&ranges);
    let reached = match newest {
        None => ranges.first().map(|(from, _, _)| *from),
        Some((from, _, partition)) => largest(partition).or(Some(*from)),
    };
    let beside = set
        .default_partition()
        .filter(|_| version.reads_names() && newest.is_some());
    reached.max(beside.and_then(largest))
}

/// Where the newest partition with rows begins.
fn newest_rows(set: &PartitionSet) -> Option<Point> {
    newest_with_rows(&set.ranges()).map(|(from, ..)| *from)
}

fn newest_with_rows<'r, 'p>(
    ranges: &'r [(Point, Point, &'p Partition)],
) -> Option<&'r (Point, Point, &'p Partition)> {
    let has_rows = |partition: &Partition| partition.content.as_ref().is_some_and(|c| c.has_rows);
    ranges
        .iter()
        .rev()
        .find(|(.., partition)| has_rows(partition))
}

fn refuse_start(set: &PartitionSet, seen: &mut Assessment) {
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::NoPartitions,
        phrase!(
            "{parent} has only a DEFAULT partition, and how far its rows reach can't be told without reading all of them",
            parent = set.name
        ),
        phrase!("create its first partition by hand, then run this again"),
    );
}

fn refuse(set: &PartitionSet, unfit: Unfit, seen: &mut Assessment) {
    match unfit {
        Unfit::Misaligned((from, to)) => seen.refuse(
            Adoptable::No, Code::Misaligned,
            phrase!(
                "between {from} and {to}, {parent} has room that whole partitions don't fill",
                from,
                to,
                parent = set.name
            ),
            phrase!(
                "re-bound the partitions beside it so that all begin on the same grid (upper bounds are exclusive), or keep the gap: \
                 decline {kind}",
                kind = MendKind::FillGap
            ),
        ),
        Unfit::TooMany => seen.refuse(
            Adoptable::NeedsDecision, Code::TooManyMissing,
            phrase!(
                "{parent} would need more than {most} new partitions to reach the present",
                parent = set.name,
                most = MOST_TO_CREATE
            ),
            phrase!(
                "create one near the present by hand, and keep the gap before it: decline {kind}",
                kind = MendKind::FillGap
            ),
        ),
        Unfit::OutOfRange => seen.refuse(
            Adoptable::No, Code::KeyExhausted,
            format!(
                "the next bounds of {} are beyond what its key can hold",
                set.name
            ),
            phrase!("a wider type for the key is needed before more partitions can be made"),
        ),
    }
}

fn take(
    inspection: &Inspection,
    set: &PartitionSet,
    version: &Version,
    zone: &Zone,
    missing: Missing,
    better: Option<Phrase>,
    seen: &mut Assessment,
) {
    let Some(interval) = seen.interval else {
        return;
    };
    let all = wanted_ranges(&missing, seen);
    let suffix = own_suffix(set, &all, version, interval, zone);
    beyond_type(set, &all, seen);
    for (from, to) in &all {
        match suffix.name(&set.name, *from, zone) {
            Some(name) => seen.to_create.push(NewPartition {
                name,
                from: *from,
                to: *to,
            }),
            None => {
                seen.refuse_long_name();
                break;
            }
        }
    }
    aside::make_room(inspection, set, &suffix, zone, seen);
    if !seen.managed {
        rest::rows_in_the_way(set, inspection.server.superuser, &all, better, seen);
        rest::note_who_looks_back(inspection, set, seen);
    }
    for (from, to) in &missing.holes {
        let what = phrase!("create the missing partition from {from} to {to}", from, to);
        seen.mend(MendKind::FillGap, what);
    }
    for (from, to) in &missing.kept {
        seen.notes.push(phrase!(
            "between partitions of an older width there stays room from {from} to {to}, which whole new ones don't fill",
            from,
            to
        ));
    }
    seen.holes = missing.holes.into_iter().chain(missing.kept).collect();
    seen.holes.sort();
    seen.suffix = Some(suffix);
}

/// What is to be created: without the gaps, where these stay.
pub(super) fn wanted_ranges(missing: &Missing, seen: &Assessment) -> Vec<Range> {
    let filled = (!seen.declines(MendKind::FillGap)).then_some(&missing.holes);
    let filled = filled.into_iter().flatten();
    filled.chain(&missing.ahead).copied().collect()
}

/// How pg_partman names partitions of this set, and of these ranges beside.
pub(super) fn own_suffix<'a>(
    set: &PartitionSet,
    beside: impl IntoIterator<Item = &'a Range>,
    version: &Version,
    interval: Interval,
    zone: &Zone,
) -> Suffix {
    let ranges = set.ranges();
    let existing = ranges.iter().map(|(from, _, _)| *from);
    let beside = beside.into_iter().map(|(from, _)| *from);
    let lower: Vec<Point> = existing.chain(beside).collect();
    version.suffix(interval, &lower, zone)
}

fn beyond_type(set: &PartitionSet, all: &[Range], seen: &mut Assessment) {
    let most = match set.control().map(|key| key.type_name.as_str()) {
        Some("int2") => i64::from(i16::MAX),
        Some("int4") => i64::from(i32::MAX),
        _ => return,
    };
    let number = |to: &Point| set.literal(*to).and_then(|text| text.parse::<i64>().ok());
    if all
        .iter()
        .any(|(_, to)| number(to).is_none_or(|n| n > most))
    {
        refuse(set, Unfit::OutOfRange, seen);
    }
}

/// The name that pg_partman would give each existing partition; for a renaming adoption.
pub(crate) fn own_names(
    set: &PartitionSet,
    suffix: &Suffix,
    zone: &Zone,
) -> Vec<(RelationName, Option<RelationName>)> {
    set.ranges()
        .iter()
        .map(|(from, _, partition)| {
            let own = suffix
                .name(&set.name, *from, zone)
                .map(|own| partition.name.sibling(own.name));
            (partition.name.clone(), own)
        })
        .collect()
}
