//! The world after a run, compared with the world before it: what nobody's success message is taken for.
//!
//! [`adopted`] and [`restored`] are pure. The one thing that is tried on the server is an insert that is rolled back
//! ([`probe`]).

pub mod probe;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::assess::assess;
use crate::bound::is_range;
use crate::coverage::Range;
use crate::model::{Inspection, Partition, PartitionSet};
use crate::name::RelationName;
use crate::plan::{ASIDE, Plan, PlannedStep, Selection};
use crate::step::{Configure, DatabaseStep, Spread};
use crate::wanted::WantedSet;

use probe::Probe;

/// What the comparison found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// Set by set.
    pub sets: Vec<VerifiedSet>,
    /// What is not as it has to be; empty is good.
    pub problems: Vec<String>,
    /// What is different for a reason that is nobody's fault.
    pub notes: Vec<String>,
}

/// What the comparison found of one set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifiedSet {
    /// The parent.
    pub parent: RelationName,
    /// Partitions before.
    pub before: usize,
    /// Of these, those with the same oid, file and bound.
    pub same: usize,
    /// Partitions now.
    pub after: usize,
    /// Upper end of the last one.
    pub horizon: Option<String>,
    /// Ranges that no partition takes, up to the present and `premake` ahead.
    pub holes: usize,
    /// Whether pg_partman has its configuration.
    pub configured: bool,
    /// Inserts that were tried and rolled back.
    pub probes: Vec<Probe>,
}

/// Compares after adoption.
pub fn adopted(plan: &Plan, before: &[PartitionSet], after: &Inspection) -> Verified {
    let mut found = Verified::default();
    let renames = renames(plan);
    let bounds = new_bounds(plan);
    for parent in plan.adopts() {
        let (Some(was), Some(is)) = (
            before.iter().find(|set| set.name == *parent),
            after.set(parent),
        ) else {
            found.problems.push(format!("{parent} is gone"));
            continue;
        };
        let mut gone = Vec::new();
        let staying = without_exchanged(plan, was);
        let same = same_partitions(
            &staying,
            is,
            (&renames, &bounds),
            &mut found.problems,
            &mut gone,
        );
        found.problems.append(&mut gone);
        found.notes.extend(exchanged(plan, parent).map(told));
        parent_itself(was, is, &mut found.problems, &mut found.notes);
        created(plan, is, &mut found.problems);
        let configured = configuration(plan, parent, after, &mut found.problems);
        let version = plan.version.clone().unwrap_or_default();
        let seen = assess(after, is, &wanted(plan, parent), &version);
        let holes = seen.to_create.len();
        if holes > 0 {
            let first = &seen.to_create[0];
            found.problems.push(format!(
                "{parent} has no partition from {} to {} ({holes} in all)",
                first.from, first.to
            ));
        }
        found.sets.push(VerifiedSet {
            parent: parent.clone(),
            before: was.partitions.len(),
            same,
            after: is.partitions.len(),
            horizon: seen.horizon.map(|point| point.to_string()),
            holes,
            configured,
            probes: Vec::new(),
        });
    }
    found
}

/// Compares after everything was taken back. What others made since, dropped or detached is no problem of the way back;
/// it is told.
pub fn restored(before: &[PartitionSet], after: &Inspection) -> Verified {
    let mut found = Verified::default();
    for was in before {
        let Some(is) = after.set(&was.name) else {
            found
                .notes
                .push(format!("{} is gone: somebody dropped it", was.name));
            continue;
        };
        if is.oid != was.oid {
            found.notes.push(format!(
                "{} is another table by now, and was left alone",
                was.name
            ));
            continue;
        }
        let same = same_partitions(
            was,
            is,
            (&HashMap::new(), &HashMap::new()),
            &mut found.problems,
            &mut found.notes,
        );
        let (mut of_ours, mut of_others) = (Vec::new(), Vec::new());
        parent_itself(was, is, &mut of_ours, &mut of_others);
        // The way back touches none of these.
        found.notes.extend(of_ours.into_iter().chain(of_others));
        let known: Vec<u32> = was.partitions.iter().map(|p| p.oid).collect();
        for new in is.partitions.iter().filter(|p| !known.contains(&p.oid)) {
            found
                .notes
                .push(format!("{} was not there before and stays", new.name));
        }
        found.notes.extend(new_holes(was, is));
        let configured = after.config(is).is_some();
        if configured {
            found
                .problems
                .push(format!("{} is still in part_config", was.name));
        }
        found.sets.push(VerifiedSet {
            parent: was.name.clone(),
            before: was.partitions.len(),
            same,
            after: is.partitions.len(),
            horizon: is.ranges().last().map(|(_, to, _)| to.to_string()),
            holes: 0,
            configured,
            probes: Vec::new(),
        });
    }
    found
}

