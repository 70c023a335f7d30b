//! Containers made for one purpose and gone with whoever made them: to run an image's programs, or a throwaway server.
//!
//! Its main program does nothing but wait for the end of our connection. When that ends, because it was closed or because
//! we were killed, the main program ends, with it every program in the container, and the Engine removes the container and
//! its unnamed volumes. Programs are run in it by [`Docker::exec`]. A kill between making and starting it would leave it:
//! who can have a process that outlives him has that call [`Docker::remove_one_off`]; otherwise it is removed by the next
//! one who makes such a container.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bollard::container::AttachContainerResults;
use bollard::models::{
    ContainerCreateBody, ContainerSummaryStateEnum, HealthConfig, HostConfig, HostConfigLogConfig,
    Mount, MountType,
};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, ListContainersOptionsBuilder,
    RemoveContainerOptionsBuilder,
};

use tokio::io::AsyncWrite;

use crate::Result;
use crate::docker::Docker;
use crate::endpoint::Endpoint;
use crate::error::{Error, Kind};
use crate::exec::{Command, Output};
use crate::find::IGNORE_LABEL;

/// Marks containers that are gone when they are done with.
pub(crate) const SCRATCH_LABEL: &str = "org.partman.scratch";

/// How its name begins.
const PREFIX: &str = "partman-scratch-";
/// How long a container that was asked for may still come, when nobody waits for it any more.
const COMES: Duration = Duration::from_secs(5);
/// How long a container may exist without having been started before nobody is going to start it any more.
const ABANDONED: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(200);
/// For parallel workers; a limit, not a reservation.
const SHARED_MEMORY: i64 = 1 << 30;

/// What a container for one purpose is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOffOptions {
    name: String,
    image: String,
    network: String,
    mounts: Vec<(PathBuf, bool)>,
    volume: Option<String>,
}

impl OneOffOptions {
    /// A container of this image, by name or id, without a network.
    pub fn new(image: impl Into<String>) -> Self {
        let number = RandomState::new().hash_one(0);
        Self {
            name: format!("{PREFIX}{number:016x}"),
            image: image.into(),
            network: "none".to_owned(),
            mounts: Vec::new(),
            volume: None,
        }
    }

    /// The name that it will have, which no other container has.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In a network: `host`, `container:ID` or a network's name.
    #[must_use]
    pub fn network(mut self, mode: impl Into<String>) -> Self {
        self.network = mode.into();
        self
    }

    /// With a file or folder of this machine, at the same path, not to be written to.
    #[must_use]
    pub fn reading(mut self, path: impl Into<PathBuf>) -> Self {
        self.mounts.push((path.into(), false));
        self
    }

    /// With a folder of this machine, at the same path.
    #[must_use]
    pub fn writing(mut self, path: impl Into<PathBuf>) -> Self {
        self.mounts.push((path.into(), true));
        self
    }

    /// With a volume of its own at this path, for what is too much for the container's layers.
    #[must_use]
    pub fn volume(mut self, path: impl Into<String>) -> Self {
        self.volume = Some(path.into());
        self
    }

