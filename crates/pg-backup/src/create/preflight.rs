//! What is looked at before anything is written: versions, and room on the disk.

use std::path::Path;

use super::{Compression, Work};
use crate::catalog::Catalog;
use crate::error::{Error, FileContext, Kind, Result};
use crate::observer::Event;
use crate::tools::{Tool, check_dump, check_restore, needed};

/// Beside the rows: definitions and the manifest.
const MARGIN: u64 = 16 << 20;

impl Work<'_> {
    pub(super) async fn check_before(&self, catalog: &Catalog) -> Result<()> {
        let (dump, restore) = (
            needed(self.tools, Tool::Dump)?,
            needed(self.tools, Tool::Restore)?,
        );
        check_dump(dump, &catalog.server.version)?;
        check_restore(restore, dump)?;
        if matches!(self.request.compression, Compression::Zstd(_)) && dump.major() < 16 {
            let message = format!("pg_dump {dump} has no zstd, which came with 16");
            return Err(Error::new(Kind::Version, message)
                .with_help("choose gzip, or newer client programs"));
        }
        self.check_space(catalog)
    }

    /// What a person should know, although it stops nobody.
    pub(super) fn notes(&self, catalog: &Catalog) -> Vec<String> {
        let mut notes = Vec::new();
        let server = &catalog.server.version;
        if let Some(dump) = self
            .tools
            .version(Tool::Dump)
            .filter(|dump| dump.major() > server.major())
        {
            notes.push(format!(
                "made by pg_dump {dump} from a server of version {}: an older pg_restore or server may not take it",
                server.major()
            ));
        }
        if catalog.server.in_recovery {
            notes.push("made on a standby: unlogged tables have no rows there".to_owned());
        }
        let partman = catalog.part_config.contains_key("part_config");
        if partman
            && !catalog
                .tables
                .iter()
                .any(|table| table.relation == "part_config")
        {
            notes.push("pg_partman does not mark part_config as configuration: its rows are in the manifest only".to_owned());
        }
        for note in &notes {
            self.observer.on(&Event::Note(note.clone()));
        }
        notes
    }

    fn check_space(&self, catalog: &Catalog) -> Result<()> {
        let Some(share) = self.request.space else {
            return Ok(());
        };
        let tables: u64 = catalog.tables.iter().map(|table| table.bytes).sum();
        let last = self.store.newest(Some(&catalog.database.name))?;
        let last = last.map(|backup| (backup.manifest.bytes, backup.manifest.table_bytes()));
        let wanted = wanted(tables, share, last);
        let free = free(self.store.directory())?;
        if free >= wanted {
            return Ok(());
        }
        let message = format!(
            "{} has {} free; a backup of {} of tables wants about {}",
            self.store.directory().display(),
            mebibytes(free),
            mebibytes(tables),
            mebibytes(wanted)
        );
        Err(Error::new(Kind::DiskFull, message)
            .with_help("make room, prune old backups, or choose another directory"))
    }
}

/// The room to ask for: by the last backup's size if there is one, else by a share of the tables' size.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // an estimate
fn wanted(tables: u64, share: f64, last: Option<(u64, u64)>) -> u64 {
    let share = match last {
        Some((bytes, of)) if of > 0 => bytes as f64 / of as f64 * 1.25,
        _ => share,
    };
    MARGIN + (tables as f64 * share.max(0.0)) as u64
}

fn free(directory: &Path) -> Result<u64> {
    let found = rustix::fs::statvfs(directory)
        .map_err(std::io::Error::from)
        .at("look at the disk of", directory)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_backup_tells_better_than_a_guess() {
        assert_eq!(wanted(1000, 0.5, None), MARGIN + 500);
        assert_eq!(wanted(1000, 0.5, Some((20, 100))), MARGIN + 250);
        assert_eq!(wanted(1000, 0.5, Some((20, 0))), MARGIN + 500);
    }
}
