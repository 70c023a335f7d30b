//! The interval and the time zone of a set, from its bounds.

use jiff::Timestamp;

use super::{Adoptable, Assessment, Code, empty, instant};
use crate::Interval;
use crate::bound::{KeyKind, Point};
use crate::measure::Measure;
use crate::model::{Inspection, Partition, PartitionSet, Strategy};
use crate::phrase;
use crate::time_zone::{Found, Zone, common_width, find, latest_alike};
use crate::wanted::{OnDefault, WantedSet};
use crate::words::{Phrase, name_some};

/// Fills in interval and zone, with a reason where they can't be had.
pub(super) fn measure(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    seen: &mut Assessment,
) {
    let all = set.ranges();
    let ranges = regular(wanted, &all);
    let latest = latest(inspection, wanted, &ranges);
    let older = &ranges[..ranges.len() - latest.len()];
    let ranges = latest;
    let counts = [Strategy::Range, Strategy::List].contains(&set.strategy);
    if !counts {
        return;
    }
    if ranges.is_empty() {
        if empty::is_empty(set) && seen.reasons.is_empty() {
            seen.interval = wanted.interval;
            seen.zone = zone_of_none(inspection, set, wanted, seen);
        }
        return;
    }
    let zone = match set.control().map(|key| key.kind) {
        Some(KeyKind::Timestamptz) => zone_of(inspection, set, wanted, ranges, seen),
        Some(_) if set.measure() != Measure::Itself => {
            zone_of(inspection, set, wanted, ranges, seen)
        }
        _ => Some(Zone::utc()),
    };
    let Some(zone) = zone else { return };
    seen.interval = common_width(ranges.iter().map(|(from, to, _)| (*from, *to)), &zone.rules);
    let whole = |interval: Interval| {
        all.iter()
            .all(|(from, to, _)| interval.fills(*from, *to, &zone.rules))
    };
    seen.interval = seen
        .interval
        .filter(|interval| ranges.len() == all.len() || !older.is_empty() || whole(*interval));
    match (seen.interval, wanted.interval) {
        (None, _) => refuse_widths(inspection, set, wanted, &zone, ranges, seen),
        (Some(found), Some(said)) if found != said => match agree(ranges, said, &zone) {
            true => seen.interval = Some(said),
            false => seen.refuse(
                Adoptable::NeedsDecision, Code::IntervalDiffers,
                phrase!(
                    "the partitions of {parent} are {found} wide, not {said} as the configuration says",
                    parent = set.name,
                    found,
                    said
                ),
                phrase!("set {setting} or leave it out", setting = format!("interval = \"{found}\"")),
            ),
        },
        _ => {}
    }
    if let (Some(interval), false) = (seen.interval, older.is_empty()) {
        seen.regular_from = ranges.first().map(|(from, ..)| *from);
        seen.notes.push(phrase!(
            "partitions of an older width stay as they are: {older}; pg_partman's retention would take each for {interval} wide, and its partition_gap_fill() fails on such a set",
            older = name_some(older.iter().map(|(_, _, partition)| *partition)),
            interval
        ));
    }
    seen.zone = Some(zone);
}

/// The last ones of one width, where those before have others: three of them, or two where people choose such a width (a
/// month that was split in two is none), or as the configuration says. Else all, so that the refusal can name them.
fn latest<'r, 'p>(
    inspection: &Inspection,
    wanted: &WantedSet,
    ranges: &'r [(Point, Point, &'p Partition)],
) -> &'r [(Point, Point, &'p Partition)] {
    let points: Vec<(Point, Point)> = ranges.iter().map(|(from, to, _)| (*from, *to)).collect();
    let configured = wanted.time_zone.as_deref().and_then(Zone::named);
    let (count, width) = latest_alike(&points, configured.as_ref(), &inspection.server.time_zone);
    let is_telling = match width {
        Some(width) => {
            count > 2 || count == 2 && width.is_usual() || wanted.interval == Some(width)
        }
        None => false,
    };
    match is_telling {
        true => &ranges[ranges.len() - count..],
        false => ranges,
    }
}

