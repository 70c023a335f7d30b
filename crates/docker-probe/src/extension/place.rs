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
    /// [`Kind::NotRunning`]; [`Kind::Refused`] when the folder can't be found or written to, or has no room; [`Kind::Conflict`] when a file of the
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
        self.must_have_room(facts, &placement).await?;
        Ok(placement)
    }

    /// The disk must take all files twice: they are staged beside their place. Where nobody can tell, it is tried.
    async fn must_have_room(&self, facts: &ContainerFacts, placement: &Placement) -> Result<()> {
        let needed: u64 = placement
            .ours()
            .map(|file| file.bytes.next_multiple_of(4096))
            .sum();
        let df = Command::new("df")
            .args(["-Pk", "--", &placement.folder])
            .user("0")
            .env("LC_ALL", "C");
        let told = self
            .exec(&facts.id, &df)
            .await
            .ok()
            .and_then(|output| free_bytes(&output.text()));
        match told {
            Some(free) if needed > 0 && free < 2 * needed => Err(no_room(placement, needed, free)),
            _ => Ok(()),
        }
    }

    /// The names of an extension's files that a running container's server has, whoever put them there.
    ///
    /// # Errors
    ///
    /// As [`Docker::place`].
    pub async fn present(&self, facts: &ContainerFacts, extension: &str) -> Result<Vec<String>> {
        let folder = self.extension_folder(facts).await?;
        let there = self.there(&facts.id, &folder, extension).await?;
        let name = |file: FoundFile| file.path.rsplit('/').next().map(str::to_owned);
        Ok(there.into_iter().filter_map(name).collect())
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
                let output = self.exec(&facts.id, &tool).await?;
                output.must_succeed(&doing).map_err(no_folder)?.text()
            }
        };
        Ok(format!("{}/extension", told.trim_end_matches('/')))
    }
}

/// That neither the server nor a program tells is no fault that goes away by itself.
fn no_folder(error: Error) -> Error {
    let message = error.to_string();
    Error::new(Kind::Refused, message).because(error).help(
        "neither its server (asked over the local socket as the superuser) nor `pg_config` tells; an image that has the \
         extension is the way then",
    )
}

fn no_room(placement: &Placement, needed: u64, free: u64) -> Error {
    let message = format!(
        "there is no room for {} in {} of container {:?}: {} KiB are needed, {} KiB are free",
        placement.extension,
        placement.folder,
        placement.container_name,
        2 * needed / 1024,
        free / 1024
    );
    Error::new(Kind::Refused, message)
        .help("make room on the Engine's disk (`docker system df` says what uses it), or on the mount over that folder")
}

/// The fourth column of the second line of `df -Pk`.
fn free_bytes(df: &str) -> Option<u64> {
    let line = df.lines().nth(1)?;
    let kib: u64 = line.split_whitespace().rev().nth(2)?.parse().ok()?;
    Some(kib * 1024)
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
        .help("the extension has to be in the image then: build one with it, and make the container anew on the same volume"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_df_says_is_understood() {
        let told = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                    overlay          123456789 23456789 100000000      20% /\n";
        assert_eq!(free_bytes(told), Some(100_000_000 * 1024));
        assert_eq!(free_bytes("df: no such file"), None);
    }
}
