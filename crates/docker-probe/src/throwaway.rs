//! A server in a container of our own, for a demonstration: gone when we are, however we end.
//!
//! What keeps it alive is our connection to the Engine: the container's main program waits for the end of its input, which
//! the Engine closes with that connection, and the container is one that the Engine removes, volumes included, when it
//! stops. Its name is random, and its labels say what it is and keep others from taking it for a server of theirs.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig, PortBinding};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncWrite;
use tokio::time::{Instant, sleep};

use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::exec::Command;
use crate::find::IGNORE_LABEL;

/// Marks such containers.
const LABEL: &str = "org.partman.throwaway";
/// How long a cluster may take to be made and a server to start.
const STARTS_WITHIN: Duration = Duration::from_secs(120);

/// Starts what the image starts, and ends when the input does; with it ends everything in the container.
const LEASH: &str = r#"
"$@" </dev/null &
while read -r _; do :; done
"#;

/// Held and never written to.
type Leash = Mutex<Pin<Box<dyn AsyncWrite + Send>>>;

/// A container with a server, for as long as this lives.
pub struct Throwaway {
    docker: Docker,
    id: String,
    name: String,
    /// The other end of the container's input.
    _leash: Leash,
}

impl Docker {
    /// Starts a server of this image (which has the usual entry point), with a superuser, a database and a password, its port
    /// published on a free port of 127.0.0.1, and waits until it accepts connections.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] when there is no such image; [`Kind::TimedOut`] when the server doesn't come up.
    pub async fn throwaway(
        &self,
        image: &str,
        user: &str,
        database: &str,
        password: &SecretString,
    ) -> Result<Throwaway> {
        let doing = || format!("could not start a throwaway container of {image:?}");
        let body = self.body(image, user, database, password).await?;
        let random = RandomState::new().hash_one(image);
        let name = format!("partman-demo-{random:016x}");
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        let made = self.client.create_container(Some(options), body).await;
        let id = made.map_err(|e| Error::engine(doing(), e))?.id;
        let started = self.leash(&id).await;
        let throwaway = match started {
            Ok(leash) => Throwaway {
                docker: self.clone(),
                id,
                name,
                _leash: leash,
            },
            Err(error) => {
                remove(self, &id).await;
                return Err(error);
            }
        };
        match self.until_it_serves(&throwaway.id, user, database).await {
            Ok(()) => Ok(throwaway),
            Err(error) => {
                throwaway.remove().await;
                Err(error)
            }
        }
    }

    async fn body(
        &self,
        image: &str,
        user: &str,
        database: &str,
        password: &SecretString,
    ) -> Result<ContainerCreateBody> {
        let found = self.client.inspect_image(image).await;
        let found = found.map_err(|e| {
            Error::engine(format!("could not look into image {image:?}"), e)
                .help("name an image that is on the Engine's machine; `docker images` lists them")
        })?;
        let config = found.config.unwrap_or_default();
        let starts = config.entrypoint.into_iter().chain(config.cmd).flatten();
        let leash = ["-c", LEASH, "partman"].map(str::to_owned).into_iter();
        let any = PortBinding {
            host_ip: Some("127.0.0.1".to_owned()),
            host_port: Some(String::new()),
        };
        Ok(ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec!["sh".to_owned()]),
            cmd: Some(leash.chain(starts).collect()),
            env: Some(vec![
                format!("POSTGRES_USER={user}"),
                format!("POSTGRES_DB={database}"),
                format!("POSTGRES_PASSWORD={}", password.expose_secret()),
                "POSTGRES_INITDB_ARGS=--locale=C.UTF-8 --encoding=UTF8".to_owned(),
            ]),
            labels: Some(
                [LABEL, IGNORE_LABEL]
                    .map(|label| (label.to_owned(), "1".to_owned()))
                    .into(),
            ),
            exposed_ports: Some(vec!["5432/tcp".to_owned()]),
            open_stdin: Some(true),
            stdin_once: Some(true),
            attach_stdin: Some(true),
            host_config: Some(HostConfig {
                auto_remove: Some(true),
                port_bindings: Some(HashMap::from([("5432/tcp".to_owned(), Some(vec![any]))])),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        })
    }

    /// Takes hold of the input before there is anything that could read its end.
    async fn leash(&self, id: &str) -> Result<Leash> {
        let doing = || format!("could not start container {id:.12}");
        let options = AttachContainerOptionsBuilder::new()
            .stdin(true)
            .stream(true)
            .build();
        let held = self.client.attach_container(id, Some(options)).await;
        let held = held.map_err(|e| Error::engine(doing(), e))?;
        let started = self
            .client
            .start_container(id, None::<StartContainerOptions>)
            .await;
        started.map_err(|e| Error::engine(doing(), e))?;
        Ok(Mutex::new(held.input))
    }

    /// Over TCP: while the cluster is made, only the socket answers.
    async fn until_it_serves(&self, id: &str, user: &str, database: &str) -> Result<()> {
        let give_up = Instant::now() + STARTS_WITHIN;
        let ready =
            Command::new("pg_isready").args(["-q", "-h", "127.0.0.1", "-U", user, "-d", database]);
        loop {
            match self.exec(id, &ready).await {
                Ok(output) if output.exit_code == 0 => return Ok(()),
                Err(error)
                    if error.kind() == Kind::NotRunning || error.kind() == Kind::NotFound =>
                {
                    return Err(error);
                }
                _ if Instant::now() > give_up => {
                    let message = format!(
                        "the server in container {id:.12} does not come up within {STARTS_WITHIN:?}"
                    );
                    return Err(Error::new(Kind::TimedOut, message));
                }
                _ => sleep(Duration::from_millis(200)).await,
            }
        }
    }
}

impl Throwaway {
    /// The container's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Removes it now, instead of a moment after this is dropped.
    pub async fn remove(self) {
        remove(&self.docker, &self.id).await;
    }
}

async fn remove(docker: &Docker, id: &str) {
    let options = RemoveContainerOptionsBuilder::new()
        .force(true)
        .v(true)
        .build();
    if let Err(error) = docker.client.remove_container(id, Some(options)).await {
        tracing::debug!(%error, id, "the container goes by itself");
    }
}
