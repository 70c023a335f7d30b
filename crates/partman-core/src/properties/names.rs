//! Names of partitions: each bound has its own, the server takes them as they are, and version 4 reads the bound back.

use proptest::prelude::*;

use super::cases;
use super::grid::any_grid;
use crate::bound::Point;
use crate::name::{MAX_IDENTIFIER_BYTES, RelationName};
use crate::pg_partman::Version;

fn version() -> impl Strategy<Value = Version> {
    let versions = prop::sample::select(vec!["4.7.2", "5.0.1", "5.2.4", "5.5.0"]);
    versions.prop_map(|text| text.parse().expect("a version"))
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn every_bound_has_a_name_of_its_own(
        grid in any_grid(), count in 1usize..60, version in version(), parent in "[a-zA-Z_ \"é日]{1,20}"
    ) {
        let lower: Vec<Point> = grid.ranges(count).into_iter().map(|(from, _)| from).collect();
        let suffix = version.suffix(grid.interval, &lower, &grid.zone);
        let parent = RelationName::new("public", parent);
        let mut names = Vec::new();
        for from in &lower {
            let name = suffix.name(&parent, *from, &grid.zone).expect("it is short");
            prop_assert!(name.name.len() <= MAX_IDENTIFIER_BYTES);
            prop_assert!(name.name.starts_with(&parent.name) && name.schema == parent.schema);
            names.push(name);
        }
        prop_assert!(!version.reads_names() || suffix.tells_apart(&lower, &grid.zone), "{:?}", suffix);
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), lower.len());
    }

    #[test]
    fn a_long_name_is_cut_or_there_is_none(grid in any_grid(), version in version(), parent in "\\PC{40,63}") {
        let suffix = version.suffix(grid.interval, &[grid.first], &grid.zone);
        let parent = RelationName::new("public", parent);
        if let Some(name) = suffix.name(&parent, grid.first, &grid.zone) {
            prop_assert!(name.name.len() <= MAX_IDENTIFIER_BYTES);
            prop_assert!(name.name.chars().count() <= MAX_IDENTIFIER_BYTES);
            let (base, end) = name.name.rsplit_once("_p").expect("the suffix begins so");
            prop_assert!(parent.name.starts_with(base), "{}", base);
            prop_assert!(end.chars().all(|c| c.is_ascii_digit() || c == '_' || c == '-'));
        }
    }
}
