//! `maintenance-not-scheduled`: nobody is seen who has pg_partman do its work.

use super::view::{Rhythm, SetView};
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::phrase;
use jiff::Timestamp;

/// See [`META`].
pub(super) struct MaintenanceNotScheduled;

static META: Meta = Meta {
    id: "maintenance-not-scheduled",
    severity: Severity::Warning,
    varies: "",
    title: "Nobody is seen who has pg_partman do its work.",
    finds: "Sets under pg_partman that neither its background worker nor a job of pg_cron maintains, and whose last run \
        is longer ago than a day and one interval, or unknown. Schedulers outside the database can't be seen; from \
        pg_partman 5.1 on they show in `maintenance_last_run`, in 4.x in nothing.",
    matters: "pg_partman does nothing by itself. Without maintenance no partition is made, and the set runs into its end \
        as if nobody had ever migrated it: `horizon-near`.",
    remedy: "Any one of these, about every hour:\n\n\
        - pg_cron, one job for each time zone of sets: \
        `SELECT cron.schedule('partman', '@hourly', $$SET TimeZone = 'UTC'; CALL partman.run_maintenance_proc()$$)`;\n\
        - cron on a host: `psql -c \"SET TimeZone = 'UTC'\" -c \"CALL partman.run_maintenance_proc()\"`;\n\
        - pg_partman's background worker: `shared_preload_libraries = 'pg_partman_bgw'`, which needs a restart, and an \
        image that carries the library, or the server doesn't start.\n\n\
        If something outside does it already and this is 4.x, accept the finding in `partman.toml`:\n\n\
        ```toml\n[[ignore]]\nrule = \"maintenance-not-scheduled\"\nreason = \"cron on db1 runs it every hour\"\n```",
    cost: "Reads settings, `part_config`, and `cron.job` where there is one. Maintenance takes SHARE UPDATE EXCLUSIVE on a \
        parent when it makes partitions.",
};

impl Check for MaintenanceNotScheduled {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if view.managed().next().is_none() {
            return Verdict::Skip(view.without_managed().to_owned());
        }
        let unseen: Vec<(&SetView<'_>, Option<Timestamp>)> = view
            .managed()
            .filter_map(|(set, _)| match view.rhythm(set) {
                Some(Rhythm::Unseen { last }) => Some((set, last)),
                _ => None,
            })
            .collect();
        match (unseen.is_empty(), view.jobs_unseen()) {
            (true, _) => Verdict::Pass,
            (false, Some(gap)) => Verdict::Skip(gap.to_owned()),
            (false, None) => Verdict::Found(vec![finding(view, &unseen)]),
        }
    }
}

fn finding(view: &View<'_>, unseen: &[(&SetView<'_>, Option<Timestamp>)]) -> Finding {
    let names = words::list(unseen.iter().map(|(set, _)| set.name()));
    let newest = unseen.iter().filter_map(|(_, last)| *last).max();
    let message = match newest {
        Some(last) => phrase!(
            "nobody is seen who maintains {names} (the last run was {time} ago): without maintenance pg_partman makes no \
             partitions",
            names,
            time = words::age(last, view.seen.server.now)
        ),
        None => phrase!(
            "nobody is seen who maintains {names}: without maintenance pg_partman makes no partitions",
            names
        ),
    };
    let help = phrase!(
        "have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be \
         seen"
    );
    Finding::new(&META, view.database(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::world::{World, at, finds, months, passes, skips};
    use super::*;
    use crate::model::Fact;

    fn world(version: &str, row: Value) -> World {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 8));
        world.installed(version).managed("events", row)
    }

    fn ran(at: &str) -> Value {
        json!({ "maintenance_last_run": at })
    }

    #[test]
    fn without_scheduler_and_recent_run_it_is_told() {
        insta::assert_snapshot!(finds(&MaintenanceNotScheduled, &world("4.7.2", json!({}))), @r"
        warning database shop: nobody is seen who maintains public.events: without maintenance pg_partman makes no partitions
          help: have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be seen
        ");
        let old = world("5.2.4", ran("2025-09-01T02:00:00.5+02:00"));
        insta::assert_snapshot!(finds(&MaintenanceNotScheduled, &old), @r"
        warning database shop: nobody is seen who maintains public.events (the last run was 43 days ago): without maintenance pg_partman makes no partitions
          help: have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be seen
        ");
        let never = world("5.2.4", json!({ "maintenance_last_run": null }));
        insta::assert_snapshot!(finds(&MaintenanceNotScheduled, &never), @r"
        warning database shop: nobody is seen who maintains public.events: without maintenance pg_partman makes no partitions
          help: have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be seen
        ");
    }

    #[test]
    fn a_scheduler_or_a_recent_run_passes() {
        passes(
            &MaintenanceNotScheduled,
            &world("5.2.4", ran("2025-10-01T00:00:00+00:00")),
        );
        let cron = world("4.7.2", json!({}))
            .scheduled("pg_cron", "@hourly CALL partman.run_maintenance_proc()");
        passes(&MaintenanceNotScheduled, &cron);
        passes(
            &MaintenanceNotScheduled,
            &world("4.7.2", json!({})).scheduled("pg_partman_bgw", "other, shop"),
        );
    }

    #[test]
    fn a_worker_elsewhere_and_a_job_for_another_set_do_not_help() {
        let elsewhere = world("4.7.2", json!({})).scheduled("pg_partman_bgw", "other");
        insta::assert_snapshot!(finds(&MaintenanceNotScheduled, &elsewhere), @r"
        warning database shop: nobody is seen who maintains public.events: without maintenance pg_partman makes no partitions
          help: have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be seen
        ");
        let job = "0 * * * * SELECT partman.run_maintenance('public.orders')";
        let other = world("4.7.2", json!({}))
            .managed("orders", json!({}))
            .scheduled("pg_cron", job);
        insta::assert_snapshot!(finds(&MaintenanceNotScheduled, &other), @r"
        warning database shop: nobody is seen who maintains public.events: without maintenance pg_partman makes no partitions
          help: have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be seen
        ");
    }

    #[test]
    fn what_could_not_be_seen_is_no_finding() {
        let blind = world("4.7.2", json!({})).unseen(Fact::CronJobs);
        insta::assert_snapshot!(skips(&MaintenanceNotScheduled, &blind), @"pg_cron's jobs (permission denied)");
        insta::assert_snapshot!(skips(&MaintenanceNotScheduled, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }
}
