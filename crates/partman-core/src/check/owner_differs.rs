//! `owner-differs`: partitions don't belong to whom the parent belongs.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::model::Partition;
use crate::name::quote_ident;
use crate::phrase;

/// See [`META`].
pub(super) struct OwnerDiffers;

static META: Meta = Meta {
    id: "owner-differs",
    severity: Severity::Warning,
    varies: "",
    title: "Partitions don't belong to whom the parent belongs.",
    finds: "Partitions whose owner isn't the parent's. Usual cause: maintenance ran as another role, with \
        `inherit_privileges = false`; what pg_partman makes belongs to whoever runs it.",
    matters: "`ALTER TABLE parent ADD COLUMN` and every other change that goes down to the partitions fails with `must be \
        owner of table …` for the parent's owner, and so do retention and migrations. Maintenance by a role that may not read \
        them stops too: pg_partman 5 looks into the newest partitions. It is found out during a release.",
    remedy: "Give them to the parent's owner as the help shows, and have pg_partman do so from now on: \
        `UPDATE partman.part_config SET inherit_privileges = true WHERE parent_table = '…'`. `partman migrate` sets that.",
    cost: "Reads the catalog. `ALTER TABLE … OWNER TO` takes ACCESS EXCLUSIVE on the partition for a moment.",
};

impl Check for OwnerDiffers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.sets(), "there is no set", |set| {
            let others: Vec<&Partition> = set
                .set
                .partitions
                .iter()
                .filter(|p| p.owner != set.set.owner)
                .collect();
            let first = others.first()?;
            Some(finding(set, first, &others))
        })
    }
}

fn finding(set: &SetView<'_>, first: &Partition, others: &[&Partition]) -> Finding {
    let (parent, owner) = (set.name(), &set.set.owner);
    let message = phrase!(
        "{parent} belongs to {owner}, and {partitions} to {other}: changes of the parent fail there",
        parent,
        owner,
        partitions = words::partitions(others.iter().copied()),
        other = first.owner
    );
    let help = format!("ALTER TABLE {} OWNER TO {}", first.name, quote_ident(owner));
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn partitions_of_somebody_else_are_told() {
        let mut set = months("events", "2025-09", 6);
        set.owner = "App".to_owned();
        insta::assert_snapshot!(finds(&OwnerDiffers, &at("2025-10-14T12:00:00Z").with(set)), @r#"
        warning public.events: public.events belongs to App, and public.events_0, public.events_1, public.events_2 and 3 more to admin: changes of the parent fail there
          help: ALTER TABLE public.events_0 OWNER TO "App"
        "#);
        passes(
            &OwnerDiffers,
            &at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 2)),
        );
        insta::assert_snapshot!(skips(&OwnerDiffers, &at("2025-10-14T12:00:00Z")), @"there is no set");
    }
}
