//! The demonstration's stage where there is a Docker Engine: a container of an image that lacks pg_partman, with the database
//! and the superuser of a real team's page, password authentication, and a project folder beside it. The container goes
//! when this does, however we end; a folder whose owner was killed is removed by the next demonstration.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use docker_probe::{Docker, Throwaway};
use partman_core::postgres::{Database, Environment, Settings};
use tempfile::TempDir;

use super::DATABASE;
use crate::config::{Config, Source};
use crate::container::{Chosen, Error, Meant, choose};

const USER: &str = "admin";
const FOLDER: &str = "partman-demo-";

/// A container, a configuration, and a folder for backups and journal.
pub struct Stage {
    /// The container, as everything else sees it.
    pub chosen: Chosen,
    /// The project.
    pub config: Config,
    throwaway: Throwaway,
    _folder: TempDir,
}

impl Stage {
    /// Starts a container of this image. Takes some seconds.
    ///
    /// # Errors
    /// There is no Engine or no such image, or its server does not come up.
    pub async fn start(image: &str, source: Option<String>) -> Result<Self, Error> {
        let docker = Docker::connect().await?;
        sweep(&std::env::temp_dir());
        let folder = tempfile::Builder::new()
            .prefix(&format!("{FOLDER}{}-", std::process::id()))
            .tempdir()
            .map_err(|e| {
                Error::refused(
                    format!("could not make a temporary folder: {e}"),
                    "set TMPDIR",
                )
            })?;
        let random = RandomState::new();
        let password = format!("{:016x}{:016x}", random.hash_one(1), random.hash_one(2));
        let throwaway = docker
            .throwaway(image, USER, DATABASE, &password.into())
            .await?;
        let meant = Meant::Named(throwaway.id().to_owned());
        let chosen = choose(&meant).await?.ok_or_else(|| {
            Error::refused(
                "the throwaway container is gone",
                "who removed it? begin again",
            )
        })?;
        let text = format!("[[set]]\nparent = \"{}\"\n", super::PARENT);
        let config = Config::parse(&text, &folder.path().join("partman.toml"));
        let mut config = config.map_err(|e| Error::refused(e.to_string(), "report this"))?;
        config.pg_partman.source = source.map(|source| match source.strip_prefix("image:") {
            Some(image) => Source::Image(image.to_owned()),
            None => Source::Path(PathBuf::from(source)),
        });
        Ok(Self {
            chosen,
            config,
            throwaway,
            _folder: folder,
        })
    }

    /// Opens the database, as partman would: with the address, user and password that the container gives.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn open(&self) -> Result<Database, partman_core::Error> {
        let unreachable = |e: Error| {
            partman_core::Error::new(
                partman_core::Kind::Unreachable,
                "the container has no way in",
            )
            .with_source(e)
        };
        let way = self.chosen.way().await.map_err(unreachable)?;
        let settings = Settings::builder().container(way.container);
        Database::connect(&settings.resolve(&Environment::empty())?).await
    }

    /// The container's name.
    pub fn name(&self) -> &str {
        self.throwaway.name()
    }

    /// Removes the container now.
    pub async fn remove(self) {
        self.throwaway.remove().await;
    }
}

/// Removes the folders of demonstrations whose process is gone.
fn sweep(temp: &Path) {
    for entry in fs::read_dir(temp).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let owner = name
            .strip_prefix(FOLDER)
            .and_then(|rest| rest.split('-').next());
        let gone = owner.is_some_and(|pid| {
            pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists()
        });
        if gone && Path::new("/proc/self").exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
