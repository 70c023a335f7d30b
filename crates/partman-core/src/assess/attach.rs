//! Whether a DEFAULT partition can become the partition of the range in which all its rows lie.
//!
//! That range begins where partitions are missing, at a bound of theirs, and ends at another one. While its rows are read
//! to prove it, rows of other ranges are refused that only DEFAULT would take: so the present has to have a place
//! elsewhere or in the range, and for longer than the reading takes. Where the range is several intervals wide a person
//! has to want it: pg_partman's retention takes every partition for one interval wide.

use super::present::{own_suffix, wanted_ranges};
use super::rest::{Beside, beside, ends, obstacle};
use super::soon::{Written, furthest};
use super::{Adoptable, Assessment, Code, Ending, MendKind, unlike};
use crate::bound::{Bound, Datum, Point};
use crate::coverage::{Missing, Range};
use crate::model::{Content, Inspection, Partition, PartitionSet};
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::pg_partman::Version;
use crate::phrase;
use crate::step::NEW_DEFAULT;
use crate::time_zone::Zone;
use crate::wanted::{OnDefault, WantedSet};
use crate::words::Phrase;

/// What comes of looking.
pub(super) enum Fit {
    /// There is nothing to attach: no rows are in the way, or they are brought along.
    NotNeeded,
    /// It can't be, and this would help.
    Not(Phrase),
    /// It can: the set with its DEFAULT as the partition of that range, and a new one.
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
    let (Some(default), Some(zone), Some(present)) =
        (set.default_partition(), seen.zone.clone(), seen.present)
    else {
        return Fit::NotNeeded;
    };
    let Some(content) = default.content.as_ref().filter(|content| content.has_rows) else {
        return Fit::NotNeeded;
    };
    let superuser = inspection.server.superuser;
    let Some((min, max)) = ends(set, content).filter(|_| default.relkind == "r") else {
        return Fit::NotNeeded;
    };
    let all = wanted_ranges(missing, seen);
    let in_the_way = all.iter().any(|(from, to)| max >= *from && min < *to);
    let referenced = !set.referenced_by.is_empty() || set.nested_in.is_some();
    if seen.managed || !in_the_way || referenced || obstacle(set, superuser, content).is_none() {
        return Fit::NotNeeded;
    }
    let written = Written {
        present,
        max: Some(max),
        bytes: content.bytes,
    };
    let safe = |range: Range| {
        let furthest = furthest(&written, range, inspection.server.now, &zone);
        furthest.is_some_and(|furthest| is_safe(set, range, present, max, furthest))
    };
    let stretch = match stretch(&all, min, max, safe) {
        Stretch::Outside(range) => return Fit::Not(outside(set, default, content, range)),
        Stretch::Unsafe(range) => return Fit::Not(too_near(default, range)),
        Stretch::Found(stretch) => stretch,
    };
    let (range, wide) = (
        (stretch[0].0, stretch[stretch.len() - 1].1),
        stretch.len() > 1,
    );
    if content.nulls == Some(true) {
        return Fit::Not(outside(set, default, content, range));
    }
    if wanted.default == Some(OnDefault::Spread) {
        return Fit::NotNeeded;
    }
    let said = wanted.default == Some(OnDefault::Attach);
    if wide && !said {
        return Fit::Not(wide_one(default, range));
    }
    let known = known_by_name(inspection, set, default);
    if !known.is_empty() && !said {
        return Fit::Not(phrase!(
            "all of {default} could become a partition, and a new one would have its name, by which these know it: {known}; set {setting} in its [[set]] if that is right",
            default = default.name,
            known = known.join(", "),
            setting = SETTING
        ));
    }
    let Some(named) = name(inspection, set, default, range, &all, version, &zone, seen) else {
        return Fit::NotNeeded;
    };
    let kind = MendKind::AttachDefault;
    let what = phrase!(
        "make {default} with all its rows the partition from {from} to {to}, as {named}, and an empty DEFAULT in its place",
        default = default.name,
        from = range.0,
        to = range.1,
        named
    );
    seen.mend(kind, what);
    if seen.declines(kind) {
        return Fit::Not(phrase!(
            "or let the plan make it a partition: don't decline {kind}",
            kind
        ));
    }
    unlike::note(set, default, seen);
    seen.ends.push(Ending {
        partition: default.name.clone(),
        named: named.clone(),
        from: range.0,
        to: range.1,
        default: true,
    });
    Fit::As(Box::new(mended(set, default, named, range)))
}

const SETTING: &str = "default = \"attach\"";

