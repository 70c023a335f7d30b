//! `detach-pending`: a DETACH CONCURRENTLY was begun and not finished.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::model::Partition;
use crate::phrase;

/// See [`META`].
pub(super) struct DetachPending;

static META: Meta = Meta {
    id: "detach-pending",
    severity: Severity::Warning,
    varies: "",
    title: "A DETACH CONCURRENTLY was begun and not finished.",
    finds: "A partition with `pg_inherits.inhdetachpending`: `ALTER TABLE … DETACH PARTITION … CONCURRENTLY` was \
        interrupted between its two transactions, by a cancel, a timeout or a crash.",
    matters: "Queries on the parent no longer see the partition's rows, and rows of its range are refused. Until it is \
        finished no other partition can be detached CONCURRENTLY, retention fails when this one's turn comes, and \
        `partman migrate` waits for somebody to decide.",
    remedy: "Finish it as the help shows. It can't be taken back; to have the partition again, attach it afterwards.",
    cost: "Reads the catalog. `FINALIZE` takes SHARE UPDATE EXCLUSIVE on the parent and ACCESS EXCLUSIVE on the \
        partition, and waits for old transactions that may still see it.",
};

impl Check for DetachPending {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.sets(), "there is no set", |set| {
            let pending: Vec<&Partition> = set
                .set
                .partitions
                .iter()
                .filter(|p| p.detach_pending)
                .collect();
            let first = pending.first()?;
            Some(finding(set, first, &pending))
        })
    }
}

fn finding(set: &SetView<'_>, first: &Partition, pending: &[&Partition]) -> Finding {
    let parent = set.name();
    let message = phrase!(
        "{partitions} is half detached from {parent}: its rows can't be seen there, and new ones of its range are refused",
        partitions = words::partitions(pending.iter().copied()),
        parent
    );
    let help = format!(
        "ALTER TABLE {parent} DETACH PARTITION {} FINALIZE",
        first.name
    );
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn a_half_detached_partition_is_told() {
        let mut set = months("Events", "2025-09", 2);
        passes(
            &DetachPending,
            &at("2025-10-14T12:00:00Z").with(set.clone()),
        );
        set.partitions[0].detach_pending = true;
        insta::assert_snapshot!(finds(&DetachPending, &at("2025-10-14T12:00:00Z").with(set)), @r"
        warning public.events: public.events_0 is half detached from public.events: its rows can't be seen there, and new ones of its range are refused
          help: ALTER TABLE public.events DETACH PARTITION public.events_0 FINALIZE
        ");
        insta::assert_snapshot!(skips(&DetachPending, &at("2025-10-14T12:00:00Z")), @"there is no set");
    }
}
