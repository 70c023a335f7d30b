//! From a dump to a backup: read it back, compare it, write down what it is, give it its name.

use std::time::Instant;

use super::Work;
use super::evidence::Found;
use crate::archive;
use crate::catalog::Catalog;
use crate::error::{Error, Kind, Result};
use crate::manifest::{Manifest, SCHEMA, Table};
use crate::observer::{Event, Stage};
use crate::store::{Backup, Draft, blocking, publish, take_digests};
use crate::tools::{Tool, needed};

impl Work<'_> {
    /// The tables with the fingerprints of what the archive really holds.
    pub(super) async fn read_back(
        &self,
        draft: &Draft,
        catalog: &Catalog,
        evidence: &Found,
    ) -> Result<Vec<Table>> {
        self.observer.on(&Event::Stage(Stage::Decoding));
        let path = draft.layout.archive();
        let toc = archive::list(self.tools, &path, self.cancel).await?;
        archive::check(&toc, &catalog.tables, &catalog.extensions)?;
        let found = archive::decode(
            self.tools,
            &path,
            &toc,
            &catalog.tables,
            self.request.jobs,
            self.cancel,
        )
        .await?;
        let mut tables = catalog.tables.clone();
        for table in &mut tables {
            table.rows = found.get(&table.oid).copied().unwrap_or_default();
        }
        evidence.compare(&tables)?;
        Ok(tables)
    }

    /// The last point at which it can be cancelled is before the manifest is written.
    pub(super) async fn finish(
        &self,
        draft: Draft,
        catalog: Catalog,
        tables: Vec<Table>,
        notes: Vec<String>,
        started: Instant,
    ) -> Result<Backup> {
        self.observer.on(&Event::Stage(Stage::Sealing));
        let root = draft.layout.root.clone();
        let files = blocking(move || take_digests(&root)).await?;
        if self.cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        let manifest = Manifest {
            schema: SCHEMA.to_owned(),
            id: self.id.clone(),
            at: catalog.server.now,
            seconds: started.elapsed().as_secs_f64(),
            bytes: files.iter().map(|file| file.bytes).sum(),
            tool_version: needed(self.tools, Tool::Dump)?.clone(),
            server_version: catalog.server.version,
            image: self.request.image.clone(),
            system_identifier: catalog.server.system_identifier,
            database: catalog.database,
            roles: catalog.server.roles,
            extensions: catalog.extensions,
            part_config: catalog.part_config,
            objects: catalog.objects,
            tables,
            files,
            notes,
        };
        let target = self.store.layout(&self.id);
        publish(draft, &target, &manifest)?;
        Backup::load(target, &self.id).map_err(|e| {
            Error::new(Kind::Bug, "the backup that was just made can't be read").with_source(e)
        })
    }
}
