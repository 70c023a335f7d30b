//! Backups by way of Docker: PostgreSQL's programs of the very image that the server runs from, and a scratch server of it.
//!
//! For machines that have no PostgreSQL client, or an older one than the server. Nothing is run in the server's own
//! container: each time a container of the same image is made for the purpose, which sees the backup directory (and, for a
//! dump, the server's network) and is gone afterwards, also when partman is killed. The Engine has to be on this machine.

mod keeper;
mod scratch;
mod tools;

use docker_probe::{Docker, OneOffOptions};
use pg_backup::{Helper, Image};

use crate::container::Chosen;

pub use keeper::exec_child;
pub(super) use scratch::ScratchPlace;
pub(super) use tools::ContainerTools;

use super::{Error, Kind};

/// How to get at the programs of an image.
#[derive(Debug, Clone)]
pub(super) struct Workshop {
    pub(super) docker: Docker,
    pub(super) image: String,
    /// Who sees to it that no container is left.
    pub(super) helper: Option<Helper>,
    /// The container that the server runs in.
    pub(super) server: Option<Server>,
}

/// Where a server is, as seen from a container beside it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) id: String,
    /// The network that shares the server's own addresses.
    network: String,
    port: u16,
}

impl Workshop {
    /// With the image of the server's container.
    pub(super) fn of(chosen: &Chosen, helper: Option<&Helper>) -> Self {
        let facts = chosen.facts();
        let mode = facts.network_mode.as_str();
        let network = match mode.starts_with("container:") || mode == "host" {
            true => mode.to_owned(),
            false => format!("container:{}", facts.id),
        };
        Self {
            docker: chosen.docker().clone(),
            image: facts.image_id.clone(),
            helper: helper.cloned(),
            server: facts.running.then(|| Server {
                id: facts.id.clone(),
                network,
                port: facts.postgres.port,
            }),
        }
    }

    /// A container of the image, without network.
    fn options(&self) -> OneOffOptions {
        OneOffOptions::new(&self.image)
    }
}

/// The image of a container, as manifests name it.
pub(super) fn image_of(chosen: &Chosen) -> Image {
    let facts = chosen.facts();
    Image {
        name: facts.image.clone(),
        id: facts.image_id.clone(),
    }
}

/// Docker's failure as one of a backup.
fn failed(doing: &str, e: docker_probe::Error) -> Error {
    use docker_probe::Kind as Docker;
    let kind = match e.kind() {
        Docker::NoEngine | Docker::PermissionDenied | Docker::NotRunning => Kind::Unreachable,
        Docker::Failed | Docker::Cut | Docker::TimedOut => Kind::Tool,
        _ => Kind::Tools,
    };
    let error = Error::new(kind, doing);
    let error = match e.way_out() {
        Some(help) => error.with_help(help),
        None => error,
    };
    error.with_source(e)
}
