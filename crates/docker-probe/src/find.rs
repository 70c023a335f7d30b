//! Picking the container that is meant: by name, by its place in a compose project, or because there is only one
//! PostgreSQL server.
//!
//! One request lists the containers; looking for the only one asks two more for each that shows any sign of a server. Which
//! of several is meant is never guessed: the error lists them.

use std::collections::HashMap;

use bollard::models::{ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::ListContainersOptionsBuilder;
use futures_util::StreamExt;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::recognise::{Signs, has_server_process};

/// Containers with this label are passed over when the only PostgreSQL container is looked for.
pub const IGNORE_LABEL: &str = "org.partman.ignore";

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
/// How many containers are asked at the same time.
const AT_ONCE: usize = 8;

/// Which container is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The one with this name, id, or beginning of an id.
    Name(String),
    /// The one that compose made for this service; without a project there must be only one such service.
    Service {
        /// The compose project.
        project: Option<String>,
        /// The service.
        service: String,
    },
    /// The only PostgreSQL server among the running containers, or else among the stopped ones.
    Only,
}

/// A container that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The full id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The image, as it was asked for.
    pub image: String,
    /// Whether it runs.
    pub running: bool,
}

impl Docker {
    /// Finds the one container that is meant.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`], or [`Kind::Ambiguous`] with the list of those that fit; both name the way out.
    pub async fn find(&self, wanted: &Wanted) -> Result<Candidate> {
        match wanted {
            Wanted::Name(name) => self.by_name(name).await,
            Wanted::Service { project, service } => {
                self.by_service(project.as_deref(), service).await
            }
            Wanted::Only => one_of(self.servers().await?),
        }
    }

    /// Every container that is a PostgreSQL server, running or not, in order of name.
    ///
    /// # Errors
    ///
    /// When the Engine does not answer.
    pub async fn servers(&self) -> Result<Vec<Candidate>> {
        let listed = self.list(None).await?;
        let ids = listed
            .into_iter()
            .filter(|seen| !is_ignored(seen))
            .filter_map(|seen| seen.id);
        let seen: Vec<Seen> = stream::iter(ids)
            .map(|id| async move { self.look(&id).await })
            .buffer_unordered(AT_ONCE)
            .filter_map(|seen| async { seen })
            .collect()
            .await;
        let mut servers = self.judge(&seen, Signs::any).await;
        if servers.is_empty() {
            servers = self.judge(&seen, |signs| !signs.any()).await;
        }
        servers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(servers)
    }

    async fn by_name(&self, name: &str) -> Result<Candidate> {
        let inspected = self.client.inspect_container(name, None).await;
        match inspected {
            Ok(found) => Ok(Seen::of(found).candidate),
            Err(error) => {
                let error = Error::engine(format!("there is no container {name:?}"), error);
                if error.kind() != Kind::NotFound {
                    return Err(error);
                }
                let there = self.servers().await.unwrap_or_default();
                Err(error.help(hint(&there)))
            }
        }
    }

    async fn by_service(&self, project: Option<&str>, service: &str) -> Result<Candidate> {
        let mut labels = vec![format!("{SERVICE}={service}")];
        labels.extend(project.map(|project| format!("{PROJECT}={project}")));
        let listed = self.list(Some(labels)).await?;
        let found: Vec<_> = listed.iter().map(Candidate::of).collect();
        if found.is_empty() {
            let place = project
                .map(|p| format!(" in project {p:?}"))
                .unwrap_or_default();
            let message = format!("compose has made no container for service {service:?}{place}");
            let there = self.servers().await.unwrap_or_default();
            return Err(Error::new(Kind::NotFound, message).help(hint(&there)));
        }
        one_of(found)
    }

    async fn list(&self, labels: Option<Vec<String>>) -> Result<Vec<ContainerSummary>> {
        let labels: Vec<_> = labels
            .into_iter()
            .flatten()
            .chain(self.label.clone())
            .collect();
        let mut options = ListContainersOptionsBuilder::new().all(true);
        let filters = HashMap::from([("label".to_owned(), labels.clone())]);
        if !labels.is_empty() {
            options = options.filters(&filters);
        }
        let listed = self.client.list_containers(Some(options.build())).await;
        listed.map_err(|e| Error::engine("could not list the containers", e))
    }

