//! What the server says about its tables under the snapshot of the dump, apart from the dump.

use std::collections::BTreeMap;

use super::source::Source;
use super::{Evidence, Work};
use crate::error::{Error, Kind, Result};
use crate::fingerprint::{Fingerprint, Reading, of_tables};
use crate::manifest::Table;

/// Fingerprints by table name; sums are 0 if only counted, and there are none if nothing was asked.
pub(super) struct Found {
    kind: Evidence,
    tables: BTreeMap<String, Fingerprint>,
}

impl Work<'_> {
    pub(super) async fn evidence(&self, source: &Source) -> Result<Found> {
        let kind = self.request.evidence;
        if kind == Evidence::None {
            return Ok(Found {
                kind,
                tables: BTreeMap::new(),
            });
        }
        let reading = Reading {
            connection: self.request.connection.clone(),
            application_name: self.id.application_name(),
            snapshot: Some(source.snapshot.clone()),
            encoding: source.catalog.database.encoding.clone(),
            lc_monetary: Some(source.catalog.database.lc_monetary.clone()),
            jobs: if kind == Evidence::Count {
                1
            } else {
                self.request.jobs
            },
            only_count: kind == Evidence::Count,
        };
        let tables = of_tables(&reading, &source.catalog.tables).await?;
        Ok(Found { kind, tables })
    }
}

impl Found {
    /// Compares what the archive holds with what the server said.
    ///
    /// # Errors
    /// [`Kind::Mismatch`], naming the tables.
    pub(super) fn compare(&self, tables: &[Table]) -> Result<()> {
        let differs = |table: &Table| match (self.kind, self.tables.get(&table.name)) {
            (Evidence::None, _) => None,
            (Evidence::Count, Some(found)) if found.rows == table.rows.rows => None,
            (Evidence::Rows, Some(found)) if *found == table.rows => None,
            (_, Some(found)) => Some(format!(
                "{} ({} in the archive, {} on the server)",
                table.name, table.rows.rows, found.rows
            )),
            (_, None) => Some(format!("{} (not to be read on the server)", table.name)),
        };
        let wrong: Vec<_> = tables.iter().filter_map(differs).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the archive does not hold the rows that the server had: {}",
            crate::archive::shortened(&wrong)
        );
        Err(Error::new(Kind::Mismatch, message).with_help("this must not happen: pg_dump or the server's storage is at fault; look at the server's log"))
    }
}
