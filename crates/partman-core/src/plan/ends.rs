//! The steps that give a partition the bounds of its rows: a CHECK proves them, the bounds change, the CHECK goes.

use std::collections::BTreeSet;

use super::adopt::{belongings, foreign_keys};
use crate::assess::{Assessment, Ending, from_beyond, instant, margin, own_names, returning};
use crate::model::{Inspection, PartitionSet};
use crate::name::RelationName;
use crate::step::{
    AddCheck, AttachDefault, DatabaseStep, DropCheck, Rebound, ValidateCheck, Within,
};
use crate::wanted::Names;

/// For each in turn. `set` is as it is now.
pub(super) fn steps(
    inspection: &Inspection,
    set: &PartitionSet,
    seen: &Assessment,
) -> Vec<DatabaseStep> {
    let Some(mended) = &seen.mended else {
        return Vec::new();
    };
    let one = |ending: &Ending| around(inspection, set, mended, seen, ending);
    seen.ends.iter().flat_map(one).collect()
}

fn around(
    inspection: &Inspection,
    set: &PartitionSet,
    mended: &PartitionSet,
    seen: &Assessment,
    ending: &Ending,
) -> [DatabaseStep; 5] {
    let literal = |point| set.literal(point).unwrap_or_default();
    let (before, after) = names(mended, seen, ending);
    let within = |table: &RelationName| Within {
        table: table.clone(),
        control: seen.control.clone().unwrap_or_default(),
        from: literal(ending.from),
        to: literal(ending.to),
    };
    let range = (ending.from, ending.to);
    let zone = seen.zone.as_ref();
    let end = zone.and_then(|zone| instant(ending.to, zone));
    let latest = zone
        .zip(end)
        .and_then(|(zone, end)| end.checked_sub(margin(range, zone)).ok());
    // A range that is over is written to no more; there is no hurry then.
    let hurry = end.is_some_and(|end| end > inspection.server.now);
    let validate = |table: &RelationName, on_the_way_back: bool| {
        DatabaseStep::ValidateCheck(ValidateCheck {
            within: within(table),
            on_the_way_back,
            not_after: end.filter(|_| hurry && !on_the_way_back),
        })
    };
    let change = if ending.default {
        DatabaseStep::AttachDefault(Box::new(AttachDefault {
            parent: set.name.clone(),
            default: before.clone(),
            partition: after.clone(),
            from: literal(ending.from),
            to: literal(ending.to),
            belongings: belongings(inspection, set),
            rescue: returning(mended, inspection.server.superuser),
            foreign: foreign(set, false),
            foreign_first: foreign(set, true),
        }))
    } else {
        DatabaseStep::Rebound(Rebound {
            parent: set.name.clone(),
            partition: before.clone(),
            bound: bound(set, ending),
            from: literal(ending.from),
            to: literal(ending.to),
            default: set.default_partition().map(|default| default.name.clone()),
            foreign: foreign(set, false),
            foreign_first: foreign(set, true),
            returning: from_beyond(set, inspection.server.superuser),
        })
    };
    [
        DatabaseStep::AddCheck(AddCheck {
            within: within(&before),
            not_after: latest.filter(|_| hurry),
        }),
        validate(&before, false),
        change,
        validate(&after, true),
        DatabaseStep::DropCheck(DropCheck {
            within: within(&after),
        }),
    ]
}

/// What it is called when its turn comes, and afterwards. One with an open end is renamed before, where names change.
fn names(
    mended: &PartitionSet,
    seen: &Assessment,
    ending: &Ending,
) -> (RelationName, RelationName) {
    let own = match (&seen.suffix, &seen.zone) {
        (Some(suffix), Some(zone)) if seen.names == Names::Rename => {
            own_names(mended, suffix, zone)
        }
        _ => Vec::new(),
    };
    let own = own.into_iter().find(|(now, _)| *now == ending.named);
    let after = own.and_then(|(_, own)| own).unwrap_or(ending.named.clone());
    let before = if ending.default {
        ending.partition.clone()
    } else {
        after.clone()
    };
    (before, after)
}

/// Tables at the other end of foreign keys; those that may be locked before the parent, or all.
pub(super) fn foreign(set: &PartitionSet, lockable: bool) -> Vec<RelationName> {
    let keys = foreign_keys(set).into_iter();
    let keys = keys.filter(|key| key.lockable || !lockable);
    let tables: BTreeSet<RelationName> = keys.map(|key| key.table.clone()).collect();
    tables.into_iter().collect()
}

