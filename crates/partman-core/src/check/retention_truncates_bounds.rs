//! `retention-truncates-bounds`: with retention on, pg_partman 5 counts from a bound that it has cut.

use super::finding::Judged;
use super::view::{Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::bound::Point;
use crate::phrase;

/// See [`META`].
pub(super) struct RetentionTruncatesBounds;

static META: Meta = Meta {
    id: "retention-truncates-bounds",
    severity: Severity::Error,
    varies: "",
    title: "With retention on, pg_partman 5 counts from a bound that it has cut.",
    finds: "A set by time under pg_partman 5 with `retention` set and `date_trunc_interval` not, whose bounds aren't \
        those of the calendar: months from the 15th, a year from April, thirty days. With retention on, 5.x cuts the last \
        lower bound to the unit of the interval (year, month from thirty days on, day, hour) before it counts on.",
    matters: "What it counts from there overlaps the partitions that exist: maintenance fails, 5.5 without an error, and no \
        partitions are made. Without retention the same set is maintained well, so it shows when retention is turned on.",
    remedy: "Set `date_trunc_interval` to a unit that leaves the bounds as they are, as the help shows. Or turn retention \
        off and detach old partitions yourself, by their true bounds.",
    cost: "Bounds are from the catalog. The update locks one row of `part_config`.",
};

impl Check for RetentionTruncatesBounds {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let cut = view
            .managed()
            .filter(|(set, _)| set.is_cut_by_retention())
            .filter_map(|(set, _)| Some((set, set.grid.as_ref()?)))
            .filter(|(_, grid)| !grid.interval.is_ids());
        let without = view
            .configuration_unseen()
            .unwrap_or("no set by time has retention under pg_partman 5");
        Verdict::each(cut, without, |(set, grid)| {
            if matches!(grid.horizon(), Point::Instant(_)) && !grid.zone_is_certain {
                return Judged::Unknown(format!(
                    "the time zone of {}'s bounds is open",
                    set.name()
                ));
            }
            let right = grid.begins(&grid.zone.rules, false).next();
            let wrong = grid.begins(&grid.zone.rules, true).next();
            let both = right.zip(wrong).filter(|(right, wrong)| right != wrong);
            both.map(|(right, wrong)| finding(view, set, grid, right, wrong))
                .into()
        })
    }
}

fn finding(
    view: &View<'_>,
    set: &SetView<'_>,
    grid: &Grid<'_>,
    right: Point,
    wrong: Point,
) -> Finding {
    let message = phrase!(
        "the next partition of {parent} has to begin at {right}, and with retention on pg_partman 5 lets it begin at \
         {wrong}: it overlaps, and maintenance fails",
        parent = set.name(),
        right,
        wrong
    );
    let unit = match grid.interval {
        crate::Interval::Micros(_) => "minute",
        _ => "day",
    };
    let help = sql::configure(view, set, &format!("date_trunc_interval = '{unit}'"));
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::world::{World, at, by, finds, months_in, passes, skips};
    use super::*;

    fn world(bounds: &[(&str, &str)], row: Value) -> World {
        let world = at("2025-10-14T12:00:00Z").with(by("events", "date", bounds));
        world.installed("5.2.4").managed("events", row)
    }

    #[test]
    fn months_from_the_fifteenth_and_years_from_april_are_told() {
        let bounds = [("2025-09-15", "2025-10-15"), ("2025-10-15", "2025-11-15")];
        let row = json!({ "retention": "12 months" });
        insta::assert_snapshot!(finds(&RetentionTruncatesBounds, &world(&bounds, row)), @r"
        error public.events: the next partition of public.events has to begin at 2025-11-15, and with retention on pg_partman 5 lets it begin at 2025-11-01: it overlaps, and maintenance fails
          help: UPDATE partman.part_config SET date_trunc_interval = 'day' WHERE parent_table = 'public.events'
        ");
        let bounds = [("2025-04-01", "2026-04-01")];
        let row = json!({ "retention": "5 years", "partition_interval": "1 year" });
        insta::assert_snapshot!(finds(&RetentionTruncatesBounds, &world(&bounds, row)), @r"
        error public.events: the next partition of public.events has to begin at 2026-04-01, and with retention on pg_partman 5 lets it begin at 2026-01-01: it overlaps, and maintenance fails
          help: UPDATE partman.part_config SET date_trunc_interval = 'day' WHERE parent_table = 'public.events'
        ");
    }

    #[test]
    fn bounds_of_the_calendar_pass_in_their_zone() {
        let set = months_in("visits", "2025-02", 14, "Europe/Paris");
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        let world = world.managed("visits", json!({ "retention": "12 months" }));
        passes(&RetentionTruncatesBounds, &world);
    }

    #[test]
    fn weeks_and_quarters_of_an_hour_stay_on_their_grid() {
        let weeks = [("2025-10-06", "2025-10-13"), ("2025-10-13", "2025-10-20")];
        let row = json!({ "retention": "1 year", "partition_interval": "7 days" });
        passes(&RetentionTruncatesBounds, &world(&weeks, row));
        let quarters = [("2025-10-14 12:30:00", "2025-10-14 12:45:00")];
        let row = json!({ "retention": "1 day", "partition_interval": "00:15:00" });
        let world = at("2025-10-14T12:00:00Z").with(by("events", "timestamp", &quarters));
        passes(
            &RetentionTruncatesBounds,
            &world.installed("5.2.4").managed("events", row),
        );
    }

    #[test]
    fn without_retention_or_with_a_unit_of_its_own_nothing_is_cut() {
        let bounds = [("2025-09-15", "2025-10-15"), ("2025-10-15", "2025-11-15")];
        let row = json!({ "retention": "12 months", "date_trunc_interval": "day" });
        insta::assert_snapshot!(skips(&RetentionTruncatesBounds, &world(&bounds, row)), @"no set by time has retention under pg_partman 5");
    }
}
