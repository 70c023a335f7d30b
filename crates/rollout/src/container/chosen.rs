//! The container that was found, and what it answers: how to connect, what a report tells of it, and whether a connection
//! leads to the server in it.

use std::path::Path;

use docker_probe::{Candidate, ContainerFacts, Docker, Kind as Probe, ServerIdentity};
use partman_core::postgres;

use super::error::Error;
use super::meant::Meant;
use crate::config::Config;
use crate::deploy::EXTENSION;
use crate::status::ContainerStatus;

/// A container, and the Engine that it is on.
#[derive(Debug, Clone)]
pub struct Chosen {
    docker: Docker,
    facts: ContainerFacts,
}

/// How to connect to the server of a container.
#[derive(Debug, Clone)]
pub struct Way {
    /// What the connection settings need of it.
    pub container: postgres::Container,
    /// Whether the address stays when the container is started again: a published port does, its own address does not.
    pub lasting: bool,
    /// Where all this is from, for people.
    pub why: String,
}

/// Finds the container that is meant. Where nobody named one, `None` also stands for no Docker and for no container.
///
/// # Errors
/// [`super::Kind::Unreachable`] when Docker can't be reached though a container was named; [`super::Kind::Refused`] when
/// there is no such container, or several could be meant.
pub async fn choose(meant: &Meant) -> Result<Option<Chosen>, Error> {
    match (pick(meant).await, meant) {
        (Ok(chosen), _) => Ok(Some(chosen)),
        (Err((Some(Probe::Ambiguous), error)), Meant::Only) => Err(error),
        (Err((_, error)), Meant::Only) => {
            tracing::debug!(%error, "no container");
            Ok(None)
        }
        (Err((_, error)), _) => Err(error),
    }
}

type Failed = (Option<Probe>, Error);

async fn pick(meant: &Meant) -> Result<Chosen, Failed> {
    let of_docker = |error: docker_probe::Error| (Some(error.kind()), Error::from(error));
    let wanted = meant.wanted().map_err(|error| (None, error))?;
    let docker = Docker::connect().await.map_err(of_docker)?;
    let candidate = docker.find(&wanted).await.map_err(of_docker)?;
    let facts = docker.facts(&candidate.id).await.map_err(of_docker)?;
    if let Meant::Service { file, service } = meant
        && !is_of_file(&facts, file)
    {
        return Err((None, Error::not_of_file(&facts.name, service, file)));
    }
    Ok(Chosen { docker, facts })
}

/// Makes sure that there is a Docker Engine.
///
/// # Errors
/// [`super::Kind::Unreachable`] when there is none, or it may not be used.
pub async fn must_have_engine() -> Result<(), Error> {
    Ok(Docker::connect().await.map(drop)?)
}

/// Finds the running container that this very server is in. One that can't be asked is passed over, and so is Docker
/// itself: this is for telling more, never for relying on.
pub async fn with_server(identity: &ServerIdentity) -> Option<Chosen> {
    let docker = Docker::connect().await.ok()?;
    let servers = docker.servers().await.ok()?;
    for Candidate { id, .. } in servers.iter().filter(|one| one.running) {
        let Ok(facts) = docker.facts(id).await else {
            continue;
        };
        if let Ok(inside) = docker.identity(&facts).await
            && inside.started_at.is_some()
            && inside.agrees_with(identity)
        {
            return Some(Chosen { docker, facts });
        }
    }
    None
}

impl Chosen {
    /// The Engine.
    #[must_use]
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Everything that is known about the container.
    #[must_use]
    pub fn facts(&self) -> &ContainerFacts {
        &self.facts
    }

    /// # Errors
    /// [`super::Kind::Unreachable`] when the container does not run, with the command that starts it.
    pub fn must_run(&self) -> Result<(), Error> {
        Ok(self.facts.must_run()?)
    }

    /// # Errors
    /// As [`Chosen::must_run`]; also when its health check is not content.
    pub fn must_serve(&self) -> Result<(), Error> {
        Ok(self.facts.must_serve()?)
    }

    /// How to connect to its server.
    ///
    /// # Errors
    /// [`super::Kind::Unreachable`] when it does not run, or has no address that answers from here.
    pub async fn way(&self) -> Result<Way, Error> {
        let hint = self.docker.connection(&self.facts).await?;
        let networks = &self.facts.networks;
        let own = |network: &docker_probe::Network| network.address.as_ref() == Some(&hint.host);
        Ok(Way {
            lasting: !networks.iter().any(own),
            why: hint.why,
            container: postgres::Container {
                host: hint.host,
                port: hint.port,
                user: Some(hint.user),
                dbname: Some(hint.dbname),
                password: hint.password,
            },
        })
    }

    /// Says whether a connection leads to the server in this container; `connection` describes it for people.
    ///
    /// # Errors
    /// [`super::Kind::Refused`] when it is another server, with both named; [`super::Kind::Unreachable`] when the
    /// container does not say which one it runs.
    pub async fn must_be(&self, connected: &ServerIdentity, connection: &str) -> Result<(), Error> {
        let inside = self.docker.identity(&self.facts).await?;
        if inside.agrees_with(connected) {
            return Ok(());
        }
        let name = &self.facts.name;
        Err(Error::another_server(name, &inside, connection, connected))
    }

    /// Whether its server has any files of pg_partman.
    ///
    /// # Errors
    /// [`super::Kind::Unreachable`] when the Engine does not answer.
    pub async fn has_files(&self) -> Result<bool, Error> {
        let there = self.docker.present(&self.facts, EXTENSION).await?;
        Ok(!there.is_empty())
    }

    /// Whether it has files of pg_partman that its image has not, so that they go when it is made anew.
    ///
    /// # Errors
    /// [`super::Kind::Unreachable`] when the Engine does not answer.
    pub async fn has_more_than_its_image(&self) -> Result<bool, Error> {
        let added = self.docker.added(&self.facts.id, EXTENSION).await?;
        Ok(!added.is_empty())
    }

    /// What a report tells of it.
    ///
    /// # Errors
    /// [`super::Kind::Unreachable`] when the Engine does not answer.
    pub async fn status(&self, config: &Config) -> Result<ContainerStatus, Error> {
        let facts = &self.facts;
        let expected_image = config.docker.image.clone();
        let expected_image_built = match &expected_image {
            Some(image) => Some(self.docker.image(image).await?.is_some()),
            None => None,
        };
        let health = facts.health.as_ref().map(|health| {
            use docker_probe::HealthState::{Healthy, Starting, Unhealthy};
            match health.state {
                Starting => "starting",
                Healthy => "healthy",
                Unhealthy => "unhealthy",
            }
        });
        Ok(ContainerStatus {
            name: facts.name.clone(),
            image: facts.image.clone(),
            expected_image,
            expected_image_built,
            running: facts.running,
            health: health.map(str::to_owned),
            started_at: facts.started_at,
            libc: facts.libc.as_ref().map(ToString::to_string),
        })
    }
}

/// Whether compose made the container from this file, as far as it has noted that down.
fn is_of_file(facts: &ContainerFacts, file: &Path) -> bool {
    let Some(labels) = facts.compose.as_ref() else {
        return true;
    };
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = labels.working_dir.as_deref().unwrap_or(Path::new(""));
    let file = canonical(file);
    labels.config_files.is_empty()
        || labels
            .config_files
            .iter()
            .any(|one| canonical(&folder.join(one)) == file)
}
