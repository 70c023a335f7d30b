//! Layouts that pg_partman can't maintain, whatever their bounds: each with its reason and the way out.

use super::{Adoptable, Assessment, Code, empty, list, nesting};
use crate::Interval;
use crate::bound::KeyKind;
use crate::measure::{Measure, Told, told_by};
use crate::model::{Inspection, KeyColumn, Partition, PartitionSet, Strategy};
use crate::name::quote_ident;
use crate::pg_partman::Version;
use crate::phrase;
use crate::wanted::{Names, WantedSet};
use crate::words::name_some;

/// Adds a reason for everything in the set's layout that stands in the way.
pub(super) fn judge(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
    seen: &mut Assessment,
) {
    if nesting::judge(inspection, set, seen) {
        return;
    }
    strategy(set, seen);
    match set.strategy {
        Strategy::Range => {}
        Strategy::List if list::judge(set, wanted, version, seen) => {}
        Strategy::List | Strategy::Hash | Strategy::Inherits => return,
    }
    key(set, wanted, version, seen);
    names(set, wanted, version, seen);
    partitions(set, wanted, seen);
    rights(set, version, seen);
}

fn strategy(set: &PartitionSet, seen: &mut Assessment) {
    let parent = &set.name;
    let (code, what, way_out) = match set.strategy {
        Strategy::Range | Strategy::List => return,
        Strategy::Inherits => (
            Code::Inheritance,
            phrase!(
                "{parent} is old-style inheritance, which the server doesn't route rows by",
                parent
            ),
            phrase!(
                "convert it to a table PARTITION BY RANGE and attach the children with their bounds first"
            ),
        ),
        Strategy::Hash => (
            Code::Hash,
            phrase!(
                "{parent} is partitioned by HASH, where nothing ever has to be created ahead",
                parent
            ),
            phrase!("leave it as it is: pg_partman has nothing to do for it"),
        ),
    };
    seen.refuse(Adoptable::No, code, what, way_out);
}

fn key(set: &PartitionSet, wanted: &WantedSet, version: &Version, seen: &mut Assessment) {
    let parent = &set.name;
    match set.key.as_slice() {
        [KeyColumn { column: None, .. }] => seen.refuse(
            Adoptable::No, Code::ExpressionKey,
            phrase!("{parent} is partitioned by an expression: {key}", parent, key = set.key_definition),
            phrase!("pg_partman needs a plain column as its control: partition by the column that the expression uses"),
        ),
        [KeyColumn { column: Some(column), kind, type_name, domain, .. }] => {
            if let Some(domain) = domain {
                seen.refuse(
                    Adoptable::No,
                    Code::KeyType,
                    phrase!("{parent} is partitioned by {column}, of the domain {domain}, and pg_partman knows a key by the name of its type", parent, column, domain),
                    phrase!("a column of the type {type_name} itself is needed, which takes making the table anew; or go on managing it by hand", type_name),
                );
            }
            let told = told_by(set);
            counted(set, wanted, version, told, seen);
            let is_known = *kind != KeyKind::Numeric || version.counts_numerics();
            let counts = set.is_counted() || told == Told::Surely(Measure::UuidV7);
            if !counts || !is_known {
                let way_out = match kind {
                    KeyKind::Numeric if counts => phrase!("use pg_partman 5.1 or newer, which counts in whole numbers of it"),
                    KeyKind::Numeric => phrase!("pg_partman counts in whole numbers that fit into a bigint, and some of its bounds are others: use a bigint or a timestamp column"),
                    KeyKind::Uuid => phrase!("pg_partman reads the time in a uuid of version 7, and only where bounds begin a millisecond: partition by a timestamp column, or keep managing it by hand"),
                    _ => phrase!("pg_partman counts in times and integers: partition by such a column"),
                };
                seen.refuse(Adoptable::No, Code::KeyType, phrase!("{parent} is partitioned by {column}, a {type_name}", parent, column, type_name), way_out);
            }
            if let Some(other) = wanted.control.as_ref().filter(|wanted| *wanted != column) {
                seen.refuse(
                    Adoptable::NeedsDecision, Code::ControlDiffers,
                    phrase!("{parent} is partitioned by {column}, not by {other} as the configuration says", parent, column, other),
                    phrase!("set {setting} or leave it out", setting = format!("control = \"{column}\"")),
                );
            }
        }
        keys => seen.refuse(
            Adoptable::No, Code::SeveralKeyColumns,
            phrase!("{parent} is partitioned by {n} columns: {key}", parent, n = keys.len(), key = set.key_definition),
            phrase!("pg_partman knows one control column: partition by the one that grows"),
        ),
    }
}

