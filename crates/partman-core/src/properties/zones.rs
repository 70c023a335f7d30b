//! Time zones: the midnights of a zone are found to be that zone's, or those of one that goes on alike.

use jiff::{Span, Timestamp};
use proptest::prelude::*;

use super::cases;
use super::grid::{beginning, midnights, zone};
use crate::Interval;
use crate::bound::Point;
use crate::time_zone::{Found, Zone, find, width};

/// Midnights of a zone, counted by the calendar alone, and those that come after them.
#[derive(Debug, Clone)]
struct Midnights {
    zone: Zone,
    interval: Interval,
    there: Vec<(Timestamp, Timestamp)>,
    ahead: Vec<Timestamp>,
}

const AHEAD: i64 = 24;

fn some_midnights() -> impl Strategy<Value = Midnights> {
    let interval = prop_oneof![
        prop::sample::select(vec![1, 3, 6, 12]).prop_map(Interval::Months),
        prop::sample::select(vec![1, 2, 7, 10]).prop_map(Interval::Days),
    ];
    (zone(), interval, 1i64..20)
        .prop_flat_map(|(zone, interval, count)| {
            (Just(zone), Just(interval), Just(count), beginning(interval))
        })
        .prop_map(|(zone, interval, count, first)| {
            let step = match interval {
                Interval::Months(n) => Span::new().months(n),
                Interval::Days(n) => Span::new().days(n),
                _ => Span::new(),
            };
            let all = midnights(first, step, count + AHEAD, &zone.rules);
            let (there, _) = all.split_at(count as usize + 1);
            Midnights {
                zone,
                interval,
                there: there.windows(2).map(|pair| (pair[0], pair[1])).collect(),
                ahead: all[count as usize + 1..].to_vec(),
            }
        })
}

/// Goes on from the last bound as a plan would.
fn goes_on(there: &[(Timestamp, Timestamp)], zone: &Zone, count: usize) -> Vec<Timestamp> {
    let interval = width(there, &zone.rules).expect("it fits");
    let last = Point::Instant(there.last().expect("there is one").1);
    let all = std::iter::successors(Some(last), |at| interval.after(*at, &zone.rules));
    let all = all.skip(1).take(count).map(|point| match point {
        Point::Instant(t) => t,
        other => panic!("{other} is no instant"),
    });
    all.collect()
}

/// Up to the first midnight that the clocks skip: from there on PostgreSQL, and so pg_partman, counts from the hour after.
fn until_skipped(ahead: Vec<Timestamp>, set: &Midnights) -> Vec<Timestamp> {
    let rules = &set.zone.rules;
    let last = set.there.last().map(|(_, to)| *to);
    let is_midnight = |t: &Timestamp| rules.to_datetime(*t).time() == jiff::civil::Time::midnight();
    if !last.as_ref().is_some_and(is_midnight) {
        return Vec::new();
    }
    ahead.into_iter().take_while(is_midnight).collect()
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn a_zone_that_is_named_goes_on_at_its_midnights(set in some_midnights()) {
        let found = find(&set.there, Some(&set.zone), "UTC");
        prop_assert_eq!(&found, &Found::Zone(set.zone.clone()));
        if width(&set.there, &set.zone.rules) == Some(set.interval) {
            let ahead = goes_on(&set.there, &set.zone, set.ahead.len());
            prop_assert_eq!(until_skipped(ahead, &set), until_skipped(set.ahead.clone(), &set));
        }
    }

    #[test]
    fn the_servers_own_zone_is_found_where_it_fits(set in some_midnights()) {
        let found = find(&set.there, None, &set.zone.name);
        prop_assert_eq!(found, Found::Zone(set.zone));
    }
}

// These look through all zones there are.
proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn what_is_found_explains_every_bound(set in some_midnights(), server in zone()) {
        match find(&set.there, None, &server.name) {
            Found::Zone(found) => {
                prop_assert!(width(&set.there, &found.rules).is_some(), "{}", found.name);
            }
            Found::Ambiguous(names) => prop_assert!(names.len() > 1),
            Found::Nowhere => prop_assert!(false, "its own zone fits"),
        }
    }

    #[test]
    fn a_zone_that_nobody_named_agrees_with_all_that_fit(set in some_midnights()) {
        let Found::Zone(found) = find(&set.there, None, "UTC") else {
            return Ok(());
        };
        // UTC counts before all others; two months don't tell a month from its days.
        prop_assume!(found.name != "UTC" && width(&set.there, &set.zone.rules) == Some(set.interval));
        // Zones that no clock of a continent shows aren't looked at.
        prop_assume!(!set.zone.name.starts_with("Etc/"));
        let ahead = goes_on(&set.there, &found, set.ahead.len());
        prop_assert_eq!(until_skipped(ahead, &set), until_skipped(set.ahead.clone(), &set), "{}", found.name);
    }
}
