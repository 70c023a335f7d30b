//! Which of this machine's programs and servers a backup is made, read and proven with.
//!
//! Programs are chosen by version alone: `pg_dump` must not be older than the server, `pg_restore` not older than the
//! `pg_dump` that wrote the archive. A scratch server is of the backup's own major version, with the extension's files of
//! the configured folder where that has the version that the backup needs, else with those that are installed.

use std::fs;
use std::path::Path;

use pg_backup::{Error, LocalScratch, LocalTools, Manifest};

use super::{Backup, Backups};

/// The extension whose files the configuration may name.
const EXTENSION: &str = "pg_partman";

/// The way out where a scratch server lacks an extension.
pub(super) const EXTENSION_FILES: &str = "install that version of the extension on this machine, or name a folder with its \
    control and SQL files as `source` under [pg_partman] (for pg_partman)";

impl Backups {
    pub(super) fn tools(&self, major: u32) -> Result<LocalTools, Error> {
        let tools = LocalTools::find(major, self.search_path.clone())?;
        Ok(match &self.helper {
            Some(helper) => tools.helper(helper.clone()),
            None => tools,
        })
    }

    /// Programs that can read this backup.
    pub(super) fn tools_for(&self, backup: &Backup) -> Result<LocalTools, Error> {
        let manifest = &backup.manifest;
        self.tools(
            manifest
                .tool_version
                .major()
                .max(manifest.server_version.major()),
        )
    }

    /// A scratch server that can take this backup.
    pub(super) fn scratch_for(&self, backup: &Backup) -> Result<LocalScratch, Error> {
        let manifest = &backup.manifest;
        let mut scratch = LocalScratch::find(manifest.server_version.major())?;
        if let Some(helper) = &self.helper {
            scratch = scratch.helper(helper.clone());
        }
        let version = needed(manifest);
        let folder = self.extension_files.as_deref();
        Ok(match (folder, version) {
            (Some(folder), Some(version)) if offers(folder, version) => {
                scratch.extension(EXTENSION, folder)
            }
            _ => scratch,
        })
    }
}

fn needed(manifest: &Manifest) -> Option<&str> {
    let mut extensions = manifest.extensions.iter();
    let found = extensions.find(|extension| extension.name == EXTENSION);
    found.map(|extension| extension.version.as_str())
}

/// Whether some script in this folder ends at this version.
fn offers(folder: &Path, version: &str) -> bool {
    let ending = format!("--{version}.sql");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.strip_prefix(EXTENSION)
            .is_some_and(|rest| rest.starts_with("--") && rest.ends_with(&ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_offers_the_versions_that_its_scripts_end_at() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["pg_partman--5.2.4.sql", "pg_partman--5.2.4--5.3.0.sql"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        assert!(offers(folder.path(), "5.2.4") && offers(folder.path(), "5.3.0"));
        assert!(!offers(folder.path(), "5.5.0") && !offers(folder.path(), "2.4"));
        assert!(!offers(&folder.path().join("missing"), "5.2.4"));
    }
}
