//! `partition-name-unreadable`: pg_partman 4 goes by names, and can't read this one.

use super::finding::Judged;
use super::view::{Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::bound::Point;
use crate::model::Partition;
use crate::name::RelationName;
use crate::pg_partman::Suffix;
use crate::phrase;
use crate::words::Phrase;

/// See [`META`].
pub(super) struct PartitionNameUnreadable;

static META: Meta = Meta {
    id: "partition-name-unreadable",
    severity: Severity::Error,
    varies: "warning when it isn't the newest partition",
    title: "pg_partman 4 goes by the names of partitions, and can't read this one.",
    finds: "Of a set under pg_partman 4.x: a partition whose name doesn't end in `_p` and its lower bound in the format \
        of `part_config.datetime_string` (the number, for sets by integer). Versions from 5.0 on read bounds; there this \
        rule is skipped.",
    matters: "pg_partman 4 finds the newest partition and counts on from it by name. If the newest one can't be read, \
        maintenance fails with an overlap, an invalid value or nothing made at all; if an older one can't, \
        `partition_gap_fill()` and `show_partitions()` do. This is what becomes of a set that was put into `part_config` \
        without renaming its partitions.",
    remedy: "Rename them as the help shows: each takes ACCESS EXCLUSIVE on that partition for less than a millisecond, \
        in a transaction of its own. SQL that uses the old names has to change with it. `partman migrate` does this for \
        sets that it adopts. Or update to pg_partman 5.",
    cost: "Compares names with bounds from the catalog. Renaming takes ACCESS EXCLUSIVE on the partition, no lock on \
        the parent.",
};

impl Check for PartitionNameUnreadable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if !view.judged.reads_names() {
            return Verdict::Skip("pg_partman 5 reads bounds".to_owned());
        }
        let managed = view
            .managed()
            .filter_map(|(set, _)| Some((set, set.grid.as_ref()?)));
        Verdict::each(managed, view.without_managed(), |(set, grid)| {
            judge(set, grid)
        })
    }
}

fn judge(set: &SetView<'_>, grid: &Grid<'_>) -> Judged {
    let suffix = set.managed.as_ref().and_then(|row| row.suffix());
    let Some(suffix) = suffix.filter(|_| grid.zone_is_certain) else {
        return Judged::Unknown(format!(
            "how {}'s partitions are named is not known",
            set.name()
        ));
    };
    let unreadable: Vec<(Point, &Partition)> = grid
        .ranges
        .iter()
        .filter(|(from, _, partition)| !reads(&suffix, grid, *from, partition))
        .map(|(from, _, partition)| (*from, *partition))
        .collect();
    let (Some((from, first)), Some((.., newest))) = (unreadable.last(), grid.ranges.last()) else {
        return Judged::Fine;
    };
    let severity = if first.oid == newest.oid {
        META.severity
    } else {
        Severity::Warning
    };
    let consequence = match severity {
        Severity::Error => phrase!("maintenance can't go on from there"),
        _ => phrase!("filling gaps fails"),
    };
    let names = words::partitions(unreadable.iter().map(|(_, partition)| *partition));
    let message = phrase!(
        "pg_partman 4 goes by names and can't read these of {parent}: {names}: {consequence}",
        parent = set.name(),
        names,
        consequence
    );
    let own = suffix.name(set.name(), *from, &grid.zone);
    let help = match own {
        Some(own) => Phrase::verbatim(format!(
            "ALTER TABLE {} RENAME TO {}",
            first.name,
            crate::name::quote_ident(&own.name)
        )),
        None => phrase!("rename them to pg_partman's own names"),
    };
    Some(Finding::new(&META, set.name(), message, help).at(severity)).into()
}

/// Whether what follows the last `_p` is the lower bound, as pg_partman 4 looks for it.
fn reads(suffix: &Suffix, grid: &Grid<'_>, from: Point, partition: &Partition) -> bool {
    let own = suffix.name(&RelationName::new("", ""), from, &grid.zone);
    let end = partition
        .name
        .name
        .rfind("_p")
        .map(|at| &partition.name.name[at..]);
    own.as_ref().map(|own| own.name.as_str()) == end
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, finds, months, named_by, passes, skips};
    use super::*;

    #[test]
    fn names_that_were_kept_on_version_4_are_told() {
        let row = || json!({ "datetime_string": "YYYY_MM", "partition_type": "native" });
        let world = |set| {
            let world = at("2025-10-14T12:00:00Z").with(set).installed("4.7.2");
            world.managed("events", row())
        };
        let kept = months("events", "2025-09", 8);
        let renamed = named_by(kept.clone(), "%Y_%m");
        insta::assert_snapshot!(finds(&PartitionNameUnreadable, &world(kept.clone())), @r"
        error public.events: pg_partman 4 goes by names and can't read these of public.events: public.events_0, public.events_1, public.events_2 and 5 more: maintenance can't go on from there
          help: ALTER TABLE public.events_7 RENAME TO events_p2026_04
        ");
        passes(&PartitionNameUnreadable, &world(renamed.clone()));
        let mut mixed = renamed;
        mixed.partitions[0].name = kept.partitions[0].name.clone();
        insta::assert_snapshot!(finds(&PartitionNameUnreadable, &world(mixed)), @r"
        warning public.events: pg_partman 4 goes by names and can't read these of public.events: public.events_0: filling gaps fails
          help: ALTER TABLE public.events_0 RENAME TO events_p2025_09
        ");
    }

    #[test]
    fn version_5_reads_bounds() {
        let world = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 8))
            .installed("5.2.4");
        insta::assert_snapshot!(skips(&PartitionNameUnreadable, &world.managed("events", json!({}))), @"pg_partman 5 reads bounds");
    }

    #[test]
    fn a_format_that_is_no_date_is_not_judged() {
        let row = json!({ "datetime_string": "YYYY\"q\"Q" });
        let world = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 8))
            .installed("4.7.2");
        insta::assert_snapshot!(skips(&PartitionNameUnreadable, &world.managed("events", row)), @"how public.events's partitions are named is not known");
    }
}
