//! `maintenance-failing`: maintenance is called and doesn't come to its end.

use super::view::{Rhythm, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, sql, words};
use crate::phrase;

/// See [`META`].
pub(super) struct MaintenanceFailing;

static META: Meta = Meta {
    id: "maintenance-failing",
    severity: Severity::Error,
    varies: "",
    title: "Maintenance is called and doesn't come to its end.",
    finds: "From pg_partman 5.1 on, `maintenance_last_run` says when maintenance of a set came to its end. It is empty \
        or long ago (a day, or twice the pause of the job) although the background worker or a job of pg_cron maintains \
        the set; or, from 5.5 on, it is empty and partitions are missing while other sets have been maintained.",
    matters: "5.5 turns every failure of a set into a warning, reports success and empties `maintenance_last_run`: nothing \
        else tells. In earlier versions one set's failure takes back, or ends, the maintenance of all of them. Either way no \
        partitions are made, and the set runs into its end.",
    remedy: "Call it by hand and read every warning: `SELECT partman.run_maintenance('schema.table')`. Usual causes, each \
        with a rule of its own: rows in DEFAULT (`default-blocks-next-partition`), another time zone \
        (`time-zone-differs`), a row that says something else than the set (`config-differs`), one without its table \
        (`config-without-table`), open bounds (`open-ended-partition`), a \
        pending DETACH (`detach-pending`), names that 4.x set (`partition-name-unreadable`). A lock that was held too long \
        is a cause, too: then the next run succeeds. A set that was configured a moment ago has not been maintained yet.",
    cost: "Reads `part_config`, and `cron.job` where there is one. Maintenance takes SHARE UPDATE EXCLUSIVE on a parent \
        when it makes partitions.",
};

impl Check for MaintenanceFailing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let kept = view
            .managed()
            .filter(|(_, row)| row.last_run() != super::view::LastRun::NotKept);
        let without = match view.managed().next() {
            Some(_) => "this version doesn't keep when maintenance last ran",
            None => view.without_managed(),
        };
        Verdict::each(kept, without, |(set, _)| match view.rhythm(set) {
            Some(failing @ Rhythm::Failing { .. }) => Some(finding(view, set, &failing)),
            _ => None,
        })
    }
}

fn finding(view: &View<'_>, set: &SetView<'_>, failing: &Rhythm<'_>) -> Finding {
    let Rhythm::Failing { last, by } = failing else {
        unreachable!("the caller asked for this one");
    };
    let ended = match last {
        Some(last) => phrase!(
            "last came to its end {time} ago ({last})",
            time = words::age(*last, view.seen.server.now),
            last
        ),
        None if view.is_at_least("5.5.0") => {
            phrase!("has never come to its end, or failed when it was last tried")
        }
        None => phrase!("has never come to its end"),
    };
    let although = match by {
        Some(caller) => phrase!("although {caller} calls it", caller = caller.describe()),
        None => phrase!("while other sets are maintained and partitions are missing here"),
    };
    let message = phrase!(
        "maintenance of {parent} {ended}, {although}",
        parent = set.name(),
        ended,
        although
    );
    let help = phrase!(
        "{call}, and read its warnings",
        call = sql::maintain(view, set)
    );
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::maintenance_not_scheduled::MaintenanceNotScheduled;
    use super::super::world::{World, at, finds, months, passes, skips};
    use super::*;

    const HOURLY: &str = "@hourly CALL partman.run_maintenance_proc()";

    fn world(months_there: usize, last: Value) -> World {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", months_there));
        world
            .installed("5.5.0")
            .managed("events", json!({ "maintenance_last_run": last }))
    }

    #[test]
    fn a_job_that_achieves_nothing_is_told() {
        let never = world(8, Value::Null).scheduled("pg_cron", HOURLY);
        insta::assert_snapshot!(finds(&MaintenanceFailing, &never), @r"
        error public.events: maintenance of public.events has never come to its end, or failed when it was last tried, although pg_cron (@hourly CALL partman.run_maintenance_proc()) calls it
          help: SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.events'), and read its warnings
        ");
        let long_ago = world(8, json!("2025-08-01T00:00:00+00:00")).scheduled("pg_cron", HOURLY);
        insta::assert_snapshot!(finds(&MaintenanceFailing, &long_ago), @r"
        error public.events: maintenance of public.events last came to its end 74 days ago (2025-08-01T00:00:00Z), although pg_cron (@hourly CALL partman.run_maintenance_proc()) calls it
          help: SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.events'), and read its warnings
        ");
        passes(&MaintenanceNotScheduled, &long_ago);
    }

    #[test]
    fn a_weekly_job_may_be_a_week_away() {
        let mut set = months("events", "2025-09", 8);
        set.partitions.truncate(8);
        let row = json!({ "maintenance_last_run": "2025-10-08T00:00:00+00:00", "partition_interval": "1 day" });
        let world = at("2025-10-14T12:00:00Z")
            .with(set)
            .installed("5.5.0")
            .managed("events", row);
        passes(
            &MaintenanceFailing,
            &world.scheduled("pg_cron", "0 3 * * 0 CALL partman.run_maintenance_proc()"),
        );
    }

    #[test]
    fn the_one_that_is_left_out_is_told_by_the_others() {
        let other = |world: World| {
            let world = world.with(months("orders", "2025-09", 8));
            world.managed(
                "orders",
                json!({ "maintenance_last_run": "2025-10-14T11:00:00+00:00" }),
            )
        };
        insta::assert_snapshot!(finds(&MaintenanceFailing, &other(world(3, Value::Null))), @r"
        error public.events: maintenance of public.events has never come to its end, or failed when it was last tried, while other sets are maintained and partitions are missing here
          help: SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.events'), and read its warnings
        ");
        passes(&MaintenanceFailing, &other(world(8, Value::Null)));
    }

    #[test]
    fn a_set_at_rest_and_an_old_version_are_not_judged() {
        let row = json!({ "maintenance_last_run": null, "undo_in_progress": true });
        let resting = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 3))
            .installed("5.5.0");
        passes(
            &MaintenanceFailing,
            &resting.managed("events", row).scheduled("pg_cron", HOURLY),
        );
        let old = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 3))
            .installed("4.7.2");
        insta::assert_snapshot!(skips(&MaintenanceFailing, &old.managed("events", json!({}))), @"this version doesn't keep when maintenance last ran");
    }
}
