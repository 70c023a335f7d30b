//! `extension-not-installed`: the server offers pg_partman, the database doesn't have it.

use super::{Check, Finding, Meta, Severity, Verdict, View, sql};
use crate::model::Strategy;
use crate::phrase;

/// See [`META`].
pub(super) struct ExtensionNotInstalled;

static META: Meta = Meta {
    id: "extension-not-installed",
    severity: Severity::Info,
    varies: "",
    title: "The server offers pg_partman, and the database doesn't have it.",
    finds: "Sets by range exist and the server has pg_partman's files, but `CREATE EXTENSION` was never run in this \
        database. Extensions belong to one database: that another one of the same server has it doesn't help.",
    matters: "No set is maintained. This is where every migration begins, so it is only for information.",
    remedy: "`partman migrate` installs it, in the schema and version that `[pg_partman]` names, as the first step of \
        its plan, and `partman rollback` takes it away again. By hand:\n\n\
        ```sql\nCREATE SCHEMA partman;\nCREATE EXTENSION pg_partman SCHEMA partman;\n```\n\n\
        The schema has to be a plain lower-case name. pg_partman 4 wants a superuser; 5.2 and later the database's owner.",
    cost: "Reads two catalog views. `CREATE EXTENSION` locks nothing that users have.",
};

impl Check for ExtensionNotInstalled {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let by_range = view.sets().any(|set| set.set.strategy == Strategy::Range);
        if by_range && view.version.is_none() {
            return Verdict::Skip("the server has no files of pg_partman".to_owned());
        }
        Verdict::each(by_range.then_some(()), "there is no set by range", |()| {
            let is_missing = view.seen.extension.installed.is_none();
            is_missing.then(|| finding(view))
        })
    }
}

fn finding(view: &View<'_>) -> Finding {
    let version = view.version.as_ref().map(ToString::to_string);
    let message = phrase!(
        "pg_partman {version} can be installed and isn't",
        version = version.unwrap_or_default()
    );
    let help = phrase!(
        "partman migrate installs it; by hand: {sql}",
        sql = sql::install(view.schema())
    );
    Finding::new(&META, view.database(), message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn an_offer_that_nobody_took_is_told() {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 2));
        insta::assert_snapshot!(skips(&ExtensionNotInstalled, &world), @"the server has no files of pg_partman");
        insta::assert_snapshot!(finds(&ExtensionNotInstalled, &world.offering("5.2.4")), @r"
        info database shop: pg_partman 5.2.4 can be installed and isn't
          help: partman migrate installs it; by hand: CREATE SCHEMA IF NOT EXISTS partman; CREATE EXTENSION pg_partman SCHEMA partman
        ");
    }

    #[test]
    fn an_installed_one_passes() {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 2));
        passes(&ExtensionNotInstalled, &world.installed("5.2.4"));
    }
}