    fn body(&self) -> ContainerCreateBody {
        let labels = [SCRATCH_LABEL, IGNORE_LABEL].map(|label| (label.to_owned(), "1".to_owned()));
        let bind = |(path, writable): &(PathBuf, bool)| Mount {
            typ: Some(MountType::BIND),
            source: Some(path.to_string_lossy().into_owned()),
            target: Some(path.to_string_lossy().into_owned()),
            read_only: Some(!writable),
            ..Mount::default()
        };
        let volume = self.volume.clone().map(|target| Mount {
            typ: Some(MountType::VOLUME),
            target: Some(target),
            ..Mount::default()
        });
        ContainerCreateBody {
            image: Some(self.image.clone()),
            entrypoint: Some(["sh", "-c"].map(str::to_owned).to_vec()),
            cmd: Some(vec!["exec cat >/dev/null".to_owned()]),
            user: Some("0:0".to_owned()),
            working_dir: Some("/".to_owned()),
            attach_stdin: Some(true),
            open_stdin: Some(true),
            stdin_once: Some(true),
            healthcheck: Some(HealthConfig {
                test: Some(vec!["NONE".to_owned()]),
                ..HealthConfig::default()
            }),
            labels: Some(labels.into()),
            host_config: Some(HostConfig {
                auto_remove: Some(true),
                network_mode: Some(self.network.clone()),
                mounts: Some(self.mounts.iter().map(bind).chain(volume).collect()),
                security_opt: Some(vec!["no-new-privileges".to_owned()]),
                shm_size: Some(SHARED_MEMORY),
                log_config: Some(HostConfigLogConfig {
                    typ: Some("none".to_owned()),
                    ..HostConfigLogConfig::default()
                }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }
}

/// A running container for one purpose. Dropping it ends and removes it soon after; [`OneOff::end`] waits for that.
pub struct OneOff {
    docker: Docker,
    id: String,
    /// The connection that keeps it alive.
    _held: Mutex<AttachContainerResults>,
}

impl Docker {
    /// Whether the Engine runs on this machine, so that folders of this machine can be mounted.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self.endpoint, Endpoint::Unix(_))
    }

    /// Makes and starts a container for one purpose.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] when the image is not on the Engine's machine; [`Kind::Refused`] when folders are to be mounted
    /// and the Engine is on another machine; what else the Engine says.
    pub async fn one_off(&self, options: &OneOffOptions) -> Result<OneOff> {
        self.check_mounts(options).await?;
        self.sweep().await;
        let doing = || format!("could not start a container of image {:?}", options.image);
        let query = CreateContainerOptionsBuilder::new()
            .name(&options.name)
            .build();
        let made = self
            .client
            .create_container(Some(query), options.body())
            .await
            .map_err(|e| Error::engine(doing(), e))?;
        match self.start_held(&made.id).await {
            Ok(held) => Ok(OneOff {
                docker: self.clone(),
                id: made.id,
                _held: Mutex::new(held),
            }),
            Err(e) => {
                self.discard(&made.id).await;
                Err(Error::engine(doing(), e))
            }
        }
    }

    /// The connection comes first: the main program would end at once without it.
    async fn start_held(
        &self,
        id: &str,
    ) -> std::result::Result<AttachContainerResults, bollard::errors::Error> {
        let attach = AttachContainerOptionsBuilder::new()
            .stdin(true)
            .stream(true)
            .build();
        let held = self.client.attach_container(id, Some(attach)).await?;
        self.client.start_container(id, None).await?;
        Ok(held)
    }

    /// A folder of this machine has to be the same folder, with the same owners, inside.
    async fn check_mounts(&self, options: &OneOffOptions) -> Result<()> {
        let Some((path, _)) = options.mounts.first() else {
            return Ok(());
        };
        let said = self.client.info().await;
        let said = said.map_err(|e| Error::engine("could not ask the Engine what it is", e))?;
        let security = said.security_options.unwrap_or_default();
        let maps = |word: &String| word.contains("name=rootless") || word.contains("name=userns");
        let why = match self.is_local() {
            false => "is on another machine",
            true if security.iter().any(maps) => {
                "gives its containers other users than this machine's"
            }
            true => return Ok(()),
        };
        let (engine, path) = (&self.endpoint, path.display());
        let message =
            format!("{path} can't be shared with a container: the Docker Engine at {engine} {why}");
        Err(Error::new(Kind::Refused, message))
    }

    /// Removes the container for one purpose of this name, whose owner is gone: also if it only comes into being now, since
    /// the Engine goes on making what was asked for. Takes up to five seconds where there is none.
    ///
    /// # Errors
    ///
    /// [`Kind::BadInput`] when the name is none that such containers have.
    pub async fn remove_one_off(&self, name: &str) -> Result<()> {
        if !name.starts_with(PREFIX) {
            let message = format!("{name:?} is no container that was made for one purpose");
            return Err(Error::new(Kind::BadInput, message));
        }
        let give_up = Instant::now() + COMES;
        while !self.discard(name).await && Instant::now() < give_up {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Removes what was made and never started. It does what it can.
    async fn sweep(&self) {
        let filters = HashMap::from([("label".to_owned(), vec![SCRATCH_LABEL.to_owned()])]);
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters)
            .build();
        let listed = self.client.list_containers(Some(options)).await;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        for one in listed.unwrap_or_default() {
            let age = one.created.and_then(|at| u64::try_from(at).ok());
            let age = age.map(|at| now.saturating_sub(Duration::from_secs(at)));
            let never_started = one.state == Some(ContainerSummaryStateEnum::CREATED);
            if let (true, Some(id), Some(true)) =
                (never_started, one.id, age.map(|a| a > ABANDONED))
            {
                self.discard(&id).await;
            }
        }
    }

    /// Ends and removes a container of ours; that it is gone already is fine. Says whether it was there.
    pub(crate) async fn discard(&self, id: &str) -> bool {
        let options = RemoveContainerOptionsBuilder::new()
            .force(true)
            .v(true)
            .build();
        use bollard::errors::Error::DockerResponseServerError as Refused;
        match self.client.remove_container(id, Some(options)).await {
            Ok(()) => true,
            Err(Refused {
                status_code: 404, ..
            }) => false,
            // Its removal has begun.
            Err(Refused {
                status_code: 409, ..
            }) => true,
            Err(error) => {
                tracing::warn!(%error, id, "a scratch container could not be removed");
                false
            }
        }
    }
}

impl OneOff {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Runs a program in it; see [`Docker::exec_into`].
    ///
    /// # Errors
    ///
    /// As [`Docker::exec_into`].
    pub async fn exec_into(
        &self,
        command: &Command,
        stdout: &mut (dyn AsyncWrite + Unpin + Send),
    ) -> Result<(Vec<u8>, i64)> {
        self.docker.exec_into(&self.id, command, stdout).await
    }

    /// Runs a program in it that has to succeed; `doing` begins the error's message.
    ///
    /// # Errors
    ///
    /// As [`Docker::exec`] and [`Output::must_succeed`].
    pub async fn exec(&self, command: &Command, doing: &str) -> Result<Output> {
        self.docker
            .exec(&self.id, command)
            .await?
            .must_succeed(doing)
    }

    /// Ends every program in it and removes it. It may be called again.
    pub async fn end(&self) {
        self.docker.discard(&self.id).await;
    }
}
