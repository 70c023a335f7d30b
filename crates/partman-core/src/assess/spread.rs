//! Whether the rows of a DEFAULT partition can be spread over partitions that are made for them: where they are too many to
//! be brought along in a moment, and not all of one range, so that DEFAULT can't become that one's partition either.
//!
//! They are copied while others write, so a row has to be known again by a unique key; copies must not reach subscribers of
//! a publication as rows of their own; and a foreign key that refers to them would keep DEFAULT from being detached.

use super::attach::{known_by_name, refuse_own_name, refuse_taken_name, taken};
use super::present::{own_suffix, wanted_ranges};
use super::rest::{ends, obstacle};
use super::soon::{Written, furthest};
use super::{Assessment, MendKind, NewPartition, unlike};
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

/// Rows of DEFAULT that can't be brought along, or had better not, and what is known of the set around them.
struct Rows<'a> {
    default: &'a Partition,
    content: &'a Content,
    min: Point,
    max: Point,
    present: Point,
    interval: Interval,
    zone: Zone,
}

impl<'a> Rows<'a> {
    fn of(
        inspection: &Inspection,
        set: &'a PartitionSet,
        wanted: &WantedSet,
        seen: &Assessment,
    ) -> Option<Self> {
        let default = set.default_partition().filter(|p| p.relkind == "r")?;
        let content = default.content.as_ref().filter(|c| c.has_rows)?;
        let (min, max) = ends(set, content)?;
        // Below another level, ATTACH would have to prove what that one asks for too.
        let suits = set.strategy == Strategy::Range
            && set.referenced_by.is_empty()
            && set.nested_in.is_none()
            && !seen.managed;
        // Who looks back wouldn't see rows that are moved, and sees those that were copied before.
        let rather = wanted.default == Some(OnDefault::Spread) || inspection.server.looks_back;
        let can_move = obstacle(set, inspection.server.superuser, content).is_none();
        (suits && (rather || !can_move)).then_some(())?;
        Some(Self {
            default,
            content,
            min,
            max,
            present: seen.present?,
            interval: seen.interval?,
            zone: seen.zone.clone()?,
        })
    }

    /// The ranges that they may lie in by the time they are copied.
    fn concerned(&self, inspection: &Inspection, all: &[Range]) -> Vec<Range> {
        let written = Written {
            present: self.present,
            max: Some(self.max),
            bytes: self.content.bytes,
        };
        let now = inspection.server.now;
        concerned(all, self.min, self.max, |range| {
            furthest(&written, range, now, &self.zone)
        })
    }
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
    let Some(rows) = Rows::of(inspection, set, wanted, seen) else {
        return Fit::NotNeeded;
    };
    let all = wanted_ranges(missing, seen);
    let mut ranges = rows.concerned(inspection, &all);
    if ranges.is_empty() {
        return Fit::NotNeeded;
    }
    let said = wanted.default == Some(OnDefault::Spread);
    let leads_on = leads_on(set, rows.content, &all);
    if leads_on {
        let most = if said { MOST_TO_CREATE } else { MOST };
        match on_from(&rows, &ranges, &all, most) {
            Some(more) => ranges.extend(more),
            None => return Fit::Not(too_far(set, rows.default, rows.max, said)),
        }
    }
    let or = |way_out: Phrase| match set.unique_key.is_empty() {
        true => phrase!("or {way_out}", way_out),
        false => way_out,
    };
    let hindrance = hindrance(set, rows.default)
        .map(or)
        .or_else(|| question(inspection, set, rows.default, ranges.len()).filter(|_| !said));
    if let Some(way_out) = hindrance {
        return Fit::Not(way_out);
    }
    let Some(targets) = named(inspection, set, version, (&all, &ranges), &rows, seen) else {
        return Fit::NotNeeded;
    };
    if let Some(way_out) = mend(&rows, &ranges, seen) {
        return Fit::Not(way_out);
    }
    let holds_rows =
        |new: &NewPartition| new.from <= rows.max && (new.from <= rows.present || leads_on);
    let mended = mended(set, &rows, &targets, holds_rows);
    unlike::note(set, rows.default, seen);
    seen.spread = targets;
    Fit::As(Box::new(mended))
}

/// Adds the mend; where it is declined, what to do then.
fn mend(rows: &Rows<'_>, ranges: &[Range], seen: &mut Assessment) -> Option<Phrase> {
    let (kind, default) = (MendKind::SpreadDefault, &rows.default.name);
    let (first, last) = ends_of(ranges);
    seen.mend(
        kind,
        phrase!(
            "copy the rows of {default} between {first} and {last} into {n} partitions while everybody works, and exchange them in one moment; it stays beside the set as {before}",
            default,
            first,
            last,
            n = ranges.len(),
            before = before(default)
        ),
    );
    seen.declines(kind).then(|| {
        phrase!(
            "or let the plan copy them into partitions: don't decline {kind}",
            kind
        )
    })
}

