//! `automatic-maintenance-off`: scheduled maintenance passes the set by.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::phrase;

/// See [`META`].
pub(super) struct AutomaticMaintenanceOff;

static META: Meta = Meta {
    id: "automatic-maintenance-off",
    severity: Severity::Warning,
    varies: "",
    title: "Scheduled maintenance passes the set by.",
    finds: "A set under pg_partman with `automatic_maintenance = 'off'` that no job names and that was not maintained of \
        late. A set that is maintained by its own job, or by a service that names it, is fine.",
    matters: "`run_maintenance()` without a name and `run_maintenance_proc()` take only sets with `'on'`. This one gets no \
        partitions until somebody calls `run_maintenance('schema.table')` for it.",
    remedy: "Turn it on as the help shows, or give the set a job of its own, for instance because its time zone isn't that \
        of the others. `run_maintenance('schema.table')` maintains it whatever the setting says.",
    cost: "Reads `part_config`, and `cron.job` where there is one. The update locks one row of `part_config`.",
};

impl Check for AutomaticMaintenanceOff {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.managed(), view.without_managed(), |(set, row)| {
            let is_looked_after = row.is_automatic()
                || row.is_being_undone()
                || view.is_fresh(set)
                || !view.callers(set).is_empty();
            (!is_looked_after).then(|| finding(view, set))
        })
    }
}

fn finding(view: &View<'_>, set: &SetView<'_>) -> Finding {
    let message = phrase!(
        "automatic_maintenance of {parent} is off and no job names it: it gets no partitions",
        parent = set.name()
    );
    let help = sql::configure(view, set, "automatic_maintenance = 'on'");
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::world::{World, at, finds, months, passes, skips};
    use super::*;

    fn world(row: Value) -> World {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 8));
        world.installed("5.2.4").managed("events", row)
    }

    #[test]
    fn off_is_told_unless_somebody_looks_after_it() {
        let off = || world(json!({ "automatic_maintenance": "off" }));
        insta::assert_snapshot!(finds(&AutomaticMaintenanceOff, &off()), @r"
        warning public.events: automatic_maintenance of public.events is off and no job names it: it gets no partitions
          help: UPDATE partman.part_config SET automatic_maintenance = 'on' WHERE parent_table = 'public.events'
        ");
        let general = off().scheduled("pg_cron", "@hourly CALL partman.run_maintenance_proc()");
        insta::assert_snapshot!(finds(&AutomaticMaintenanceOff, &general), @r"
        warning public.events: automatic_maintenance of public.events is off and no job names it: it gets no partitions
          help: UPDATE partman.part_config SET automatic_maintenance = 'on' WHERE parent_table = 'public.events'
        ");
        let own = off().scheduled(
            "pg_cron",
            "@hourly SELECT partman.run_maintenance('public.events')",
        );
        passes(&AutomaticMaintenanceOff, &own);
        let row = json!({ "automatic_maintenance": "off", "maintenance_last_run": "2025-10-14T11:00:00+00:00" });
        passes(&AutomaticMaintenanceOff, &world(row));
    }

    #[test]
    fn on_passes() {
        passes(&AutomaticMaintenanceOff, &world(json!({})));
        insta::assert_snapshot!(skips(&AutomaticMaintenanceOff, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }
}
