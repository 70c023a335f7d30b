//! `open-ended-partition`: a bound that is no point to count from.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::assess::MendKind;
use crate::bound::{Bound, Datum, KeyKind, Point};
use crate::model::{Partition, Strategy};
use crate::phrase;

/// See [`META`].
pub(super) struct OpenEndedPartition;

static META: Meta = Meta {
    id: "open-ended-partition",
    severity: Severity::Warning,
    varies: "",
    title: "A partition has a bound that is no point to count from.",
    finds: "A partition of a set by time or integer whose bound is `MINVALUE`, `MAXVALUE`, \
        `infinity` or `-infinity`, or a last one whose end only stands for that: `9999-12-31`, `2999-01-01`, the largest number \
        (twenty years or more, and twenty times the partition before it).",
    matters: "pg_partman reads bounds as values: 5.x fails on such a set whatever it does, 4.7.2 as soon as retention is \
        set, and above an open upper end every new partition overlaps. Without pg_partman an open upper end takes every \
        row for ever, so the set grows into one partition. `partman migrate` closes a lower end \
        where the oldest row begins, and an upper one where all rows lie within one interval of the lower, and refuses the \
        set elsewhere.",
    remedy: "Give it the bounds of its rows. For an old one, whose rows nobody writes any more:\n\n\
        ```sql\nBEGIN;\nALTER TABLE parent DETACH PARTITION old;\n\
        ALTER TABLE parent ATTACH PARTITION old FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');\nCOMMIT;\n```\n\n\
        One that still takes rows is emptied batch by batch into partitions of their own, as with \
        `default-has-rows`.",
    cost: "Bounds are from the catalog. DETACH takes ACCESS EXCLUSIVE on the parent (`CONCURRENTLY` doesn't, but can't run \
        in a transaction, so rows are refused in between); ATTACH scans the partition unless a CHECK proves the bounds.",
};

impl Check for OpenEndedPartition {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let counted =
            |set: &&SetView<'_>| set.set.strategy == Strategy::Range && set.set.is_counted();
        let without = "there is no set by time or number";
        Verdict::each(view.sets().filter(counted), without, |set| {
            let open = set.set.open_ended();
            (!open.is_empty()).then(|| finding(set, &open))
        })
    }
}

fn finding(set: &SetView<'_>, open: &[&Partition]) -> Finding {
    let parent = set.name();
    let shown = open.iter().map(|partition| {
        let bound = partition.bound_text.as_deref().unwrap_or_default();
        format!("{} ({bound})", partition.name)
    });
    let is_value = |p: &&Partition| match &p.bound {
        Some(Bound::Range { to, .. }) => set.set.ends_of_open(p).0.is_some() && is_read(set, to),
        _ => false,
    };
    let consequence = if open.iter().all(is_value) {
        phrase!("pg_partman makes none before that end, and all rows to come lie in one partition")
    } else if set.managed.is_some() {
        phrase!("pg_partman fails on bounds that are no values")
    } else {
        phrase!("pg_partman can't have the set as long as it is so")
    };
    let message = phrase!(
        "{parent} has a partition with an open end: {partitions}: {consequence}",
        parent,
        partitions = words::list(shown),
        consequence
    );
    let help = match set.is_mended_by(&[MendKind::Rebound]) {
        true => words::adopt(set),
        false => phrase!(
            "detach it, and attach it with the bounds of its rows: partman explain {id} has the statements",
            id = META.id
        ),
    };
    Finding::new(&META, parent, message, help)
}

fn is_read(set: &SetView<'_>, data: &[Datum]) -> bool {
    let kind = set.set.control().map_or(KeyKind::Other, |key| key.kind);
    matches!(data, [Datum::Value(text)] if Point::parse(kind, text).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, by, finds, months, passes, skips};
    use super::*;

    #[test]
    fn open_ends_and_infinities_are_told() {
        let bounds = [("MINVALUE", "2025-09-01"), ("2025-09-01", "2025-10-01")];
        let world = at("2025-10-14T12:00:00Z").with(by("events", "date", &bounds));
        insta::assert_snapshot!(finds(&OpenEndedPartition, &world), @r"
        warning public.events: public.events has a partition with an open end: public.events_0 (FOR VALUES FROM (MINVALUE) TO ('2025-09-01')): pg_partman can't have the set as long as it is so
          help: detach it, and attach it with the bounds of its rows: partman explain open-ended-partition has the statements
        ");
        let bounds = [("2025-09-01", "2025-10-01"), ("2025-10-01", "infinity")];
        let world = at("2025-10-14T12:00:00Z")
            .with(by("events", "date", &bounds))
            .installed("5.2.4");
        insta::assert_snapshot!(finds(&OpenEndedPartition, &world.managed("events", json!({}))), @r"
        warning public.events: public.events has a partition with an open end: public.events_1 (FOR VALUES FROM ('2025-10-01') TO ('infinity')): pg_partman fails on bounds that are no values
          help: detach it, and attach it with the bounds of its rows: partman explain open-ended-partition has the statements
        ");
    }

    #[test]
    fn an_end_that_never_comes_is_told() {
        let bounds = [("2025-09-01", "2025-10-01"), ("2025-10-01", "9999-12-31")];
        let world = at("2025-10-14T12:00:00Z").with(by("events", "date", &bounds));
        insta::assert_snapshot!(finds(&OpenEndedPartition, &world), @r"
        warning public.events: public.events has a partition with an open end: public.events_1 (FOR VALUES FROM ('2025-10-01') TO ('9999-12-31')): pg_partman makes none before that end, and all rows to come lie in one partition
          help: detach it, and attach it with the bounds of its rows: partman explain open-ended-partition has the statements
        ");
    }

    #[test]
    fn closed_bounds_pass_and_other_keys_may_be_open() {
        passes(
            &OpenEndedPartition,
            &at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 2)),
        );
        let names = by("people", "text", &[("a", "m"), ("m", "MAXVALUE")]);
        insta::assert_snapshot!(skips(&OpenEndedPartition, &at("2025-10-14T12:00:00Z").with(names)), @"there is no set by time or number");
    }

    #[test]
    fn numerics_are_looked_at_where_their_bounds_are_whole() {
        let open = by(
            "sums",
            "numeric",
            &[("0.00", "10.00"), ("10.00", "MAXVALUE")],
        );
        insta::assert_snapshot!(finds(&OpenEndedPartition, &at("2025-10-14T12:00:00Z").with(open)), @r"
        warning public.sums: public.sums has a partition with an open end: public.sums_1 (FOR VALUES FROM ('10.00') TO (MAXVALUE)): pg_partman can't have the set as long as it is so
          help: detach it, and attach it with the bounds of its rows: partman explain open-ended-partition has the statements
        ");
        let halves = by("sums", "numeric", &[("0", "10.5"), ("10.5", "MAXVALUE")]);
        insta::assert_snapshot!(skips(&OpenEndedPartition, &at("2025-10-14T12:00:00Z").with(halves)), @"there is no set by time or number");
    }
}