/// Where partitions were dropped again before one that stays, for it has rows by now.
fn new_holes(was: &PartitionSet, is: &PartitionSet) -> Vec<String> {
    let before = holes(was);
    let fate = match is.default_partition() {
        Some(default) => format!("land in {}", default.name),
        None => "are refused".to_owned(),
    };
    let lay_there = |(from, to): &Range| before.iter().any(|(a, b)| a <= from && to <= b);
    let new = holes(is).into_iter().filter(|hole| !lay_there(hole));
    let told = new.map(|(from, to)| {
        format!(
            "{} has a hole now, from {from} to {to}: what was made there is dropped again, and a later partition stays; rows \
             of that range {fate} until one is made for them",
            is.name
        )
    });
    told.collect()
}

fn holes(set: &PartitionSet) -> Vec<Range> {
    let ranges = set.ranges();
    let pairs = ranges.windows(2).map(|pair| (pair[0].1, pair[1].0));
    pairs.filter(|(from, to)| from < to).collect()
}

fn wanted(plan: &Plan, parent: &RelationName) -> WantedSet {
    let (Selection::Named(sets) | Selection::All(sets)) = &plan.request.selection;
    sets.iter()
        .find(|set| set.parent == *parent)
        .cloned()
        .unwrap_or_else(|| WantedSet::new(parent.clone()))
}

/// New names by old ones.
type Renames = HashMap<RelationName, RelationName>;

/// Bounds that partitions are given, by what they are called then.
type Bounds<'a> = HashMap<&'a RelationName, (&'a str, &'a str)>;

fn new_bounds(plan: &Plan) -> Bounds<'_> {
    plan.steps.iter().filter_map(new_bound).collect()
}

fn new_bound(step: &PlannedStep) -> Option<(&RelationName, (&str, &str))> {
    match &step.spec {
        DatabaseStep::AttachDefault(step) => Some((&step.partition, (&step.from, &step.to))),
        DatabaseStep::Rebound(step) => Some((&step.partition, (&step.from, &step.to))),
        _ => None,
    }
}

fn as_bound(old: &Partition, new: &Partition, bounds: &Bounds<'_>) -> bool {
    match (bounds.get(&new.name), &new.bound_text) {
        (Some((from, to)), Some(text)) => is_range(text, from, to),
        _ => old.bound_text == new.bound_text,
    }
}

fn renames(plan: &Plan) -> Renames {
    let mut renames: Vec<(RelationName, RelationName)> = Vec::new();
    for step in &plan.steps {
        if let DatabaseStep::AttachDefault(attach) = &step.spec {
            renames.push((attach.default.clone(), attach.partition.clone()));
        }
        let DatabaseStep::RenamePartition(rename) = &step.spec else {
            continue;
        };
        let new = rename.partition.sibling(rename.to.clone());
        // One that stepped aside goes on from there.
        match renames.iter_mut().find(|(_, now)| *now == rename.partition) {
            Some((_, now)) if now.name.starts_with(ASIDE) => *now = new,
            _ => renames.push((rename.partition.clone(), new)),
        }
    }
    renames.into_iter().collect()
}

/// What differs, as one phrase.
fn different(found: &[(bool, &str)]) -> Option<String> {
    let different = found.iter().filter(|(differs, _)| *differs);
    let different: Vec<&str> = different.map(|(_, what)| *what).collect();
    (!different.is_empty()).then(|| different.join(", "))
}

/// How many partitions are the same. `elsewhere` gets what no step does to a partition: on the way back that is others' doing.
fn same_partitions(
    was: &PartitionSet,
    is: &PartitionSet,
    (renames, bounds): (&Renames, &Bounds<'_>),
    problems: &mut Vec<String>,
    elsewhere: &mut Vec<String>,
) -> usize {
    let now: HashMap<u32, &Partition> = is.partitions.iter().map(|p| (p.oid, p)).collect();
    let mut same = 0;
    for old in &was.partitions {
        let Some(new) = now.get(&old.oid) else {
            elsewhere.push(format!(
                "{} is no longer a partition of {}",
                old.name, was.name
            ));
            continue;
        };
        let name = renames.get(&old.name).unwrap_or(&old.name);
        let of_ours = [
            (*name != new.name, "name"),
            (!as_bound(old, new, bounds), "bound"),
        ];
        let of_others = [
            (old.relfilenode != new.relfilenode, "file"),
            (old.owner != new.owner, "owner"),
            (old.acl != new.acl, "grants"),
            (old.options != new.options, "storage parameters"),
        ];
        let (ours, others) = (different(&of_ours), different(&of_others));
        if ours.is_none() && others.is_none() {
            same += 1;
        }
        let told = |what: String| format!("{} has another {what} than before", new.name);
        problems.extend(ours.map(told));
        elsewhere.extend(others.map(told));
    }
    same
}

/// The DEFAULT partition of this parent that the plan exchanges.
fn exchanged<'p>(plan: &'p Plan, parent: &RelationName) -> impl Iterator<Item = &'p Spread> {
    let steps = plan.steps.iter();
    let exchanged = steps.filter_map(|step| match &step.spec {
        DatabaseStep::ExchangeDefault(step) => Some(&step.spread),
        _ => None,
    });
    let parent = parent.clone();
    exchanged.filter(move |spread| spread.parent == parent)
}

