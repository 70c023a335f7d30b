//! The time zone in which the bounds of a set are aligned.
//!
//! A `timestamptz` bound is an instant; whether it is the start of a month depends on the clock one looks at, and
//! pg_partman looks at its session's. So the zone is found from the bounds, never assumed: the configured one, else the
//! server's own or UTC where they fit, else the one zone whose next bounds all fitting zones agree on. Where they don't
//! agree, or none fits, a person has to say.

mod legacy;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::bound::Point;
use crate::interval::{Interval, local};

/// Well-known zones, tried before all others so that the one that is named is one that people know.
const WELL_KNOWN: [&str; 24] = [
    "Europe/Paris",
    "Europe/London",
    "Europe/Athens",
    "Europe/Istanbul",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Bogota",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Honolulu",
];

/// How many bounds ahead fitting zones have to agree, beyond any change of clocks in a year.
const BOUNDS_AHEAD: usize = 24;

/// A named zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Its IANA name, as `SET TimeZone` takes it.
    pub name: String,
    /// Its rules.
    pub rules: TimeZone,
}

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// The zone of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(|rules| Self {
            name: name.to_owned(),
            rules,
        })
    }
}

/// What the bounds say about their zone.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// This one.
    Zone(Zone),
    /// Several fit so far and will differ later; some of their names.
    Ambiguous(Vec<String>),
    /// None fits.
    Nowhere,
}

/// Finds the zone in which all ranges have the same width, and calendar ones begin at midnight. `ranges` are in order.
pub fn find(ranges: &[(Timestamp, Timestamp)], configured: Option<&Zone>, server: &str) -> Found {
    if let Some(zone) = configured {
        return if width(ranges, &zone.rules).is_some() {
            Found::Zone(zone.clone())
        } else {
            Found::Nowhere
        };
    }
    let utc = Zone::utc();
    if width(ranges, &utc.rules).is_some() && !may_be_days(ranges) {
        return Found::Zone(utc);
    }
    for zone in Zone::named(server).iter().chain([&utc]) {
        if fits(ranges, &zone.rules) {
            return Found::Zone(zone.clone());
        }
    }
    let fitting: Vec<Zone> = all_zones()
        .filter(|zone| fits(ranges, &zone.rules))
        .collect();
    let Some(first) = fitting.first() else {
        // No clock shows midnight at these bounds; in UTC days and months are still counted without a change of clocks.
        return if width(ranges, &utc.rules).is_some() {
            Found::Zone(utc)
        } else {
            Found::Nowhere
        };
    };
    let next = |zone: &Zone| bounds_ahead(ranges, &zone.rules);
    let agreed = next(first);
    if fitting.iter().all(|zone| next(zone) == agreed) {
        return Found::Zone(first.clone());
    }
    Found::Ambiguous(
        fitting
            .iter()
            .take(5)
            .map(|zone| zone.name.clone())
            .collect(),
    )
}

/// The one interval that all ranges have in this zone, the largest unit first.
pub fn width(ranges: &[(Timestamp, Timestamp)], rules: &TimeZone) -> Option<Interval> {
    let points = ranges
        .iter()
        .map(|(from, to)| (Point::Instant(*from), Point::Instant(*to)));
    common_width(points, rules)
}

/// How many of the last ranges have one width, and that width: in the configured zone, else in that in which most have one.
pub fn latest_alike(
    ranges: &[(Point, Point)],
    configured: Option<&Zone>,
    server: &str,
) -> (usize, Option<Interval>) {
    if let Some(zone) = configured {
        return alike(ranges, &zone.rules);
    }
    let utc = alike(ranges, &TimeZone::UTC);
    if utc.0 == ranges.len() || !matches!(ranges[0].0, Point::Instant(_)) {
        return utc;
    }
    let mut most = utc;
    for zone in Zone::named(server).into_iter().chain(all_zones()) {
        let here = alike(ranges, &zone.rules);
        let key = |(count, width): (usize, Option<Interval>)| {
            (count, width.is_some_and(Interval::is_usual))
        };
        if key(here) > key(most) {
            most = here;
        }
        if here.0 == ranges.len() {
            break;
        }
    }
    most
}

/// How many of the last ranges have one width in this zone, and which.
fn alike(ranges: &[(Point, Point)], rules: &TimeZone) -> (usize, Option<Interval>) {
    let Some((from, to)) = ranges.last() else {
        return (0, None);
    };
    let mut common = Interval::candidates(*from, *to, rules);
    let mut count = usize::from(!common.is_empty());
    for (from, to) in ranges.iter().rev().skip(1) {
        let here: Vec<Interval> = common
            .iter()
            .filter(|width| width.leads(*from, *to, rules))
            .copied()
            .collect();
        if here.is_empty() {
            break;
        }
        common = here;
        count += 1;
    }
    (count, common.first().copied())
}

/// The one interval that all ranges have, the largest unit first.
pub fn common_width(
    ranges: impl IntoIterator<Item = (Point, Point)>,
    rules: &TimeZone,
) -> Option<Interval> {
    let mut ranges = ranges.into_iter();
    let (from, to) = ranges.next()?;
    let mut common = Interval::candidates(from, to, rules);
    for (from, to) in ranges {
        common.retain(|candidate| candidate.leads(from, to, rules));
        if common.is_empty() {
            return None;
        }
    }
    common.first().copied()
}

fn fits(ranges: &[(Timestamp, Timestamp)], rules: &TimeZone) -> bool {
    width(ranges, rules).is_some_and(Interval::is_calendar)
        && ranges
            .iter()
            .all(|(from, to)| is_midnight(*from, rules) && is_midnight(*to, rules))
}

/// Sub-day widths are the same in every zone; a day of 23 hours is one only where the clocks changed.
fn may_be_days(ranges: &[(Timestamp, Timestamp)]) -> bool {
    ranges
        .iter()
        .any(|(from, to)| to.duration_since(*from).as_hours() >= 23)
}

fn is_midnight(t: Timestamp, rules: &TimeZone) -> bool {
    let shown = local(t, rules);
    // Where midnight itself is skipped, the day begins when the clocks have gone forward.
    shown.time() == jiff::civil::Time::midnight()
        || crate::interval::instant(
            shown.date().to_datetime(jiff::civil::Time::midnight()),
            rules,
        ) == Some(t)
}

fn all_zones() -> impl Iterator<Item = Zone> {
    let others = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| {
            !WELL_KNOWN.contains(&name.as_str())
                && name.contains('/')
                && !legacy::is_legacy(name)
                && !["Etc/", "posix/", "right/", "SystemV/", "US/"]
                    .iter()
                    .any(|p| name.starts_with(p))
        });
    WELL_KNOWN
        .iter()
        .map(|name| (*name).to_owned())
        .chain(others)
        .filter_map(|name| Zone::named(&name))
}

fn bounds_ahead(ranges: &[(Timestamp, Timestamp)], rules: &TimeZone) -> Option<Vec<Point>> {
    let interval = width(ranges, rules)?;
    // A year at least, so that every change of clocks in it counts.
    let enough = match interval {
        Interval::Days(n) => (366 / n.max(1)) as usize + 1,
        _ => BOUNDS_AHEAD,
    };
    let mut at = Point::Instant(ranges.last()?.1);
    let mut ahead = Vec::with_capacity(enough);
    for _ in 0..enough.max(BOUNDS_AHEAD) {
        at = interval.after(at, rules)?;
        ahead.push(at);
    }
    Some(ahead)
}

#[cfg(test)]
mod tests;
