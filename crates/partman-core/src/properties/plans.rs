//! Plans: the same for the same set however it was looked at, with every new partition in its place and under a name of
//! its own; and what they make needs no plan any more.

use proptest::prelude::*;

use super::cases;
use super::grid::{Grid, any_grid};
use crate::bound::Point;
use crate::check::world::{World, at, by, partition};
use crate::model::{Inspection, ManagedConfig};
use crate::name::RelationName;
use crate::plan::{Plan, Request, Selection};
use crate::step::DatabaseStep;
use crate::wanted::{WantedExtension, WantedSet};

/// A hand-made set on a server that offers a version of pg_partman, some time after its last partition was made.
#[derive(Debug, Clone)]
struct Made {
    grid: Grid,
    seen: Inspection,
    wanted: WantedSet,
}

fn made() -> impl Strategy<Value = Made> {
    let version = prop::sample::select(vec!["4.7.2", "5.2.4", "5.5.0"]);
    let parent = prop::sample::select(vec![
        "events",
        "app.\"Web \"\"Hooks\"\"\"",
        "x.a_p1",
        "\"order\"",
    ]);
    (any_grid(), 1usize..8, 0usize..30, version, parent, 1u32..6).prop_map(
        |(grid, count, behind, version, parent, premake)| {
            let ranges = grid.ranges(count + behind + 1);
            let now = match ranges[count + behind].0 {
                Point::Instant(t) => t.to_string(),
                Point::Local(t) => format!("{t}Z"),
                Point::Day(d) => format!("{d}T00:00:00Z"),
                Point::Id(_) => "2026-11-22T12:00:00Z".to_owned(),
            };
            let bounds: Vec<(String, String)> = ranges[..count]
                .iter()
                .map(|(from, to)| (from.sql_text(), to.sql_text()))
                .collect();
            let bounds: Vec<(&str, &str)> = bounds
                .iter()
                .map(|(from, to)| (from.as_str(), to.as_str()))
                .collect();
            let World { seen, .. } =
                at(&now)
                    .offering(version)
                    .with(by(parent, key_of(&grid), &bounds));
            let mut wanted = WantedSet::new(parent.parse().expect("a name"));
            wanted.premake = premake;
            wanted.time_zone =
                matches!(grid.first, Point::Instant(_)).then(|| grid.zone.name.clone());
            // One partition of 28 days may be a month.
            wanted.interval = Some(grid.interval);
            Made { grid, seen, wanted }
        },
    )
}

fn key_of(grid: &Grid) -> &'static str {
    match grid.first {
        Point::Instant(_) => "timestamptz",
        Point::Local(_) => "timestamp",
        Point::Day(_) => "date",
        Point::Id(_) => "int8",
    }
}

impl Made {
    fn plan(&self) -> Plan {
        self.plan_of(&self.seen)
    }

    fn plan_of(&self, seen: &Inspection) -> Plan {
        let request = Request {
            selection: Selection::Named(vec![self.wanted.clone()]),
            extension: WantedExtension::default(),
        };
        Plan::make(seen, &request)
    }
}

/// The same database as it is after the plan.
fn after(seen: &Inspection, plan: &Plan) -> Inspection {
    let mut seen = seen.clone();
    let set = &mut seen.sets[0];
    for step in &plan.steps {
        match &step.spec {
            DatabaseStep::CreatePartition(create) => {
                let bound = format!("FOR VALUES FROM ('{}') TO ('{}')", create.from, create.to);
                let oid = 1_000 + set.partitions.len() as u32;
                let mut new = partition(&create.partition, &bound);
                new.oid = oid;
                set.partitions.push(new);
            }
            DatabaseStep::RenamePartition(rename) => {
                let renamed = set
                    .partitions
                    .iter_mut()
                    .find(|p| p.name == rename.partition);
                let renamed = renamed.expect("it is there when its turn comes");
                renamed.name = renamed.name.sibling(rename.to.clone());
            }
            DatabaseStep::Configure(configure) => seen.configs.push(ManagedConfig {
                row: configure.row.clone(),
            }),
            _ => {}
        }
    }
    seen
}

/// As another server might show the same set: in another order, with other oids, sizes and names of its own.
fn elsewhere(seen: &Inspection) -> Inspection {
    let mut other = seen.clone();
    other.server.system_identifier = "8".to_owned();
    other.server.database = "copy".to_owned();
    other.server.database_oid += 1;
    for set in &mut other.sets {
        set.oid += 77;
        set.partitions.reverse();
        for (n, partition) in (0i64..).zip(&mut set.partitions) {
            partition.oid += 1_000;
            partition.relfilenode += 2_000;
            partition.rows = Some(n);
            partition.bytes = Some(8_192 * n);
        }
    }
    other.strays.reverse();
    other.mentions.reverse();
    other
}

fn created(plan: &Plan) -> Vec<&RelationName> {
    let steps = plan.steps.iter();
    let names = steps.filter_map(|step| match &step.spec {
        DatabaseStep::CreatePartition(create) => Some(&create.partition),
        _ => None,
    });
    names.collect()
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn what_they_make_is_whole_and_needs_no_plan(made in made()) {
        let plan = made.plan();
        prop_assert_eq!(&plan.refusals, &vec![]);
        let after = after(&made.seen, &plan);
        let set = &after.sets[0];
        let ranges: Vec<_> = set.ranges().iter().map(|(from, to, _)| (*from, *to)).collect();
        prop_assert_eq!(&ranges, &made.grid.ranges(ranges.len()));
        let again = made.plan_of(&after);
        prop_assert_eq!((again.refusals, again.steps), (vec![], vec![]));
        prop_assert!(again.sets[0].reasons.is_empty(), "{:?}", again.sets[0].reasons);
    }

    #[test]
    fn names_are_given_once(made in made()) {
        let plan = made.plan();
        let after = after(&made.seen, &plan);
        let mut names: Vec<_> = after.sets[0].partitions.iter().map(|p| &p.name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), all);
        prop_assert!(created(&plan).iter().all(|name| name.schema == made.wanted.parent.schema));
    }

    #[test]
    fn the_configuration_comes_after_everything_that_can_fail(made in made()) {
        let plan = made.plan();
        let place = |is: fn(&DatabaseStep) -> bool| plan.steps.iter().position(|step| is(&step.spec));
        let configure = place(|step| matches!(step, DatabaseStep::Configure(_)));
        let maintain = place(|step| matches!(step, DatabaseStep::Maintain(_)));
        let end = plan.steps.len();
        prop_assert_eq!((configure, maintain), (Some(end - 2), Some(end - 1)));
    }

    #[test]
    fn a_plan_is_the_same_through_json_and_on_a_copy(made in made()) {
        let plan = made.plan();
        let json = serde_json::to_string(&made.seen).expect("plain data");
        let read: Inspection = serde_json::from_str(&json).expect("it reads back");
        prop_assert_eq!(&read, &made.seen);
        prop_assert_eq!(&made.plan_of(&read), &plan);
        prop_assert_eq!(&made.plan_of(&elsewhere(&made.seen)).digest, &plan.digest);
        let saved = serde_json::to_string_pretty(&plan).expect("plain data");
        prop_assert_eq!(Plan::parse(&saved).expect("it is whole"), plan);
    }
}
