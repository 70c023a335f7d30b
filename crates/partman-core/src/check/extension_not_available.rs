//! `extension-not-available`: the server has no files of pg_partman.

use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::model::Strategy;
use crate::phrase;

/// See [`META`].
pub(super) struct ExtensionNotAvailable;

static META: Meta = Meta {
    id: "extension-not-available",
    severity: Severity::Warning,
    varies: "",
    title: "The server has no files of pg_partman.",
    finds: "Sets by range exist, pg_partman is not installed in the database, and the server offers no version of it in \
        `pg_available_extension_versions`: `CREATE EXTENSION pg_partman` would fail.",
    matters: "Nothing can be put under pg_partman until the files are there. A container image without them looks the \
        same as one with them until somebody tries.",
    remedy: "- In a container: build an image FROM the one that runs, with the package or pg_partman's control and SQL files \
        in `pg_config --sharedir`, and create the container anew from it on the same volume; or copy these files into \
        the running container, which needs no restart and lasts as long as the container.\n\
        - On a host: install the package of the server's major version, for Debian `postgresql-<major>-partman`.\n\n\
        pg_partman is SQL; only its background worker needs the library and a restart.",
    cost: "Reads two catalog views. Installing files locks nothing and needs no restart.",
};

impl Check for ExtensionNotAvailable {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let by_range = view.sets().any(|set| set.set.strategy == Strategy::Range);
        let extension = &view.seen.extension;
        Verdict::each(by_range.then_some(()), "there is no set by range", |()| {
            (extension.installed.is_none() && extension.versions.is_empty()).then(|| finding(view))
        })
    }
}

fn finding(view: &View<'_>) -> Finding {
    let message = phrase!(
        "the server (PostgreSQL {version}) has no files of pg_partman, so no set can be put under it",
        version = view.seen.server.version
    );
    let help = phrase!(
        "install the package where the server runs, for Debian: apt-get install {package} (no restart is needed; a \
         container keeps it until it is created anew)",
        package = words::package(view)
    );
    Finding::new(&META, view.database(), message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn a_server_without_files_is_told() {
        let world = at("2025-10-14T12:00:00Z").with(months("events", "2025-09", 2));
        insta::assert_snapshot!(finds(&ExtensionNotAvailable, &world), @r"
        warning database shop: the server (PostgreSQL 15.18) has no files of pg_partman, so no set can be put under it
          help: install the package where the server runs, for Debian: apt-get install postgresql-15-partman (no restart is needed; a container keeps it until it is created anew)
        ");
        passes(&ExtensionNotAvailable, &world.offering("5.2.4"));
    }

    #[test]
    fn who_has_no_sets_needs_no_extension() {
        insta::assert_snapshot!(skips(&ExtensionNotAvailable, &at("2025-10-14T12:00:00Z")), @"there is no set by range");
    }
}
