//! `run-active`: a run of partman is at work.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::phrase;
use crate::words::Phrase;

/// See [`META`].
pub(super) struct RunActive;

static META: Meta = Meta {
    id: "run-active",
    severity: Severity::Info,
    varies: "",
    title: "A run of partman is at work.",
    finds: "Somebody holds the advisory lock that partman takes for a run in this database.",
    matters: "Only one run at a time may change a database. What is seen meanwhile is the middle of it: partitions are being made, and a constraint may stand around a DEFAULT partition.",
    remedy: "Wait for it. A run that hangs can be ended: its backend is named, and `partman resume` or `partman rollback` goes on from its journal.",
    cost: "Reads `pg_locks` and `pg_stat_activity`.",
};

impl Check for RunActive {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let Some(holder) = &view.seen.runs.active else {
            return Verdict::Pass;
        };
        let unknown = || phrase!("somebody");
        let message = phrase!(
            "{who} of role {user} (backend {pid}) is at work here since {since}",
            who = holder
                .application_name
                .as_ref()
                .map_or_else(unknown, Phrase::verbatim),
            user = holder.user.clone().unwrap_or_else(|| "?".to_owned()),
            pid = holder
                .pid
                .map_or_else(|| "?".to_owned(), |pid| pid.to_string()),
            since = holder.since.clone().unwrap_or_else(|| "?".to_owned())
        );
        let help = phrase!("wait for it; `partman status` tells how it ended");
        Verdict::Found(vec![Finding::new(&META, view.database(), message, help)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::{finds, passes, with_run};
    use super::*;
    use crate::model::Standing;

    #[test]
    fn whoever_is_at_work_is_named() {
        insta::assert_snapshot!(finds(&RunActive, &with_run(Standing::Active).held()), @r"
        info database shop: partman of role admin (backend 4711) is at work here since 2025-10-14T11:59:00+00:00
          help: wait for it; `partman status` tells how it ended
        ");
        passes(&RunActive, &with_run(Standing::Stopped));
    }
}
