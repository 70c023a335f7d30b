//! The range that a partition with an open end gets, from its known end and its rows.
//!
//! That is one interval, or, where the lower end is open and the rows are of more, all the intervals from that of the
//! oldest row on: pg_partman goes on from the newest partition, and an older one may be wider. Above, new partitions come;
//! there it is one interval or nothing.

use super::super::rest::ends;
use super::super::{Assessment, instant};
use crate::bound::{KeyKind, Point};
use crate::coverage::Range;
use crate::model::{Content, Partition, PartitionSet};
use crate::name::{quote_ident, quote_literal};
use crate::phrase;
use crate::time_zone::Zone;
use crate::words::Phrase;

/// What becomes of it.
pub(super) struct Closing {
    /// Its range.
    pub(super) range: Range,
    /// Its furthest row, where it has one.
    pub(super) max: Option<Point>,
    /// Its oldest row, where the range is that of an archive: not of one interval.
    pub(super) oldest: Option<Point>,
}

/// See the module; or what else would help.
pub(super) fn closing(
    set: &PartitionSet,
    partition: &Partition,
    content: &Content,
    seen: &Assessment,
) -> Result<Closing, Phrase> {
    let Some(range) = one_interval(set, partition, seen) else {
        return Err(by_hand(set, partition));
    };
    if !content.has_rows {
        return Ok(Closing {
            range,
            max: None,
            oldest: None,
        });
    }
    let Some((min, max)) = ends(set, content) else {
        return Err(unknown(set, partition, content));
    };
    let (from, to) = range;
    let is_open_below = set.ends_of_open(partition).0.is_none();
    let (from, oldest) = if from <= min || !is_open_below {
        (Some(from), None)
    } else {
        (beginning(set, (min, to), seen), Some(min))
    };
    match from.filter(|from| *from <= min && max < to) {
        Some(from) => Ok(Closing {
            range: (from, to),
            max: Some(max),
            oldest,
        }),
        None => Err(phrase!(
            "its rows lie between {min} and {max}, not all between {from} and {to} as in a partition of this set: give its range to partitions in one transaction, such as {sql}",
            min,
            max,
            from = range.0,
            to,
            sql = divide(set, partition)
        )),
    }
}

/// Its one end, and the other one interval away.
fn one_interval(set: &PartitionSet, partition: &Partition, seen: &Assessment) -> Option<Range> {
    let (interval, zone) = (seen.interval?, seen.zone.as_ref()?);
    match set.ends_of_open(partition) {
        (None, Some(to)) => Some((interval.before(to, &zone.rules)?, to)),
        (Some(from), None) => Some((from, interval.after(from, &zone.rules)?)),
        _ => None,
    }
}

/// Where the interval of the oldest row begins, on the grid of the regular partitions. Before the year 1 no bound is read.
fn beginning(set: &PartitionSet, (min, to): Range, seen: &Assessment) -> Option<Point> {
    let (interval, zone) = (seen.interval?, seen.zone.as_ref()?);
    let anchor = regular_from(set, seen).unwrap_or(to);
    let from = interval.beginning(min, anchor, &zone.rules)?;
    let year = |t: jiff::Timestamp| Zone::utc().rules.to_datetime(t).year();
    let is_read = instant(from, &Zone::utc()).is_none_or(|from| year(from) > 0);
    is_read.then_some(from)
}

/// Where the partitions of the set's interval begin.
pub(super) fn regular_from(set: &PartitionSet, seen: &Assessment) -> Option<Point> {
    let first = || set.ranges().first().map(|(from, ..)| *from);
    seen.regular_from.or_else(first)
}

/// For what can't be mended by a plan.
pub(super) fn by_hand(set: &PartitionSet, partition: &Partition) -> Phrase {
    phrase!(
        "detach it, and attach it again with the bounds of its rows: {detach}",
        detach = detach(set, partition)
    )
}

fn detach(set: &PartitionSet, partition: &Partition) -> String {
    format!(
        "ALTER TABLE {} DETACH PARTITION {}",
        set.name, partition.name
    )
}

/// Where what it holds has to be given to several partitions.
pub(super) fn divide(set: &PartitionSet, partition: &Partition) -> String {
    let columns = set.columns.iter().map(|column| quote_ident(column));
    let columns = match set.columns.is_empty() {
        true => "…".into(),
        false => columns.collect::<Vec<_>>().join(", "),
    };
    format!(
        "BEGIN; {detach}; CREATE TABLE … PARTITION OF {parent} FOR VALUES FROM (…) TO (…); INSERT INTO {parent} ({columns}) \
         OVERRIDING SYSTEM VALUE SELECT {columns} FROM {partition}; COMMIT",
        detach = detach(set, partition),
        parent = set.name,
        partition = partition.name
    )
}

/// Where its first or its last row isn't known, or is none to count from.
fn unknown(set: &PartitionSet, partition: &Partition, content: &Content) -> Phrase {
    if let (Some(min), Some(max)) = (&content.min, &content.max) {
        return phrase!(
            "its rows lie between {min} and {max}, and one of these is nothing that a partition could begin or end at: correct it, or move such rows out of it",
            min,
            max
        );
    }
    let has_ends = |kind: KeyKind| kind.is_time() || kind.is_number() || kind == KeyKind::Uuid;
    let key = set.control().filter(|key| has_ends(key.kind));
    let Some(control) = key.and_then(|key| key.column.as_deref()) else {
        return by_hand(set, partition);
    };
    let end = |point: Option<Point>| {
        let literal = point.and_then(|point| set.literal(point));
        literal.map_or_else(|| "…".to_owned(), |text| quote_literal(&text))
    };
    let (from, to) = set.ends_of_open(partition);
    phrase!(
        "its first and last rows can't be told without reading all of it: give it an index that begins with the key, {index}; or give it the bounds of its rows by hand, which reads all of it under a lock unless a validated CHECK has them: {rebound}",
        index = format!(
            "CREATE INDEX CONCURRENTLY ON {} ({})",
            partition.name,
            quote_ident(control)
        ),
        rebound = format!(
            "BEGIN; {detach}; ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES FROM ({from}) TO ({to}); COMMIT",
            detach = detach(set, partition),
            parent = set.name,
            partition = partition.name,
            from = end(from),
            to = end(to)
        )
    )
}
