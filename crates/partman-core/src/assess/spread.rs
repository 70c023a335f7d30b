//! Whether the rows of a DEFAULT partition can be spread over partitions that are made for them: where they are too many to
//! be brought along in a moment, and not all of one range, so that DEFAULT can't become that one's partition either.
//!
//! They are copied while others write, so a row has to be known again by a unique key; copies must not reach subscribers of
//! a publication as rows of their own; and a foreign key that refers to them would keep DEFAULT from being detached.

use super::attach::{known_by_name, refuse_taken_name, taken};
use super::present::{own_suffix, wanted_ranges};
use super::rest::{ends, obstacle};
use super::soon::{Written, furthest};
use super::{Assessment, MendKind, NewPartition};
use crate::Interval;
use crate::bound::{Bound, Datum, Point};
use crate::coverage::{MOST_TO_CREATE, Missing, Range};
use crate::model::{Content, Inspection, Partition, PartitionSet, Strategy};
use crate::name::RelationName;
use crate::pg_partman::Version;
use crate::phrase;
use crate::step::NEW_DEFAULT as ASIDE;
use crate::time_zone::Zone;
use crate::wanted::{OnDefault, WantedSet};
use crate::words::Phrase;

/// Each is attached in the one moment in which everybody waits. For more of them somebody has to want it.
const MOST: usize = 60;

const SETTING: &str = "default = \"spread\"";

/// What comes of looking.
pub(super) enum Fit {
    /// No rows are in the way, or there is another way.
    NotNeeded,
    /// They can't be, and this would help.
    Not(Phrase),
    /// They can: the set with these partitions, and a DEFAULT with what is left.
    As(Box<PartitionSet>),
}

/// Looks, and adds the mend where it fits.
pub(super) fn judge(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
    missing: &Missing,
    seen: &mut Assessment,
) -> Fit {
    let (Some(default), Some(zone), Some(present), Some(interval)) = (
        set.default_partition(),
        seen.zone.clone(),
        seen.present,
        seen.interval,
    ) else {
        return Fit::NotNeeded;
    };
    let Some(content) = default.content.as_ref().filter(|content| content.has_rows) else {
        return Fit::NotNeeded;
    };
    let Some((min, max)) = ends(set, content).filter(|_| default.relkind == "r") else {
        return Fit::NotNeeded;
    };
    let can_be_brought_along = obstacle(set, inspection.server.superuser, content).is_none();
    if seen.managed || set.strategy != Strategy::Range || can_be_brought_along {
        return Fit::NotNeeded;
    }
    let all = wanted_ranges(missing, seen);
    let written = Written {
        present,
        max: Some(max),
        bytes: content.bytes,
    };
    let mut ranges = concerned(&all, min, max, |range| {
        furthest(&written, range, inspection.server.now, &zone)
    });
    // Below another level, ATTACH would have to prove what that one asks for too.
    if ranges.is_empty() || !set.referenced_by.is_empty() || set.nested_in.is_some() {
        return Fit::NotNeeded;
    }
    let said = wanted.default == Some(OnDefault::Spread);
    let reach = Reach {
        interval,
        zone: &zone,
        max,
        most: if said { MOST_TO_CREATE } else { MOST },
    };
    let leads_on = leads_on(set, content, &all, max);
    if leads_on {
        match reach.on_from(&ranges, &all) {
            Some(more) => ranges.extend(more),
            None => return Fit::Not(too_far(default, max)),
        }
    }
    let hindrance = hindrance(set, default)
        .or_else(|| question(inspection, set, default, ranges.len()).filter(|_| !said));
    if let Some(way_out) = hindrance {
        return Fit::Not(way_out);
    }
    let aside = default.name.sibling(ASIDE);
    for name in [&before(&default.name), &aside] {
        if taken(inspection, name) {
            refuse_taken_name(set, name, seen);
            return Fit::NotNeeded;
        }
    }
    let Some(targets) = named(inspection, set, version, &all, &ranges, &zone, seen) else {
        return Fit::NotNeeded;
    };
    let (kind, n) = (MendKind::SpreadDefault, targets.len());
    let (first, last) = (ranges[0].0, ranges[n - 1].1);
    seen.mend(
        kind,
        phrase!(
            "copy the rows of {default} between {first} and {last} into {n} partitions while everybody works, and exchange them in one moment; it stays beside the set as {before}",
            default = default.name,
            first,
            last,
            n,
            before = before(&default.name)
        ),
    );
    if seen.declines(kind) {
        return Fit::Not(phrase!(
            "or let the plan copy them into partitions: don't decline {kind}",
            kind
        ));
    }
    let is_emptied = content.nulls == Some(false)
        && min >= first
        && max < last
        && ranges.windows(2).all(|pair| pair[0].1 == pair[1].0);
    seen.spread = targets;
    let holds_rows = |new: &NewPartition| new.from <= max && (new.from <= present || leads_on);
    let mended = mended(set, default, &seen.spread, holds_rows, is_emptied);
    Fit::As(Box::new(mended))
}

