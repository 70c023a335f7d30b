//! Which programs and servers a backup is made, read and proven with.
//!
//! This machine's own where they are of the very major version that is needed; else those of the image that the server
//! runs from (see [`container`](super::container)), where there is one; else newer ones of this machine. A scratch server
//! is of the backup's own image where that is known and still there, since then the C library and its collations are the
//! same too and nothing can call out; else of this machine's server of the same major version.

use std::fs;
use std::path::Path;

use async_trait::async_trait;
use docker_probe::Docker;
use docker_probe::extension::{Bundle, Source};
use pg_backup::{
    Call, Connection, Error, Finished, Kind, LocalScratch, LocalTools, Manifest, Tool, Toolbox,
    Version,
};
use tokio_util::sync::CancellationToken;

use super::container::{ContainerTools, ScratchPlace, Workshop};
use super::{Backup, Backups};
use crate::config::Source as Configured;
use crate::container::choose;

/// The extension whose files the configuration may name.
const EXTENSION: &str = "pg_partman";

/// The way out where a scratch server lacks an extension.
pub(super) const EXTENSION_FILES: &str = "install that version of the extension on this machine, or name what has its \
    control and SQL files (a folder, a package, a tarball or image:NAME) as `source` under [pg_partman] (for pg_partman)";

/// The way out where there is no program that fits.
const CONTAINER: &str =
    "or name the container that the server runs in (--container NAME), whose image has them";

/// Programs, wherever they are.
pub(super) enum Programs {
    Here(LocalTools),
    InContainer(ContainerTools),
}

#[async_trait]
impl Toolbox for Programs {
    fn version(&self, tool: Tool) -> Option<&Version> {
        match self {
            Self::Here(tools) => tools.version(tool),
            Self::InContainer(tools) => tools.version(tool),
        }
    }

    async fn run(&self, call: Call, cancel: &CancellationToken) -> Result<Finished, Error> {
        match self {
            Self::Here(tools) => tools.run(call, cancel).await,
            Self::InContainer(tools) => tools.run(call, cancel).await,
        }
    }
}

impl Programs {
    /// Whether the program is of this major version.
    fn is_of(&self, major: u32) -> bool {
        self.version(Tool::Dump)
            .is_some_and(|dump| dump.major() == major)
    }

    /// Clears away what they were run in.
    pub(super) async fn end(&self) {
        if let Self::InContainer(tools) = self {
            tools.end().await;
        }
    }
}

/// A scratch server and the programs to fill it.
pub(super) enum Trial {
    Here(LocalScratch, Programs),
    InContainer(ScratchPlace, Option<Bundle>),
}

impl Backups {
    fn local(&self, major: u32) -> Result<Programs, Error> {
        let tools = LocalTools::find(major, self.search_path.clone())?;
        Ok(Programs::Here(match &self.helper {
            Some(helper) => tools.helper(helper.clone()),
            None => tools,
        }))
    }

    /// The programs that fit best: `major` is the version that they have to have or exceed, and `other` those elsewhere.
    async fn best(
        &self,
        major: u32,
        manifest: Option<&Manifest>,
        other: impl AsyncFnOnce(&Workshop) -> Result<ContainerTools, Error>,
    ) -> Result<Programs, Error> {
        let local = match self.local(major) {
            Ok(local) if local.is_of(major) => return Ok(local),
            local => local,
        };
        let Some(workshop) = self.workshop(manifest).await else {
            return local.map_err(|e| {
                let help = e.help().unwrap_or_default().to_owned();
                e.with_help(format!("{help}; {CONTAINER}"))
            });
        };
        match (other(&workshop).await, local) {
            (Ok(tools), _) => Ok(Programs::InContainer(tools)),
            (Err(error), Ok(local)) => {
                tracing::info!(%error, "using newer programs of this machine");
                Ok(local)
            }
            (Err(error), Err(missing)) => {
                let why = format!("{missing}, and a container of the server's image does not help");
                let why = Error::new(error.kind(), why).with_source(error);
                Err(why.with_help(missing.help().unwrap_or_default()))
            }
        }
    }

    /// Programs that can dump this database, or restore a backup into its server.
    pub(super) async fn tools_beside(
        &self,
        major: u32,
        connection: &Connection,
    ) -> Result<Programs, Error> {
        let directory = self.store.directory();
        self.best(major, None, async |workshop| {
            self.store.prepare()?;
            ContainerTools::beside_server(workshop, directory, connection).await
        })
        .await
    }

    /// Programs that can read this backup.
    pub(super) async fn tools_for(&self, backup: &Backup) -> Result<Programs, Error> {
        let (directory, manifest) = (self.store.directory(), &backup.manifest);
        if let Ok(local) = self.local(oldest(manifest)) {
            return Ok(local);
        }
        self.best(oldest(manifest), Some(manifest), async |workshop| {
            ContainerTools::reading(workshop, directory).await
        })
        .await
    }

