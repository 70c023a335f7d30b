//! Months that begin on a day which not every month has: whoever adds a month to January 30 comes to February 28, and from
//! there to March 28. pg_partman goes on from the last bound in this way.

use super::{Adoptable, Assessment, Code};
use crate::Interval;
use crate::bound::Point;
use crate::interval::local;
use crate::model::PartitionSet;
use crate::phrase;
use crate::time_zone::Zone;
use crate::wanted::WantedSet;

/// Adds a reason, or a note where somebody has said that such months are meant.
pub(super) fn judge(set: &PartitionSet, wanted: &WantedSet, seen: &mut Assessment) {
    let (Some(interval @ Interval::Months(_)), Some(zone)) = (seen.interval, seen.zone.clone())
    else {
        return;
    };
    let Some((_, end, partition)) = set.ranges().last().copied() else {
        return;
    };
    let Some((other, shown)) = drift(end, interval, &zone).filter(|_| !seen.managed) else {
        return;
    };
    let what = phrase!(
        "partitions of {parent} begin on day {day} of the month, which not every month has: pg_partman goes on from {end} by {interval}, comes to {other}, and keeps to that day from there on",
        parent = set.name,
        day = i64::from(shown),
        end,
        interval,
        other
    );
    if wanted.interval.is_some() {
        return seen.notes.push(what);
    }
    let way_out = phrase!(
        "give {partition} an end that every month has, such as the first; or, if that may be so, set {setting} in its [[set]]",
        partition = partition.name,
        setting = format!("interval = \"{interval}\"")
    );
    seen.refuse(Adoptable::NeedsDecision, Code::DayOfMonth, what, way_out);
}

/// The first of the next bounds that falls on another day of the month than this one, and the day of this one.
fn drift(end: Point, interval: Interval, zone: &Zone) -> Option<(Point, i8)> {
    let day = |point| match point {
        Point::Instant(t) => Some(local(t, &zone.rules).day()),
        Point::Local(t) => Some(t.day()),
        Point::Day(date) => Some(date.day()),
        Point::Id(_) => None,
    };
    let shown = day(end)?;
    let all = std::iter::successors(Some(end), |at| interval.after(*at, &zone.rules));
    // After a leap year's February 29 it takes four years at most, but for the turn of a century.
    let other = all.take(13).find(|at| day(*at) != Some(shown))?;
    Some((other, shown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::assess;
    use crate::check::world::{at, by};

    fn judged(bounds: &[(&str, &str)], interval: Option<&str>) -> Assessment {
        let world = at("2026-11-22T12:00:00Z").with(by("events", "date", bounds));
        let mut wanted = WantedSet::new("events".parse().expect("a name"));
        wanted.interval = interval.map(|text| text.parse().expect("an interval"));
        let version = "5.5.0".parse().expect("a version");
        assess(&world.seen, &world.seen.sets[0], &wanted, &version)
    }

    fn codes(bounds: &[(&str, &str)]) -> Vec<Code> {
        let seen = judged(bounds, None);
        seen.reasons.iter().map(|reason| reason.code).collect()
    }

    #[test]
    fn months_that_will_not_keep_their_day_are_asked_about() {
        let from_30 = [("2026-09-30", "2026-10-30"), ("2026-10-30", "2026-11-30")];
        assert_eq!(codes(&from_30), [Code::DayOfMonth]);
        let seen = judged(&from_30, None);
        insta::assert_snapshot!(seen.reasons[0].what, @"partitions of public.events begin on day 30 of the month, which not every month has: pg_partman goes on from 2026-11-30 by 1 month, comes to 2027-02-28, and keeps to that day from there on");
        insta::assert_snapshot!(seen.reasons[0].way_out, @r#"give public.events_1 an end that every month has, such as the first; or, if that may be so, set interval = "1 month" in its [[set]]"#);
        let seen = judged(&from_30, Some("1 month"));
        assert_eq!((seen.reasons, seen.notes.len()), (vec![], 1));
        // Years do, but for those from a February 29 on.
        assert_eq!(codes(&[("2025-11-30", "2026-11-30")]), []);
        assert_eq!(codes(&[("2023-02-28", "2024-02-28")]), []);
        assert_eq!(codes(&[("2020-02-29", "2024-02-29")]), []);
    }

    #[test]
    fn months_from_the_28th_on_are_as_good_as_others() {
        let from_28 = [("2026-09-28", "2026-10-28"), ("2026-10-28", "2026-11-28")];
        assert_eq!(codes(&from_28), []);
        assert!(judged(&from_28, Some("1 month")).notes.is_empty());
    }
}
