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
    /// Ranges between partitions of an older width that whole new ones don't fill; they stay.
    pub kept: Vec<Range>,
    /// Ranges after the last partition, up to the present and the wanted number ahead.
    pub ahead: Vec<Range>,
}

/// What becomes of the room between partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// It is filled with whole partitions.
    AreFilled,
    /// It stays, however wide it is; each is told as one range.
    Stay,
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

/// Where a partition would begin that takes the present, in whole steps before the first one; `None` where the first
/// doesn't lie ahead, or whole steps don't lead from one to the other.
pub fn before_first(
    first: Point,
    present: Point,
    interval: Interval,
    zone: &Zone,
) -> Option<Point> {
    let mut at = first;
    for _ in 0..MOST_TO_CREATE {
        if at <= present {
            return (at < first).then_some(at);
        }
        let earlier = interval.before(at, &zone.rules)?;
        if interval.after(earlier, &zone.rules) != Some(at) {
            return None;
        }
        at = earlier;
    }
    None
}

/// How far a set shall reach, and in which steps.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'z> {
    /// The width of its partitions.
    pub interval: Interval,
    /// The zone in which that is counted.
    pub zone: &'z Zone,
    /// From where partitions ahead are counted.
    pub present: Point,
    /// How many begin after it.
    pub premake: usize,
    /// How many are made after the last one in any case.
    pub at_least: usize,
    /// What becomes of the room between partitions.
    pub gaps: Gaps,
    /// Where the first one begins, where there is none yet or it doesn't take the present.
    pub start: Option<Point>,
    /// Up to here partitions may have another width: room between them stays where whole new ones don't fill it.
    pub regular_from: Option<Point>,
}

