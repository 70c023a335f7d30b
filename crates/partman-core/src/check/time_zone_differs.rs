//! `time-zone-differs`: maintenance runs in another time zone than the one in which the bounds are midnights.

mod difference;

use super::finding::Judged;
use super::view::{Caller, Grid, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::bound::Point;
use crate::phrase;
use crate::time_zone::Zone;
use difference::{Difference, difference};

/// See [`META`].
pub(super) struct TimeZoneDiffers;

static META: Meta = Meta {
    id: "time-zone-differs",
    severity: Severity::Warning,
    varies: "error when a scheduler is seen that will make the next partitions with other bounds",
    title: "Maintenance runs in another time zone than the one in which the bounds are midnights.",
    finds: "A set by `timestamptz` under pg_partman whose bounds are aligned in one time zone, and a caller of maintenance \
        (a job of pg_cron, with the zone that it sets; the background worker; else, whoever has the server's default) whose \
        zone leads to other bounds, within `premake` partitions or a year, or to the name of a partition that is there \
        already. A zone that `ALTER FUNCTION … SET timezone` gives to pg_partman's own functions can't be seen.",
    matters: "pg_partman computes bounds on the clock of its session. In another zone the next partitions begin hours or a \
        day off: where that leaves room it makes them so, with a hole or a month that is two days short, and reports \
        success; where it overlaps, maintenance fails, and 5.5 doesn't say so. With retention on, 5.x makes a silent hole \
        of some hours. It also names partitions by that clock, and takes one for made whose name is there: east of UTC \
        the next day of a daily set has, in UTC, the name of the last one, and is left out.",
    remedy: "Have every caller set the zone, as the help shows: `SET TimeZone` in the job's own text, one job for each \
        zone. Not with `ALTER ROLE` or `ALTER DATABASE`: the application uses \
        these, too.",
    cost: "Compares bounds from the catalog with the rules of time zones. Locks: none.",
};

impl Check for TimeZoneDiffers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let by_clock = view
            .managed()
            .filter_map(|(set, _)| Some((set, set.grid.as_ref()?)))
            .filter(|(_, grid)| matches!(grid.horizon(), Point::Instant(_)));
        let without = view
            .configuration_unseen()
            .unwrap_or("no set by timestamptz is under pg_partman");
        Verdict::each(by_clock, without, |(set, grid)| judge(view, set, grid))
    }
}

fn judge(view: &View<'_>, set: &SetView<'_>, grid: &Grid<'_>) -> Judged {
    if grid.is_open_above {
        return Judged::Fine;
    }
    if !grid.zone_is_certain {
        return Judged::Unknown(format!("the time zone of {}'s bounds is open", set.name()));
    }
    let callers = view.callers(set);
    let server = &view.seen.server.time_zone;
    if callers.is_empty() {
        let Some(zone) = Zone::named(server) else {
            return unknown(server);
        };
        let found = difference(set, grid, &zone);
        return found
            .map(|difference| finding(view, set, grid, &difference, None))
            .into();
    }
    for caller in callers {
        let Some(zone) = caller.zone(server) else {
            return unknown(server);
        };
        if let Some(difference) = difference(set, grid, &zone) {
            return Some(finding(view, set, grid, &difference, Some(caller))).into();
        }
    }
    Judged::Fine
}

fn unknown(zone: &str) -> Judged {
    Judged::Unknown(format!("there is no time zone {zone} that we know"))
}