/// Times that are written as integers or uuids, as far as this version knows them.
fn counted(
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
    told: Told,
    seen: &mut Assessment,
) {
    let parent = &set.name;
    match told {
        Told::Surely(Measure::UuidV7) if !version.encodes_times() => seen.refuse(
            Adoptable::No, Code::EncodingUnsupported,
            phrase!("{parent} is partitioned by a uuid of version 7, which pg_partman {version} can't read", parent, version),
            phrase!("use pg_partman 5.2 or newer, which reads the time in it"),
        ),
        Told::Surely(Measure::Epoch(unit)) if !version.knows_epoch(unit) => seen.refuse(
            Adoptable::No, Code::EncodingUnsupported,
            phrase!("{parent} is partitioned by {unit} since 1970, which pg_partman {version} can't read", parent, unit = unit.name(), version),
            phrase!("use pg_partman 5.2 or newer, which can"),
        ),
        Told::Perhaps(unit) if !wanted.interval.is_some_and(Interval::is_ids) => seen.refuse(
            Adoptable::NeedsDecision, Code::NumbersOrTimes,
            phrase!("the bounds of {parent} may be {unit} since 1970 or mere numbers: all are full hours, but no clock or calendar has their widths", parent, unit = unit.name()),
            phrase!("if they are numbers, set interval in its [[set]] to the number that partitions are wide; times have to be re-bound to hours, days, weeks, months or years first"),
        ),
        _ => {}
    }
}

fn names(set: &PartitionSet, wanted: &WantedSet, version: &Version, seen: &mut Assessment) {
    if set.name.schema.contains('.') || set.name.name.contains('.') {
        seen.refuse(
            Adoptable::No, Code::PeriodInName,
            phrase!(
                "{parent} has a period in its name, which pg_partman takes for the end of the schema",
                parent = set.name
            ),
            phrase!("rename it without the period"),
        );
    }
    if set.name.schema.contains('\'') || set.name.name.contains('\'') {
        seen.refuse(
            Adoptable::No, Code::QuoteInName,
            phrase!(
                "{parent} has a single quote in its name, which pg_partman puts into its SQL as it is",
                parent = set.name
            ),
            phrase!("rename it without the quote"),
        );
    }
    if version.reads_names() && wanted.names == Some(Names::Keep) {
        seen.refuse(
            Adoptable::No, Code::NamesCannotBeKept,
            phrase!(
                "the names of {parent}'s partitions can't be kept: pg_partman 4 finds its way by names",
                parent = set.name
            ),
            phrase!("let them be renamed (--rename), or use pg_partman 5, which reads bounds"),
        );
    }
}

/// Partitions of somebody else: renaming and DEFAULT take their owner, and version 5 reads the newest ones.
fn rights(set: &PartitionSet, version: &Version, seen: &mut Assessment) {
    let renames = seen.names == Names::Rename;
    let reads = !version.reads_names();
    let out_of_reach =
        |p: &&Partition| !p.is_owner && (renames || p.is_default() || (reads && !p.readable));
    let others: Vec<&Partition> = set.partitions.iter().filter(out_of_reach).collect();
    let Some(first) = others.first().filter(|_| set.is_owner) else {
        return;
    };
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::NotOwner,
        phrase!(
            "partitions of {parent} belong to others than the parent, and this role may not act for them: {others}",
            parent = set.name,
            others = name_some(others.iter().copied())
        ),
        phrase!(
            "connect as a superuser, or give them to the parent's owner: {give}",
            give = format!("ALTER TABLE {} OWNER TO {}", first.name, quote_ident(&set.owner))
        ),
    );
}

fn partitions(set: &PartitionSet, wanted: &WantedSet, seen: &mut Assessment) {
    let parent = &set.name;
    if !set.is_owner {
        seen.refuse(
            Adoptable::NeedsDecision,
            Code::NotOwner,
            phrase!(
                "{parent} belongs to {owner}, and this role may not act for it",
                parent,
                owner = set.owner
            ),
            phrase!(
                "connect as {owner} or a superuser, or grant the role membership in {owner}",
                owner = set.owner
            ),
        );
    }
    for pending in set.partitions.iter().filter(|p| p.detach_pending) {
        let pending = &pending.name;
        seen.refuse(
            Adoptable::NeedsDecision,
            Code::DetachPending,
            phrase!(
                "a DETACH CONCURRENTLY was begun and not finished: {pending}",
                pending
            ),
            phrase!(
                "finish it: {finish}",
                finish = format!("ALTER TABLE {parent} DETACH PARTITION {pending} FINALIZE")
            ),
        );
    }
    if let Some(default) = set.default_partition().filter(|p| p.relkind == "f") {
        let default = &default.name;
        seen.refuse(
            Adoptable::No,
            Code::DefaultIsForeign,
            phrase!(
                "{default} is a foreign table: the server can't see to it that no row of a DEFAULT partition over there belongs into a new partition",
                default
            ),
            phrase!(
                "detach it, and use a table of this server in its place, or none: {detach}",
                detach = format!("ALTER TABLE {parent} DETACH PARTITION {default}")
            ),
        );
    }
    empty::judge(set, wanted, seen);
}
