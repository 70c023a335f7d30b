//! Where in a container an extension's files belong, and whether something is in the way there.
//!
//! Nothing is changed here. The running server is asked for its folder, since a container may have several; the owner and
//! mode are those of the files that are there already.

use serde::{Deserialize, Serialize};

use super::bundle::{Bundle, digest};
use super::unpack::belongs_to;
use crate::Result;
use crate::archive::FoundFile;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::exec::Command;
use crate::facts::ContainerFacts;

/// What is to be put where: enough, with the bundle, to put it, and alone, to take it out again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The container's full id: one that is made anew is another.
    pub container: String,
    /// Its name, for people.
    pub container_name: String,
    /// The folder that its server reads extensions from.
    pub folder: String,
    /// The extension.
    pub extension: String,
    /// Its version.
    pub version: String,
    /// Where the files are from, for people.
    pub origin: String,
    /// The files, the control file last.
    pub files: Vec<PlacedFile>,
}

/// One file of a placement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedFile {
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The BLAKE3 digest of its content, in hexadecimal.
    pub digest: String,
    /// What was there before.
    pub was: Was,
}

/// What was at a file's place when the placement was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Was {
    /// Nothing: the file is ours, and is taken out again.
    Absent,
    /// The same file: it is not ours, and stays.
    Same,
}

impl Placement {
    /// Whether there is nothing to put: all the files are there already.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.files.iter().all(|file| file.was == Was::Same)
    }

    /// The folder beside the files that they go into first, named by what they are.
    pub(crate) fn staging(&self) -> String {
        let all: String = self.files.iter().map(|file| file.digest.as_str()).collect();
        format!(".partman-{}", &digest(all.as_bytes())[..16])
    }
}

impl Docker {
    /// Looks where a bundle's files would go in a running container.
    ///
    /// # Errors
    ///
    /// [`Kind::NotRunning`]; [`Kind::Refused`] when the folder can't be written to; [`Kind::Conflict`] when a file of the
    /// extension is there and differs.
    pub async fn place(&self, facts: &ContainerFacts, bundle: &Bundle) -> Result<Placement> {
        facts.must_run()?;
        let folder = self.extension_folder(facts).await?;
        must_be_writable(facts, &folder)?;
        let there = self.there(&facts.id, &folder, &bundle.extension).await?;
        let mut placement = Placement {
            container: facts.id.clone(),
            container_name: facts.name.clone(),
            folder,
            extension: bundle.extension.clone(),
            version: bundle.version.clone(),
            origin: bundle.origin.clone(),
            files: Vec::new(),
        };
        for file in &bundle.files {
            let was = match find(&there, &file.name) {
                None => Was::Absent,
                Some(found) if digest(&found.bytes) == file.digest => Was::Same,
                Some(_) => return Err(conflict(&placement, &file.name)),
            };
            let (name, digest) = (file.name.clone(), file.digest.clone());
            placement.files.push(PlacedFile {
                name,
                bytes: file.bytes.len() as u64,
                digest,
                was,
            });
        }
        Ok(placement)
    }

    /// The extension's files that are in a folder of a container.
    pub(crate) async fn there(
        &self,
        container: &str,
        folder: &str,
        extension: &str,
    ) -> Result<Vec<FoundFile>> {
        let right_in = |file: &FoundFile| {
            file.path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == folder)
        };
        let found = self
            .files(container)
            .folder(folder, |name| belongs_to(extension, name))
            .await?;
        let found = found.ok_or_else(|| {
            Error::new(
                Kind::NotFound,
                format!("container {container:?} has no folder {folder}"),
            )
        })?;
        Ok(found.into_iter().filter(right_in).collect())
    }

    /// Asks the server, or else the first `pg_config` of the container.
    async fn extension_folder(&self, facts: &ContainerFacts) -> Result<String> {
        let question = "SELECT setting FROM pg_catalog.pg_config() WHERE name = 'SHAREDIR'";
        let told = match self.sql(facts, question).await {
            Ok(folder) if folder.starts_with('/') => folder,
            answer => {
                tracing::debug!(?answer, "the server did not tell its folder");
                let tool = Command::new("pg_config").arg("--sharedir");
                let doing = format!(
                    "could not find the extension folder of container {:?}",
                    facts.name
                );
                self.exec(&facts.id, &tool)
                    .await?
                    .must_succeed(&doing)?
                    .text()
            }
        };
        Ok(format!("{}/extension", told.trim_end_matches('/')))
    }
}

pub(crate) fn find<'a>(there: &'a [FoundFile], name: &str) -> Option<&'a FoundFile> {
    there
        .iter()
        .find(|file| file.path.rsplit('/').next() == Some(name))
}

/// The container's own disk, or a mount over the folder, must take files.
fn must_be_writable(facts: &ContainerFacts, folder: &str) -> Result<()> {
    let over = |target: &str| {
        folder == target || folder.starts_with(&format!("{}/", target.trim_end_matches('/')))
    };
    let mount = facts
        .mounts
        .iter()
        .filter(|mount| over(&mount.target))
        .max_by_key(|mount| mount.target.len());
    let name = &facts.name;
    let why = match mount {
        Some(mount) if !mount.writable => format!("{} is mounted read-only", mount.target),
        None if facts.read_only => "its file system is read-only".to_owned(),
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Refused, format!("no files can be put into {folder} of container {name:?}: {why}"))
        .help("an image that has the extension is the way then (`partman image build`, `partman deploy --strategy recreate`)"))
}

pub(crate) fn conflict(placement: &Placement, file: &str) -> Error {
    let Placement {
        container_name,
        folder,
        extension,
        version,
        ..
    } = placement;
    let message = format!(
        "{folder}/{file} is in container {container_name:?} already, and differs from that of {extension} {version}"
    );
    Error::new(Kind::Conflict, message)
        .help("another version of the extension is installed there: use that one, or remove its files first")
}
