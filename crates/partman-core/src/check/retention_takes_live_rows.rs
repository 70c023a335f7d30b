//! `retention-takes-live-rows`: retention will take a partition whose newest rows are still to be kept.

use super::finding::Judged;
use super::view::{Grid, Retention, SetView, TakenEarly};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql, words};
use crate::phrase;

/// See [`META`].
pub(super) struct RetentionTakesLiveRows;

static META: Meta = Meta {
    id: "retention-takes-live-rows",
    severity: Severity::Error,
    varies: "",
    title: "Retention will take a partition whose newest rows are still to be kept.",
    finds: "A set under pg_partman with `retention` set, and a partition that is wider than `partition_interval` and \
        whose upper bound isn't older than the retention. pg_partman takes it when lower bound, interval and retention lie \
        behind: of a yearly partition in a monthly set eleven months too early.",
    matters: "Rows that the retention promises to keep disappear from the table, and with `retention_keep_table = false` \
        for good. This is so in every version; if the partition is the one of the present, rows that arrive are refused \
        as well.",
    remedy: "Turn retention off for the set as the help shows, and detach old partitions yourself, by their true bounds. If a partition was detached already, it is a table of its own now: attach it again with \
        `ALTER TABLE parent ATTACH PARTITION … FOR VALUES …`.",
    cost: "Bounds are from the catalog; for sets by integer the largest id is read. The update locks one row of \
        `part_config`.",
};

impl Check for RetentionTakesLiveRows {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let with_retention = view.managed().filter(|(_, row)| row.retention().is_some());
        let without = view
            .configuration_unseen()
            .unwrap_or("no set has retention");
        Verdict::each(with_retention, without, |(set, _)| {
            match (set.retention(), &set.grid) {
                (Retention::TakesEarly(early), Some(grid)) => match early.split_first() {
                    Some((first, rest)) => Some(finding(view, set, grid, first, rest.len())).into(),
                    None => Judged::Fine,
                },
                (Retention::Unknown, _) => {
                    Judged::Unknown(format!("the retention of {} could not be read", set.name()))
                }
                _ => Judged::Fine,
            }
        })
    }
}

/// Whether this rule has something to say about the set.
pub(super) fn is_telling(set: &SetView<'_>) -> bool {
    matches!(set.retention(), Retention::TakesEarly(early) if !early.is_empty())
}

fn finding(
    view: &View<'_>,
    set: &SetView<'_>,
    grid: &Grid<'_>,
    early: &TakenEarly<'_>,
    more: usize,
) -> Finding {
    let row = set.managed.as_ref();
    let act = match row.is_none_or(|row| row.keeps_tables()) {
        true => phrase!("detach"),
        false => phrase!("drop"),
    };
    let is_due = grid.present.is_some_and(|present| present > early.taken);
    let when = if is_due {
        phrase!("with the next maintenance")
    } else {
        phrase!("at {moment}", moment = early.taken)
    };
    let message = phrase!(
        "retention of {parent} ({retention}) will {act} {partition} {when}, {time} too early: pg_partman takes its end to be \
         {thought}, but it holds rows up to {end}",
        parent = set.name(),
        retention = row.and_then(|row| row.retention()).unwrap_or_default(),
        act,
        partition = early.partition.name,
        when,
        time = words::distance(early.thought, early.to),
        thought = early.thought,
        end = early.to
    );
    let help = phrase!(
        "{change}; then detach old partitions yourself, by their true bounds",
        change = sql::configure(view, set, "retention = NULL")
    );
    Finding::new(&META, set.name(), words::and_more(message, more), help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::world::{World, at, by, finds, months, passes, rows, skips};
    use super::*;

    fn yearly_and_monthly(now: &str, row: Value) -> World {
        let mut bounds = vec![("2024-01-01", "2025-01-01"), ("2025-01-01", "2026-01-01")];
        bounds.extend([("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]);
        at(now)
            .with(by("events", "date", &bounds))
            .installed("5.2.4")
            .managed("events", row)
    }

    #[test]
    fn a_year_taken_for_a_month_is_told_before_and_when_it_is_due() {
        let row = || json!({ "retention": "11 months" });
        insta::assert_snapshot!(finds(&RetentionTakesLiveRows, &yearly_and_monthly("2025-11-22T00:00:00Z", row())), @r"
        error public.events: retention of public.events (11 months) will detach public.events_0 with the next maintenance, 335 days too early: pg_partman takes its end to be 2024-02-01, but it holds rows up to 2025-01-01 (and 1 more)
          help: UPDATE partman.part_config SET retention = NULL WHERE parent_table = 'public.events'; then detach old partitions yourself, by their true bounds
        ");
        let drop = json!({ "retention": "11 mons 3 days", "retention_keep_table": false });
        insta::assert_snapshot!(finds(&RetentionTakesLiveRows, &yearly_and_monthly("2026-02-14T00:00:00Z", drop)), @r"
        error public.events: retention of public.events (11 mons 3 days) will drop public.events_1 with the next maintenance, 334 days too early: pg_partman takes its end to be 2025-02-01, but it holds rows up to 2026-01-01
          help: UPDATE partman.part_config SET retention = NULL WHERE parent_table = 'public.events'; then detach old partitions yourself, by their true bounds
        ");
        passes(
            &RetentionTakesLiveRows,
            &yearly_and_monthly("2026-12-22T00:00:00Z", row()),
        );
    }

    #[test]
    fn equal_widths_are_judged_rightly() {
        let set = months("events", "2024-01", 30);
        let world = at("2026-02-14T00:00:00Z").with(set).installed("5.2.4");
        passes(
            &RetentionTakesLiveRows,
            &world.managed("events", json!({ "retention": "12 months" })),
        );
    }

    #[test]
    fn ids_are_kept_by_the_largest_one() {
        let world = |max: &str| {
            let mut set = by("orders", "int8", &[("0", "50"), ("50", "60"), ("60", "70")]);
            for partition in &mut set.partitions {
                partition.content = Some(rows("0", max));
            }
            let row =
                json!({ "partition_interval": "10", "retention": "20", "datetime_string": null });
            at("2025-10-14T12:00:00Z")
                .with(set)
                .installed("5.2.4")
                .managed("orders", row)
        };
        insta::assert_snapshot!(finds(&RetentionTakesLiveRows, &world("65")), @r"
        error public.orders: retention of public.orders (20) will detach public.orders_0 with the next maintenance, 40 ids too early: pg_partman takes its end to be 10, but it holds rows up to 50
          help: UPDATE partman.part_config SET retention = NULL WHERE parent_table = 'public.orders'; then detach old partitions yourself, by their true bounds
        ");
        passes(&RetentionTakesLiveRows, &world("70"));
    }

    #[test]
    fn what_cannot_be_read_is_no_pass() {
        let world = yearly_and_monthly("2026-02-14T00:00:00Z", json!({ "retention": "a while" }));
        insta::assert_snapshot!(skips(&RetentionTakesLiveRows, &world), @"the retention of public.events could not be read");
        let off = yearly_and_monthly("2026-02-14T00:00:00Z", json!({}));
        insta::assert_snapshot!(skips(&RetentionTakesLiveRows, &off), @"no set has retention");
    }
}
