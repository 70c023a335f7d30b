//! `control-nullable`: the column that decides about the partition may be NULL.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::model::KeyColumn;
use crate::name::quote_ident;
use crate::phrase;

/// See [`META`].
pub(super) struct ControlNullable;

static META: Meta = Meta {
    id: "control-nullable",
    severity: Severity::Info,
    varies: "",
    title: "The column that decides about the partition may be NULL.",
    finds: "A set by range of a time or an integer whose key column isn't NOT NULL.",
    matters: "A range never holds NULL: such rows are refused, or land in DEFAULT, where retention never finds them. \
        pg_partman 5's own `create_partition()` wants NOT NULL; adopting a set by its configuration row doesn't.",
    remedy: "If no row is meant to be without it, and the set isn't under pg_partman yet: write `nulls = \"forbid\"` into its \
        `[[set]]`, and `migrate` sets NOT NULL on the way, one partition after the other. By hand: look for NULLs in DEFAULT, \
        then set NOT NULL. With a validated CHECK first, no table is scanned under the lock:\n\n\
        ```sql\nALTER TABLE parent ADD CONSTRAINT key_not_null CHECK (key IS NOT NULL) NOT VALID;\n\
        ALTER TABLE parent VALIDATE CONSTRAINT key_not_null;\nALTER TABLE parent ALTER COLUMN key SET NOT NULL;\n\
        ALTER TABLE parent DROP CONSTRAINT key_not_null;\n```",
    cost: "Reads the catalog. `SET NOT NULL` takes ACCESS EXCLUSIVE on the parent and all partitions, and scans them \
        unless a validated CHECK says it already; VALIDATE scans under SHARE UPDATE EXCLUSIVE.",
};

impl Check for ControlNullable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let without = "there is no set by time or number";
        Verdict::each(view.grids(), without, |(set, _)| {
            let key = set.set.control().filter(|key| !key.not_null)?;
            Some(finding(set, key))
        })
    }
}

fn finding(set: &SetView<'_>, key: &KeyColumn) -> Finding {
    let parent = set.name();
    let column = quote_ident(key.column.as_deref().unwrap_or_default());
    let message = phrase!(
        "{column} of {parent} may be NULL: rows without it {fate}",
        column,
        parent,
        fate = words::fate(set.set)
    );
    let change = format!("ALTER TABLE {parent} ALTER COLUMN {column} SET NOT NULL");
    let help = phrase!(
        "{change} (partman explain {id} tells how without a long lock)",
        change,
        id = META.id
    );
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn a_key_that_may_be_null_is_told() {
        let mut set = months("events", "2025-09", 2);
        passes(
            &ControlNullable,
            &at("2025-10-14T12:00:00Z").with(set.clone()),
        );
        set.key[0].not_null = false;
        set.key[0].column = Some("Created At".to_owned());
        insta::assert_snapshot!(finds(&ControlNullable, &at("2025-10-14T12:00:00Z").with(set)), @r#"
        info public.events: "Created At" of public.events may be NULL: rows without it are refused
          help: ALTER TABLE public.events ALTER COLUMN "Created At" SET NOT NULL (partman explain control-nullable tells how without a long lock)
        "#);
        insta::assert_snapshot!(skips(&ControlNullable, &at("2025-10-14T12:00:00Z")), @"there is no set by time or number");
    }
}
