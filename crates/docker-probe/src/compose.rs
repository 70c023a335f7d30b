//! Compose files, read as far as a report about one service needs.
//!
//! Nothing is interpolated, merged over several files or written: what stands there is told as it stands there, and whether
//! a value depends on the environment ([`ComposeService::is_plain`]). `docker compose config` has the last word on what
//! a project means.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::{Error, Kind};

mod raw;

/// The names that compose looks for by itself, in its order.
const USUAL: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// A compose file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// The project's name, if the file gives one.
    pub project: Option<String>,
    /// Whether it takes in other files, which are not read.
    pub includes: bool,
    /// The services in order of name.
    pub services: Vec<ComposeService>,
}

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeService {
    /// Its name.
    pub name: String,
    /// The image that it runs or that its build is named.
    pub image: Option<String>,
    /// The name of its container, if it is fixed.
    pub container_name: Option<String>,
    /// How its image is built, if it is.
    pub build: Option<ComposeBuild>,
    /// Its volumes in the short form, `source:target`.
    pub volumes: Vec<String>,
    /// Its published ports in the short form.
    pub ports: Vec<String>,
    /// The names of the variables that it sets.
    pub environment: Vec<String>,
    /// The files that further variables are read from.
    pub env_files: Vec<String>,
    /// The services that must be there before it.
    pub depends_on: Vec<String>,
    /// Whether it has a health check of its own.
    pub healthcheck: bool,
    /// Whether it takes over another service's settings, which are not read.
    pub extends: bool,
}

/// How a service's image is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeBuild {
    /// The folder that is sent to the builder, as it is written.
    pub context: String,
    /// The Dockerfile in it, if not the usual one.
    pub dockerfile: Option<String>,
}

impl ComposeFile {
    /// The service that a container belongs to: by its compose label, else by the container's name, else by its image if
    /// only one service has that.
    #[must_use]
    pub fn service_of(
        &self,
        label: Option<&str>,
        container: &str,
        image: &str,
    ) -> Option<&ComposeService> {
        let by_label = self
            .services
            .iter()
            .find(|service| Some(service.name.as_str()) == label);
        let by_name = || {
            self.services
                .iter()
                .find(|service| service.container_name.as_deref() == Some(container))
        };
        let by_image = || {
            let mut with = self
                .services
                .iter()
                .filter(|service| service.image.as_deref() == Some(image));
            with.next().filter(|_| with.next().is_none())
        };
        by_label.or_else(by_name).or_else(by_image)
    }

    /// The services that need this one, directly or through others, in order of name.
    #[must_use]
    pub fn dependants(&self, service: &str) -> Vec<&str> {
        let needs =
            |one: &ComposeService, name: &str| one.depends_on.iter().any(|need| need == name);
        let mut found: Vec<&str> = Vec::new();
        loop {
            let fresh = self.services.iter().find(|one| {
                let name = one.name.as_str();
                let wanted = needs(one, service) || found.iter().any(|name| needs(one, name));
                wanted && name != service && !found.contains(&name)
            });
            match fresh {
                Some(one) => found.push(&one.name),
                None => break,
            }
        }
        found.sort_unstable();
        found
    }
}

impl ComposeService {
    /// Whether image and container name mean what is written, without variables.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let mut texts = self.image.iter().chain(&self.container_name);
        !self.extends && !texts.any(|text| text.contains('$'))
    }
}

/// Reads a compose file.
///
/// # Errors
///
/// [`Kind::NotFound`], or [`Kind::BadInput`] when it can't be read or is no compose file; the cause names the line.
pub fn read(path: &Path) -> Result<ComposeFile> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let kind = if error.kind() == std::io::ErrorKind::NotFound {
            Kind::NotFound
        } else {
            Kind::BadInput
        };
        Error::new(
            kind,
            format!("could not read compose file {}", path.display()),
        )
        .because(error)
    })?;
    let file: raw::File = serde_saphyr::from_str(&text).map_err(|error| {
        Error::new(
            Kind::BadInput,
            format!(
                "{} is no compose file that partman understands",
                path.display()
            ),
        )
        .because(error.to_string())
        .help("`docker compose config` says what compose makes of it")
    })?;
    Ok(file.told(path))
}

/// The files of a folder that are named like compose files: those that compose takes by itself first.
///
/// # Errors
///
/// [`Kind::BadInput`] when the folder can't be listed.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error| {
        Error::new(
            Kind::BadInput,
            format!("could not list {}", folder.display()),
        )
        .because(error)
    };
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        if yaml && (name.starts_with("compose") || name.starts_with("docker-compose")) {
            let rank = USUAL
                .iter()
                .position(|usual| *usual == name)
                .unwrap_or(USUAL.len());
            found.insert((rank, name), entry.path());
        }
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests;
