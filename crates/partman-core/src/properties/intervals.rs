//! Intervals: read as printed, counted there and back, found from two bounds.

use proptest::prelude::*;

use super::cases;
use super::grid::{any_grid, ids, locals};
use crate::Interval;
use crate::time_zone::common_width;

fn any_interval() -> impl Strategy<Value = Interval> {
    prop_oneof![
        (1i32..2_400).prop_map(Interval::Months),
        (1i32..10_000).prop_map(Interval::Days),
        (1i64..100_000_000_000_000).prop_map(Interval::Micros),
        (1i64..100_000).prop_map(|n| Interval::Micros(n * 1_000_000)),
        (1i64..10_000).prop_map(|n| Interval::Micros(n * 60_000_000)),
        (1i64..i64::MAX).prop_map(Interval::Ids),
    ]
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn what_is_printed_is_read_back(interval in any_interval()) {
        let text = interval.to_string();
        prop_assert_eq!(text.parse(), Ok(interval), "{}", text);
        let json = serde_json::to_string(&interval).expect("plain data");
        prop_assert_eq!(serde_json::from_str::<Interval>(&json).ok(), Some(interval));
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "[-+0-9a-zA-Z:. ]{0,20}|\\PC{0,12}") {
        if let Ok(interval) = text.parse::<Interval>() {
            prop_assert_eq!(interval.to_string().parse(), Ok(interval), "{}", text);
        }
    }

    #[test]
    fn every_range_of_a_grid_has_the_interval_that_made_it(grid in any_grid(), count in 1usize..20) {
        let ranges = grid.ranges(count);
        prop_assert_eq!(ranges.len(), count);
        for (from, to) in &ranges {
            prop_assert!(from < to);
            let all = Interval::candidates(*from, *to, &grid.zone.rules);
            prop_assert!(all.contains(&grid.interval), "{:?}", all);
            prop_assert!(all.iter().all(|one| one.leads(*from, *to, &grid.zone.rules)));
        }
    }

    #[test]
    fn the_common_width_makes_the_same_bounds(grid in any_grid(), count in 1usize..20) {
        let ranges = grid.ranges(count);
        let found = common_width(ranges.iter().copied(), &grid.zone.rules);
        let found = found.expect("the interval that made them is one");
        for (from, to) in &ranges {
            prop_assert!(found.leads(*from, *to, &grid.zone.rules), "{}", found);
        }
        // Where February and a year are among them, nothing else fits than what made them.
        if count > 12 && !matches!(grid.interval, Interval::Micros(_)) {
            prop_assert_eq!(found, grid.interval);
        }
    }

    #[test]
    fn before_takes_back_after(grid in prop_oneof![locals(), ids()], steps in 0usize..30) {
        // Not so with clocks that change: what comes after a midnight that they skip doesn't lead back to it.
        let at = grid.ranges(steps + 1)[steps].0;
        let next = grid.interval.after(at, &grid.zone.rules).expect("it is in range");
        prop_assert_eq!(grid.interval.before(next, &grid.zone.rules), Some(at));
    }
}
