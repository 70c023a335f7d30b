//! `version-drift`: the installed version is not the one that the server's files would install.

use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::pg_partman::Version;
use crate::phrase;

/// See [`META`].
pub(super) struct VersionDrift;

static META: Meta = Meta {
    id: "version-drift",
    severity: Severity::Info,
    varies: "",
    title: "The installed version of pg_partman is not the server's default.",
    finds: "`pg_extension.extversion` and the `default_version` of the server's control file differ: files were \
        changed without `ALTER EXTENSION … UPDATE`, or an image with other files was put under the data.",
    matters: "pg_partman 5.3 and later warns at every run, and with its library loaded on PostgreSQL 18 refuses to run \
        when the library is newer. A dump holds no version: restored here it would get the default one, whose \
        `part_config` may have other columns, and the configuration would be lost without an error.",
    remedy: "- Files newer than the database: `ALTER EXTENSION pg_partman UPDATE`. From 4 to 5 read its upgrade notes \
        first; rights on the extension's objects are lost, and quarterly or ISO-weekly suffixes are refused afterwards.\n\
        - Files older than the database: the image or package is the wrong one; give it the version that is installed.",
    cost: "Reads two catalog views. `ALTER EXTENSION … UPDATE` rewrites functions and `part_config`, a third of a second \
        for 4.7.2 to 5.5.0; it touches no partition.",
};

impl Check for VersionDrift {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let extension = &view.seen.extension;
        let both = extension
            .installed
            .as_ref()
            .zip(extension.default_version.as_ref());
        let without = "pg_partman is not installed, or the server has no files of it";
        Verdict::each(both, without, |(installed, offered)| {
            (installed.version != *offered).then(|| finding(view, &installed.version, offered))
        })
    }
}

fn finding(view: &View<'_>, installed: &str, offered: &str) -> Finding {
    let version = |text: &str| text.parse::<Version>().ok();
    let message = phrase!(
        "pg_partman {installed} is installed, the server's files are of {offered}",
        installed,
        offered
    );
    let help = if version(installed) < version(offered) {
        phrase!(
            "read the upgrade notes, then ALTER EXTENSION pg_partman UPDATE TO '{offered}'",
            offered
        )
    } else {
        phrase!(
            "the image or package is older than the database: give it pg_partman {installed}",
            installed
        )
    };
    Finding::new(&META, view.database(), message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, passes, skips};
    use super::*;

    #[test]
    fn drift_in_either_direction_is_told() {
        let drifted = |installed: &str, offered: &str| {
            let mut world = at("2025-10-14T12:00:00Z").installed(installed);
            world.seen.extension.default_version = Some(offered.to_owned());
            world
        };
        insta::assert_snapshot!(finds(&VersionDrift, &drifted("4.7.2", "5.5.0")), @r"
        info database shop: pg_partman 4.7.2 is installed, the server's files are of 5.5.0
          help: read the upgrade notes, then ALTER EXTENSION pg_partman UPDATE TO '5.5.0'
        ");
        insta::assert_snapshot!(finds(&VersionDrift, &drifted("5.5.0", "5.2.4")), @r"
        info database shop: pg_partman 5.5.0 is installed, the server's files are of 5.2.4
          help: the image or package is older than the database: give it pg_partman 5.5.0
        ");
        passes(&VersionDrift, &drifted("5.2.4", "5.2.4"));
        insta::assert_snapshot!(skips(&VersionDrift, &at("2025-10-14T12:00:00Z")), @"pg_partman is not installed, or the server has no files of it");
    }
}