/// The ranges of one width. Where a DEFAULT partition may become a wide one, it may be there already.
fn regular<'a>(
    wanted: &WantedSet,
    all: &[(Point, Point, &'a Partition)],
) -> Vec<(Point, Point, &'a Partition)> {
    let narrowest = all
        .iter()
        .filter_map(|(from, to, _)| length(*from, *to))
        .min();
    let Some(narrowest) = narrowest.filter(|_| wanted.default == Some(OnDefault::Attach)) else {
        return all.to_vec();
    };
    // A month may be longer than another by a tenth, a day by an hour.
    let is_wide = |length: i128| length >= narrowest + narrowest / 2;
    let wide =
        |(from, to, _): &&(Point, Point, &Partition)| length(*from, *to).is_some_and(is_wide);
    all.iter().filter(|range| !wide(range)).copied().collect()
}

fn length(from: Point, to: Point) -> Option<i128> {
    let utc = Zone::utc();
    match (from, to) {
        (Point::Id(from), Point::Id(to)) => Some(i128::from(to) - i128::from(from)),
        _ => {
            let (from, to) = (instant(from, &utc)?, instant(to, &utc)?);
            Some(to.as_nanosecond() - from.as_nanosecond())
        }
    }
}

fn agree(ranges: &[(Point, Point, &Partition)], interval: Interval, zone: &Zone) -> bool {
    ranges
        .iter()
        .all(|(from, to, _)| interval.leads(*from, *to, &zone.rules))
}

fn zone_of(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    ranges: &[(Point, Point, &Partition)],
    seen: &mut Assessment,
) -> Option<Zone> {
    let instants: Vec<(Timestamp, Timestamp)> = ranges
        .iter()
        .filter_map(|(from, to, _)| match (from, to) {
            (Point::Instant(from), Point::Instant(to)) => Some((*from, *to)),
            _ => None,
        })
        .collect();
    let configured = configured_zone(wanted, seen)?;
    match find(&instants, configured.as_ref(), &inspection.server.time_zone) {
        Found::Zone(zone) => Some(zone),
        Found::Ambiguous(names) => {
            seen.refuse(
                Adoptable::NeedsDecision, Code::TimeZoneAmbiguous,
                phrase!(
                    "the bounds of {parent} are midnights in several time zones that will differ later: {names}",
                    parent = set.name,
                    names = names.join(", ")
                ),
                phrase!("say which one with time_zone in its [[set]]"),
            );
            None
        }
        Found::Nowhere => {
            match configured {
                Some(zone) => seen.refuse(
                    Adoptable::NeedsDecision, Code::TimeZoneDiffers,
                    phrase!(
                        "the bounds of {parent} aren't aligned in {zone}, which the configuration names",
                        parent = set.name,
                        zone = zone.name
                    ),
                    phrase!("correct time_zone in its [[set]], or leave it out and let it be found"),
                ),
                None => refuse_widths(inspection, set, wanted, &Zone::utc(), ranges, seen),
            }
            None
        }
    }
}

/// What the configuration says, which may be nothing; `None` where there is no such zone.
fn configured_zone(wanted: &WantedSet, seen: &mut Assessment) -> Option<Option<Zone>> {
    let Some(name) = wanted.time_zone.as_deref() else {
        return Some(None);
    };
    let zone = Zone::named(name);
    if zone.is_none() {
        seen.refuse(
            Adoptable::NeedsDecision,
            Code::NoSuchTimeZone,
            phrase!("there is no time zone {name}", name),
            phrase!(
                "use an IANA name, such as {example}",
                example = "Europe/Paris"
            ),
        );
    }
    zone.map(Some)
}

/// The zone in which the first partitions begin, where no bound tells one: the configured one, else the server's for
/// what a calendar counts. Hours are counted in UTC, as they are where bounds tell nothing else.
fn zone_of_none(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    seen: &mut Assessment,
) -> Option<Zone> {
    let needs_one = set.control().map(|key| key.kind) == Some(KeyKind::Timestamptz);
    let configured = configured_zone(wanted, seen)?;
    let by_calendar = wanted.interval.is_some_and(Interval::is_calendar);
    let server = || Zone::named(&inspection.server.time_zone).filter(|_| by_calendar);
    let found = configured.or_else(server).filter(|_| needs_one);
    Some(found.unwrap_or_else(Zone::utc))
}

/// Names the partitions that don't have the width that most have.
fn refuse_widths(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    zone: &Zone,
    ranges: &[(Point, Point, &Partition)],
    seen: &mut Assessment,
) {
    let width = |(from, to, _): &(Point, Point, &Partition)| {
        Interval::candidates(*from, *to, &zone.rules)
            .first()
            .copied()
    };
    let widths: Vec<Option<Interval>> = ranges.iter().map(width).collect();
    let usual = wanted.interval.map(Some).or_else(|| {
        let count = |w: &&Option<Interval>| widths.iter().filter(|other| other == w).count();
        widths
            .iter()
            .filter(|w| w.is_some())
            .max_by_key(count)
            .copied()
    });
    let Some(Some(usual)) = usual else { return };
    let odd = name_some(
        ranges
            .iter()
            .zip(&widths)
            .filter(|(_, w)| **w != Some(usual))
            .map(|((_, _, p), _)| *p),
    );
    let other = zone_of_last(inspection, wanted, zone, ranges);
    let way_out = |way_out: Phrase| match &other {
        Some(name) => phrase!(
            "{way_out}, and {setting} there, or another zone in which that one begins and ends at midnight",
            way_out,
            setting = format!("time_zone = \"{name}\"")
        ),
        None => way_out,
    };
    let regular = widths.iter().filter(|w| **w == Some(usual)).count();
    if regular * 2 > widths.len() {
        seen.refuse(
            Adoptable::No, Code::MixedWidths,
            phrase!(
                "most partitions of {parent} are {usual} wide, but not all: {odd}",
                parent = set.name,
                usual,
                odd
            ),
            way_out(phrase!("pg_partman goes on in the width of the newest partitions, of which three have to be alike, or two of a usual width: detach, split or re-bound the ones that differ there, or set interval in its [[set]] to the width of the last one")),
        );
    } else {
        seen.refuse(
            Adoptable::No,
            Code::NoCommonWidth,
            phrase!(
                "the partitions of {parent} have no common width in any time zone",
                parent = set.name
            ),
            way_out(phrase!("pg_partman goes on in one interval: re-create the newest with equal widths, or set interval in its [[set]] to the width of the last one")),
        );
    }
}

/// The zone in which the last partition is one of the calendar, where that isn't this one and nobody named any: bounds that
/// somebody went on with in another zone than before.
fn zone_of_last(
    inspection: &Inspection,
    wanted: &WantedSet,
    zone: &Zone,
    ranges: &[(Point, Point, &Partition)],
) -> Option<String> {
    let (Point::Instant(from), Point::Instant(to), _) = *ranges.last()? else {
        return None;
    };
    let found = match find(&[(from, to)], None, &inspection.server.time_zone) {
        Found::Zone(found) => Some(found.name),
        Found::Ambiguous(names) => names.into_iter().next(),
        Found::Nowhere => None,
    };
    found.filter(|name| *name != zone.name && wanted.time_zone.is_none())
}
