//! What can be said about a container before it starts, and the words for `docker run` that follow from it.

use std::hash::{BuildHasher, RandomState};

use crate::cluster::blocking;
use crate::container::{Container, docker};
use crate::error::{Error, Result};
use crate::ports;

const SET_UP: &str = "install a Docker Engine and start it (Debian: apt-get install docker.io), then `make setup`, which makes the test images";

/// How a container is to be; see [`Container::options`].
#[derive(Clone, Debug)]
pub struct ContainerOptions {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) database: String,
    published: bool,
    discoverable: bool,
    in_memory: bool,
    waits: bool,
    health: Option<String>,
    words: Vec<String>,
    command: Vec<String>,
}

impl ContainerOptions {
    pub(crate) fn new(image: &str) -> Self {
        Self {
            name: format!("partman-test-{:016x}", random()),
            image: image.to_owned(),
            user: "admin".to_owned(),
            password: format!("secret-{:016x}", random()),
            database: "ai_agent_admin".to_owned(),
            published: true,
            discoverable: false,
            in_memory: false,
            waits: true,
            health: None,
            words: Vec::new(),
            command: ["postgres", "-c", "fsync=off"].map(str::to_owned).to_vec(),
        }
    }

    /// Another image than one of ours; it must be there already.
    #[must_use]
    pub fn image(mut self, name: &str) -> Self {
        self.image = name.to_owned();
        self
    }

    /// The superuser (`admin`).
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.user = user.to_owned();
        self
    }

    /// The database that is made with the cluster (`ai_agent_admin`).
    #[must_use]
    pub fn database(mut self, database: &str) -> Self {
        self.database = database.to_owned();
        self
    }

    /// One more variable of its environment.
    #[must_use]
    pub fn env(self, name: &str, value: &str) -> Self {
        self.words(["--env".to_owned(), format!("{name}={value}")])
    }

    /// One more label.
    #[must_use]
    pub fn label(self, name: &str, value: &str) -> Self {
        self.words(["--label".to_owned(), format!("{name}={value}")])
    }

    /// Further words for `docker run`, such as `--read-only`.
    #[must_use]
    pub fn args(self, words: &[&str]) -> Self {
        self.words(words.iter().map(|&word| word.to_owned()))
    }

    /// The command of the container instead of `postgres -c fsync=off`.
    #[must_use]
    pub fn command(mut self, words: &[&str]) -> Self {
        self.command = words.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Publishes no port.
    #[must_use]
    pub fn unpublished(mut self) -> Self {
        self.published = false;
        self
    }

    /// Keeps the cluster in memory, where it is gone when the container stops, instead of in an anonymous volume.
    #[must_use]
    pub fn in_memory(mut self) -> Self {
        self.in_memory = true;
        self
    }

    /// A health check: a command for the container's shell, run every second, once is enough.
    #[must_use]
    pub fn health(mut self, command: &str) -> Self {
        self.health = Some(command.to_owned());
        self
    }

    /// Leaves out the label that keeps partman from taking the container for "the only PostgreSQL there is". Only
    /// for a test that finds its own by other means too: many run at the same time.
    #[must_use]
    pub fn discoverable(mut self) -> Self {
        self.discoverable = true;
        self
    }

    /// Does not wait for the server.
    #[must_use]
    pub fn without_waiting(mut self) -> Self {
        self.waits = false;
        self
    }

    /// Starts the container and waits until its server accepts connections and its health check is content.
    ///
    /// # Errors
    ///
    /// When no Docker Engine answers or the image is missing (the message says what to install), and when the
    /// server does not come up within a minute; its log is told.
    pub async fn start(self) -> Result<Container> {
        let waits = self.waits;
        let container = blocking(move || self.launch()).await?;
        if waits {
            container.ready().await?;
        }
        Ok(container)
    }

    /// Another process may take the port between our looking and docker's using it, hence the second and third try.
    fn launch(self) -> Result<Container> {
        self.check_engine()?;
        let mut tries = 0;
        loop {
            tries += 1;
            let port = if self.published {
                Some(ports::free()?)
            } else {
                None
            };
            match Container::launch(self.clone(), port) {
                Err(error)
                    if tries < 3 && format!("{error:?}").contains("address already in use") => {}
                outcome => return outcome,
            }
        }
    }

    fn check_engine(&self) -> Result<()> {
        let ask = |words: &[&str]| {
            docker(
                &words
                    .iter()
                    .map(|&word| word.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        match ask(&["image", "inspect", "-f", "{{.Id}}", &self.image]) {
            Ok(_) => Ok(()),
            Err(error) => Err(match ask(&["version", "-f", "{{.Server.Version}}"]) {
                Ok(_) => Error::new(format!("the test image {} is missing", self.image))
                    .because(error)
                    .help("`make setup` makes it (as root)"),
                Err(error) => {
                    Error::new("this test needs a container, and no Docker Engine answers")
                        .because(error)
                        .help(SET_UP)
                }
            }),
        }
    }

    pub(crate) fn has_health(&self) -> bool {
        self.health.is_some()
    }

    fn words(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(words);
        self
    }

    /// The words for `docker run`.
    pub(crate) fn run(&self, port: Option<u16>) -> Vec<String> {
        let Self {
            name,
            user,
            password,
            database,
            ..
        } = self;
        let mut words = vec!["--pull=never".to_owned(), format!("--name={name}")];
        words.extend(
            ["test=1", &format!("test.owner={name}")]
                .map(|label| format!("--label=org.partman.{label}")),
        );
        if !self.discoverable {
            words.push("--label=org.partman.ignore=1".to_owned());
        }
        for (variable, value) in [("USER", user), ("PASSWORD", password), ("DB", database)] {
            words.push(format!("--env=POSTGRES_{variable}={value}"));
        }
        words.push("--env=POSTGRES_INITDB_ARGS=--no-sync".to_owned());
        words.extend(port.map(|port| format!("--publish=127.0.0.1:{port}:5432")));
        if self.in_memory {
            let volume = if self.image.ends_with(":18") {
                "/var/lib/postgresql"
            } else {
                "/var/lib/postgresql/data"
            };
            words.push(format!("--tmpfs={volume}:size=2g,mode=1777"));
        }
        if let Some(command) = &self.health {
            words.push(format!("--health-cmd={command}"));
            words.extend(
                ["interval=1s", "retries=1", "timeout=5s"].map(|word| format!("--health-{word}")),
            );
        }
        words.extend(self.words.iter().cloned());
        words.push(self.image.clone());
        words.extend(self.command.iter().cloned());
        words
    }
}

fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