/// Walks from the first bound in steps of the interval and lists what isn't there, until enough partitions begin after the
/// present, also by pg_partman's way of counting, so that its own maintenance finds nothing left to create. `ranges` are
/// in order, don't overlap and aren't empty.
///
/// # Errors
/// [`Unfit`], when the steps don't meet the bounds that exist.
pub fn missing(ranges: &[Range], reach: &Reach<'_>) -> Result<Missing, Unfit> {
    let Reach {
        interval,
        zone,
        present,
        premake,
        at_least,
        gaps,
        start,
        regular_from,
    } = *reach;
    let stays = |at: Point, to: Point| {
        let is_older = regular_from.is_some_and(|regular| to <= regular && to <= present);
        is_older && !interval.fills(at, to, &zone.rules)
    };
    let ends = match (ranges.first(), ranges.last()) {
        (Some((first, _)), Some((_, last))) => Some((start.unwrap_or(*first).min(*first), *last)),
        _ => start.map(|start| (start, start)),
    };
    let Some((first, last)) = ends else {
        return Ok(Missing::default());
    };
    let mut found = Missing::default();
    let mut existing = ranges.iter().peekable();
    let mut beyond = 0;
    let mut at = first;
    let mut lower = first;
    loop {
        if at >= last
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
            Some((from, _)) if gaps == Gaps::Stay => {
                found.holes.push((at, *from));
                at = *from;
                continue;
            }
            Some((from, _)) if stays(at, *from) => {
                found.kept.push((at, *from));
                at = *from;
                continue;
            }
            upcoming => {
                let next = interval.after(at, &zone.rules).ok_or(Unfit::OutOfRange)?;
                if let Some((from, _)) = upcoming.filter(|(from, _)| *from < next) {
                    return Err(Unfit::Misaligned((at, *from)));
                }
                let list = if at < last {
                    &mut found.holes
                } else {
                    &mut found.ahead
                };
                list.push((at, next));
                next
            }
        };
        let filled = match gaps {
            Gaps::AreFilled => found.holes.len(),
            Gaps::Stay => 0,
        };
        if filled + found.ahead.len() > MOST_TO_CREATE {
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
        missing(&ids(ranges), &reach(&Zone::utc(), present, premake))
    }

    fn reach(zone: &Zone, present: i64, premake: usize) -> Reach<'_> {
        Reach {
            interval: Interval::Ids(10),
            zone,
            present: Point::Id(present),
            premake,
            at_least: 0,
            gaps: Gaps::AreFilled,
            start: None,
            regular_from: None,
        }
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
    fn what_begins_with_the_present_is_not_ahead_of_it() {
        // pg_partman's own count, in months of thirty days, has 60 already with the 59th.
        let instant = |text: &str| Point::Instant(text.parse().expect("an instant"));
        let january = instant("2026-01-01T00:00:00Z");
        let zone = Zone::utc();
        let months = Reach {
            interval: Interval::Months(1),
            present: january,
            ..reach(&zone, 0, 60)
        };
        let there = [(january, instant("2026-02-01T00:00:00Z"))];
        let found = missing(&there, &months).expect("it fits");
        assert_eq!(found.ahead.len(), 60);
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
    fn gaps_that_stay_are_told_whole_also_off_the_grid() {
        let ranges = ids(&[(0, 10), (15, 25), (45, 55)]);
        let zone = Zone::utc();
        let stay = Reach {
            gaps: Gaps::Stay,
            ..reach(&zone, 47, 1)
        };
        let kept = missing(&ranges, &stay);
        let expected = Missing {
            holes: ids(&[(10, 15), (25, 45)]),
            ahead: ids(&[(55, 65)]),
            ..Missing::default()
        };
        assert_eq!(kept, Ok(expected));
    }

    #[test]
    fn room_among_older_widths_stays_where_whole_ones_dont_fill_it() {
        let ranges = ids(&[(0, 15), (18, 30), (50, 85), (90, 100), (100, 110)]);
        let zone = Zone::utc();
        let older = Reach {
            regular_from: Some(Point::Id(90)),
            ..reach(&zone, 105, 1)
        };
        let expected = Missing {
            holes: ids(&[(30, 40), (40, 50)]),
            kept: ids(&[(15, 18), (85, 90)]),
            ahead: ids(&[(110, 120)]),
        };
        assert_eq!(missing(&ranges, &older), Ok(expected));
        let present_in_the_room = Reach {
            present: Point::Id(86),
            ..older
        };
        let misaligned = Err(Unfit::Misaligned((Point::Id(85), Point::Id(90))));
        assert_eq!(missing(&ranges, &present_in_the_room), misaligned);
    }

    #[test]
    fn a_set_without_partitions_begins_where_it_is_told_to() {
        let zone = Zone::utc();
        let begun = Reach {
            start: Some(Point::Id(30)),
            ..reach(&zone, 35, 2)
        };
        let found = missing(&[], &begun).expect("it fits");
        assert_eq!(found.ahead, ids(&[(30, 40), (40, 50), (50, 60)]));
        assert_eq!(lacks(&[], 35, 2), Ok(Missing::default()));
    }

    #[test]
    fn a_start_moves_the_beginning_only_backwards() {
        let zone = Zone::utc();
        let from = |start| {
            let begun = Reach {
                start: Some(Point::Id(start)),
                ..reach(&zone, 5, 1)
            };
            missing(&ids(&[(0, 10), (10, 20)]), &begun).map(|found| found.holes)
        };
        assert_eq!(from(-20), Ok(ids(&[(-20, -10), (-10, 0)])));
        assert_eq!(from(0), Ok(vec![]));
        assert_eq!(from(10), Ok(vec![]));
    }

    #[test]
    fn a_present_before_the_first_partition_has_its_place_on_the_grid() {
        let zone = Zone::utc();
        let begins = |first, present, interval| before_first(first, present, interval, &zone);
        let ten = |first, present| begins(Point::Id(first), Point::Id(present), Interval::Ids(10));
        assert_eq!(ten(50, 35), Some(Point::Id(30)));
        assert_eq!(ten(50, 40), Some(Point::Id(40)));
        assert_eq!(ten(50, 49), Some(Point::Id(40)));
        assert_eq!(
            (ten(50, 50), ten(50, 55)),
            (None, None),
            "it isn't before it"
        );
        assert_eq!(
            ten(9_990, 0),
            Some(Point::Id(0)),
            "as many as may be created"
        );
        assert_eq!(ten(10_000, 0), None);
        assert_eq!(
            ten(i64::MIN + 5, i64::MIN),
            None,
            "it would be out of range"
        );
        let day = |text: &str| Point::Day(text.parse().expect("a day"));
        let month = |first, present| begins(day(first), day(present), Interval::Months(1));
        assert_eq!(month("2026-10-30", "2026-09-01"), Some(day("2026-08-30")));
        assert_eq!(
            month("2026-10-31", "2026-09-01"),
            None,
            "there is no 31 September"
        );
    }

    #[test]
    fn the_present_is_what_a_clock_of_the_zone_shows() {
        let paris = Zone::named("Europe/Paris").expect("a zone");
        let now: Timestamp = "2026-07-31T22:30:00Z".parse().expect("an instant");
        let local = |text: &str| Point::Local(text.parse().expect("a time"));
        let day = |text: &str| Point::Day(text.parse().expect("a day"));
        let found = |like| present(now, like, &paris);
        assert_eq!(
            found(Point::Instant(Timestamp::MIN)),
            Some(Point::Instant(now))
        );
        assert_eq!(
            found(local("2000-01-01T00:00")),
            Some(local("2026-08-01T00:30"))
        );
        assert_eq!(found(day("2000-01-01")), Some(day("2026-08-01")));
        assert_eq!(found(Point::Id(1)), None);
    }

    #[test]
    fn what_would_take_too_many_or_overflow_is_said() {
        assert_eq!(lacks(&[(0, 10)], 1_000_000, 1), Err(Unfit::TooMany));
        let most = lacks(&[(0, 10)], 9_995, 1).expect("as many as may be");
        assert_eq!(most.ahead.len(), MOST_TO_CREATE);
        assert_eq!(lacks(&[(0, 10)], 10_005, 1), Err(Unfit::TooMany));
        let spread = lacks(&[(0, 10), (5_000, 5_010)], 10_015, 1);
        let ahead = spread.map(|found| found.ahead.len());
        assert_eq!(ahead, Err(Unfit::TooMany), "holes count as well");
        let top = i64::MAX - 5;
        assert_eq!(lacks(&[(top - 10, top)], top, 1), Err(Unfit::OutOfRange));
    }
}
