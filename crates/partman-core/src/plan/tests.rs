//! Which sets a plan is for and which it refuses, and when one that was saved can be run.

use serde_json::{Value, json};

use super::*;
use crate::assess::Code;
use crate::check::world::{World, at, by, partition};
use crate::model::{Content, Other, StrayKind};
use crate::step::Configure;

fn shop() -> World {
    let months = [
        ("2026-09-01 00:00:00+00", "2026-10-01 00:00:00+00"),
        ("2026-10-01 00:00:00+00", "2026-11-01 00:00:00+00"),
        ("2026-11-01 00:00:00+00", "2026-12-01 00:00:00+00"),
    ];
    at("2026-11-22T12:00:00Z")
        .offering("5.5.0")
        .with(by("events", "timestamptz", &months))
        .with(by("orders", "timestamptz", &months))
}

fn name(text: &str) -> RelationName {
    text.parse().expect("a name")
}

fn wanted(parent: &str) -> WantedSet {
    WantedSet::new(name(parent))
}

fn of(selection: Selection) -> Request {
    Request {
        selection,
        extension: WantedExtension::default(),
    }
}

fn named(parents: &[&str]) -> Request {
    let wanted = parents.iter().map(|parent| wanted(parent));
    of(Selection::Named(wanted.collect()))
}

fn all() -> Request {
    of(Selection::All(Vec::new()))
}

fn refused(plan: &Plan) -> Vec<Code> {
    plan.refusals.iter().map(|reason| reason.code).collect()
}

/// `events` can't be adopted: one of its partitions has another width.
fn uneven() -> World {
    let mut world = shop();
    let broken = [
        ("2026-09-01 00:00:00+00", "2026-10-01 00:00:00+00"),
        ("2026-10-01 00:00:00+00", "2026-11-01 00:00:00+00"),
        ("2026-11-01 00:00:00+00", "2026-11-07 00:00:00+00"),
    ];
    world.seen.sets[0] = by("events", "timestamptz", &broken);
    world
}

#[test]
fn a_plan_adopts_the_sets_that_it_is_for() {
    let shop = shop().seen;
    let (events, orders) = (name("events"), name("orders"));
    let one = Plan::make(&shop, &named(&["events"]));
    assert_eq!((refused(&one), one.adopts()), (vec![], vec![&events]));
    assert_eq!((one.is_for(&events), one.is_for(&orders)), (true, false));
    let both = Plan::make(&shop, &all());
    assert_eq!(
        (refused(&both), both.adopts()),
        (vec![], vec![&events, &orders])
    );
    assert_eq!((both.is_for(&events), both.is_for(&orders)), (true, true));
    assert!(!one.is_empty() && !both.is_empty());
    let nothing = Plan::make(&shop, &named(&[]));
    assert!(nothing.is_empty() && nothing.adopts().is_empty());
    assert_eq!((one.sets.len(), nothing.sets.len()), (2, 2), "all are told");
}

#[test]
fn wishes_for_one_set_are_for_that_one() {
    let mut wish = wanted("orders");
    wish.premake = 9;
    let plan = Plan::make(&shop().seen, &of(Selection::All(vec![wish])));
    let premake = |step: &PlannedStep| match &step.spec {
        DatabaseStep::Configure(Configure { row, .. }) => row.get("premake").cloned(),
        _ => None,
    };
    let premakes: Vec<Value> = plan.steps.iter().filter_map(premake).collect();
    assert_eq!(premakes, [json!(4), json!(9)]);
}

#[test]
fn a_set_that_cannot_be_adopted_is_refused_where_it_is_named_and_passed_over_elsewhere() {
    let seen = uneven().seen;
    let plan = Plan::make(&seen, &named(&["events", "orders"]));
    assert_eq!(refused(&plan), [Code::MixedWidths]);
    assert!(
        plan.is_empty(),
        "nothing is done where something is refused"
    );
    let plan = Plan::make(&seen, &all());
    assert_eq!(
        (refused(&plan), plan.adopts()),
        (vec![], vec![&name("orders")])
    );
}