/// Whether rows lie ahead in partitions that are to be created, so that pg_partman 5 counts on from there; and not only far
/// beyond them, where they stay in DEFAULT.
fn leads_on(set: &PartitionSet, content: &Content, all: &[Range], max: Point) -> bool {
    let (Some((_, end)), Some(key)) = (all.last(), set.control()) else {
        return false;
    };
    if !key.kind.is_time() {
        return true;
    }
    let next = content.next.as_deref();
    let next = next.and_then(|text| set.measure().point(key.kind, text));
    next.is_some_and(|next| next < *end) && max >= next.unwrap_or(max)
}

/// How far partitions have to go so that every row has one.
struct Reach<'z> {
    interval: Interval,
    zone: &'z Zone,
    max: Point,
    most: usize,
}

impl Reach<'_> {
    /// The ranges after the last one, up to that of the furthest row; `None` where these are too many.
    fn on_from(&self, ranges: &[Range], all: &[Range]) -> Option<Vec<Range>> {
        let (_, end) = all.last()?;
        let next = |(_, at): &Range| {
            let to = self.interval.after(*at, &self.zone.rules)?;
            Some((*at, to))
        };
        let room = self.most.saturating_sub(ranges.len());
        let more: Vec<Range> = std::iter::successors(next(&(*end, *end)), next)
            .take_while(|(from, _)| *from <= self.max)
            .take(room + 1)
            .collect();
        (more.len() <= room).then_some(more)
    }
}

fn too_far(default: &Partition, max: Point) -> Phrase {
    phrase!(
        "the rows of {default} reach up to {max}, into more partitions than can be exchanged in a moment: move those that are slips out of it, or set {setting} in its [[set]]",
        default = default.name,
        max,
        setting = SETTING
    )
}

/// What the old DEFAULT is called afterwards.
pub(crate) fn before(default: &RelationName) -> RelationName {
    const TAIL: &str = "_partman_before";
    let mut room = crate::name::MAX_IDENTIFIER_BYTES - TAIL.len();
    room = room.min(default.name.len());
    while !default.name.is_char_boundary(room) {
        room -= 1;
    }
    default.sibling(format!("{}{TAIL}", &default.name[..room]))
}

/// The ranges that rows may lie in: now, or by the time they are copied.
fn concerned(
    all: &[Range],
    min: Point,
    max: Point,
    furthest: impl Fn(Range) -> Option<Point>,
) -> Vec<Range> {
    let holds = |(from, to): &Range| max >= *from && min < *to;
    let Some(last) = all.iter().rposition(holds) else {
        return Vec::new();
    };
    let reach = furthest(all[last]).unwrap_or(max);
    let (now, soon) = all.split_at(last + 1);
    let soon = soon.iter().take_while(|(from, _)| *from <= reach);
    now.iter()
        .filter(|range| holds(range))
        .chain(soon)
        .copied()
        .collect()
}

fn hindrance(set: &PartitionSet, default: &Partition) -> Option<Phrase> {
    if set.unique_key.is_empty() {
        return Some(phrase!(
            "or give {parent} a primary key of built-in types, by which rows are found again that are copied while others write",
            parent = set.name
        ));
    }
    if set.published_at_once {
        return Some(phrase!(
            "a publication publishes every table that is made, so rows can't be copied unseen"
        ));
    }
    let used_by = &set.default_used_by;
    (!used_by.is_empty()).then(|| {
        phrase!(
            "these use {default} itself, and would go on using it when other tables have its rows: {used_by}",
            default = default.name,
            used_by = used_by.join(", ")
        )
    })
}