enum Stretch<'a> {
    /// Of the ranges that are missing, one after the other.
    Found(&'a [Range]),
    /// Rows lie beside these.
    Outside(Range),
    /// Rows are about to be written beyond this.
    Unsafe(Range),
}

/// The ranges from the one that the first row is in to the one that the last row is in, or more where rows of those are
/// about to be written.
fn stretch(all: &[Range], min: Point, max: Point, safe: impl Fn(Range) -> bool) -> Stretch<'_> {
    let first = all.iter().position(|(from, to)| max >= *from && min < *to);
    let rest = first.map_or(&[][..], |first| &all[first..]);
    let joined = rest
        .windows(2)
        .take_while(|pair| pair[0].1 == pair[1].0)
        .count()
        + 1;
    let Some((last, whole)) = rest[..joined.min(rest.len())]
        .iter()
        .rposition(|(from, _)| *from <= max)
        .map(|last| (last, &rest[..joined.min(rest.len())]))
    else {
        return Stretch::Outside((min, max));
    };
    let from = whole[0].0;
    if min < from || max >= whole[last].1 {
        return Stretch::Outside((from, whole[last].1));
    }
    let safe = (last..whole.len()).find(|end| safe((from, whole[*end].1)));
    match safe {
        Some(end) => Stretch::Found(&whole[..=end]),
        None => Stretch::Unsafe((from, whole[last].1)),
    }
}

/// Whether everything that may be written now finds a place beside this range or in it.
fn is_safe(
    set: &PartitionSet,
    (from, to): Range,
    present: Point,
    max: Point,
    furthest: Point,
) -> bool {
    let ranges = set.ranges();
    let has_place = |point: Point| {
        let other = ranges.iter().any(|(a, b, _)| *a <= point && point < *b);
        other || (from <= point && point < to)
    };
    has_place(present) && has_place(furthest) && (max <= present || furthest < to || max < from)
}

fn outside(
    set: &PartitionSet,
    default: &Partition,
    content: &Content,
    (from, to): Range,
) -> Phrase {
    let control = set.control().and_then(|key| key.column.as_deref());
    let control = quote_ident(control.unwrap_or_default());
    let literal = |point| quote_literal(&set.literal(point).unwrap_or_default());
    let null = match content.nulls {
        Some(true) => format!(" OR {control} IS NULL"),
        _ => String::new(),
    };
    let sql = format!(
        "WITH moved AS (DELETE FROM ONLY {} WHERE {control} < {} OR {control} >= {}{null} RETURNING *) INSERT INTO \
         another_table SELECT * FROM moved",
        default.name,
        literal(from),
        literal(to)
    );
    phrase!(
        "all of {default} could become the partition from {from} to {to} once the rows beside that range are out of it: {sql}",
        default = default.name,
        from,
        to,
        sql
    )
}

fn too_near(default: &Partition, (from, to): Range) -> Phrase {
    phrase!(
        "all of {default} could become the partition from {from} to {to}, but rows beyond it are about to be written, and would be refused while it is read",
        default = default.name,
        from,
        to
    )
}

fn wide_one(default: &Partition, (from, to): Range) -> Phrase {
    phrase!(
        "or set {setting} in its [[set]], and all of {default} becomes one wide partition from {from} to {to}, whose rows pg_partman's retention would take for as old as its beginning",
        setting = SETTING,
        default = default.name,
        from,
        to
    )
}

/// What has the name of the DEFAULT partition in a text, publishes under it, or uses that table itself.
pub(super) fn known_by_name(
    inspection: &Inspection,
    set: &PartitionSet,
    default: &Partition,
) -> Vec<String> {
    let publications = set.publications.iter();
    let publications = publications.map(|name| format!("publication {name}"));
    super::mentioned_by(inspection, &default.name)
        .into_iter()
        .chain(publications)
        .chain(set.default_used_by.iter().cloned())
        .collect()
}

/// What pg_partman would call the partition of this range; `None` with a reason where that can't be.
#[expect(clippy::too_many_arguments, reason = "all of them decide")]
fn name(
    inspection: &Inspection,
    set: &PartitionSet,
    default: &Partition,
    (from, to): Range,
    all: &[Range],
    version: &Version,
    zone: &Zone,
    seen: &mut Assessment,
) -> Option<RelationName> {
    let beside = all.iter().filter(|(a, _)| *a <= from || *a >= to);
    let suffix = own_suffix(set, beside, version, seen.interval?, zone);
    let Some(own) = suffix.name(&set.name, from, zone) else {
        seen.refuse_long_name();
        return None;
    };
    let named = default.name.sibling(own.name);
    if taken(inspection, &named) {
        refuse_taken_name(set, &named, seen);
        return None;
    }
    let aside = default.name.sibling(NEW_DEFAULT);
    if taken(inspection, &aside) {
        refuse_own_name(set, &aside, seen);
        return None;
    }
    Some(named)
}