fn ends_of(ranges: &[Range]) -> Range {
    (ranges[0].0, ranges[ranges.len() - 1].1)
}

/// Whether rows lie ahead in partitions that are to be created, so that pg_partman 5 counts on from there; and not only far
/// beyond them, where they stay in DEFAULT.
fn leads_on(set: &PartitionSet, content: &Content, all: &[Range]) -> bool {
    let (Some((_, end)), Some(key)) = (all.last(), set.control()) else {
        return false;
    };
    if !key.kind.is_time() {
        return true;
    }
    let next = content.next.as_deref();
    let next = next.and_then(|text| set.measure().point(key.kind, text));
    next.is_some_and(|next| next < *end)
}

/// The ranges after the last one, up to that of the furthest row; `None` where all are more than `most`.
fn on_from(rows: &Rows<'_>, ranges: &[Range], all: &[Range], most: usize) -> Option<Vec<Range>> {
    let (_, end) = all.last()?;
    let next = |(_, at): &Range| {
        let to = rows.interval.after(*at, &rows.zone.rules)?;
        Some((*at, to))
    };
    let room = most.saturating_sub(ranges.len());
    let more: Vec<Range> = std::iter::successors(next(&(*end, *end)), next)
        .take_while(|(from, _)| *from <= rows.max)
        .take(room + 1)
        .collect();
    (more.len() <= room).then_some(more)
}

fn too_far(set: &PartitionSet, default: &Partition, max: Point, said: bool) -> Phrase {
    let reach = reach(&default.name, max, said);
    match hindrance(set, default) {
        Some(hindrance) => phrase!(
            "{reach}; copying them takes more: {hindrance}",
            reach,
            hindrance
        ),
        None => reach,
    }
}

fn reach(default: &RelationName, max: Point, said: bool) -> Phrase {
    if said {
        return phrase!(
            "the rows of {default} reach up to {max}, into more partitions than can be made at once: move those that are slips out of it first",
            default,
            max
        );
    }
    phrase!(
        "the rows of {default} reach up to {max}, into more partitions than can be exchanged in a moment: move those that are slips out of it, or set {setting} in its [[set]]",
        default,
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
            "give {parent} a primary key of built-in types, by which rows are found again that are copied while others write",
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

/// As pg_partman would call them; `None` with a reason where that can't be, or something has the name of another table that
/// is made.
fn named(
    inspection: &Inspection,
    set: &PartitionSet,
    version: &Version,
    (all, ranges): (&[Range], &[Range]),
    rows: &Rows<'_>,
    seen: &mut Assessment,
) -> Option<Vec<NewPartition>> {
    let suffix = own_suffix(set, all, version, rows.interval, &rows.zone);
    let mut targets = Vec::new();
    for (from, to) in ranges {
        let Some(name) = suffix.name(&set.name, *from, &rows.zone) else {
            seen.refuse_long_name();
            return None;
        };
        targets.push(NewPartition {
            name,
            from: *from,
            to: *to,
        });
    }
    let default = &rows.default.name;
    if let Some(name) = targets
        .iter()
        .map(|new| &new.name)
        .find(|name| taken(inspection, name))
    {
        refuse_taken_name(set, name, seen);
        return None;
    }
    match [before(default), default.sibling(ASIDE)]
        .iter()
        .find(|name| taken(inspection, name))
    {
        Some(name) => {
            refuse_own_name(set, name, seen);
            None
        }
        None => Some(targets),
    }
}

/// The set as it will be.
fn mended(
    set: &PartitionSet,
    rows: &Rows<'_>,
    targets: &[NewPartition],
    holds_rows: impl Fn(&NewPartition) -> bool,
) -> PartitionSet {
    let Rows {
        default, content, ..
    } = rows;
    let ranges: Vec<Range> = targets.iter().map(|new| (new.from, new.to)).collect();
    let (first, last) = ends_of(&ranges);
    let is_emptied = content.nulls == Some(false)
        && rows.min >= first
        && rows.max < last
        && ranges.windows(2).all(|pair| pair[0].1 == pair[1].0);
    let mut mended = set.clone();
    for partition in &mut mended.partitions {
        if partition.oid == default.oid {
            (partition.oid, partition.relfilenode) = (0, 0);
            if is_emptied {
                partition.content = Some(Content::default());
            }
        }
    }
    let value = |point| vec![Datum::Value(set.literal(point).unwrap_or_default())];
    mended
        .partitions
        .extend(targets.iter().map(|target| Partition {
            oid: 0,
            relfilenode: 0,
            name: target.name.clone(),
            bound: Some(Bound::Range {
                from: value(target.from),
                to: value(target.to),
            }),
            content: Some(Content {
                has_rows: holds_rows(target),
                ..Content::default()
            }),
            ..(*default).clone()
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
