//! The handle on a Docker Engine: connecting to it, and saying clearly why that did not work.
//!
//! The socket is tried by hand before the API client is made, because only the operating system's own error tells "nobody
//! there" from "you may not". Then the API version is negotiated; everything that this crate uses is in that of
//! Engine 20.10.

use std::io;
use std::time::Duration;

use bollard::API_DEFAULT_VERSION;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::endpoint::Endpoint;
use crate::error::{Error, Kind};

/// The first API version with everything that is needed, as (major, minor): that of Engine 20.10.
const OLDEST: (usize, usize) = (1, 41);
/// How long an Engine may take to answer a small question.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the API client waits for the beginning of any answer, in seconds.
const REQUEST: u64 = 60;

/// A connection to a Docker Engine; cheap to clone.
#[derive(Clone, Debug)]
pub struct Docker {
    pub(crate) client: bollard::Docker,
    pub(crate) endpoint: Endpoint,
    pub(crate) label: Option<String>,
    engine: EngineFacts,
}

/// What the Engine says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// The Engine's version, such as `20.10.24`.
    pub version: String,
    /// The API version that is spoken with it, such as `1.41`.
    pub api_version: String,
    /// The operating system of its containers.
    pub os: String,
    /// The architecture of its machine, in Go's words (`amd64`, `arm64`).
    pub arch: String,
}

impl Docker {
    /// Connects to the Engine that the `docker` command would use (see [`Endpoint::from_env`]).
    ///
    /// # Errors
    ///
    /// [`Kind::NoEngine`], [`Kind::PermissionDenied`] or [`Kind::EngineTooOld`], each with the way out;
    /// [`Kind::BadInput`] when the environment names an address that can't be used.
    pub async fn connect() -> Result<Self, Error> {
        Self::connect_to(Endpoint::from_env(|name| std::env::var_os(name))?).await
    }

    /// Connects to the Engine at this address.
    ///
    /// # Errors
    ///
    /// As [`Docker::connect`].
    pub async fn connect_to(endpoint: Endpoint) -> Result<Self, Error> {
        match timeout(ANSWER, knock(&endpoint)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(nobody_there(&endpoint, error)),
            Err(_) => return Err(silent(&endpoint)),
        }
        let address = endpoint.to_string();
        let client = match &endpoint {
            Endpoint::Unix(_) => {
                bollard::Docker::connect_with_unix(&address, REQUEST, API_DEFAULT_VERSION)
            }
            Endpoint::Tcp(_) => {
                bollard::Docker::connect_with_http(&address, REQUEST, API_DEFAULT_VERSION)
            }
        };
        let client = client.map_err(|e| no_engine(&endpoint).because(e))?;
        let client = timeout(ANSWER, client.negotiate_version())
            .await
            .map_err(|_| silent(&endpoint))?
            .map_err(|e| no_engine(&endpoint).because(e))?;
        let said = client.version().await;
        let said = said.map_err(|e| no_engine(&endpoint).because(e))?;
        let spoken = client.client_version();
        let engine = EngineFacts {
            version: said.version.unwrap_or_default(),
            api_version: spoken.to_string(),
            os: said.os.unwrap_or_default(),
            arch: said.arch.unwrap_or_default(),
        };
        if (spoken.major_version, spoken.minor_version) < OLDEST {
            return Err(too_old(&endpoint, &engine));
        }
        tracing::debug!(%endpoint, version = engine.version, api = engine.api_version, "connected");
        Ok(Self {
            client,
            endpoint,
            label: None,
            engine,
        })
    }

    /// The same Engine, of whose containers only those with this label (`name` or `name=value`) are looked at by
    /// [`Docker::find`].
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What the Engine says about itself.
    #[must_use]
    pub fn engine(&self) -> &EngineFacts {
        &self.engine
    }

    /// Where the Engine is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

async fn knock(endpoint: &Endpoint) -> io::Result<()> {
    match endpoint {
        Endpoint::Unix(path) => UnixStream::connect(path).await.map(drop),
        Endpoint::Tcp(address) => TcpStream::connect(address.as_str()).await.map(drop),
    }
}

fn no_engine(endpoint: &Endpoint) -> Error {
    Error::new(
        Kind::NoEngine,
        format!("no Docker Engine answers at {endpoint}"),
    )
    .help("install one (Debian: apt-get install docker.io) and start it, or set DOCKER_HOST to where one listens")
}

fn silent(endpoint: &Endpoint) -> Error {
    let message = format!("the Docker Engine at {endpoint} does not answer within {ANSWER:?}");
    Error::new(Kind::NoEngine, message)
        .help("is it overloaded? `docker version` should answer at once")
}

fn nobody_there(endpoint: &Endpoint, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return no_engine(endpoint).because(error);
    }
    Error::new(
        Kind::PermissionDenied,
        format!("the Docker Engine at {endpoint} may not be used by this user"),
    )
    .because(error)
    .help("run as a member of the group `docker` (sudo usermod -aG docker $USER, then log in again), or as root")
}

fn too_old(endpoint: &Endpoint, engine: &EngineFacts) -> Error {
    let EngineFacts {
        version,
        api_version,
        ..
    } = engine;
    Error::new(
        Kind::EngineTooOld,
        format!("the Docker Engine at {endpoint} is version {version} (API {api_version})"),
    )
    .help("Docker Engine 20.10 (API 1.41) or newer is needed")
}
