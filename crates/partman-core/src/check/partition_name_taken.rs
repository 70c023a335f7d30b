//! `partition-name-taken`: something else has the name that the next partition needs.

use std::collections::HashSet;

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::coverage::Range;
use crate::model::Inspection;
use crate::name::RelationName;
use crate::phrase;

/// See [`META`].
pub(super) struct PartitionNameTaken;

static META: Meta = Meta {
    id: "partition-name-taken",
    severity: Severity::Error,
    varies: "warning for a set that pg_partman doesn't have yet",
    title: "Something else has the name that the next partition needs.",
    finds: "A table, index, view or type, or a partition of other bounds, is called as pg_partman will call one of the \
        next `premake` partitions of a set; for sets without pg_partman, one of those that migrating would make.",
    matters: "pg_partman asks only whether the name is there. If it is, it takes the partition for made, goes on to the \
        next, and reports success: a hole that nobody is told of until rows of that range are refused. `partman migrate` \
        renames a table aside that is in nobody's use and can't be that very partition (a mend that can be declined), and asks \
        about everything else. Usual culprits: a partition that retention detached and a shifted set wants again, a \
        partition that was detached by hand, and a second parent whose long name is cut to the same 63 bytes.",
    remedy: "Look at what it is. If it is left over: drop it, or rename it out of the way, which takes ACCESS EXCLUSIVE \
        on that object alone. If it holds the rows of that very range: attach it, with \
        `ALTER TABLE parent ATTACH PARTITION …`.",
    cost: "Compares names from the catalog. Locks: none.",
};

impl Check for PartitionNameTaken {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let taken = taken(view.seen);
        let named = view
            .sets()
            .filter_map(|set| Some((set, wanted_names(set)?)));
        let without = "there is no set whose next partitions can be named";
        Verdict::each(named, without, |(set, names)| {
            let clashes: Vec<_> = names
                .iter()
                .filter(|(name, _)| taken.contains(name))
                .collect();
            let (name, range) = clashes.first()?;
            Some(finding(set, name, *range, clashes.len() - 1))
        })
    }
}

fn taken(seen: &Inspection) -> HashSet<&RelationName> {
    let partitions = seen.sets.iter().flat_map(|set| &set.partitions);
    let sets = seen.sets.iter().map(|set| &set.name);
    sets.chain(partitions.map(|partition| &partition.name))
        .chain(seen.strays.iter().map(|stray| &stray.name))
        .collect()
}

/// The names that are wanted next, with the ranges that they are for.
fn wanted_names(set: &SetView<'_>) -> Option<Vec<(RelationName, Range)>> {
    if set.managed.is_none() {
        let new = set.assessed.to_create.iter();
        let names: Vec<_> = new
            .map(|new| (new.name.clone(), (new.from, new.to)))
            .collect();
        return (!names.is_empty()).then_some(names);
    }
    let (grid, suffix) = (set.grid.as_ref()?, set.suffix.as_ref()?);
    let upcoming = grid.upcoming(set.premake, set.premake);
    let named = |range: &Range| Some((suffix.name(set.name(), range.0, &grid.zone)?, *range));
    Some(upcoming.iter().filter_map(named).collect())
}

fn finding(set: &SetView<'_>, name: &RelationName, (from, to): Range, more: usize) -> Finding {
    let parent = set.name();
    let (severity, consequence) = if set.managed.is_some() {
        (
            META.severity,
            phrase!("pg_partman will take it for that partition and leave a hole"),
        )
    } else if set
        .assessed
        .to_move
        .iter()
        .any(|aside| aside.table == *name)
    {
        (
            Severity::Warning,
            phrase!("partman migrate renames it out of the way"),
        )
    } else {
        (
            Severity::Warning,
            phrase!("the set can't be migrated as long as it is there"),
        )
    };
    let message = phrase!(
        "{name} has the name that the partition of {parent} from {from} to {to} needs: {consequence}",
        name,
        parent,
        from,
        to,
        consequence
    );
    let help = phrase!(
        "drop or rename {name} if it is left over; attach it to {parent} if it holds the rows of that range",
        name,
        parent
    );
    Finding::new(&META, parent, words::and_more(message, more), help).at(severity)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn a_table_in_the_way_of_a_managed_set_is_an_error() {
        let world = || {
            let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 8));
            world.installed("5.2.4").managed("events", json!({}))
        };
        insta::assert_snapshot!(finds(&PartitionNameTaken, &world().stray("events_p20260501")), @r"
        error public.events: public.events_p20260501 has the name that the partition of public.events from 2026-05-01T00:00:00Z to 2026-06-01T00:00:00Z needs: pg_partman will take it for that partition and leave a hole
          help: drop or rename public.events_p20260501 if it is left over; attach it to public.events if it holds the rows of that range
        ");
        passes(
            &PartitionNameTaken,
            &world()
                .stray("events_p20270501")
                .stray("other.events_p20260501"),
        );
        let row = json!({ "datetime_string": "YYYY_MM" });
        let old = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 8))
            .installed("5.2.4");
        let old = old
            .managed("events", row)
            .stray("events_p2026_05")
            .stray("events_p2026_06");
        insta::assert_snapshot!(finds(&PartitionNameTaken, &old), @r"
        error public.events: public.events_p2026_05 has the name that the partition of public.events from 2026-05-01T00:00:00Z to 2026-06-01T00:00:00Z needs: pg_partman will take it for that partition and leave a hole (and 1 more)
          help: drop or rename public.events_p2026_05 if it is left over; attach it to public.events if it holds the rows of that range
        ");
    }

    #[test]
    fn a_set_by_hand_is_warned_about_what_migrating_needs() {
        let world = || {
            at("2025-10-14T12:00:00Z")
                .with(months("events", "2025-09", 2))
                .offering("4.7.2")
        };
        insta::assert_snapshot!(finds(&PartitionNameTaken, &world().stray("events_p2025_12")), @r"
        warning public.events: public.events_p2025_12 has the name that the partition of public.events from 2025-12-01T00:00:00Z to 2026-01-01T00:00:00Z needs: the set can't be migrated as long as it is there
          help: drop or rename public.events_p2025_12 if it is left over; attach it to public.events if it holds the rows of that range
        ");
        passes(&PartitionNameTaken, &world());
        insta::assert_snapshot!(skips(&PartitionNameTaken, &at("2025-10-14T12:00:00Z")), @"there is no set whose next partitions can be named");
    }

    #[test]
    fn names_that_cannot_be_told_are_not_guessed() {
        let row = json!({ "datetime_string": "IYYY\"w\"IW" });
        let world = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 8))
            .installed("4.7.2");
        let world = world.managed("events", row).stray("events_p2026_05");
        insta::assert_snapshot!(skips(&PartitionNameTaken, &world), @"there is no set whose next partitions can be named");
    }

    #[test]
    fn a_partition_of_another_range_is_in_the_way_too() {
        let mut set = months("events", "2025-09", 8);
        set.partitions[0].name = set.name.sibling("events_p20260501");
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        insta::assert_snapshot!(finds(&PartitionNameTaken, &world.managed("events", json!({}))), @r"
        error public.events: public.events_p20260501 has the name that the partition of public.events from 2026-05-01T00:00:00Z to 2026-06-01T00:00:00Z needs: pg_partman will take it for that partition and leave a hole
          help: drop or rename public.events_p20260501 if it is left over; attach it to public.events if it holds the rows of that range
        ");
    }
}