/// The set without a DEFAULT that is exchanged, which stays beside it.
fn without_exchanged(plan: &Plan, was: &PartitionSet) -> PartitionSet {
    let mut staying = was.clone();
    for spread in exchanged(plan, &was.name) {
        staying.partitions.retain(|p| p.name != spread.default);
    }
    staying
}

fn told(spread: &Spread) -> String {
    let Spread {
        default, before, ..
    } = spread;
    format!(
        "{before} is what {default} was, with all its rows; when the way back is no longer wanted: DROP TABLE {before}"
    )
}

/// `of_others` gets what no step does to a parent: somebody else was at work meanwhile.
fn parent_itself(
    was: &PartitionSet,
    is: &PartitionSet,
    of_ours: &mut Vec<String>,
    of_others: &mut Vec<String>,
) {
    let lost = |index| !is.indexes.contains(index);
    let ours = [
        (was.oid != is.oid, "oid"),
        (was.key_definition != is.key_definition, "key"),
        (was.indexes.iter().any(lost), "indexes"),
    ];
    let others = [
        (was.owner != is.owner, "owner"),
        (was.acl != is.acl, "grants"),
        (was.indexes.len() < is.indexes.len(), "indexes"),
        (was.triggers != is.triggers, "triggers"),
        (was.references != is.references, "foreign keys"),
        (was.row_security != is.row_security, "row security"),
    ];
    let told = |what: String| format!("{} has other {what} than before", is.name);
    of_ours.extend(different(&ours).map(told));
    of_others.extend(different(&others).map(told));
}

/// The partitions that a step makes, by their parents.
fn creates(step: &PlannedStep) -> Vec<(&RelationName, &RelationName)> {
    match &step.spec {
        DatabaseStep::CreatePartition(create) => vec![(&create.parent, &create.partition)],
        DatabaseStep::AttachDefault(attach) => vec![(&attach.parent, &attach.default)],
        DatabaseStep::ExchangeDefault(exchange) => {
            let spread = &exchange.spread;
            let targets = spread.targets.iter().map(|target| &target.partition);
            let all = targets.chain([&spread.default]);
            all.map(|partition| (&spread.parent, partition)).collect()
        }
        _ => Vec::new(),
    }
}

fn created(plan: &Plan, is: &PartitionSet, problems: &mut Vec<String>) {
    for (parent, created) in plan.steps.iter().flat_map(creates) {
        if *parent != is.name {
            continue;
        }
        let Some(new) = is.partitions.iter().find(|p| p.name == *created) else {
            problems.push(format!("{created} was not created"));
            continue;
        };
        if new.owner != is.owner {
            problems.push(format!(
                "{} belongs to {}, not to {} as its parent does",
                new.name, new.owner, is.owner
            ));
        }
    }
}

fn configuration(
    plan: &Plan,
    parent: &RelationName,
    after: &Inspection,
    problems: &mut Vec<String>,
) -> bool {
    let planned: Option<&Configure> = plan.steps.iter().find_map(|step| match &step.spec {
        DatabaseStep::Configure(configure) if configure.parent == *parent => Some(configure),
        _ => None,
    });
    let unquoted = parent.unquoted();
    let actual = after
        .configs
        .iter()
        .find(|config| config.parent_table() == unquoted);
    let (Some(planned), Some(actual)) = (planned, actual) else {
        problems.push(format!("{parent} is not in part_config"));
        return false;
    };
    let different: Vec<&str> = planned
        .row
        .iter()
        .filter(|(column, value)| actual.row.get(*column) != Some(*value))
        .map(|(column, _)| column.as_str())
        .collect();
    if !different.is_empty() {
        problems.push(format!(
            "part_config has another {} for {parent} than planned",
            different.join(", ")
        ));
    }
    different.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::world::by;

    /// What [`parent_itself`] takes for ours, and for others'.
    fn told(was: &PartitionSet, is: &PartitionSet) -> (Vec<String>, Vec<String>) {
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        parent_itself(was, is, &mut ours, &mut others);
        (ours, others)
    }

    #[test]
    fn what_somebody_adds_to_a_parent_is_no_failure_of_a_run_and_what_is_lost_is() {
        let bounds = [("0", "10"), ("10", "20")];
        let mut was = by("events", "int8", &bounds);
        let index = |name: &str| serde_json::json!({ "name": name, "valid": true });
        let indexes = |names: &[&str]| {
            let all: Vec<_> = names.iter().map(|name| index(name)).collect();
            serde_json::from_value(serde_json::Value::from(all)).expect("indexes")
        };
        was.indexes = indexes(&["one"]);
        let mut is = was.clone();
        assert_eq!(told(&was, &is), (vec![], vec![]));
        is.indexes = indexes(&["one", "two"]);
        is.row_security = !was.row_security;
        let added = vec!["public.events has other indexes, row security than before".to_owned()];
        assert_eq!(told(&was, &is), (vec![], added));
        is = was.clone();
        is.indexes.clear();
        let lost = vec!["public.events has other indexes than before".to_owned()];
        assert_eq!(told(&was, &is), (lost, vec![]));
    }
}
