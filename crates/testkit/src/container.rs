//! A PostgreSQL server in a container of its own, gone afterwards whatever happens.
//!
//! `container.sh` owns it, as `supervisor.sh` owns a cluster: a process of its own that removes it, with its volumes, when
//! our end of a pipe closes. The images are made by `scripts/images.sh`; without a Docker Engine a test fails and says
//! what to install. Everything is done through the `docker` command, so that the tests' way to an Engine is another
//! than that of the code they test.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use crate::cluster::blocking;
use crate::container_options::ContainerOptions;
use crate::container_ready::wait_until_ready;
use crate::error::{Context, Error, Result};

const SCRIPT: &str = include_str!("container.sh");

/// The images that `scripts/images.sh` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Image {
    /// PostgreSQL 15 as people run it: nothing of pg_partman in it.
    Postgres15,
    /// PostgreSQL 17 with pg_partman 5.2.4.
    Postgres17,
    /// PostgreSQL 18 with pg_partman 5.5.0; its cluster is where the usual image of 18 has it.
    Postgres18,
}

impl Image {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Postgres15, Self::Postgres17, Self::Postgres18];

    /// The image's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres15 => "partman-test/postgres:15",
            Self::Postgres17 => "partman-test/postgres:17",
            Self::Postgres18 => "partman-test/postgres:18",
        }
    }
}

/// A container; dropping the last handle removes it, and so does the death of this process.
#[derive(Clone, Debug)]
pub struct Container {
    pub(crate) options: ContainerOptions,
    name: String,
    id: String,
    port: Option<u16>,
    _keeper: Arc<Keeper>,
}

impl Container {
    /// Starts a container with the usual options and waits until its server accepts connections.
    ///
    /// # Errors
    ///
    /// As [`ContainerOptions::start`].
    pub async fn start(image: Image) -> Result<Self> {
        Self::options(image).start().await
    }

    /// What can be said about a container before it starts.
    #[must_use]
    pub fn options(image: Image) -> ContainerOptions {
        ContainerOptions::new(image.name())
    }

    /// The container's name: `partman-test-` and something random.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The container's full id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The port of 127.0.0.1 that leads to its server, if one is published.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The superuser.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.options.user
    }

    /// The superuser's password, which connections over TCP need.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.options.password
    }

    /// The database that was made with the cluster.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.options.database
    }

    /// A connection URL over the published port, without the password.
    ///
    /// # Panics
    ///
    /// When no port is published.
    #[must_use]
    pub fn url(&self) -> String {
        let port = self.port.expect("a container with a published port");
        format!(
            "postgres://{}@127.0.0.1:{port}/{}",
            self.user(),
            self.database()
        )
    }

    /// libpq's environment for child processes.
    ///
    /// # Panics
    ///
    /// When no port is published.
    #[must_use]
    pub fn envs(&self) -> Vec<(&'static str, String)> {
        let port = self.port.expect("a container with a published port");
        vec![
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", port.to_string()),
            ("PGUSER", self.user().to_owned()),
            ("PGPASSWORD", self.password().to_owned()),
            ("PGDATABASE", self.database().to_owned()),
        ]
    }

    /// How to connect as the superuser over the published port.
    ///
    /// # Panics
    ///
    /// When no port is published.
    #[must_use]
    pub fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(self.port.expect("a container with a published port"))
            .user(self.user())
            .password(self.password())
            .dbname(self.database())
            .application_name("testkit");
        config
    }

    /// Runs `docker VERB… CONTAINER` and returns what it prints: `stop`, `start`, `pause`, `inspect -f …`.
    ///
    /// # Errors
    ///
    /// When docker fails; what it said is told.
    pub async fn docker(&self, verb: &[&str]) -> Result<String> {
        self.run(verb, &[]).await
    }

    /// Runs a program in the container and returns what it prints.
    ///
    /// # Errors
    ///
    /// When it fails; what it said is told.
    pub async fn exec(&self, argv: &[&str]) -> Result<String> {
        self.run(&["exec"], argv).await
    }

    /// Waits until the server accepts connections (again).
    ///
    /// # Errors
    ///
    /// When it does not within a minute; the end of its log is told.
    pub async fn ready(&self) -> Result<()> {
        wait_until_ready(self).await
    }

    /// The last lines that the container has logged.
    ///
    /// # Errors
    ///
    /// When docker fails.
    pub async fn log(&self) -> Result<String> {
        let id = self.id.clone();
        blocking(move || {
            let output = Command::new("docker")
                .args(["logs", "--tail", "20", &id])
                .output();
            let output = output.context(|| format!("could not read the log of container {id}"))?;
            let both = [output.stdout, output.stderr].concat();
            Ok(String::from_utf8_lossy(&both).trim().to_owned())
        })
        .await
    }

    async fn run(&self, before: &[&str], after: &[&str]) -> Result<String> {
        let mut words: Vec<String> = before.iter().map(|&word| word.to_owned()).collect();
        words.push(self.id.clone());
        words.extend(after.iter().map(|&word| word.to_owned()));
        blocking(move || docker(&words)).await
    }

    pub(crate) fn launch(options: ContainerOptions, port: Option<u16>) -> Result<Self> {
        let name = options.name.clone();
        let (keeper, said) = Keeper::start(&name, &options.run(port))?;
        let id = said.lines().last().unwrap_or_default().trim().to_owned();
        Ok(Self {
            options,
            name,
            id,
            port,
            _keeper: Arc::new(keeper),
        })
    }
}

/// The process that owns the container.
#[derive(Debug)]
struct Keeper {
    process: Child,
    pipe: Option<ChildStdin>,
}

impl Keeper {
    fn start(name: &str, words: &[String]) -> Result<(Self, String)> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SCRIPT, "partman-test-container", name])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut process = shell
            .spawn()
            .context(|| format!("could not start a shell to look after container {name}"))?;
        let pipe = process.stdin.take();
        let out = process.stdout.take();
        let keeper = Self { process, pipe };
        let mut said = String::new();
        for line in out.into_iter().flat_map(|out| BufReader::new(out).lines()) {
            let line = line.context(|| "could not hear from the container's keeper".into())?;
            match line.strip_prefix("status ") {
                Some("0") => return Ok((keeper, said)),
                Some(_) => break,
                None => said = said + &line + "\n",
            }
        }
        Err(
            Error::new(format!("docker could not start container {name}"))
                .because(said.trim().to_owned()),
        )
    }
}

impl Drop for Keeper {
    /// Closes the pipe and waits until the container is gone.
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.process.wait();
    }
}

/// Runs the `docker` command.
pub(crate) fn docker(words: &[String]) -> Result<String> {
    let failed = || format!("`docker {}` failed", words.join(" "));
    let output = Command::new("docker")
        .args(words)
        .output()
        .context(failed)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(Error::new(failed()).because(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