/// Whether something has this name already.
pub(super) fn taken(inspection: &Inspection, name: &RelationName) -> bool {
    let partitions = inspection.sets.iter().flat_map(|set| &set.partitions);
    let parents = inspection.sets.iter().map(|set| &set.name);
    let strays = inspection.strays.iter().map(|stray| &stray.name);
    let mut all = partitions.map(|p| &p.name).chain(parents).chain(strays);
    all.any(|taken| taken == name)
}

/// A name that a plan gives for a while, or to what it keeps.
pub(super) fn refuse_own_name(set: &PartitionSet, name: &RelationName, seen: &mut Assessment) {
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::PartitionNameTaken,
        phrase!(
            "{name} is in the way: partman needs this name for DEFAULT partitions of {parent}",
            name,
            parent = set.name
        ),
        phrase!("drop it if it is left over from an earlier run, or rename it"),
    );
}

pub(super) fn refuse_taken_name(set: &PartitionSet, name: &RelationName, seen: &mut Assessment) {
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::PartitionNameTaken,
        phrase!(
            "{first} is in the way: a new partition of {parent} has to have this name",
            first = name,
            parent = set.name
        ),
        phrase!("rename or drop it if it is left over; attach it if it holds this range"),
    );
}

/// The set as it will be.
fn mended(
    set: &PartitionSet,
    default: &Partition,
    named: RelationName,
    range: Range,
) -> PartitionSet {
    let value = |point| vec![Datum::Value(set.literal(point).unwrap_or_default())];
    let mut mended = set.clone();
    for partition in mended
        .partitions
        .iter_mut()
        .filter(|p| p.oid == default.oid)
    {
        partition.name = named.clone();
        partition.bound = Some(Bound::Range {
            from: value(range.0),
            to: value(range.1),
        });
    }
    mended.partitions.push(Partition {
        oid: 0,
        relfilenode: 0,
        content: Some(Content::default()),
        ..default.clone()
    });
    mended
}

/// How rows of the DEFAULT partition to come are brought back into the old one, where they can be.
pub(crate) fn returning(mended: &PartitionSet, superuser: bool) -> Option<crate::step::Rescue> {
    match beside(mended, superuser) {
        Beside::Small(_, rescue) => rescue,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: i64 = 10;

    /// Of numbers; `beyond` is the first that nobody is about to write.
    fn found(all: &[i64], min: i64, max: i64, beyond: i64) -> String {
        let range = |from: &i64| (Point::Id(*from), Point::Id(from + WIDE));
        let all: Vec<Range> = all.iter().map(range).collect();
        let safe = |(_, to): Range| Point::Id(beyond) <= to;
        match stretch(&all, Point::Id(min), Point::Id(max), safe) {
            Stretch::Found(found) => format!("{} to {}", found[0].0, found[found.len() - 1].1),
            Stretch::Outside((from, to)) => format!("not all in {from} to {to}"),
            Stretch::Unsafe((from, to)) => format!("too near: {from} to {to}"),
        }
    }

    #[test]
    fn rows_of_one_missing_range_give_it_their_table() {
        assert_eq!(found(&[20, 30, 40], 21, 27, 28), "20 to 30");
        assert_eq!(found(&[20, 30, 40], 35, 39, 40), "30 to 40");
    }

    #[test]
    fn a_range_is_made_wider_for_rows_that_are_about_to_come() {
        assert_eq!(found(&[20, 30, 40], 21, 29, 31), "20 to 40");
        assert_eq!(found(&[20, 30, 40], 21, 45, 46), "20 to 50");
        assert_eq!(found(&[20, 30, 40], 41, 49, 51), "too near: 40 to 50");
    }

    #[test]
    fn rows_beside_the_missing_ranges_are_in_the_way() {
        assert_eq!(found(&[20, 30, 60], 15, 27, 28), "not all in 20 to 30");
        assert_eq!(found(&[20, 30, 60], 21, 55, 56), "not all in 20 to 40");
        assert_eq!(found(&[20, 30, 60], 21, 65, 66), "not all in 20 to 40");
        assert_eq!(found(&[20, 30], 21, 99, 100), "not all in 20 to 40");
    }
}
