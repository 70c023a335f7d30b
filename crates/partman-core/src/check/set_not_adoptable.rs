//! `set-not-adoptable`: a set that pg_partman can't have, for reasons that no other rule tells.
//!
//! Some of the assessment's reasons are conditions with a rule of their own: a pending DETACH, open ends, a name that
//! is taken, rows in DEFAULT. What remains is found by assessing the set once more without them.

use super::{Check, Finding, Meta, Severity, Verdict, View, view::SetView, words};
use crate::assess::{Adoptable, Reason, assess};
use crate::model::{Inspection, PartitionSet};
use crate::wanted::WantedSet;
use crate::words::Phrase;

/// See [`META`].
pub(super) struct SetNotAdoptable;

static META: Meta = Meta {
    id: "set-not-adoptable",
    severity: Severity::Info,
    varies: "warning when the configuration names the set",
    title: "A set that pg_partman can't maintain as it is.",
    finds: "A set without pg_partman whose layout it can't handle (HASH, LIST, inheritance, several key columns, an \
        expression, a text or uuid key, partitions that are partitioned themselves, widths that differ), or where a \
        person has to say something first (a time zone that the bounds leave open, an owner whose rights are missing, \
        a set without partitions). What another rule finds about the set is told there and not repeated here, and a \
        partition that is partitioned itself is told with the set above it.",
    matters: "`partman migrate` refuses such a set, for pg_partman would accept it and then fail, or create partitions \
        that aren't what anybody wants. For HASH there is nothing to maintain, so nothing is wrong.",
    remedy: "The message says why and the help says what would make it fit. If nothing should: leave it out of \
        `partman.toml`, or accept the finding there:\n\n\
        ```toml\n[[ignore]]\nrule = \"set-not-adoptable\"\nreason = \"LIST by region, new regions come with a release\"\n```",
    cost: "Derived from the catalog. Locks: none.",
};

impl Check for SetNotAdoptable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.configuration_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        // What is a partition itself is told with the set that it is a partition of.
        let by_hand = view
            .sets()
            .filter(|set| set.managed.is_none() && (set.named || set.set.nested_in.is_none()));
        Verdict::each(by_hand, "there is no set without pg_partman", |set| {
            let reasons = own_reasons(view, set);
            (!reasons.is_empty()).then(|| finding(set, &reasons))
        })
    }
}

/// The reasons that remain once everything that has a rule of its own is thought away.
fn own_reasons<'v>(view: &View<'_>, set: &'v SetView<'_>) -> Vec<&'v Reason> {
    if set.assessed.adoptable() <= Adoptable::YesWithMend {
        return Vec::new();
    }
    let mut alone = set.set.clone();
    let readable: Vec<u32> = alone.ranges().iter().map(|(_, _, p)| p.oid).collect();
    if !readable.is_empty() {
        alone
            .partitions
            .retain(|p| p.is_default() || readable.contains(&p.oid));
    }
    for partition in &mut alone.partitions {
        partition.detach_pending = false;
        if partition.is_default() {
            partition.content = None;
        }
    }
    let wanted = view.scope.wish(set.name()).cloned();
    let wanted = wanted.unwrap_or_else(|| WantedSet::new(set.name().clone()));
    let mut seen = Inspection {
        schema: view.seen.schema.clone(),
        server: view.seen.server.clone(),
        extension: view.seen.extension.clone(),
        sets: Vec::new(),
        configs: Vec::new(),
        strays: Vec::new(),
        others: Vec::new(),
        mentions: Vec::new(),
        schedulers: Vec::new(),
        runs: Default::default(),
        gaps_in_view: Vec::new(),
    };
    // Levels above and below tell what this one is.
    let is_of_a_tree = |other: &&PartitionSet| {
        other.nested_in.is_some() || other.partitions.iter().any(|p| p.relkind == "p")
    };
    let tree = view.seen.sets.iter().filter(is_of_a_tree);
    seen.sets
        .extend(tree.filter(|other| other.name != alone.name).cloned());
    seen.sets.push(alone.clone());
    let rest = assess(&seen, &alone, &wanted, &view.judged).reasons;
    let reasons = set.assessed.reasons.iter();
    reasons.filter(|reason| rest.contains(reason)).collect()
}