#[test]
fn what_is_told_of_a_set_is_told_as_it_is_wanted() {
    let mut other = wanted("events");
    other.interval = Some("1 year".parse().expect("an interval"));
    let plan = Plan::make(&shop().seen, &of(Selection::Named(vec![other])));
    assert_eq!(refused(&plan), [Code::IntervalDiffers]);
    let reasons: Vec<usize> = plan.sets.iter().map(|set| set.reasons.len()).collect();
    assert_eq!(reasons, [1, 0]);
}

#[test]
fn a_managed_set_has_no_steps_and_is_not_refused_unless_it_is_being_undone() {
    let managed = |undoing: bool, installed: &str| {
        let row = json!({ "undo_in_progress": undoing });
        uneven().installed(installed).managed("events", row).seen
    };
    let plan = Plan::make(&managed(false, "5.5.0"), &named(&["events"]));
    assert_eq!((refused(&plan), plan.steps.len()), (vec![], 0));
    let plan = Plan::make(&managed(true, "5.5.0"), &named(&["events"]));
    assert!(refused(&plan).contains(&Code::UndoInProgress));
    let sound = shop().installed("5.5.0").managed("events", json!({})).seen;
    let plan = Plan::make(&sound, &all());
    assert_eq!(plan.adopts(), [&name("orders")]);
}

#[test]
fn a_row_that_says_something_else_than_its_set_is_no_success() {
    let row = json!({ "control": "nope" });
    let seen = shop().installed("5.5.0").managed("events", row).seen;
    let plan = Plan::make(&seen, &named(&["events"]));
    assert_eq!(refused(&plan), [Code::ConfigDiffers]);
    assert_eq!(refused(&Plan::make(&seen, &all())), []);
}

#[test]
fn no_extension_is_needed_where_nothing_is_adopted() {
    let mut seen = uneven().seen;
    seen.extension = crate::model::Extension::default();
    seen.sets.truncate(1);
    let plan = Plan::make(&seen, &all());
    assert_eq!((refused(&plan), plan.steps.len()), (vec![], 0));
    seen.sets = shop().seen.sets;
    let plan = Plan::make(&seen, &all());
    assert_eq!(refused(&plan), [Code::ExtensionNotAvailable]);
}

#[test]
fn who_names_no_table_is_told_what_there_is() {
    let mut seen = shop().seen;
    let way_out = |seen: &Inspection, parent: &str| {
        let plan = Plan::make(seen, &named(&[parent]));
        assert_eq!(refused(&plan), [Code::SetNotFound]);
        assert!(plan.is_empty());
        plan.refusals[0].way_out.to_string()
    };
    for near in ["event", "old_events", "\"EVENTS\"", "app.events"] {
        assert_eq!(
            way_out(&seen, near),
            "did you mean public.events?",
            "{near}"
        );
    }
    assert_eq!(way_out(&seen, "rder"), "did you mean public.orders?");
    assert!(way_out(&seen, "users").starts_with("partitioned tables here: public.events"));
    seen.sets.clear();
    assert!(way_out(&seen, "events").starts_with("there is no partitioned table"));
}

#[test]
fn a_plan_holds_as_long_as_nothing_has_changed() {
    let seen = shop().seen;
    let plan = Plan::make(&seen, &named(&["events"]));
    let mut later = seen.clone();
    later.server.now = "2026-12-24T12:00:00Z".parse().expect("an instant");
    later.sets[1].partitions.clear();
    assert!(
        plan.still_holds(&later).is_ok(),
        "time and other sets don't matter"
    );
    let why = |seen: &Inspection| {
        let changed = plan.still_holds(seen).expect_err("it has changed");
        assert_eq!(changed.kind(), Kind::Changed);
        changed.to_string()
    };
    let mut other = seen.clone();
    other.server.database = "copy".to_owned();
    assert!(why(&other).contains("database shop of this server, and this is database copy"));
    other.server.system_identifier = "8".to_owned();
    assert!(why(&other).contains("of another server"));
    other.server.database = "shop".to_owned();
    assert!(why(&other).contains("of another server"));
}

