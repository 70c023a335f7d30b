//! What is missing: with it the grid is whole, reaches as far as was wanted, and no further.

use proptest::prelude::*;

use super::cases;
use super::grid::{Grid, any_grid};
use crate::bound::Point;
use crate::coverage::{Gaps, Missing, Range, Reach, missing};
use crate::pg_partman::premade;

/// A grid of which some ranges are there, and how far the present is.
#[derive(Debug, Clone)]
struct Kept {
    grid: Grid,
    there: Vec<Range>,
    present: Point,
    premake: usize,
    at_least: usize,
}

fn kept() -> impl Strategy<Value = Kept> {
    (
        any_grid(),
        prop::collection::vec(any::<bool>(), 0..10),
        0usize..40,
        any::<bool>(),
        1usize..6,
        0usize..2,
    )
        .prop_map(|(grid, kept, present, between, premake, at_least)| {
            let all = grid.ranges(kept.len() + 2);
            let last = all.len() - 1;
            let is_kept = |n: usize| n == 0 || n == last || kept[n - 1];
            let there = (0..all.len()).filter(|n| is_kept(*n)).map(|n| all[n]);
            let at = grid.ranges(present + 1)[present];
            let present = if between { middle(at) } else { at.0 };
            Kept {
                there: there.collect(),
                grid,
                present,
                premake,
                at_least,
            }
        })
}

/// A point inside of a range, or its beginning where there is none.
fn middle((from, to): Range) -> Point {
    match (from, to) {
        (Point::Id(a), Point::Id(b)) => Point::Id(a + (b - a) / 2),
        (Point::Instant(a), Point::Instant(b)) => Point::Instant(
            jiff::Timestamp::from_microsecond(i64::midpoint(
                a.as_microsecond(),
                b.as_microsecond(),
            ))
            .expect("it lies between two"),
        ),
        (from, _) => from,
    }
}

fn look(kept: &Kept) -> Missing {
    look_with(kept, Gaps::AreFilled)
}

fn look_with(kept: &Kept, gaps: Gaps) -> Missing {
    let reach = Reach {
        interval: kept.grid.interval,
        zone: &kept.grid.zone,
        present: kept.present,
        premake: kept.premake,
        at_least: kept.at_least,
        gaps,
        start: None,
        regular_from: None,
    };
    missing(&kept.there, &reach).expect("they are on one grid")
}

fn whole(kept: &Kept, found: &Missing) -> Vec<Range> {
    let mut all: Vec<Range> = kept.there.clone();
    all.extend(found.holes.iter().chain(&found.ahead));
    all.sort();
    all
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn with_it_the_set_is_the_grid(kept in kept()) {
        let all = whole(&kept, &look(&kept));
        prop_assert_eq!(&all, &kept.grid.ranges(all.len()));
    }

    #[test]
    fn holes_lie_before_the_end_and_the_rest_after_it(kept in kept()) {
        let found = look(&kept);
        let (_, last) = *kept.there.last().expect("there are two");
        prop_assert!(found.holes.iter().all(|(_, to)| *to <= last));
        prop_assert!(found.ahead.iter().all(|(from, _)| *from >= last));
    }

    #[test]
    fn it_reaches_the_present_and_premake_more_and_no_further(kept in kept()) {
        let found = look(&kept);
        let mut all = whole(&kept, &found);
        let enough = |all: &[Range]| {
            let beyond = all.iter().filter(|(from, _)| *from > kept.present).count();
            let (last, _) = all[all.len() - 1];
            let theirs = premade(last, kept.present, kept.grid.interval, &kept.grid.zone);
            beyond >= kept.premake && theirs >= kept.premake as i64
        };
        prop_assert!(enough(&all), "{:?}", found.ahead);
        prop_assert!(all.iter().any(|(from, to)| (*from..*to).contains(&kept.present)) || kept.present < all[0].0);
        if found.ahead.len() > kept.at_least {
            all.pop();
            prop_assert!(!enough(&all), "the last one is one too many");
        }
        prop_assert!(found.ahead.len() >= kept.at_least);
    }

    #[test]
    fn a_set_that_has_it_all_lacks_nothing(kept in kept()) {
        let mut again = kept.clone();
        again.there = whole(&kept, &look(&kept));
        again.at_least = 0;
        prop_assert_eq!(look(&again), Missing::default());
    }

    #[test]
    fn gaps_that_stay_are_told_and_cost_nothing_ahead(kept in kept()) {
        let (filled, stay) = (look(&kept), look_with(&kept, Gaps::Stay));
        // What would have filled a gap ahead of the present is made up for after the end.
        prop_assert!(stay.ahead.starts_with(&filled.ahead));
        let mut all = kept.there.clone();
        all.extend(&stay.holes);
        all.sort();
        prop_assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0), "{:?}", all);
    }
}
