//! The steps of plans for sets made in code: what is created and how, what is renamed, and in which order.

use super::*;
use crate::check::world::{World, at, by, partition};
use crate::mend::MendKind;
use crate::model::{Content, Grant, Mention};
use crate::plan::{Plan, Request, Selection};
use crate::wanted::WantedExtension;

/// Numbers in tens, up to 20; the plan makes one partition more than the present needs.
fn events() -> PartitionSet {
    by("events", "int8", &[("0", "10"), ("10", "20")])
}

fn with_default(mut set: PartitionSet, bytes: i64) -> PartitionSet {
    let mut default = partition(&set.name.sibling("events_default"), "DEFAULT");
    default.content = Some(Content {
        bytes,
        ..Content::default()
    });
    set.columns = vec!["created_at".to_owned(), "text".to_owned()];
    set.partitions.push(default);
    set
}

fn server(version: &str) -> World {
    at("2026-11-22T12:00:00Z").offering(version)
}

fn planned(seen: &Inspection, wanted: WantedSet) -> Vec<DatabaseStep> {
    let request = Request {
        selection: Selection::Named(vec![wanted]),
        extension: WantedExtension::default(),
    };
    let plan = Plan::make(seen, &request);
    assert_eq!(plan.refusals, []);
    plan.steps.into_iter().map(|step| step.spec).collect()
}

fn wanted() -> WantedSet {
    let mut wanted = WantedSet::new("events".parse().expect("a name"));
    wanted.premake = 2;
    wanted
}

fn steps_of(set: PartitionSet) -> Vec<DatabaseStep> {
    planned(&server("5.5.0").with(set).seen, wanted())
}

fn creates(steps: &[DatabaseStep]) -> Vec<CreatePartition> {
    let create = |step: &DatabaseStep| match step {
        DatabaseStep::CreatePartition(create) => Some((**create).clone()),
        _ => None,
    };
    steps.iter().filter_map(create).collect()
}

fn tables(names: &[&str]) -> Vec<RelationName> {
    let name = |text: &&str| RelationName::new("public", *text);
    names.iter().map(name).collect()
}

#[test]
fn partitions_are_created_in_order_beside_nothing() {
    let created = creates(&steps_of(events()));
    let bounds: Vec<_> = created
        .iter()
        .map(|create| (create.from.as_str(), create.to.as_str()))
        .collect();
    assert_eq!(bounds, [("20", "30")]);
    for create in created {
        assert_eq!((create.default, create.rescue), (None, None));
        assert!(!create.fenced && !create.list);
        assert_eq!(create.belongings, Belongings::default());
    }
}

#[test]
fn rows_of_a_small_default_are_brought_along_unless_somebody_declined_it() {
    let world = server("5.5.0").with(with_default(events(), 8_192));
    let default = Some(RelationName::new("public", "events_default"));
    let create = creates(&planned(&world.seen, wanted())).remove(0);
    let rescue = create.rescue.expect("there are few");
    assert_eq!(rescue.control, "created_at");
    assert!(!create.fenced);
    assert_eq!(create.default, default);
    let mut declining = wanted();
    declining.decline = vec![MendKind::RescueDefault];
    let create = creates(&planned(&world.seen, declining)).remove(0);
    assert_eq!((create.default, create.rescue), (default, None));
}

