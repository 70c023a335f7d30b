//! Which partitions a set lacks: holes between the ones it has, and those ahead of the present.

use jiff::Timestamp;

use crate::Interval;
use crate::bound::Point;
use crate::pg_partman::premade;
use crate::time_zone::Zone;

/// A set that has not been kept for so long that it lacks more than this is for a person to look at first.
pub const MOST_TO_CREATE: usize = 1_000;

/// A range of the key, upper bound exclusive.
pub type Range = (Point, Point);

/// What a set lacks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Missing {
    /// Ranges between existing partitions that no partition takes.
    pub holes: Vec<Range>,
    /// Ranges after the last partition, up to the present and the wanted number ahead.
    pub ahead: Vec<Range>,
}

/// Why no list of missing partitions can be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unfit {
    /// Between these two points there is room, but not for whole partitions.
    Misaligned(Range),
    /// It would take more than [`MOST_TO_CREATE`].
    TooMany,
    /// A bound is beyond what the key's type can hold.
    OutOfRange,
}

/// The present, as far as a set counts: the clock, or where an integer key has got to.
pub fn present(now: Timestamp, like: Point, zone: &Zone) -> Option<Point> {
    match like {
        Point::Instant(_) => Some(Point::Instant(now)),
        Point::Local(_) => Some(Point::Local(crate::interval::local(now, &zone.rules))),
        Point::Day(_) => Some(Point::Day(crate::interval::local(now, &zone.rules).date())),
        Point::Id(_) => None,
    }
}

/// Walks from the first bound in steps of `interval` and lists what isn't there, until `premake` partitions begin
/// after `present`, also by pg_partman's way of counting, so that its own maintenance finds nothing left to create. `ranges` are in order, don't overlap and aren't empty; at least `at_least` partitions are made
/// after the last one.
///
/// # Errors
/// [`Unfit`], when the steps don't meet the bounds that exist.
pub fn missing(
    ranges: &[Range],
    interval: Interval,
    zone: &Zone,
    present: Point,
    premake: usize,
    at_least: usize,
) -> Result<Missing, Unfit> {
    let (Some((first, _)), Some((_, last))) = (ranges.first(), ranges.last()) else {
        return Ok(Missing::default());
    };
    let mut found = Missing::default();
    let mut existing = ranges.iter().peekable();
    let mut beyond = 0;
    let mut at = *first;
    let mut lower = *first;
    loop {
        if at >= *last
            && beyond >= premake
            && premade(lower, present, interval, zone) >= premake as i64
            && found.ahead.len() >= at_least
        {
            return Ok(found);
        }
        let next = match existing.peek() {
            Some((from, to)) if *from == at => {
                let to = *to;
                existing.next();
                to
            }
            upcoming => {
                let next = interval.after(at, &zone.rules).ok_or(Unfit::OutOfRange)?;
                if let Some((from, _)) = upcoming.filter(|(from, _)| *from < next) {
                    return Err(Unfit::Misaligned((at, *from)));
                }
                let list = if at < *last {
                    &mut found.holes
                } else {
                    &mut found.ahead
                };
                list.push((at, next));
                next
            }
        };
        if found.holes.len() + found.ahead.len() > MOST_TO_CREATE {
            return Err(Unfit::TooMany);
        }
        beyond += usize::from(at > present);
        lower = at;
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ranges: &[(i64, i64)]) -> Vec<Range> {
        ranges
            .iter()
            .map(|(from, to)| (Point::Id(*from), Point::Id(*to)))
            .collect()
    }

    fn lacks(ranges: &[(i64, i64)], present: i64, premake: usize) -> Result<Missing, Unfit> {
        missing(
            &ids(ranges),
            Interval::Ids(10),
            &Zone::utc(),
            Point::Id(present),
            premake,
            0,
        )
    }

    #[test]
    fn the_present_and_premake_more_are_made() {
        let found = lacks(&[(0, 10), (10, 20)], 35, 2).expect("it fits");
        assert_eq!(
            (found.holes, found.ahead),
            (vec![], ids(&[(20, 30), (30, 40), (40, 50), (50, 60)]))
        );
        assert_eq!(
            lacks(&[(0, 10), (10, 20), (20, 30)], 5, 2),
            Ok(Missing::default())
        );
    }

    #[test]
    fn holes_are_told_from_what_lies_ahead() {
        let found = lacks(&[(0, 10), (30, 40)], 0, 1).expect("it fits");
        assert_eq!(
            (found.holes, found.ahead),
            (ids(&[(10, 20), (20, 30)]), vec![])
        );
        assert_eq!(
            lacks(&[(0, 10), (15, 25)], 0, 1),
            Err(Unfit::Misaligned((Point::Id(10), Point::Id(15))))
        );
    }

    #[test]
    fn what_would_take_too_many_or_overflow_is_said() {
        assert_eq!(lacks(&[(0, 10)], 1_000_000, 1), Err(Unfit::TooMany));
        let top = i64::MAX - 5;
        assert_eq!(lacks(&[(top - 10, top)], top, 1), Err(Unfit::OutOfRange));
    }
}
