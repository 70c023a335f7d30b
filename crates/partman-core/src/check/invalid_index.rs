//! `invalid-index`: an index of the parent that some partition lacks.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::model::ParentIndex;
use crate::name::quote_ident;
use crate::phrase;

/// See [`META`].
pub(super) struct InvalidIndex;

static META: Meta = Meta {
    id: "invalid-index",
    severity: Severity::Warning,
    varies: "",
    title: "An index of the parent that some partition lacks.",
    finds: "An index on a parent with `indisvalid = false`. On a partitioned table that means: it was made with \
        `CREATE INDEX … ON ONLY parent`, and not every partition has its part attached yet; on an ordinary parent, that \
        `CREATE INDEX CONCURRENTLY` failed.",
    matters: "Some partitions have no such index, so queries are slow there, and a unique index enforces nothing for the \
        set. It doesn't become valid by itself: the last missing part has to be attached.",
    remedy: "For each partition that lacks it:\n\n\
        ```sql\nCREATE INDEX CONCURRENTLY part_idx ON part (…);\nALTER INDEX parent_idx ATTACH PARTITION part_idx;\n```\n\n\
        The index turns valid with the last one. The help shows how to find those that lack it.",
    cost: "Reads the catalog. `CREATE INDEX CONCURRENTLY` takes SHARE UPDATE EXCLUSIVE on the partition and reads it \
        twice; `ATTACH PARTITION` of an index takes locks for a moment only.",
};

impl Check for InvalidIndex {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.sets(), "there is no set", |set| {
            let invalid: Vec<&ParentIndex> = set
                .set
                .indexes
                .iter()
                .filter(|index| !index.valid)
                .collect();
            let first = invalid.first()?;
            Some(finding(set, first, &invalid))
        })
    }
}

fn finding(set: &SetView<'_>, first: &ParentIndex, invalid: &[&ParentIndex]) -> Finding {
    let parent = set.name();
    let message = phrase!(
        "{indexes} of {parent} isn't valid: some partition lacks its part of it",
        indexes = words::list(invalid.iter().map(|index| &index.name)),
        parent
    );
    let help = phrase!(
        "create it on the partitions that lack it (in psql: {list} lists the parts that are attached), then ALTER INDEX … \
         ATTACH PARTITION",
        list = format!(
            "\\d+ {}.{}",
            quote_ident(&parent.schema),
            quote_ident(&first.name)
        )
    );
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn an_index_that_is_not_everywhere_is_told() {
        let mut set = months("events", "2025-09", 2);
        let index = |name: &str, valid| ParentIndex {
            name: name.to_owned(),
            valid,
        };
        set.indexes = vec![index("events_pkey", true)];
        passes(&InvalidIndex, &at("2025-10-14T12:00:00Z").with(set.clone()));
        set.indexes.push(index("events_Kind", false));
        insta::assert_snapshot!(finds(&InvalidIndex, &at("2025-10-14T12:00:00Z").with(set)), @r#"
        warning public.events: events_Kind of public.events isn't valid: some partition lacks its part of it
          help: create it on the partitions that lack it (in psql: \d+ public."events_Kind" lists the parts that are attached), then ALTER INDEX … ATTACH PARTITION
        "#);
        insta::assert_snapshot!(skips(&InvalidIndex, &at("2025-10-14T12:00:00Z")), @"there is no set");
    }
}
