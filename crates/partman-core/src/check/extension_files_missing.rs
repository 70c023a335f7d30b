//! `extension-files-missing`: pg_partman is installed, and its files are gone from the server.

use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::phrase;

/// See [`META`].
pub(super) struct ExtensionFilesMissing;

static META: Meta = Meta {
    id: "extension-files-missing",
    severity: Severity::Warning,
    varies: "",
    title: "The database has pg_partman, and the server has no files of it any more.",
    finds: "`pg_extension` has pg_partman and `pg_available_extension_versions` has none: the files were lost, \
        typically because a container was created anew from an image without them.",
    matters: "Maintenance goes on, for pg_partman is SQL that lives in the database. But `ALTER EXTENSION pg_partman \
        UPDATE` and `CREATE EXTENSION` fail, and so does restoring a dump on this server: without `--exit-on-error` \
        the tables come back and pg_partman's configuration doesn't.",
    remedy: "Make the image have them, for Debian with `RUN apt-get install postgresql-<major>-partman` in its Dockerfile, \
        and create the container anew from it. On a host install the package again. Either way in the version that is \
        installed; `SELECT * FROM pg_available_extension_versions WHERE name = 'pg_partman'` tells what is there.",
    cost: "Reads two catalog views. Installing files locks nothing and needs no restart.",
};

impl Check for ExtensionFilesMissing {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let extension = &view.seen.extension;
        Verdict::each(
            &extension.installed,
            "pg_partman is not installed",
            |installed| {
                extension
                    .versions
                    .is_empty()
                    .then(|| finding(view, &installed.version))
            },
        )
    }
}

fn finding(view: &View<'_>, version: &str) -> Finding {
    let message = phrase!(
        "pg_partman {version} is installed and the server has no files of it: a dump of this database can't be restored \
         whole on this server",
        version
    );
    let help = phrase!(
        "give the image or host the files of {version} again, for Debian with the package {package}",
        version,
        package = words::package(view)
    );
    Finding::new(&META, view.database(), message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, passes, skips};
    use super::*;

    #[test]
    fn files_that_vanished_are_told() {
        let mut world = at("2025-10-14T12:00:00Z").installed("5.2.4");
        passes(&ExtensionFilesMissing, &world);
        world.seen.extension.versions.clear();
        world.seen.extension.default_version = None;
        insta::assert_snapshot!(finds(&ExtensionFilesMissing, &world), @r"
        warning database shop: pg_partman 5.2.4 is installed and the server has no files of it: a dump of this database can't be restored whole on this server
          help: give the image or host the files of 5.2.4 again, for Debian with the package postgresql-15-partman
        ");
        world.seen.extension.installed = None;
        insta::assert_snapshot!(skips(&ExtensionFilesMissing, &world), @"pg_partman is not installed");
    }
}
