//! Rows of DEFAULT that lie beyond everything that there will be: nothing is in their way now, and they are in the way of
//! pg_partman's maintenance when it gets to them.
//!
//! It keeps `premake` partitions ahead of the present, so it gets to the range of a row that many intervals before the
//! present does, or up to half a one earlier, for it rounds.

use super::Assessment;
use super::rest::ends;
use crate::Interval;
use crate::bound::Point;
use crate::model::{Content, PartitionSet};
use crate::phrase;
use crate::time_zone::Zone;
use crate::wanted::WantedSet;
use crate::words::Phrase;

/// What lies further ahead than this many partitions is a slip, and nobody will live to see maintenance get there.
const MOST: usize = 10_000;

/// As many gaps between keys ahead are read at most.
const MOST_GAPS: usize = 100;

/// Notes them. `end` is where the last partition will end.
pub(super) fn note(
    set: &PartitionSet,
    wanted: &WantedSet,
    zone: &Zone,
    end: Point,
    seen: &mut Assessment,
) {
    let (Some(interval), Some(default)) = (seen.interval, set.default_partition()) else {
        return;
    };
    let Some(content) = default.content.as_ref().filter(|content| content.has_rows) else {
        return;
    };
    let point = |text: &str| set.measure().point(set.control()?.kind, text);
    let first = first(content, end, point);
    // The one that is known of those far ahead, where not all are.
    let ahead = content.gaps_ahead.iter().filter_map(|(_, to)| point(to));
    let some = ahead.filter(|key| *key >= end).min();
    let last = || Some(ends(set, content)?.1).filter(|max| *max >= end);
    let key = first.or(some).or_else(last);
    let stop = key.and_then(|key| stop(end, key, interval, wanted.premake as usize, zone));
    let (Some(key), Some(stop)) = (key, stop) else {
        return;
    };
    let default = &default.name;
    seen.notes.push(match first {
        Some(_) => phrase!(
            "{default} holds rows beyond all of these partitions, from {key} on: pg_partman's maintenance stops at them {when}, unless they are corrected or moved out of it before",
            default,
            key,
            when = when(stop)
        ),
        None => phrase!(
            "{default} holds rows beyond all of these partitions, as far as {key}: pg_partman's maintenance stops at them {when}, unless they are corrected or moved out of it before",
            default,
            key,
            when = when(stop)
        ),
    });
}

/// The smallest key beyond `end`, where it is known.
pub(crate) fn first(
    content: &Content,
    end: Point,
    point: impl Fn(&str) -> Option<Point>,
) -> Option<Point> {
    let known = [&content.min, &content.next].into_iter().flatten();
    let ahead = content.gaps_ahead.iter().map(|(_, to)| to);
    // Fewer than a hundred are all there are, in order.
    let ahead = ahead.filter(|_| content.gaps_ahead.len() < MOST_GAPS);
    let mut keys = known.chain(ahead).filter_map(|text| point(text));
    keys.find(|key| *key >= end)
}

/// Where the present is at the latest when maintenance wants the partition of this key, counted on from the end of the last one.
pub(crate) fn stop(
    end: Point,
    key: Point,
    interval: Interval,
    premake: usize,
    zone: &Zone,
) -> Option<Point> {
    let all = std::iter::successors(Some(end), |at| interval.after(*at, &zone.rules));
    let begin = all.take(MOST).take_while(|from| *from <= key).last()?;
    interval.after(begin, &zone.rules).filter(|to| key < *to)?;
    let mut back = std::iter::successors(Some(begin), |at| interval.before(*at, &zone.rules));
    back.nth(premake)
}

/// When the present is there.
pub(crate) fn when(stop: Point) -> Phrase {
    match stop {
        Point::Id(_) => phrase!("when ids reach {stop}, at the latest", stop),
        _ => phrase!("by {stop} at the latest", stop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maintenance_gets_there_premake_intervals_before_the_present_does() {
        let point = |text: &str| Point::Day(text.parse().expect("a day"));
        let (end, key) = (point("2027-04-01"), point("2027-07-04"));
        let month = Interval::Months(1);
        let found = stop(end, key, month, 4, &Zone::utc());
        assert_eq!(found, Some(point("2027-03-01")));
        let ids = Interval::Ids(10);
        let found = stop(Point::Id(60), Point::Id(85), ids, 2, &Zone::utc());
        assert_eq!(found, Some(Point::Id(60)));
    }

    fn holding(min: &str, next: &str, gaps: &[(&str, &str)]) -> Content {
        let owned = |text: &str| Some(text.to_owned());
        let gaps = gaps
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        Content {
            min: owned(min),
            next: owned(next),
            gaps_ahead: gaps.collect(),
            ..crate::check::world::rows(min, "2029-01-01")
        }
    }

    #[test]
    fn the_first_beyond_is_found_among_what_will_have_been_brought_along() {
        let point = |text: &str| text.parse().ok().map(Point::Day);
        let end = point("2027-04-01").expect("a day");
        let gaps = [("2026-12-12", "2027-05-05"), ("2027-05-05", "2029-01-01")];
        let content = holding("2026-12-12", "2026-12-12", &gaps);
        assert_eq!(first(&content, end, point), point("2027-05-05"));
        let none_known = holding("2026-12-12", "2026-12-12", &[]);
        assert_eq!(first(&none_known, end, point), None);
        // A hundred are the widest only, and there may be others between them.
        let many = vec![("2026-12-12", "2027-05-05"); MOST_GAPS];
        assert_eq!(
            first(&holding("2026-12-12", "2026-12-12", &many), end, point),
            None
        );
        assert_eq!(
            first(&holding("2027-04-02", "2027-04-03", &gaps), end, point),
            point("2027-04-02")
        );
    }

    #[test]
    fn what_nobody_will_live_to_see_is_not_counted() {
        let (end, key) = (Point::Id(0), Point::Id(i64::MAX));
        assert_eq!(stop(end, key, Interval::Ids(1), 4, &Zone::utc()), None);
    }
}
