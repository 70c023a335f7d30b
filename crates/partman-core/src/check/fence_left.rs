//! `fence-left`: a constraint of a run of partman is left on a DEFAULT partition.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::phrase;

/// See [`META`].
pub(super) struct FenceLeft;

static META: Meta = Meta {
    id: "fence-left",
    severity: Severity::Error,
    varies: "",
    title: "A constraint of a run of partman is left on a DEFAULT partition.",
    finds: "A table has the constraint `partman_fence`, which a run puts around a DEFAULT partition while it creates partitions, and no run is open that would take it away: a copy of a database in which a run was under way has it, or somebody closed the journal by hand.",
    matters: "Rows of the ranges that it rules out are refused as soon as no other partition takes them.",
    remedy: "Drop it as the help shows: ACCESS EXCLUSIVE on that table alone, for a moment.",
    cost: "Reads the catalog.",
};

impl Check for FenceLeft {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.journal_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        let runs = &view.seen.runs;
        if runs.stopped().is_some() || runs.active.is_some() {
            return Verdict::Pass;
        }
        let found: Vec<Finding> = runs
            .fences
            .iter()
            .map(|table| {
                let message = phrase!(
                    "{table} still has the constraint partman_fence, and no run is open that would take it away: rows that it rules out are refused",
                    table
                );
                let help = phrase!(
                    "drop it: {sql}",
                    sql = format!("ALTER TABLE {table} DROP CONSTRAINT partman_fence")
                );
                Finding::new(&META, table, message, help)
            })
            .collect();
        match found.is_empty() {
            true => Verdict::Pass,
            false => Verdict::Found(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, at, finds, passes, skips};
    use super::*;
    use crate::model::{Fact, RunSummary};
    use crate::postgres::Holder;

    fn world(outcome: &str) -> World {
        let mut world = at("2025-10-14T12:00:00Z");
        world.seen.runs.history.push(RunSummary {
            id: "20251014T115900Z-1".to_owned(),
            started_at: "2025-10-14T11:59:00Z".parse().expect("an instant"),
            started_by: "admin".to_owned(),
            outcome: outcome.to_owned(),
            without_backup: None,
            elsewhere: false,
            may_act: true,
        });
        world
    }

    fn held(mut world: World) -> World {
        world.seen.runs.active = Some(Holder {
            pid: Some(4711),
            application_name: Some("partman".to_owned()),
            user: Some("admin".to_owned()),
            client_addr: None,
            since: Some("2025-10-14T11:59:00+00:00".to_owned()),
        });
        world
    }

    #[test]
    fn a_fence_that_no_open_run_accounts_for_is_told() {
        let fenced = |mut world: World| {
            world
                .seen
                .runs
                .fences
                .push("public.events_default".parse().expect("a name"));
            world
        };
        insta::assert_snapshot!(finds(&FenceLeft, &fenced(world("completed"))), @r"
        error public.events_default: public.events_default still has the constraint partman_fence, and no run is open that would take it away: rows that it rules out are refused
          help: drop it: ALTER TABLE public.events_default DROP CONSTRAINT partman_fence
        ");
        passes(&FenceLeft, &fenced(world("stopped")));
        passes(&FenceLeft, &fenced(held(world("active"))));
        passes(&FenceLeft, &world("completed"));
        let blind = world("stopped").unseen(Fact::Journal);
        insta::assert_snapshot!(skips(&FenceLeft, &blind), @"the journal of partman's runs (permission denied)");
    }
}
