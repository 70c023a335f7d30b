//! `config-without-table`: pg_partman has a row for a table that isn't there.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::model::ManagedConfig;
use crate::name::{quote_ident, quote_literal};
use crate::phrase;

/// See [`META`].
pub(super) struct ConfigWithoutTable;

static META: Meta = Meta {
    id: "config-without-table",
    severity: Severity::Error,
    varies: "",
    title: "pg_partman has a row for a table that isn't there.",
    finds: "A row of `part_config` whose `parent_table` is no partitioned table and no parent of inheritance: it was \
        dropped or renamed, or restored into another schema. pg_partman keeps names as text, so nothing cleans up after it.",
    matters: "Maintenance fails on that row. Up to 5.4 this takes back the work on all other sets, at every run, or ends \
        the run before they have their turn; from 5.5 on it costs a warning each time.",
    remedy: "If the table was renamed, correct `parent_table`; if it is gone, delete the row as the help shows. A template \
        table that belonged to it can be dropped then.",
    cost: "Compares names. The delete locks one row of `part_config`.",
};

impl Check for ConfigWithoutTable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(&view.seen.configs, view.without_managed(), |config| {
            let parent = config.parent_table();
            let mut sets = view.seen.sets.iter();
            let is_there = sets.any(|set| set.name.unquoted() == parent);
            (!is_there).then(|| finding(view, config))
        })
    }
}

fn finding(view: &View<'_>, config: &ManagedConfig) -> Finding {
    let parent = config.parent_table();
    let consequence = if view.is_at_least("5.5.0") {
        phrase!("maintenance warns of it at every run")
    } else {
        phrase!("maintenance fails on it, and takes that of other sets down with it")
    };
    let message = phrase!(
        "pg_partman is to maintain {parent}, and there is no partitioned table of that name: {consequence}",
        parent,
        consequence
    );
    let delete = format!(
        "DELETE FROM {}.part_config WHERE parent_table = {}",
        quote_ident(view.schema()),
        quote_literal(parent)
    );
    let help = phrase!("{delete}, or correct the name there", delete);
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn a_row_whose_table_is_gone_is_told() {
        let world = |version| {
            let world = at("2025-10-14T12:00:00Z").with(months("App.Events", "2025-09", 8));
            world.installed(version).managed("App.Events", json!({}))
        };
        passes(&ConfigWithoutTable, &world("5.2.4"));
        insta::assert_snapshot!(finds(&ConfigWithoutTable, &world("5.2.4").managed("gone", json!({}))), @r"
        error public.gone: pg_partman is to maintain public.gone, and there is no partitioned table of that name: maintenance fails on it, and takes that of other sets down with it
          help: DELETE FROM partman.part_config WHERE parent_table = 'public.gone', or correct the name there
        ");
        insta::assert_snapshot!(finds(&ConfigWithoutTable, &world("5.5.0").managed("gone", json!({}))), @r"
        error public.gone: pg_partman is to maintain public.gone, and there is no partitioned table of that name: maintenance warns of it at every run
          help: DELETE FROM partman.part_config WHERE parent_table = 'public.gone', or correct the name there
        ");
        insta::assert_snapshot!(skips(&ConfigWithoutTable, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }

    #[test]
    fn a_set_out_of_scope_is_there_all_the_same() {
        let world = at("2025-10-14T12:00:00Z")
            .with(months("events", "2025-09", 8))
            .naming(&["orders"]);
        passes(
            &ConfigWithoutTable,
            &world.installed("5.2.4").managed("events", json!({})),
        );
    }
}