#[test]
fn what_has_changed_since_a_plan_was_made_is_told() {
    let seen = shop().seen;
    let mut without = seen.clone();
    without.sets[0].partitions.pop();
    let plan = Plan::make(&seen, &named(&["events"]));
    let why = |plan: &Plan, seen: &Inspection| {
        plan.still_holds(seen)
            .expect_err("it has changed")
            .to_string()
    };
    assert!(why(&plan, &without).ends_with(" is needed now"));
    let shorter = Plan::make(&without, &named(&["events"]));
    assert!(why(&shorter, &seen).ends_with(" is no longer needed or possible"));
    let mut owned = seen.clone();
    owned.sets[0].owner = "somebody".to_owned();
    assert!(why(&plan, &owned).ends_with(": a step has other details"));
    let uneven = why(&plan, &uneven().seen);
    assert!(
        uneven.contains("most partitions of public.events"),
        "{uneven}"
    );
}

fn parsed(plan: &Value) -> String {
    match Plan::parse(&plan.to_string()) {
        Ok(_) => "whole".to_owned(),
        Err(e) => {
            assert_eq!(e.kind(), Kind::Settings);
            e.to_string()
        }
    }
}

#[test]
fn a_saved_plan_that_somebody_wrote_into_is_not_read() {
    let plan = Plan::make(&shop().seen, &all());
    let saved = serde_json::to_value(&plan).expect("plain data");
    let edited = |edit: fn(&mut Value)| {
        let mut saved = saved.clone();
        edit(&mut saved);
        saved
    };
    assert_eq!(parsed(&saved), "whole");
    let other = edited(|plan| plan["schema"] = "partman/plan/2".into());
    assert!(parsed(&other).contains("it is of the form \"partman/plan/2\""));
    let none = edited(|plan| plan["schema"] = Value::Null);
    assert!(parsed(&none).contains("it doesn't say of which form it is"));
    for altered in [
        edited(|plan| plan["seal"] = Value::Null),
        edited(|plan| plan["made_from"]["database"] = "other".into()),
        edited(|plan| plan["steps"][1]["title"] = "nothing".into()),
    ] {
        assert!(parsed(&altered).contains("it was altered after it was made"));
    }
    assert!(Plan::parse("{").is_err());
}

#[test]
fn a_seal_does_not_make_steps_match_their_digest() {
    let plan = Plan::make(&shop().seen, &all());
    let sealed = |edit: fn(&mut Plan)| {
        let mut plan = plan.clone();
        edit(&mut plan);
        plan.seal = plan.sealed();
        parsed(&serde_json::to_value(&plan).expect("plain data"))
    };
    assert_eq!(
        sealed(|plan| plan.made_from.database = "other".to_owned()),
        "whole"
    );
    for broken in [
        sealed(|plan| plan.digest = "0".repeat(64)),
        sealed(|plan| drop(plan.steps.pop())),
        sealed(|plan| plan.steps[0].description.title = "nothing".to_owned()),
    ] {
        assert!(
            broken.contains("its steps don't match its digest"),
            "{broken}"
        );
    }
}

#[test]
fn a_digest_is_of_all_steps_in_their_order() {
    let steps = Plan::make(&shop().seen, &all()).steps;
    let whole = Plan::digest_of(&steps);
    let mut turned = steps.clone();
    turned.reverse();
    assert_eq!(whole.len(), 64);
    assert_ne!(Plan::digest_of(&turned), whole);
    assert_ne!(Plan::digest_of(&steps[1..]), whole);
}

#[test]
fn who_went_on_in_another_zone_is_told_which_one() {
    let months = [
        ("2026-08-01 00:00:00+00", "2026-09-01 00:00:00+00"),
        ("2026-09-01 00:00:00+00", "2026-10-01 00:00:00+00"),
        ("2026-10-01 00:00:00+00", "2026-10-31 23:00:00+00"),
        ("2026-10-31 23:00:00+00", "2026-11-30 23:00:00+00"),
    ];
    let seen = at("2026-11-22T12:00:00Z")
        .with(by("events", "timestamptz", &months))
        .offering("5.5.0")
        .seen;
    let plan = Plan::make(&seen, &named(&["events"]));
    let setting = "time_zone = \"Europe/Paris\"";
    let way_out = &plan.refusals[0].way_out;
    assert!(way_out.contains(setting), "{way_out}");
    let mut both = wanted("events");
    both.time_zone = Some("Europe/Paris".to_owned());
    both.interval = Some("1 month".parse().expect("an interval"));
    let plan = Plan::make(&seen, &of(Selection::Named(vec![both])));
    assert_eq!(refused(&plan), [], "{:?}", plan.refusals);
}