fn finding(
    view: &View<'_>,
    set: &SetView<'_>,
    grid: &Grid<'_>,
    difference: &Difference,
    caller: Option<Caller<'_>>,
) -> Finding {
    let severity = if difference.is_soon && caller.is_some() {
        Severity::Error
    } else {
        META.severity
    };
    let message = difference.describe(set, grid, caller);
    let help = phrase!(
        "have maintenance called as: {call}",
        call = sql::call(view, set, "run_maintenance")
    );
    Finding::new(&META, set.name(), message, help).at(severity)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{World, at, by, finds, months, months_in, passes, skips};
    use super::*;

    fn paris() -> World {
        let set = months_in("visits", "2025-02", 14, "Europe/Paris");
        at("2025-10-14T12:00:00Z")
            .with(set)
            .installed("5.2.4")
            .managed("visits", json!({}))
    }

    #[test]
    fn another_zone_is_a_warning_until_a_scheduler_uses_it() {
        insta::assert_snapshot!(finds(&TimeZoneDiffers, &paris()), @r"
        warning public.visits: the bounds of public.visits are midnights in Europe/Paris, and sessions here are in UTC: the partition that has to begin at 2026-03-31T22:00:00Z would begin at 2026-03-28T23:00:00Z
          help: have maintenance called as: SET TimeZone = 'Europe/Paris'; SELECT partman.run_maintenance('public.visits')
        ");
        let job = "@hourly CALL partman.run_maintenance_proc()";
        insta::assert_snapshot!(finds(&TimeZoneDiffers, &paris().scheduled("pg_cron", job)), @r"
        error public.visits: the bounds of public.visits are midnights in Europe/Paris, and pg_cron (@hourly CALL partman.run_maintenance_proc()) maintains it in UTC: the partition that has to begin at 2026-03-31T22:00:00Z will begin at 2026-03-28T23:00:00Z
          help: have maintenance called as: SET TimeZone = 'Europe/Paris'; SELECT partman.run_maintenance('public.visits')
        ");
    }

    #[test]
    fn a_zone_with_the_same_clock_passes_wherever_it_is_set() {
        passes(&TimeZoneDiffers, &paris().in_zone("Europe/Berlin"));
        let job = "@hourly SET TimeZone = 'Europe/Paris'; CALL partman.run_maintenance_proc()";
        passes(&TimeZoneDiffers, &paris().scheduled("pg_cron", job));
    }

    /// Two days of Moscow under pg_partman, called as `names` says.
    fn moscow(names: [&str; 2]) -> World {
        let days = [
            ("2025-10-12 21:00:00+00", "2025-10-13 21:00:00+00"),
            ("2025-10-13 21:00:00+00", "2025-10-14 21:00:00+00"),
        ];
        let mut set = by("t", "timestamptz", &days);
        for (partition, called) in set.partitions.iter_mut().zip(names) {
            partition.name = partition.name.sibling(called.to_owned());
        }
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.5.0");
        let row = json!({ "partition_interval": "1 day", "datetime_string": "YYYYMMDD" });
        world.managed("t", row).naming_zone("t", "Europe/Moscow")
    }

    #[test]
    fn a_day_that_has_the_name_of_the_day_before_in_another_zone_is_told() {
        let world = moscow(["t_p20251013", "t_p20251014"]);
        insta::assert_snapshot!(finds(&TimeZoneDiffers, &world), @r"
        warning public.t: the bounds of public.t are midnights in Europe/Moscow, and sessions here are in UTC: there the partition that begins at 2025-10-14T21:00:00Z is called public.t_p20251014, which is another one's name, so it would never be made
          help: have maintenance called as: SET TimeZone = 'Europe/Moscow'; SELECT partman.run_maintenance('public.t')
        ");
        passes(&TimeZoneDiffers, &world.in_zone("Europe/Moscow"));
        passes(&TimeZoneDiffers, &moscow(["t_old", "t_new"]));
    }

    #[test]
    fn a_job_for_paris_is_wrong_for_utc() {
        let world = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 8))
            .installed("5.2.4");
        let job = "@hourly SET TimeZone = 'Europe/Paris'; CALL partman.run_maintenance_proc()";
        let world = world.managed("events", json!({})).scheduled("pg_cron", job);
        insta::assert_snapshot!(finds(&TimeZoneDiffers, &world), @r"
        warning public.events: the bounds of public.events are midnights in UTC, and pg_cron (@hourly SET TimeZone = 'Europe/Paris'; CALL partman.run_maintenance_proc()) maintains it in Europe/Paris: the partition that has to begin at 2026-11-01T00:00:00Z will begin at 2026-11-01T01:00:00Z
          help: have maintenance called as: SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.events')
        ");
    }

    #[test]
    fn bounds_that_leave_the_zone_open_are_not_judged() {
        let set = months_in("visits", "2025-12", 2, "Europe/Paris");
        let world = at("2025-12-14T12:00:00Z").with(set).installed("5.2.4");
        insta::assert_snapshot!(skips(&TimeZoneDiffers, &world.managed("visits", json!({}))), @"the time zone of public.visits's bounds is open");
    }
}