    /// A container that is gone by now is not there.
    async fn look(&self, id: &str) -> Option<Seen> {
        let inspected = self.client.inspect_container(id, None).await.ok()?;
        Some(Seen::of(inspected))
    }

    /// Those that turn out to be servers among those whose signs are worth it.
    async fn judge(&self, seen: &[Seen], worth: fn(Signs) -> bool) -> Vec<Candidate> {
        let worth: Vec<Seen> = seen
            .iter()
            .filter(|one| worth(one.signs))
            .cloned()
            .collect();
        let judged = stream::iter(worth).map(|one| async move {
            let serves = match self.processes(&one.candidate).await {
                Some(commands) => has_server_process(commands.iter().map(String::as_str)),
                None => one.signs.suffice(),
            };
            serves.then_some(one.candidate)
        });
        let found = judged
            .buffer_unordered(AT_ONCE)
            .filter_map(|one| async { one });
        found.collect().await
    }

    /// The command lines of a container's processes, if it runs and the Engine can tell.
    async fn processes(&self, container: &Candidate) -> Option<Vec<String>> {
        if !container.running {
            return None;
        }
        let top = self.client.top_processes(&container.id, None).await.ok()?;
        let titles = top.titles?;
        let column = titles
            .iter()
            .position(|title| title == "CMD" || title == "COMMAND")?;
        let commands = top
            .processes?
            .into_iter()
            .filter_map(|row| row.into_iter().nth(column));
        Some(commands.collect())
    }
}

/// A container with its signs.
#[derive(Clone)]
struct Seen {
    candidate: Candidate,
    signs: Signs,
}

impl Seen {
    fn of(inspected: ContainerInspectResponse) -> Self {
        let config = inspected.config.unwrap_or_default();
        let image = config.image.unwrap_or_default();
        let lines = config.env.unwrap_or_default();
        let names = lines.iter().filter_map(|line| line.split('=').next());
        let names: Vec<_> = names.map(str::to_owned).collect();
        let ports = config.exposed_ports.unwrap_or_default();
        let name = inspected.name.unwrap_or_default();
        Self {
            signs: Signs::new(&image, &names, &ports),
            candidate: Candidate {
                id: inspected.id.unwrap_or_default(),
                name: name.trim_start_matches('/').to_owned(),
                image,
                running: inspected.state.and_then(|state| state.running) == Some(true),
            },
        }
    }
}

impl Candidate {
    fn of(listed: &ContainerSummary) -> Self {
        let names = listed.names.iter().flatten();
        // A linked container has further names, with more than one slash.
        let name = names
            .map(|name| name.trim_start_matches('/'))
            .find(|name| !name.contains('/'));
        let state = listed.state.map(|state| state.to_string());
        Self {
            id: listed.id.clone().unwrap_or_default(),
            name: name.unwrap_or_default().to_owned(),
            image: listed.image.clone().unwrap_or_default(),
            running: state.as_deref() == Some("running"),
        }
    }
}

fn is_ignored(listed: &ContainerSummary) -> bool {
    let labels = listed.labels.as_ref();
    labels.is_some_and(|labels| labels.contains_key(IGNORE_LABEL))
}

/// The only one that runs, or else the only one.
fn one_of(found: Vec<Candidate>) -> Result<Candidate> {
    let running: Vec<_> = found.iter().filter(|one| one.running).cloned().collect();
    let mut fit = if running.is_empty() { found } else { running };
    match (fit.pop(), fit.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(
            Error::new(Kind::NotFound, "there is no PostgreSQL container")
                .help("name one (--container NAME), or a server without Docker (--database URL)"),
        ),
        (Some(last), false) => {
            fit.push(last);
            let message = format!("{} containers could be meant: {}", fit.len(), listing(&fit));
            Err(Error::new(Kind::Ambiguous, message).help("say which (--container NAME)"))
        }
    }
}

fn listing(found: &[Candidate]) -> String {
    let words = found.iter().map(|one| {
        let state = if one.running { "running" } else { "stopped" };
        format!("{} ({}, {state})", one.name, one.image)
    });
    words.collect::<Vec<_>>().join(", ")
}

fn hint(there: &[Candidate]) -> String {
    match there {
        [] => "no PostgreSQL container was found either; `docker ps -a` lists all containers"
            .to_owned(),
        there => format!(
            "PostgreSQL containers are: {} (--container NAME)",
            listing(there)
        ),
    }
}
