//! `set-not-found`: the configuration names a set that the database doesn't have.

use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::name::RelationName;
use crate::phrase;
use crate::plan::something_else;

/// See [`META`].
pub(super) struct SetNotFound;

static META: Meta = Meta {
    id: "set-not-found",
    severity: Severity::Error,
    varies: "",
    title: "The configuration names a set that the database doesn't have.",
    finds: "A `parent` of a `[[set]]` in `partman.toml` is no partitioned table of this database: it is spelled \
        otherwise, lies in another schema, was dropped, or this is another database than the one that was meant.",
    matters: "Everything else that is checked about this set is not checked, so a pipeline that relies on the check \
        would be green for a table that nobody looks at.",
    remedy: "Correct `parent` in its `[[set]]`, written as SQL does: `schema.table`, in double quotes where a name has \
        capitals or spaces. If the database is the wrong one, see where partman has it from: `partman status` says it.",
    cost: "Compares names. Locks: none.",
};

impl Check for SetNotFound {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let without = "the configuration names no set";
        Verdict::each(view.scope.wishes(), without, |wish| {
            let is_missing = view.seen.set(&wish.parent).is_none();
            is_missing.then(|| finding(view, &wish.parent))
        })
    }
}

fn finding(view: &View<'_>, parent: &RelationName) -> Finding {
    let names: Vec<&RelationName> = view.seen.sets.iter().map(|set| &set.name).collect();
    let likeness =
        |other: &RelationName| strsim::jaro_winkler(&other.unquoted(), &parent.unquoted());
    let near = names
        .iter()
        .copied()
        .filter(|other| other.name == parent.name || likeness(other) > 0.9)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let message = phrase!(
        "the configuration names {parent}, and database {database} has no partitioned table of that name",
        parent,
        database = view.seen.server.database
    );
    if let Some((what, way_out)) = something_else(view.seen, parent) {
        let help = phrase!("{what}; {way_out}", what, way_out);
        return Finding::new(&META, parent, message, help);
    }
    let help = match (near, names.is_empty()) {
        (Some(near), _) => phrase!("did you mean {near}? correct parent in its [[set]]", near),
        (None, true) => {
            phrase!("there is no partitioned table in this database at all: is it the right one?")
        }
        (None, false) => phrase!(
            "partitioned tables here: {names}",
            names = words::list(names)
        ),
    };
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn a_name_that_is_not_there_is_told_with_the_likeliest_one() {
        let world = at("2025-10-14T12:00:00Z").with(months("webhook_events", "2025-09", 2));
        insta::assert_snapshot!(skips(&SetNotFound, &world), @"the configuration names no set");
        let world = world.naming(&[
            "webhook_events",
            "audit.webhook_events",
            "webhook_event",
            "other",
        ]);
        insta::assert_snapshot!(finds(&SetNotFound, &world), @r"
        error audit.webhook_events: the configuration names audit.webhook_events, and database shop has no partitioned table of that name
          help: did you mean public.webhook_events? correct parent in its [[set]]
        error public.webhook_event: the configuration names public.webhook_event, and database shop has no partitioned table of that name
          help: did you mean public.webhook_events? correct parent in its [[set]]
        error public.other: the configuration names public.other, and database shop has no partitioned table of that name
          help: partitioned tables here: public.webhook_events
        ");
        passes(&SetNotFound, &world.naming(&["public.webhook_events"]));
    }

    #[test]
    fn a_partition_is_told_with_its_parent() {
        let world = at("2025-10-14T12:00:00Z").with(months("webhook_events", "2025-09", 2));
        let partition = world.seen.sets[0].partitions[0].name.clone();
        let told = finds(&SetNotFound, &world.naming(&[&partition.name]));
        let way_out = format!(
            "{partition} is a partition of public.webhook_events, not a set of partitions; name that one: public.webhook_events"
        );
        assert!(told.contains(&way_out), "{told}");
    }

    #[test]
    fn an_empty_database_is_doubted() {
        let world = at("2025-10-14T12:00:00Z").naming(&["events"]);
        insta::assert_snapshot!(finds(&SetNotFound, &world), @r"
        error public.events: the configuration names public.events, and database shop has no partitioned table of that name
          help: there is no partitioned table in this database at all: is it the right one?
        ");
    }
}
