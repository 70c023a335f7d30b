//! Partitions with an open end, which pg_partman takes for a value: whether they can be closed.
//!
//! One end of the range is known, and what its rows make of the other is in [`rows`]. Nothing may be about to be written
//! beyond, for that would have no place any more, or not until the next partitions are there.

mod rows;

use self::rows::{Closing, by_hand, closing, divide, regular_from};
use super::referring::without;
use super::rest::{Beside, beside};
use super::soon::{Written, furthest};
use super::{Adoptable, Assessment, Code, Ending, MendKind};
use crate::bound::{Bound, Datum, Point};
use crate::coverage::{self, Range};
use crate::measure::Measure;
use crate::model::{Inspection, Partition, PartitionSet, Strategy};
use crate::pg_partman::Version;
use crate::phrase;
use crate::words::Phrase;

/// Adds a reason for each bound that is no point, or the mend. Returns the set with its ends closed, where all can be.
pub(super) fn judge(
    inspection: &Inspection,
    set: &PartitionSet,
    version: &Version,
    seen: &mut Assessment,
) -> Option<PartitionSet> {
    let has_ranges = [Strategy::Range, Strategy::List].contains(&set.strategy);
    if !has_ranges || set.measure() == Measure::Itself && !set.is_counted() {
        return None;
    }
    let open: Vec<u32> = set.open_ended().iter().map(|p| p.oid).collect();
    let listed: Vec<u32> = set.ranges().iter().map(|(.., p)| p.oid).collect();
    let mut mended = set.clone();
    let mut closed = Vec::new();
    for partition in &set.partitions {
        if partition.is_default() || listed.contains(&partition.oid) {
            continue;
        }
        let is_open = open.contains(&partition.oid) && set.ends_of_open(partition) != (None, None);
        match close(inspection, set, partition, version, seen) {
            Ok(closing) if fits(&mended, partition, &closing) => {
                close_in(&mut mended, partition, closing.range);
                closed.push((partition, closing));
            }
            Ok(_) => refuse(partition, is_open, by_hand(set, partition), seen),
            Err(way_out) => refuse(partition, is_open, way_out, seen),
        }
    }
    if closed.is_empty() || !seen.reasons.is_empty() {
        return None;
    }
    for (partition, closing) in closed {
        let (from, to) = closing.range;
        let what = phrase!(
            "close the open end of {partition}: from {from} to {to}",
            partition = partition.name,
            from,
            to
        );
        seen.mend(MendKind::Rebound, what);
        if seen.declines(MendKind::Rebound) {
            let kind = MendKind::Rebound;
            let way_out = phrase!("let the plan close it: don't decline {kind}", kind);
            refuse(partition, true, way_out, seen);
            continue;
        }
        seen.ends.push(Ending {
            partition: partition.name.clone(),
            named: partition.name.clone(),
            from,
            to,
            default: false,
        });
        tell(set, partition, &closing, seen);
    }
    if seen.ends.is_empty() {
        return None;
    }
    seen.horizon = mended.ranges().last().map(|(_, to, _)| *to);
    Some(mended)
}

fn refuse(partition: &Partition, is_open: bool, way_out: Phrase, seen: &mut Assessment) {
    let bound = match &partition.bound_text {
        Some(bound) => Phrase::verbatim(bound),
        None => phrase!("no bound"),
    };
    let partition_name = &partition.name;
    let (code, what) = if is_open {
        let what = phrase!(
            "{partition} has an open end, which pg_partman takes for a value: {bound}",
            partition = partition_name,
            bound
        );
        (Code::OpenEndedPartition, what)
    } else {
        let what = phrase!(
            "{partition} has a bound that is no point in time or number: {bound}",
            partition = partition_name,
            bound
        );
        (Code::UnreadableBound, what)
    };
    seen.refuse(Adoptable::No, code, what, way_out);
}

/// Whether what the bounds say of the whole set stays the same, such as that its numbers are times.
fn fits(mended: &PartitionSet, partition: &Partition, closing: &Closing) -> bool {
    let mut closed = mended.clone();
    close_in(&mut closed, partition, closing.range);
    let is_counted = |oid| closed.ranges().iter().any(|(.., p)| p.oid == oid);
    closed.measure() == mended.measure() && is_counted(partition.oid)
}

