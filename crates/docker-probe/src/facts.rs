//! What is known about a container: plain data that can be kept, compared and put into a report.
//!
//! Names of environment variables are here, values are not: one of them is a password. What the facts mean for somebody
//! who wants to use the container is answered by the methods.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};
use crate::libc::{Libc, OsRelease};

/// Everything about one container, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFacts {
    /// The full id.
    pub id: String,
    /// The name, without the slash that the Engine's API puts before it.
    pub name: String,
    /// The image as it was asked for when the container was made, such as `postgres:15-alpine`.
    pub image: String,
    /// The id of the very image that runs (`sha256:…`), which the name may no longer mean.
    pub image_id: String,
    /// The image's digest in a registry, unless it was built here.
    pub image_digest: Option<String>,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    pub status: String,
    /// Whether it runs; a paused one does not.
    pub running: bool,
    /// How it ended the last time, unless it runs.
    pub exit_code: Option<i64>,
    /// What its health check says, if it has one.
    pub health: Option<Health>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was started the last time.
    pub started_at: Option<Timestamp>,
    /// The C library, on whose collations the indexes depend.
    pub libc: Option<Libc>,
    /// The distribution.
    pub os: Option<OsRelease>,
    /// The server in it, as far as it can be known from outside.
    pub postgres: PostgresFacts,
    /// Volumes, folders and memory mounted into it.
    pub mounts: Vec<Mount>,
    /// Ports that are published on the Engine's machine.
    pub ports: Vec<PublishedPort>,
    /// `bridge`, `host`, `none`, `container:…` or the name of a network.
    pub network_mode: String,
    /// The networks that it is on.
    pub networks: Vec<Network>,
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    pub restart_policy: String,
    /// Whether its own file system is mounted read-only.
    pub read_only: bool,
    /// The user that its main program is started as; empty for root.
    pub user: String,
    /// The size of `/dev/shm`, in which parallel index builds work.
    pub shm_bytes: Option<u64>,
    /// The compose project that it belongs to.
    pub compose: Option<ComposeLabels>,
    /// The names of its environment variables, in order.
    pub env: Vec<String>,
}

/// The answer of a container's health check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The verdict.
    pub state: HealthState,
    /// How many times in a row the check has failed.
    pub failing: u32,
    /// What the last check printed, shortened.
    pub said: Option<String>,
}

/// The verdict of a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthState {
    /// No verdict yet.
    Starting,
    /// The last check succeeded.
    Healthy,
    /// Several checks in a row failed.
    Unhealthy,
}

/// What can be known about the server without asking it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresFacts {
    /// The major version: of the image, or of the data directory.
    pub major: Option<u32>,
    /// The version as the image tells it, such as `15.18`.
    pub version: Option<String>,
    /// The data directory.
    pub data_dir: String,
    /// The port inside the container: the one that the server wrote down, if its folder can be read from outside.
    pub port: u16,
}

/// Something mounted into a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// What kind of thing.
    pub kind: MountKind,
    /// The volume's name.
    pub name: Option<String>,
    /// Where it is on the Engine's machine.
    pub source: String,
    /// Where it is in the container.
    pub target: String,
    /// Whether the container may write to it.
    pub writable: bool,
    /// A volume that nobody named: a new container gets another, empty one.
    pub anonymous: bool,
}

/// What a mount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountKind {
    /// A volume that the Engine keeps.
    Volume,
    /// A file or folder of the Engine's machine.
    Bind,
    /// Memory; gone when the container stops.
    Tmpfs,
    /// Anything else.
    Other,
}

/// A container's port on the Engine's machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedPort {
    /// The port inside the container.
    pub container: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
    /// The address that it is bound to; `0.0.0.0` and `::` are all of them.
    pub host: String,
    /// The port there.
    pub port: u16,
}

/// A network that a container is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The network's name.
    pub name: String,
    /// The container's address there, while it runs.
    pub address: Option<String>,
}

/// What compose notes down on the containers that it makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeLabels {
    /// The project.
    pub project: String,
    /// The service of that project.
    pub service: String,
    /// The files that the project was read from, in their order.
    pub config_files: Vec<PathBuf>,
    /// The folder that relative paths of the project start from.
    pub working_dir: Option<PathBuf>,
}

impl ContainerFacts {
    /// The mount that holds the data directory; `None` where the data is in the container's own layer and goes
    /// when it goes.
    #[must_use]
    pub fn data_mount(&self) -> Option<&Mount> {
        let holds = |mount: &&Mount| {
            let rest = self.postgres.data_dir.strip_prefix(&mount.target);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || mount.target == "/")
        };
        let mounts = self.mounts.iter().filter(holds);
        mounts.max_by_key(|mount| mount.target.len())
    }

    /// Says whether the container serves: it runs, and its health check, if any, is content.
    ///
    /// # Errors
    ///
    /// [`Kind::NotRunning`] or [`Kind::Unhealthy`], with the way out.
    pub fn must_serve(&self) -> Result<(), Error> {
        self.must_run()?;
        let name = &self.name;
        match &self.health {
            Some(health) if health.state == HealthState::Unhealthy => {
                let said = health.said.as_deref().unwrap_or("nothing");
                let times = health.failing;
                let message = format!(
                    "container {name:?} is unhealthy: its check failed {times} times and said: {said}"
                );
                Err(Error::new(Kind::Unhealthy, message)
                    .help(format!("look at `docker logs {name}`")))
            }
            Some(health) if health.state == HealthState::Starting => {
                let message = format!(
                    "container {name:?} is still starting: its health check has no verdict yet"
                );
                Err(Error::new(Kind::Unhealthy, message).help("wait a moment and try again"))
            }
            _ => Ok(()),
        }
    }

    /// Says whether the container runs.
    ///
    /// # Errors
    ///
    /// [`Kind::NotRunning`], with the way out.
    pub fn must_run(&self) -> Result<(), Error> {
        if self.running {
            return Ok(());
        }
        let (name, status) = (&self.name, &self.status);
        let how = match (status.as_str(), self.exit_code) {
            ("exited" | "dead", Some(code)) => format!(" (exit code {code})"),
            _ => String::new(),
        };
        let help = match status.as_str() {
            "paused" => format!("go on with `docker unpause {name}`"),
            "restarting" => format!("it does not come up; `docker logs {name}` says why"),
            _ => format!("start it with `docker start {name}`"),
        };
        let message = format!("container {name:?} does not run: it is {status}{how}");
        Err(Error::new(Kind::NotRunning, message).help(help))
    }
}
