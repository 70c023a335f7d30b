//! Partitions with an open end, which pg_partman takes for a value: whether they can be closed.
//!
//! One end of the range is known; the other becomes that of one interval. All rows have to lie in it, and nothing may be
//! about to be written beyond, for that would have no place any more, or not until the next partitions are there.

use super::referring::without;
use super::rest::{Beside, beside};
use super::soon::{Written, furthest};
use super::{Adoptable, Assessment, Code, Ending, MendKind};
use crate::bound::{Bound, Datum, KeyKind, Point};
use crate::coverage::{self, Range};
use crate::measure::Measure;
use crate::model::{Inspection, Partition, PartitionSet};
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
    let countable = |kind: KeyKind| kind.is_time() || kind == KeyKind::Integer;
    if set.measure() == Measure::Itself && set.control().is_none_or(|key| !countable(key.kind)) {
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
            Ok(range) => {
                close_in(&mut mended, partition, range);
                closed.push((partition, range));
            }
            Err(way_out) => refuse(partition, is_open, way_out, seen),
        }
    }
    if closed.is_empty() || !seen.reasons.is_empty() {
        return None;
    }
    for (partition, (from, to)) in closed {
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

/// The range that it gets, or what else would help.
fn close(
    inspection: &Inspection,
    set: &PartitionSet,
    partition: &Partition,
    version: &Version,
    seen: &Assessment,
) -> Result<Range, Phrase> {
    let by_hand = || {
        phrase!(
            "detach it, and attach it again with the bounds of its rows: {detach}",
            detach = format!(
                "ALTER TABLE {} DETACH PARTITION {}",
                set.name, partition.name
            )
        )
    };
    let divide = || {
        format!(
            "BEGIN; ALTER TABLE {parent} DETACH PARTITION {partition}; CREATE TABLE … PARTITION OF {parent} FOR VALUES FROM (…) \
             TO (…); INSERT INTO {parent} SELECT * FROM {partition}; COMMIT",
            parent = set.name,
            partition = partition.name
        )
    };
    if !set.referenced_by.is_empty() {
        return Err(phrase!(
            "foreign keys refer to {parent}, so that none of its partitions can be detached for a moment: {way_out}",
            parent = set.name,
            way_out = without(set, phrase!("run this again"))
        ));
    }
    let (Some(range), Some(content)) = (finite(set, partition, seen), &partition.content) else {
        return Err(by_hand());
    };
    // Attached again it would be read through, for no CHECK of ours proves what the level above asks for.
    if partition.relkind != "r" || set.nested_in.is_some() {
        return Err(by_hand());
    }
    if let Beside::Large(default) = beside(set, inspection.server.superuser) {
        return Err(phrase!(
            "{default} is too large to be looked through when it is attached again: move its rows out of it first",
            default = default.name
        ));
    }
    let (from, to) = range;
    let measure = set.measure();
    let kind = set.control().map_or(KeyKind::Other, |key| key.kind);
    let point = |text: &Option<String>| measure.point(kind, text.as_deref()?);
    let (min, max) = (point(&content.min), point(&content.max));
    match (content.has_rows, min, max) {
        (false, ..) => {}
        (true, Some(min), Some(max)) if from <= min && max < to => {}
        (true, Some(min), Some(max)) => {
            return Err(phrase!(
                "its rows lie between {min} and {max}, not all between {from} and {to} as in a partition of this set: give its range to partitions in one transaction, such as {sql}",
                min,
                max,
                from,
                to,
                sql = divide()
            ));
        }
        _ => return Err(by_hand()),
    }
    match about_to_be_written(
        inspection,
        set,
        partition,
        range,
        (max, content.bytes),
        version,
        seen,
    ) {
        true => Err(phrase!(
            "rows beyond {from} to {to} are about to be written, and would have no place for a moment: give its range to partitions in one transaction, such as {sql}",
            from,
            to,
            sql = divide()
        )),
        false => Ok(range),
    }
}

/// Its one end, and the other one interval away.
fn finite(set: &PartitionSet, partition: &Partition, seen: &Assessment) -> Option<Range> {
    let (interval, zone) = (seen.interval?, seen.zone.as_ref()?);
    match set.ends_of_open(partition) {
        (None, Some(to)) => Some((interval.before(to, &zone.rules)?, to)),
        (Some(from), None) => Some((from, interval.after(from, &zone.rules)?)),
        _ => None,
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