fn bound(set: &PartitionSet, ending: &Ending) -> String {
    let mut partitions = set.partitions.iter();
    let partition = partitions.find(|partition| partition.name == ending.partition);
    partition
        .and_then(|partition| partition.bound_text.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::check::world::{World, at, by, partition};
    use crate::model::{Content, ForeignKey};
    use crate::plan::{Plan, Request, Selection};
    use crate::wanted::{WantedExtension, WantedSet};

    const OCTOBER: &str = "2026-10-01 00:00:00+00";
    const NOVEMBER: &str = "2026-11-01 00:00:00+00";
    const DECEMBER: &str = "2026-12-01 00:00:00+00";

    fn holding(min: &str, max: &str, bytes: i64) -> Option<Content> {
        Some(Content {
            has_rows: true,
            min: Some(min.to_owned()),
            max: Some(max.to_owned()),
            bytes,
            ..Content::default()
        })
    }

    fn key(table: &str, lockable: bool) -> ForeignKey {
        ForeignKey {
            name: format!("{table}_fkey"),
            table: RelationName::new("public", table),
            lockable,
        }
    }

    /// Months of which the last has no end; foreign keys refer to two tables.
    fn open_above() -> PartitionSet {
        let mut set = by(
            "events",
            "timestamptz",
            &[(OCTOBER, NOVEMBER), (NOVEMBER, "MAXVALUE")],
        );
        set.references = vec![key("users", true), key("shops", false)];
        let november = ("2026-11-03 00:00:00+00", "2026-11-20 00:00:00+00");
        set.partitions[1].content = holding(november.0, november.1, 8_192);
        set
    }

    fn open_below() -> PartitionSet {
        let mut set = by(
            "events",
            "timestamptz",
            &[("MINVALUE", NOVEMBER), (NOVEMBER, DECEMBER)],
        );
        let october = ("2026-10-03 00:00:00+00", "2026-10-20 00:00:00+00");
        set.partitions[0].content = holding(october.0, october.1, 8_192);
        set
    }

    fn large_default() -> PartitionSet {
        let mut set = by("events", "timestamptz", &[(OCTOBER, NOVEMBER)]);
        let mut default = partition(&set.name.sibling("events_default"), "DEFAULT");
        let november = ("2026-11-03 00:00:00+00", "2026-11-20 00:00:00+00");
        default.content = holding(november.0, november.1, 1 << 30);
        set.columns = vec!["created_at".to_owned()];
        set.partitions.push(default);
        set.references = vec![key("users", true), key("shops", false)];
        set
    }

    /// The five steps around the change, without the others.
    fn around(
        now: &str,
        version: &str,
        set: PartitionSet,
        names: Option<Names>,
    ) -> Vec<DatabaseStep> {
        let World { seen, .. } = at(now).offering(version).with(set);
        let mut wanted = WantedSet::new("events".parse().expect("a name"));
        wanted.names = names;
        wanted.interval = Some(crate::Interval::Months(1));
        wanted.time_zone = Some("UTC".to_owned());
        let request = Request {
            selection: Selection::Named(vec![wanted]),
            extension: WantedExtension::default(),
        };
        let plan = Plan::make(&seen, &request);
        assert_eq!(plan.refusals, []);
        let steps = plan.steps.into_iter().map(|step| step.spec);
        let steps = steps.skip_while(|step| !matches!(step, DatabaseStep::AddCheck(_)));
        steps.take(5).collect()
    }

    /// Each of the five: what it is done to, and when it is too late.
    fn told(steps: &[DatabaseStep]) -> Vec<(String, Option<Timestamp>)> {
        let told = steps.iter().map(|step| match step {
            DatabaseStep::AddCheck(add) => {
                (format!("add {}", add.within.table.name), add.not_after)
            }
            DatabaseStep::ValidateCheck(check) => {
                let way = if check.on_the_way_back {
                    "back"
                } else {
                    "there"
                };
                (
                    format!("validate {} {way}", check.within.table.name),
                    check.not_after,
                )
            }
            DatabaseStep::Rebound(rebound) => (
                format!(
                    "rebound {}: {} to {}",
                    rebound.partition.name, rebound.from, rebound.to
                ),
                None,
            ),
            DatabaseStep::AttachDefault(attach) => (
                format!(
                    "{} becomes {}: {} to {}",
                    attach.default.name, attach.partition.name, attach.from, attach.to
                ),
                None,
            ),
            DatabaseStep::DropCheck(check) => (format!("drop {}", check.within.table.name), None),
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    fn expected(told: [(&str, Option<&str>); 5]) -> Vec<(String, Option<Timestamp>)> {
        let told = told.into_iter();
        let at = |text: &str| text.parse().expect("an instant");
        told.map(|(what, when)| (what.to_owned(), when.map(at)))
            .collect()
    }

    #[test]
    fn an_end_to_come_is_closed_while_there_is_time() {
        let steps = around("2026-11-22T12:00:00Z", "5.5.0", open_above(), None);
        let change = "rebound events_1: 2026-11-01 00:00:00+00 to 2026-12-01 00:00:00+00";
        assert_eq!(
            told(&steps),
            expected([
                ("add events_1", Some("2026-11-30T23:00:00Z")),
                ("validate events_1 there", Some("2026-12-01T00:00:00Z")),
                (change, None),
                ("validate events_1 back", None),
                ("drop events_1", None),
            ])
        );
        let DatabaseStep::Rebound(rebound) = &steps[2] else {
            panic!("{:?}", steps[2]);
        };
        assert_eq!(
            rebound.bound,
            format!("FOR VALUES FROM ('{NOVEMBER}') TO (MAXVALUE)")
        );
        assert_eq!(rebound.default, None);
        let names = |tables: &[RelationName]| -> Vec<String> {
            tables.iter().map(|table| table.name.clone()).collect()
        };
        assert_eq!(names(&rebound.foreign), ["shops", "users"]);
        assert_eq!(names(&rebound.foreign_first), ["users"]);
        let DatabaseStep::AddCheck(add) = &steps[0] else {
            panic!("{:?}", steps[0]);
        };
        let within = (&add.within.control, &add.within.from, &add.within.to);
        assert_eq!(
            within,
            (
                &"created_at".to_owned(),
                &NOVEMBER.to_owned(),
                &DECEMBER.to_owned()
            )
        );
    }

    #[test]
    fn a_range_that_is_over_is_in_no_hurry() {
        for now in ["2026-11-22T12:00:00Z", "2026-11-01T00:00:00Z"] {
            let steps = around(now, "5.5.0", open_below(), None);
            let change = "rebound events_0: 2026-10-01 00:00:00+00 to 2026-11-01 00:00:00+00";
            assert_eq!(
                told(&steps),
                expected([
                    ("add events_0", None),
                    ("validate events_0 there", None),
                    (change, None),
                    ("validate events_0 back", None),
                    ("drop events_0", None),
                ]),
                "{now}"
            );
        }
    }

    #[test]
    fn one_with_an_open_end_has_its_new_name_when_its_turn_comes() {
        let steps = around("2026-11-22T12:00:00Z", "4.7.2", open_below(), None);
        let told: Vec<String> = told(&steps).into_iter().map(|(what, _)| what).collect();
        assert_eq!(told[0], "add events_p2026_10");
        assert!(
            told[2].starts_with("rebound events_p2026_10: "),
            "{}",
            told[2]
        );
        assert_eq!(told[4], "drop events_p2026_10");
        let steps = around(
            "2026-11-22T12:00:00Z",
            "5.5.0",
            open_below(),
            Some(Names::Keep),
        );
        assert!(
            matches!(&steps[0], DatabaseStep::AddCheck(add) if add.within.table.name == "events_0")
        );
    }

    #[test]
    fn a_default_becomes_a_partition_under_its_name_and_in_time() {
        for (version, name) in [("5.5.0", "events_p20261101"), ("4.7.2", "events_p2026_11")] {
            let steps = around("2026-11-22T12:00:00Z", version, large_default(), None);
            let change = format!(
                "events_default becomes {name}: 2026-11-01 00:00:00+00 to 2026-12-01 00:00:00+00"
            );
            let (back, drop) = (format!("validate {name} back"), format!("drop {name}"));
            assert_eq!(
                told(&steps),
                expected([
                    ("add events_default", Some("2026-11-30T23:00:00Z")),
                    (
                        "validate events_default there",
                        Some("2026-12-01T00:00:00Z")
                    ),
                    (&change, None),
                    (&back, None),
                    (&drop, None),
                ])
            );
            let DatabaseStep::AttachDefault(attach) = &steps[2] else {
                panic!("{:?}", steps[2]);
            };
            assert!(attach.rescue.is_some(), "the new DEFAULT is empty");
            assert_eq!((attach.foreign.len(), attach.foreign_first.len()), (2, 1));
        }
    }

    #[test]
    fn closed_ends_need_no_such_steps() {
        let set = by(
            "events",
            "timestamptz",
            &[(OCTOBER, NOVEMBER), (NOVEMBER, DECEMBER)],
        );
        assert_eq!(around("2026-11-22T12:00:00Z", "5.5.0", set, None), []);
    }
}