fn finding(set: &SetView<'_>, reasons: &[&Reason]) -> Finding {
    let joined = |part: fn(&Reason) -> &Phrase| {
        let parts = reasons.iter().map(|reason| part(reason).clone());
        words::one_after_another(parts)
    };
    let severity = if set.named {
        Severity::Warning
    } else {
        META.severity
    };
    Finding::new(
        &META,
        set.name(),
        joined(|r| &r.what),
        joined(|r| &r.way_out),
    )
    .at(severity)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, by, finds, months, partition, passes, skips};
    use super::*;
    use crate::model::{PartitionSet, Strategy};

    fn hash(parent: &str) -> PartitionSet {
        let mut set = by(parent, "int8", &[]);
        set.strategy = Strategy::Hash;
        set
    }

    #[test]
    fn layouts_are_told_and_weigh_more_when_configured() {
        let world = at("2025-10-14T12:00:00Z").with(hash("sessions"));
        insta::assert_snapshot!(finds(&SetNotAdoptable, &world), @r"
        info public.sessions: public.sessions is partitioned by HASH, where nothing ever has to be created ahead
          help: leave it as it is: pg_partman has nothing to do for it
        ");
        insta::assert_snapshot!(finds(&SetNotAdoptable, &world.naming(&["sessions"])), @r"
        warning public.sessions: public.sessions is partitioned by HASH, where nothing ever has to be created ahead
          help: leave it as it is: pg_partman has nothing to do for it
        ");
    }

    #[test]
    fn what_has_a_rule_of_its_own_is_left_to_it() {
        let mut set = months("events", "2025-09", 2);
        set.partitions[0].detach_pending = true;
        let open = "FOR VALUES FROM (MINVALUE) TO ('2025-09-01 00:00:00+00')";
        let mut lowest = partition(&set.name.sibling("events_old"), open);
        lowest.oid = 3;
        set.partitions.push(lowest);
        let world = at("2025-10-14T12:00:00Z").with(set);
        let world = world.stray("events_p20251101").offering("5.2.4");
        passes(&SetNotAdoptable, &world);
    }

    #[test]
    fn a_level_below_is_told_with_the_one_above() {
        let mut above = months("events", "2025-01", 1);
        above.partitions[0].name = super::super::world::name("events_2025");
        above.partitions[0].relkind = "p".to_owned();
        let mut below = months("events_2025", "2025-09", 2);
        below.nested_in = Some(above.name.clone());
        let world = at("2025-10-14T12:00:00Z").with(above).with(below);
        insta::assert_snapshot!(finds(&SetNotAdoptable, &world), @r"
        info public.events: partitions of public.events are partitioned themselves: public.events_2025
          help: new partitions would be plain tables, unlike these: flatten the set to one level first
        ");
        insta::assert_snapshot!(finds(&SetNotAdoptable, &world.naming(&["events_2025"])), @r"
        warning public.events_2025: public.events_2025 is itself a partition of public.events, and no row beyond its bounds there gets to it
          help: keep this level by hand, or flatten public.events to one level
        ");
    }

    #[test]
    fn a_set_without_partitions_has_one_reason() {
        let world = at("2025-10-14T12:00:00Z").with(by("events", "date", &[]));
        insta::assert_snapshot!(finds(&SetNotAdoptable, &world), @r#"
        info public.events: public.events has no partitions, so there is no interval to find and no bound to continue from
          help: say how wide its partitions shall be, such as interval = "1 month" in its [[set]]: the first is the one that the present is in
        "#);
        insta::assert_snapshot!(skips(&SetNotAdoptable, &at("2025-10-14T12:00:00Z")), @"there is no set without pg_partman");
    }
}
