//! `set-not-managed`: a set that pg_partman could have, and hasn't.

use super::{Check, Finding, Meta, Severity, Verdict, View, view::SetView, words};
use crate::phrase;

/// See [`META`].
pub(super) struct SetNotManaged;

static META: Meta = Meta {
    id: "set-not-managed",
    severity: Severity::Warning,
    varies: "",
    title: "A set that pg_partman could maintain is maintained by nobody.",
    finds: "A set by range of a time or an integer that can be adopted as it is, or after mends that the plan makes, \
        and that has no row in `part_config`.",
    matters: "Its partitions are made by hand, and on the day when somebody forgets, rows are refused or pile up in \
        DEFAULT. `horizon-near` tells when that day is close.",
    remedy: "`partman plan PARENT` shows every step with its SQL and locks; `partman migrate PARENT` carries it out, \
        compares the result with what was there before, and can be undone with `partman rollback`. No row is moved, \
        and partitions keep their names where the version allows it.",
    cost: "Derived from the catalog. Migrating takes locks for milliseconds only and gives up, with nothing changed, \
        where it can't have them.",
};

impl Check for SetNotManaged {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        if let Some(gap) = view.configuration_unseen() {
            return Verdict::Skip(gap.to_owned());
        }
        let candidates = view
            .sets()
            .filter(|set| set.managed.is_some() || set.is_adoptable());
        Verdict::each(
            candidates,
            "there is no set that pg_partman could have",
            |set| set.managed.is_none().then(|| finding(set)),
        )
    }
}

fn finding(set: &SetView<'_>) -> Finding {
    let parent = set.name();
    let message = match set.assessed.mends.len() {
        0 => phrase!(
            "pg_partman could maintain {parent}, and doesn't: its next partitions have to be made by hand",
            parent
        ),
        1 => phrase!(
            "pg_partman could maintain {parent}, after one mend that is part of the plan, and doesn't: its next \
             partitions have to be made by hand",
            parent
        ),
        n => phrase!(
            "pg_partman could maintain {parent}, after {n} mends that are part of the plan, and doesn't: its next \
             partitions have to be made by hand",
            parent,
            n
        ),
    };
    let help = phrase!(
        "partman migrate {argument} (partman plan {argument} shows the steps)",
        argument = words::argument(parent)
    );
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, by, finds, months, passes, skips};
    use super::*;
    use crate::model::Fact;

    #[test]
    fn a_set_by_hand_is_told_with_the_command() {
        let world = at("2025-10-14T12:00:00Z").with(months("webhook_events", "2025-09", 2));
        insta::assert_snapshot!(finds(&SetNotManaged, &world), @r"
        warning public.webhook_events: pg_partman could maintain public.webhook_events, and doesn't: its next partitions have to be made by hand
          help: partman migrate public.webhook_events (partman plan public.webhook_events shows the steps)
        ");
        let world = world
            .installed("5.2.4")
            .managed("webhook_events", json!({}));
        passes(&SetNotManaged, &world);
    }

    #[test]
    fn quoted_names_are_quoted_for_the_shell_and_mends_are_counted() {
        let bounds = [("2025-08-01", "2025-09-01"), ("2025-10-01", "2025-11-01")];
        let set = by(r#""App"."Web Hooks""#, "date", &bounds);
        let world = at("2025-10-14T12:00:00Z").with(set);
        insta::assert_snapshot!(finds(&SetNotManaged, &world), @r#"
        warning "App"."Web Hooks": pg_partman could maintain "App"."Web Hooks", after one mend that is part of the plan, and doesn't: its next partitions have to be made by hand
          help: partman migrate '"App"."Web Hooks"' (partman plan '"App"."Web Hooks"' shows the steps)
        "#);
    }

    #[test]
    fn nothing_is_said_of_sets_out_of_scope_or_out_of_sight() {
        let world = at("2025-10-14T12:00:00Z").with(months("a", "2025-09", 2));
        let named = world.naming(&["b"]);
        insta::assert_snapshot!(skips(&SetNotManaged, &named), @"there is no set that pg_partman could have");
        let world = at("2025-10-14T12:00:00Z")
            .with(months("a", "2025-09", 2))
            .installed("5.2.4");
        let blind = world.unseen(Fact::Configuration);
        insta::assert_snapshot!(skips(&SetNotManaged, &blind), @"pg_partman's configuration (permission denied)");
    }
}
