//! Where an extension's files may come from, and getting them from there.
//!
//! Folders, packages and tarballs are read on a thread for blocking work. For an image a container is made that is never
//! started, its files are read, and it is removed again.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptionsBuilder;

use super::bundle::Bundle;
use super::unpack::{self, RawFile, belongs_to};
use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::find::IGNORE_LABEL;
use crate::one_off::SCRATCH_LABEL;

/// A place that has an extension's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder with the control file in it, or in its folder `extension`.
    Folder(PathBuf),
    /// A Debian package.
    Deb(PathBuf),
    /// A tar archive, plain or compressed by gzip, xz or zstd.
    Tarball(PathBuf),
    /// An image that has the extension installed; it must be on the Engine's machine.
    Image(String),
    /// A container that has them, as one has into which they were put; by id or name.
    Container(String),
}

impl Source {
    /// Reads `image:NAME`, or the path of a folder, a `.deb` or a tarball.
    ///
    /// # Errors
    ///
    /// [`Kind::BadInput`] when there is no such folder or file, or it is neither.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(name) = text.strip_prefix("image:") {
            return Ok(Self::Image(name.to_owned()));
        }
        let (path, lower) = (PathBuf::from(text), text.to_lowercase());
        let tarball = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst"];
        if path.is_dir() {
            Ok(Self::Folder(path))
        } else if !path.exists() {
            Err(
                Error::new(Kind::BadInput, format!("there is no folder or file {text}")).help(
                    "a folder, a .deb, a tarball or image:NAME with the extension's files is meant",
                ),
            )
        } else if lower.ends_with(".deb") {
            Ok(Self::Deb(path))
        } else if tarball.iter().any(|end| lower.ends_with(end)) {
            Ok(Self::Tarball(path))
        } else {
            Err(Error::new(
                Kind::BadInput,
                format!("{text} is no folder, .deb or tarball"),
            ))
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder {}", path.display()),
            Self::Deb(path) => write!(f, "package {}", path.display()),
            Self::Tarball(path) => write!(f, "tarball {}", path.display()),
            Self::Image(name) => write!(f, "image {name}"),
            Self::Container(name) => write!(f, "container {name}"),
        }
    }
}

impl Docker {
    /// Collects an extension's files. `major` is the PostgreSQL version that they are for, which chooses among several
    /// in the same source.
    ///
    /// # Errors
    ///
    /// [`Kind::BadInput`] when the source can't be read or does not hold one whole extension that is SQL only;
    /// [`Kind::NotFound`] when there is no such image.
    pub async fn bundle(
        &self,
        source: &Source,
        extension: &str,
        major: Option<u32>,
    ) -> Result<Bundle> {
        let found = match source {
            Source::Image(image) => self.of_image(image, extension, major).await?,
            Source::Container(id) => self.of_container(id, extension, major).await?,
            local => of_disk(local.clone(), extension.to_owned()).await?,
        };
        Bundle::of(extension, &source.to_string(), major, found)
    }

    async fn of_image(
        &self,
        image: &str,
        extension: &str,
        major: Option<u32>,
    ) -> Result<Vec<RawFile>> {
        let scratch = self.scratch(image).await?;
        let found = self.of_container(&scratch.id, extension, major).await;
        scratch.remove().await;
        found
    }

    /// The extension's files in the places where images have them.
    async fn of_container(
        &self,
        container: &str,
        extension: &str,
        major: Option<u32>,
    ) -> Result<Vec<RawFile>> {
        let mut folders: Vec<String> = [
            "/usr/share/postgresql",
            "/usr/local/share/postgresql",
            "/opt/bitnami/postgresql/share",
        ]
        .map(str::to_owned)
        .to_vec();
        folders.extend(major.into_iter().flat_map(|major| {
            [
                format!("/usr/share/postgresql{major}"),
                format!("/usr/pgsql-{major}/share"),
            ]
        }));
        let mut found = Vec::new();
        for folder in folders {
            let files = self
                .files(container)
                .folder(&folder, |name| belongs_to(extension, name))
                .await?;
            found.extend(files.into_iter().flatten().filter_map(|file| {
                let (folder, name) = file.path.rsplit_once('/')?;
                Some(RawFile {
                    folder: folder.to_owned(),
                    name: name.to_owned(),
                    bytes: file.bytes.clone(),
                })
            }));
        }
        Ok(found)
    }

    /// A container that is never started.
    async fn scratch(&self, image: &str) -> Result<Scratch> {
        let number = RandomState::new().hash_one(image);
        let options = CreateContainerOptionsBuilder::new()
            .name(&format!("partman-scratch-{number:016x}"))
            .build();
        let labels = [SCRATCH_LABEL, IGNORE_LABEL].map(|label| (label.to_owned(), "1".to_owned()));
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: Some(vec!["true".to_owned()]),
            network_disabled: Some(true),
            labels: Some(labels.into()),
            ..ContainerCreateBody::default()
        };
        let made = self
            .client
            .create_container(Some(options), body)
            .await
            .map_err(|e| {
                let error = Error::engine(format!("could not look into image {image:?}"), e);
                if error.kind() == Kind::NotFound {
                    error.help(format!("`docker pull {image}`, or build it first"))
                } else {
                    error
                }
            })?;
        Ok(Scratch {
            docker: self.clone(),
            id: made.id,
            removed: false,
        })
    }
}

/// A container to be removed, also when the one who uses it is aborted.
struct Scratch {
    docker: Docker,
    id: String,
    removed: bool,
}

impl Scratch {
    async fn remove(mut self) {
        self.removed = true;
        self.docker.discard(&self.id).await;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let (false, Ok(runtime)) = (self.removed, tokio::runtime::Handle::try_current()) {
            let (docker, id) = (self.docker.clone(), self.id.clone());
            runtime.spawn(async move { docker.discard(&id).await });
        }
    }
}

async fn of_disk(source: Source, extension: String) -> Result<Vec<RawFile>> {
    let said = source.to_string();
    let read = move || match &source {
        Source::Deb(path) => unpack::of_deb(path, &extension),
        Source::Tarball(path) => unpack::of_tarball(path, &extension),
        Source::Folder(path) => unpack::of_folder(path, &extension),
        Source::Image(name) | Source::Container(name) => {
            unpack::of_folder(Path::new(name), &extension)
        }
    };
    let unreadable = || Error::new(Kind::BadInput, format!("could not read {said}"));
    match tokio::task::spawn_blocking(read).await {
        Ok(found) => found.map_err(|e| unreadable().because(e)),
        Err(panicked) => Err(unreadable().because(panicked)),
    }
}