/// What a closed end means for rows beyond, and a partition that is wide for pg_partman.
fn tell(set: &PartitionSet, partition: &Partition, closing: &Closing, seen: &mut Assessment) {
    if set.ends_of_open(partition).0.is_some() {
        return seen.notes.push(tell_upwards(set, partition, closing));
    }
    let (partition, from) = (&partition.name, closing.range.0);
    if let (Some(oldest), Some(interval)) = (closing.oldest, seen.interval) {
        seen.regular_from = regular_from(set, seen);
        seen.notes.push(phrase!(
            "{partition} stays whole, with all its rows from {oldest} on; pg_partman's retention would take it for {interval} wide, and its partition_gap_fill() fails on such a set",
            partition,
            oldest,
            interval
        ));
    }
    seen.notes.push(match set.default_partition() {
        Some(default) => phrase!(
            "rows before {from} are refused while {partition} is read, and go into {default} afterwards",
            from,
            partition,
            default = default.name
        ),
        None => phrase!(
            "rows before {from} are refused from the moment on at which {partition} begins to be read: no partition takes them any more",
            from,
            partition
        ),
    });
}

/// What nobody had to think of as long as the last partition took all that was to come.
fn tell_upwards(set: &PartitionSet, partition: &Partition, closing: &Closing) -> Phrase {
    let (partition, to) = (&partition.name, closing.range.1);
    match set.default_partition() {
        Some(default) => phrase!(
            "rows from {to} on are refused while {partition} is read; afterwards those for which no partition has been made go into {default}",
            to,
            partition,
            default = default.name
        ),
        None => phrase!(
            "rows from {to} on are refused while {partition} is read, and afterwards those for which maintenance has made no partition yet: none takes all that is to come any more",
            to,
            partition
        ),
    }
}

/// What it becomes, or what else would help.
fn close(
    inspection: &Inspection,
    set: &PartitionSet,
    partition: &Partition,
    version: &Version,
    seen: &Assessment,
) -> Result<Closing, Phrase> {
    // Attached again it would be read through, for no CHECK of ours proves what the level above asks for.
    let content = partition.content.as_ref();
    let content = content.filter(|_| partition.relkind == "r" && set.nested_in.is_none());
    let Some(content) = content else {
        return Err(by_hand(set, partition));
    };
    if !set.referenced_by.is_empty() {
        return Err(phrase!(
            "foreign keys refer to {parent}, so that none of its partitions can be detached for a moment: {way_out}",
            parent = set.name,
            way_out = without(set, phrase!("run this again"))
        ));
    }
    if let Beside::Large(default) = beside(set, inspection.server.superuser) {
        return Err(phrase!(
            "{default} is too large to be looked through when it is attached again: move its rows out of it first",
            default = default.name
        ));
    }
    let closing = closing(set, partition, content, seen)?;
    let (from, to) = closing.range;
    let written = (closing.max, content.bytes);
    match about_to_be_written(
        inspection,
        set,
        partition,
        (from, to),
        written,
        version,
        seen,
    ) {
        true => Err(phrase!(
            "rows beyond {from} to {to} are about to be written, and would have no place for a moment: give its range to partitions in one transaction, such as {sql}",
            from,
            to,
            sql = divide(set, partition)
        )),
        false => Ok(closing),
    }
}

/// Whether the end that is closed would shut out what is written now.
fn about_to_be_written(
    inspection: &Inspection,
    set: &PartitionSet,
    partition: &Partition,
    range: Range,
    (max, bytes): (Option<Point>, i64),
    version: &Version,
    seen: &Assessment,
) -> bool {
    let Some(zone) = &seen.zone else { return true };
    let now = inspection.server.now;
    let clock = coverage::present(now, range.0, zone);
    let Some(present) = clock
        .or(max)
        .or_else(|| super::present::reached(set, version))
    else {
        return true;
    };
    let upwards = set.ends_of_open(partition).0.is_some();
    if !upwards {
        return present < range.0;
    }
    let written = Written {
        present,
        max,
        bytes,
    };
    furthest(&written, range, now, zone).is_none_or(|furthest| furthest >= range.1)
}

fn close_in(mended: &mut PartitionSet, partition: &Partition, (from, to): Range) {
    let value = |point| vec![Datum::Value(mended.literal(point).unwrap_or_default())];
    let bound = Some(Bound::Range {
        from: value(from),
        to: value(to),
    });
    for closed in mended
        .partitions
        .iter_mut()
        .filter(|p| p.oid == partition.oid)
    {
        closed.bound = bound.clone();
    }
}
