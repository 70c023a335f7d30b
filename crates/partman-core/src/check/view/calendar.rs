//! Bounds on the calendar: the zone in which they are aligned, and what pg_partman makes of one when it cuts it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Interval;
use crate::assess::Assessment;
use crate::bound::Point;
use crate::interval::{instant, local};
use crate::model::{Partition, Server};
use crate::time_zone::{Found, Zone, find};
use crate::wanted::WantedSet;

/// The zone of the bounds: the assessment's, else the one that most of them have among themselves.
pub(super) fn zone_of(
    server: &Server,
    ranges: &[(Point, Point, &Partition)],
    wanted: &WantedSet,
    assessed: &Assessment,
) -> (Zone, bool) {
    let instants: Vec<(Timestamp, Timestamp)> = ranges
        .iter()
        .filter_map(|(from, to, _)| match (from, to) {
            (Point::Instant(from), Point::Instant(to)) => Some((*from, *to)),
            _ => None,
        })
        .collect();
    let said = wanted.time_zone.as_deref().and_then(Zone::named);
    if let Some(zone) = assessed.zone.clone().or(said) {
        return (zone, true);
    }
    // Without the oldest or the newest few, for one that is wider than the others has no zone in common with them.
    let few = std::iter::successors(Some(0), |n| Some((n * 2).max(1)));
    let mut guess = None;
    for n in few.take_while(|n| *n < instants.len()) {
        for part in [&instants[n..], &instants[..instants.len() - n]] {
            match find(part, None, &server.time_zone) {
                Found::Zone(zone) => return (zone, true),
                Found::Ambiguous(names) => {
                    guess = guess.or_else(|| Zone::named(names.first()?));
                }
                Found::Nowhere => {}
            }
        }
        if guess.is_some() {
            break;
        }
    }
    (guess.unwrap_or_else(Zone::utc), false)
}

/// Whether `a` is nearer to this point than `b`.
pub(super) fn is_nearer(a: Point, b: Point, to: Point) -> bool {
    let distance = |point| match (point, to) {
        (Point::Instant(a), Point::Instant(b)) => a.duration_since(b).unsigned_abs(),
        (Point::Local(a), Point::Local(b)) => a.duration_since(b).unsigned_abs(),
        (Point::Day(a), Point::Day(b)) => a.duration_since(b).unsigned_abs(),
        _ => std::time::Duration::MAX,
    };
    distance(a) < distance(b)
}

/// A point cut down as `calculate_time_partition_info()` of 5.x does: a month has thirty days there.
pub(super) fn cut(point: Point, interval: Interval, zone: &TimeZone) -> Option<Point> {
    let days = match interval {
        Interval::Months(n) => i64::from(n) * 30,
        Interval::Days(n) => i64::from(n),
        Interval::Micros(n) => n / 86_400_000_000,
        Interval::Ids(_) => return None,
    };
    let shown = match point {
        Point::Instant(t) => local(t, zone),
        Point::Local(t) => t,
        Point::Day(d) => d.to_datetime(jiff::civil::Time::midnight()),
        Point::Id(_) => return None,
    };
    let cut = shown.with().subsec_nanosecond(0).second(0);
    let cut = match (days, interval) {
        (0, Interval::Micros(n)) if n < 60_000_000 => cut,
        (0, _) => cut.minute(0),
        (1..30, _) => cut.minute(0).hour(0),
        (30..360, _) => cut.minute(0).hour(0).day(1),
        _ => cut.minute(0).hour(0).day(1).month(1),
    };
    let cut = cut.build().ok()?;
    Some(match point {
        Point::Instant(_) => Point::Instant(instant(cut, zone)?),
        Point::Day(_) => Point::Day(cut.date()),
        _ => Point::Local(cut),
    })
}