    /// The way to the programs of an image: that of the backup where it is still there, else that of the container.
    async fn workshop(&self, manifest: Option<&Manifest>) -> Option<Workshop> {
        let chosen = match (&self.chosen, &self.meant) {
            (Some(chosen), _) => Some(chosen.clone()),
            (None, Some(meant)) => choose(meant).await.ok().flatten(),
            (None, None) => None,
        };
        let of_server = chosen.as_ref();
        let of_server = of_server.map(|chosen| Workshop::of(chosen, self.helper.as_ref()));
        let Some(image) = manifest.and_then(|manifest| manifest.image.as_ref()) else {
            return of_server;
        };
        let docker = match &of_server {
            Some(workshop) => workshop.docker.clone(),
            None => Docker::connect().await.ok()?,
        };
        match docker.image(&image.id).await {
            Ok(Some(_)) => Some(Workshop {
                docker,
                image: image.id.clone(),
                helper: self.helper.clone(),
                server: of_server.and_then(|workshop| workshop.server),
            }),
            _ => of_server,
        }
    }

    /// Where a backup can be tried.
    pub(super) async fn trial(&self, backup: &Backup) -> Result<Trial, Error> {
        let manifest = &backup.manifest;
        let major = manifest.server_version.major();
        let local = || LocalScratch::find(major);
        if manifest.image.is_none() && local().is_ok() {
            return self.trial_here(backup, local()?).await;
        }
        let Some(workshop) = self.workshop(Some(manifest)).await else {
            return self.trial_here(backup, local()?).await;
        };
        match self.trial_in(&workshop, manifest).await {
            Ok(trial) => Ok(trial),
            Err(e) => match local() {
                Ok(scratch) => {
                    tracing::info!(error = %e, "using a server of this machine");
                    self.trial_here(backup, scratch).await
                }
                Err(missing) => Err(e.with_help(missing.help().unwrap_or_default())),
            },
        }
    }

    async fn trial_in(&self, workshop: &Workshop, manifest: &Manifest) -> Result<Trial, Error> {
        let directory = self.store.directory();
        let place = ScratchPlace::new(workshop, directory).await?;
        let has = place.tools.version(Tool::Restore);
        if has.is_none_or(|has| has.major() < manifest.tool_version.major()) {
            let message = "the image's pg_restore is older than the pg_dump that made the backup";
            return Err(Error::new(Kind::Version, message));
        }
        let files = self.files_for(workshop, &place, manifest).await;
        Ok(Trial::InContainer(place, files))
    }

    async fn trial_here(&self, backup: &Backup, scratch: LocalScratch) -> Result<Trial, Error> {
        let manifest = &backup.manifest;
        let scratch = match &self.helper {
            Some(helper) => scratch.helper(helper.clone()),
            None => scratch,
        };
        let folder = match &self.extension_files {
            Some(Configured::Path(path)) => Some(path.as_path()),
            _ => None,
        };
        let scratch = match (folder, needed(manifest)) {
            (Some(folder), Some(version)) if offers(folder, version) => {
                scratch.extension(EXTENSION, folder)
            }
            _ => scratch,
        };
        Ok(Trial::Here(scratch, self.tools_for(backup).await?))
    }

    /// The extension's files for an image that lacks the version which the backup needs: from what the configuration
    /// names, else from the server's container, into which they may have been put. That there are none shows later.
    async fn files_for(
        &self,
        workshop: &Workshop,
        place: &ScratchPlace,
        manifest: &Manifest,
    ) -> Option<Bundle> {
        let version = needed(manifest)?;
        let major = Some(manifest.server_version.major());
        let read = async |source: Source| {
            let bundle = workshop.docker.bundle(&source, EXTENSION, major).await;
            bundle.ok().filter(|bundle| reaches(bundle, version))
        };
        let of_image = Source::Container(place.tools.container().to_owned());
        if read(of_image).await.is_some() {
            return None;
        }
        let configured = match &self.extension_files {
            Some(Configured::Path(path)) => Source::parse(&path.to_string_lossy()).ok(),
            Some(Configured::Image(name)) => Some(Source::Image(name.clone())),
            None => None,
        };
        let container = workshop
            .server
            .as_ref()
            .map(|one| Source::Container(one.id.clone()));
        for source in [configured, container].into_iter().flatten() {
            if let Some(bundle) = read(source).await {
                return Some(bundle);
            }
        }
        None
    }
}

/// The oldest major version whose programs can read a backup and restore it where it came from.
fn oldest(manifest: &Manifest) -> u32 {
    let (tool, server) = (&manifest.tool_version, &manifest.server_version);
    tool.major().max(server.major())
}

/// Whether some script of the bundle ends at this version.
fn reaches(bundle: &Bundle, version: &str) -> bool {
    let mut names = bundle.files.iter().map(|file| file.name.as_str());
    names.any(|name| ends_at(name, version))
}

fn ends_at(name: &str, version: &str) -> bool {
    let rest = name.strip_prefix(EXTENSION);
    rest.is_some_and(|rest| rest.starts_with("--") && rest.ends_with(&format!("--{version}.sql")))
}

fn needed(manifest: &Manifest) -> Option<&str> {
    let mut extensions = manifest.extensions.iter();
    let found = extensions.find(|extension| extension.name == EXTENSION);
    found.map(|extension| extension.version.as_str())
}

/// Whether some script in this folder ends at this version.
fn offers(folder: &Path, version: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| ends_at(&name, version))
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
