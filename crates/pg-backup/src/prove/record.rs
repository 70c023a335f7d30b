//! Writes the proof down, whichever way it went.

use jiff::Timestamp;

use super::Trial;
use crate::compare::Comparison;
use crate::error::{Error, Result};
use crate::proof::{Proof, SCHEMA};
use crate::store::write_private;
use crate::tools::{Tool, Version, needed};

impl Trial<'_> {
    /// The file is whole and on the disk when this returns.
    pub(super) fn write(
        &self,
        server_version: Version,
        comparison: &Comparison,
        left_out: &[String],
    ) -> Result<Proof> {
        let is_there = |name: &&String| {
            self.backup
                .manifest
                .extensions
                .iter()
                .any(|extension| extension.name == **name)
        };
        let proof = Proof {
            schema: SCHEMA.to_owned(),
            backup: self.backup.id().clone(),
            manifest_blake3: self.backup.manifest_digest.clone(),
            at: Timestamp::now(),
            seconds: self.started.elapsed().as_secs_f64(),
            server_version,
            tool_version: needed(self.tools, Tool::Restore)?.clone(),
            tables: comparison.tables,
            rows: comparison.rows,
            differences: comparison.differences.clone(),
            left_out: left_out
                .iter()
                .filter(is_there)
                .map(|name| format!("extension {name}"))
                .collect(),
        };
        let mut text = serde_json::to_vec_pretty(&proof)
            .map_err(|e| Error::bug("the proof can't be written").with_source(e))?;
        text.push(b'\n');
        write_private(&self.backup.layout().proof(), &text)?;
        Ok(proof)
    }
}