#[test]
fn beside_a_large_default_the_furthest_partition_comes_first_and_each_behind_a_fence() {
    let world = server("5.5.0").with(with_default(events(), 1 << 30));
    let mut wanted = wanted();
    wanted.premake = 3;
    let steps = planned(&world.seen, wanted);
    let told: Vec<String> = steps
        .iter()
        .filter_map(|step| match step {
            DatabaseStep::Fence(fence) => {
                assert_eq!(
                    (fence.default.name.as_str(), fence.control.as_str()),
                    ("events_default", "created_at")
                );
                Some(format!("fence {} to {}", fence.from, fence.to))
            }
            DatabaseStep::ValidateFence(fence) => {
                assert_eq!(fence.default.name, "events_default");
                Some(format!("validate {}", fence.partition.name))
            }
            DatabaseStep::CreatePartition(create) => {
                assert!(create.fenced && create.rescue.is_none() && create.default.is_some());
                Some(format!("create {}", create.partition.name))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            "fence 30 to 40",
            "validate events_p30",
            "create events_p30",
            "fence 20 to 30",
            "validate events_p20",
            "create events_p20",
        ]
    );
}

#[test]
fn tables_of_foreign_keys_are_named_and_locked_first_only_beside_a_default() {
    let key = |table: &str, lockable| ForeignKey {
        name: format!("{table}_fkey"),
        table: RelationName::new("public", table),
        lockable,
    };
    let mut set = events();
    set.references = vec![key("users", true), key("events", true), key("shops", false)];
    let create = creates(&steps_of(set.clone())).remove(0);
    assert_eq!(create.foreign, tables(&["shops", "users"]));
    assert_eq!(create.foreign_first, []);
    let create = creates(&steps_of(with_default(set.clone(), 0))).remove(0);
    assert_eq!(create.foreign, tables(&["shops", "users"]));
    assert_eq!(create.foreign_first, tables(&["users"]));
    set.references.clear();
    set.referenced_by = vec![key("lines", true)];
    let create = creates(&steps_of(set)).remove(0);
    assert_eq!(create.foreign, tables(&["lines"]));
}

#[test]
fn a_new_partition_has_what_its_parent_and_all_its_siblings_have() {
    let mut set = events();
    set.owner = "shop".to_owned();
    set.grants = vec![Grant {
        grantee: None,
        privilege: "SELECT".to_owned(),
        grantable: false,
    }];
    set.default_grantees = vec![Some("reader".to_owned())];
    set.tablespace = Some("fast".to_owned());
    for partition in &mut set.partitions {
        partition.options = vec!["fillfactor=70".to_owned()];
        partition.unlogged = true;
    }
    set.statistics = vec![("created_at".to_owned(), 500)];
    let belongings = |set: &PartitionSet| {
        let seen = server("5.5.0").seen;
        super::belongings(&seen, set)
    };
    let expected = Belongings {
        owner: Some("shop".to_owned()),
        revoke_from: set.default_grantees.clone(),
        grants: set.grants.clone(),
        options: vec!["fillfactor=70".to_owned()],
        unlogged: true,
        statistics: set.statistics.clone(),
        tablespace: Some("fast".to_owned()),
        replica_identity: None,
        replica_key: Vec::new(),
    };
    assert_eq!(belongings(&set), expected);
    assert_eq!(
        creates(&steps_of(set.clone())).remove(0).belongings,
        expected
    );
    set.partitions[1].options.clear();
    set.partitions[1].unlogged = false;
    assert_eq!(belongings(&set).options, Vec::<String>::new());
    assert!(!belongings(&set).unlogged);
    set.partitions.clear();
    assert_eq!(belongings(&set).options, Vec::<String>::new());
    assert!(!belongings(&set).unlogged);
    for (letter, identity) in [
        ("f", Some("FULL")),
        ("n", Some("NOTHING")),
        ("d", None),
        ("i", None),
    ] {
        set.replica_identity = letter.to_owned();
        assert_eq!(belongings(&set).replica_identity.as_deref(), identity);
    }
    set.replica_key = vec!["created_at".to_owned()];
    assert_eq!(belongings(&set).replica_key, set.replica_key);
    set.replica_identity = "d".to_owned();
    assert_eq!(belongings(&set).replica_key, Vec::<String>::new());
    set.partitions_identity = "f".to_owned();
    let full = Some("FULL".to_owned());
    assert_eq!(belongings(&set).replica_identity, full);
}

#[test]
fn a_name_that_another_partition_has_is_not_called_left_over() {
    let mut set = events();
    set.partitions[0].name = set.name.sibling("events_p20");
    let request = Request {
        selection: Selection::Named(vec![wanted()]),
        extension: WantedExtension::default(),
    };
    let plan = Plan::make(&server("5.5.0").with(set).seen, &request);
    let way_out = plan.refusals[0].way_out.to_string();
    assert!(way_out.contains("--rename"), "{way_out}");
    assert!(!way_out.contains("drop"), "{way_out}");
}

#[test]
fn lists_go_on_as_lists() {
    let mut set = events();
    set.strategy = Strategy::List;
    set.partitions.truncate(1);
    let bound = "FOR VALUES IN ('7')";
    set.partitions[0] = partition(&set.name.sibling("events_0"), bound);
    let world = server("5.5.0").with(set);
    let mut wanted = wanted();
    wanted.interval = Some(crate::Interval::Ids(1));
    let steps = planned(&world.seen, wanted);
    let created = creates(&steps);
    assert_eq!((created[0].from.as_str(), created[0].list), ("8", true));
    let row = steps.iter().find_map(|step| match step {
        DatabaseStep::Configure(configure) => Some(configure.row.clone()),
        _ => None,
    });
    let row = row.expect("there is one");
    assert_eq!(row.get("partition_type"), Some(&"list".into()));
}

#[test]
fn names_are_changed_where_they_differ_and_the_version_reads_them() {
    let mut set = events();
    set.partitions[1].name = set.name.sibling("events_p10");
    set.partitions.push(partition(
        &set.name.sibling("events_p0"),
        "FOR VALUES FROM ('20') TO ('30')",
    ));
    let mut world = server("4.7.2").with(set);
    let mention = |name: &str| Mention {
        relation: RelationName::new("public", name),
        function: format!("{name}()"),
    };
    world.seen.mentions = vec![mention("events_p0"), mention("elsewhere")];
    let renames = |wanted| {
        let steps = planned(&world.seen, wanted).into_iter();
        let renames = steps.filter_map(|step| match step {
            DatabaseStep::RenamePartition(rename) => Some((
                rename.partition.name,
                rename.to,
                rename.bound,
                rename.mentioned_by,
            )),
            _ => None,
        });
        renames.collect::<Vec<_>>()
    };
    let mut renaming = wanted();
    renaming.names = Some(Names::Rename);
    let [third, first] = &renames(renaming)[..] else {
        panic!("one of the three has its name already");
    };
    assert_eq!(
        (third.0.as_str(), third.1.as_str()),
        ("events_p0", "events_p20")
    );
    assert_eq!(third.2, "FOR VALUES FROM ('20') TO ('30')");
    assert_eq!(third.3, ["function events_p0()"]);
    assert_eq!(
        (first.0.as_str(), first.1.as_str()),
        ("events_0", "events_p0")
    );
    assert_eq!(first.2, "FOR VALUES FROM ('0') TO ('10')");
    assert_eq!(first.3, [""; 0]);
    let mut keeping = server("5.5.0");
    keeping.seen.sets = world.seen.sets;
    let steps = planned(&keeping.seen, wanted());
    let renames = |step: &DatabaseStep| matches!(step, DatabaseStep::RenamePartition(_));
    assert!(!steps.iter().any(renames), "version 5 reads no names");
}

#[test]
fn who_changes_places_keeps_its_bound_on_the_way() {
    let mut set = events();
    set.partitions[0].name = set.name.sibling("events_p10");
    set.partitions[1].name = set.name.sibling("events_p0");
    let mut renaming = wanted();
    renaming.names = Some(Names::Rename);
    let steps = planned(&server("4.7.2").with(set).seen, renaming);
    let renames: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            DatabaseStep::RenamePartition(rename) => {
                Some((rename.to.as_str(), rename.bound.as_str()))
            }
            _ => None,
        })
        .collect();
    let (low, high) = (
        "FOR VALUES FROM ('0') TO ('10')",
        "FOR VALUES FROM ('10') TO ('20')",
    );
    assert_eq!(
        renames,
        [
            ("partman_aside_0", low),
            ("events_p10", high),
            ("events_p0", low)
        ]
    );
}