/// What somebody has to want.
fn question(
    inspection: &Inspection,
    set: &PartitionSet,
    default: &Partition,
    n: usize,
) -> Option<Phrase> {
    let setting = SETTING;
    let known = known_by_name(inspection, set, default);
    if !known.is_empty() {
        return Some(phrase!(
            "or set {setting} in its [[set]] to have them copied into partitions, if these mean rows without a place when they name {default}: {known}",
            setting,
            default = default.name,
            known = known.join(", ")
        ));
    }
    if !set.default_own.is_empty() {
        return Some(phrase!(
            "or set {setting} in its [[set]] to have them copied into partitions, which don't have what only {default} has: {own}",
            setting,
            default = default.name,
            own = set.default_own.join(", ")
        ));
    }
    (n > MOST).then(|| {
        phrase!(
            "or set {setting} in its [[set]] to have them copied into {n} partitions; everybody waits for about a millisecond for each when they are exchanged",
            setting,
            n
        )
    })
}

/// As pg_partman would call them; `None` with a reason where that can't be.
fn named(
    inspection: &Inspection,
    set: &PartitionSet,
    version: &Version,
    all: &[Range],
    ranges: &[Range],
    zone: &Zone,
    seen: &mut Assessment,
) -> Option<Vec<NewPartition>> {
    let suffix = own_suffix(set, all, version, seen.interval?, zone);
    let mut targets = Vec::new();
    for (from, to) in ranges {
        let Some(name) = suffix.name(&set.name, *from, zone) else {
            seen.refuse_long_name();
            return None;
        };
        if taken(inspection, &name) {
            refuse_taken_name(set, &name, seen);
            return None;
        }
        targets.push(NewPartition {
            name,
            from: *from,
            to: *to,
        });
    }
    Some(targets)
}

/// The set as it will be.
fn mended(
    set: &PartitionSet,
    default: &Partition,
    targets: &[NewPartition],
    holds_rows: impl Fn(&NewPartition) -> bool,
    is_emptied: bool,
) -> PartitionSet {
    let value = |point| set.literal(point).unwrap_or_default();
    let mut mended = set.clone();
    for partition in &mut mended.partitions {
        if partition.oid == default.oid {
            (partition.oid, partition.relfilenode) = (0, 0);
            if is_emptied {
                partition.content = Some(Content::default());
            }
        }
    }
    let content = |target| Content {
        has_rows: holds_rows(target),
        ..Content::default()
    };
    mended
        .partitions
        .extend(targets.iter().map(|target| Partition {
            oid: 0,
            relfilenode: 0,
            name: target.name.clone(),
            bound: Some(Bound::Range {
                from: vec![Datum::Value(value(target.from))],
                to: vec![Datum::Value(value(target.to))],
            }),
            content: Some(content(target)),
            ..default.clone()
        }));
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of numbers, ten to a partition.
    fn found(all: &[i64], min: i64, max: i64, reach: i64) -> Vec<i64> {
        let range = |from: &i64| (Point::Id(*from), Point::Id(from + 10));
        let all: Vec<Range> = all.iter().map(range).collect();
        let found = concerned(&all, Point::Id(min), Point::Id(max), |_| {
            Some(Point::Id(reach))
        });
        let begins = found.into_iter().map(|(from, _)| match from {
            Point::Id(n) => n,
            _ => unreachable!("these are numbers"),
        });
        begins.collect()
    }

    #[test]
    fn ranges_with_rows_and_those_of_rows_to_come_are_concerned() {
        assert_eq!(found(&[20, 30, 40, 50], 21, 35, 35), [20, 30]);
        assert_eq!(found(&[20, 30, 40, 50], 31, 39, 40), [30, 40]);
        assert_eq!(found(&[20, 30, 60], 5, 99, 100), [20, 30, 60]);
        assert_eq!(found(&[20, 30], 5, 9, 100), Vec::<i64>::new());
    }

    #[test]
    fn a_long_name_is_cut_where_a_letter_begins() {
        let long = RelationName::new("public", "é".repeat(31));
        let name = before(&long).name;
        assert!(
            name.len() <= 63 && name.ends_with("é_partman_before"),
            "{name}"
        );
        let short = RelationName::new("public", "events_default");
        assert_eq!(before(&short).name, "events_default_partman_before");
    }
}
