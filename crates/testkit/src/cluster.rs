//! A running PostgreSQL server of our own: started, crashed, restarted, copied as a standby, cleared away.
//!
//! It listens on a free port of 127.0.0.1 (password) and in its private folder (no password). Durability is
//! off unless asked for, since no test outlives its machine. Waiting is done on threads for blocking work,
//! so a test's other tasks go on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Context, Result};
use crate::installation::{Installation, Partman};
use crate::options::ClusterOptions;
use crate::ports;
use crate::ready::wait_until_ready;
use crate::supervisor::Supervisor;
use crate::template::{Template, append};

/// A running server; dropping it stops it and removes its folder, and so does the death of this process.
#[derive(Clone, Debug)]
pub struct Cluster {
    supervisor: Arc<Mutex<Supervisor>>,
    installation: Installation,
    dir: PathBuf,
    port: u16,
    password: String,
}

impl Cluster {
    /// Starts a cluster with the usual options.
    ///
    /// # Errors
    ///
    /// As [`ClusterOptions::start`].
    pub async fn start(partman: Partman) -> Result<Self> {
        Self::options(partman).start().await
    }

    /// What can be said about a cluster before it starts.
    #[must_use]
    pub fn options(partman: Partman) -> ClusterOptions {
        ClusterOptions::new(partman)
    }

    /// Stops the server as a crash does: no checkpoint, no farewell to its clients, recovery at the next start.
    ///
    /// # Errors
    ///
    /// When the supervisor is gone.
    pub async fn crash(&self) -> Result<()> {
        self.ask("stop QUIT").await
    }

    /// Stops the server in order, ending its clients' sessions.
    ///
    /// # Errors
    ///
    /// When the supervisor is gone.
    pub async fn stop(&self) -> Result<()> {
        self.ask("stop INT").await
    }

    /// Starts a server that was stopped or crashed, on the same port.
    ///
    /// # Errors
    ///
    /// When it does not come up; its log is told.
    pub async fn restart(&self) -> Result<()> {
        let this = self.clone();
        blocking(move || this.come_up()).await
    }

    /// A hot standby of this server, streaming from it; it has a folder and a port of its own.
    ///
    /// # Errors
    ///
    /// When the base backup fails or the standby does not come up.
    pub async fn standby(&self) -> Result<Self> {
        let primary = self.clone();
        blocking(move || {
            let copy = format!("standby {} {}", primary.dir.display(), primary.port);
            let options = Self::options(Partman::None);
            Self::settle(&primary.installation, &Template::get()?, &options, &[copy])
        })
        .await
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's password, which connections over TCP need.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The folder of the socket, over which the superuser needs no password.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.dir
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The programs and the extension folder of this server.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// What the server has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("server.log")).unwrap_or_default()
    }

    pub(crate) fn launch(options: &ClusterOptions) -> Result<Self> {
        let installation = Installation::shared(options.partman)?;
        let mut verbs = vec!["copy".to_owned()];
        if options.private_installation {
            verbs.push("private".to_owned());
        }
        Self::settle(&installation, &Template::get()?, options, &verbs)
    }

    /// Fills a new private folder by the given verbs and starts the server in it.
    fn settle(
        from: &Installation,
        template: &Template,
        options: &ClusterOptions,
        verbs: &[String],
    ) -> Result<Self> {
        let mut supervisor = Supervisor::start(from, &template.data, &options.place())?;
        for verb in verbs {
            supervisor.run(verb)?;
        }
        let dir = supervisor.dir().to_owned();
        let own = dir.join("installation");
        let mut cluster = Self {
            supervisor: Arc::new(Mutex::new(supervisor)),
            installation: if own.is_dir() {
                Installation::at(own)
            } else {
                from.clone()
            },
            dir,
            port: 0,
            password: template.password.clone(),
        };
        append(
            &cluster.data_dir().join("postgresql.conf"),
            &options.configuration(&cluster.dir),
        )?;
        cluster.come_up_somewhere()?;
        Ok(cluster)
    }

    /// Between asking for a free port and using it somebody else may take it, hence the second and third try.
    fn come_up_somewhere(&mut self) -> Result<()> {
        let mut tries = 0;
        loop {
            tries += 1;
            self.port = ports::free()?;
            append(
                &self.data_dir().join("postgresql.conf"),
                &format!("port = {}\n", self.port),
            )?;
            match self.come_up() {
                Err(_)
                    if tries < 3 && self.log().contains("could not create any TCP/IP sockets") => {}
                outcome => return outcome,
            }
        }
    }

    fn come_up(&self) -> Result<()> {
        let mut supervisor = self
            .supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        supervisor.run("start")?;
        let pid = supervisor.server_pid()?;
        let outcome = wait_until_ready(&self.data_dir(), pid);
        if outcome.is_err() {
            supervisor.run("stop QUIT")?;
        }
        outcome.map_err(|error| error.because(last_lines(&self.log(), 12)))
    }

    async fn ask(&self, verb: &'static str) -> Result<()> {
        let this = self.clone();
        blocking(move || {
            this.supervisor
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .run(verb)
        })
        .await
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .context(|| "a thread of the testkit panicked".into())?
}