#[test]
fn what_a_default_that_reaches_far_ahead_needs_is_told_at_once() {
    let day = ("2026-11-22 00:00:00+00", "2026-11-23 00:00:00+00");
    let mut set = by("events", "timestamptz", &[day]);
    set.unique_key.clear();
    let mut default = partition(&name("events_rest"), "DEFAULT");
    default.content = Some(Content {
        has_rows: true,
        min: Some("2026-11-23 00:00:00+00".to_owned()),
        max: Some("2099-01-01 00:00:00+00".to_owned()),
        next: Some("2026-11-23 00:00:00+00".to_owned()),
        gaps_ahead: Vec::new(),
        nulls: Some(false),
        counted: Some(100_000),
        bytes: 1 << 30,
        hidden: false,
    });
    set.partitions.push(default);
    let world = at("2026-11-22T12:00:00Z").with(set).offering("5.5.0");
    let plan = Plan::make(&world.seen, &named(&["events"]));
    let way_out = &plan.refusals[0].way_out;
    let both = ["default = \"spread\"", "give public.events a primary key"];
    assert!(both.iter().all(|what| way_out.contains(what)), "{way_out}");
}

#[test]
fn a_plan_that_is_sealed_anew_is_as_good_as_new() {
    let mut plan = Plan::make(&shop().seen, &named(&["events"]));
    let before = plan.seal.clone();
    plan.steps[0].description.title = "said otherwise".to_owned();
    plan.seal_anew();
    assert_ne!(plan.seal, before);
    let json = serde_json::to_value(&plan).expect("plain data");
    assert_eq!(plan.seal, Plan::seal_of(json));
}

#[test]
fn maintenance_is_called_in_the_zones_of_the_sets() {
    let paris = [
        ("2026-08-31 22:00:00+00", "2026-09-30 22:00:00+00"),
        ("2026-09-30 22:00:00+00", "2026-10-31 23:00:00+00"),
        ("2026-10-31 23:00:00+00", "2026-11-30 23:00:00+00"),
    ];
    let world = shop().with(by("visits", "timestamptz", &paris));
    let plan = Plan::make(&world.seen, &all());
    let zones: Vec<&str> = plan.time_zones().into_iter().collect();
    assert_eq!(zones, ["Europe/Paris", "UTC"]);
}

#[test]
fn a_set_by_hash_is_left_as_it_is_whatever_its_bounds() {
    let mut world = shop();
    let mut set = by("shards", "int8", &[]);
    set.strategy = crate::model::Strategy::Hash;
    set.partitions = (0..4)
        .map(|n| {
            let bound = format!("FOR VALUES WITH (modulus 4, remainder {n})");
            partition(&name(&format!("shards_{n}")), &bound)
        })
        .collect();
    world.seen.sets.push(set);
    let plan = Plan::make(&world.seen, &named(&["shards"]));
    assert_eq!(refused(&plan), [Code::Hash]);
}

#[test]
fn what_is_no_set_is_named_with_what_to_do_instead() {
    let way_out = |kind: StrayKind| {
        let mut world = shop();
        world.seen.others.push(Other {
            name: name("latest"),
            kind,
        });
        let plan = Plan::make(&world.seen, &named(&["latest"]));
        assert_eq!(refused(&plan), [Code::SetNotFound]);
        plan.refusals[0].way_out.to_string()
    };
    for view in [StrayKind::View, StrayKind::MaterializedView] {
        assert!(way_out(view).starts_with("name the table that it shows"));
    }
    assert!(way_out(StrayKind::ForeignTable).starts_with("run this on the server"));
    assert!(way_out(StrayKind::Table).contains("PARTITION BY RANGE"));
    assert!(way_out(StrayKind::Sequence).starts_with("partitioned tables here"));
}
