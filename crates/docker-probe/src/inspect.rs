//! From the Engine's answer about a container to [`ContainerFacts`].
//!
//! The translation is pure; only what the answer does not hold (the C library, the distribution, the data directory's
//! version) is read from the container's files, and a file that can't be read leaves a gap instead of an error.

use std::collections::HashMap;
use std::fmt::Display;

use bollard::models::{
    ContainerInspectResponse, ContainerState, Health as EngineHealth, HostConfig, MountPoint,
    NetworkSettings,
};
use jiff::Timestamp;

use crate::Result;
use crate::docker::Docker;
use crate::environment::Environment;
use crate::error::Error;
use crate::facts::{
    ComposeLabels, ContainerFacts, Health, HealthState, Mount, MountKind, Network, PostgresFacts,
    PublishedPort,
};
use crate::libc;

/// How much of a health check's output is kept.
const SAID: usize = 300;

impl Docker {
    /// Everything about one container, by id or name.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind::NotFound) when there is no such container, and when the Engine does not answer.
    pub async fn facts(&self, container: &str) -> Result<ContainerFacts> {
        let inspected = self.inspect(container).await?;
        let mut facts = translate(inspected);
        if let Ok(Some(image)) = self.image(&facts.image_id).await {
            facts.image_digest = image.digest;
        }
        let files = self.files(&facts.id);
        facts.os = gap(libc::os_release(&files).await);
        facts.libc = gap(libc::libc(&files).await);
        let dir = facts.postgres.data_dir.clone();
        if facts.postgres.major.is_none() {
            let text = gap(files.text(&format!("{dir}/PG_VERSION")).await);
            facts.postgres.major = text.and_then(|text| text.trim().parse().ok());
        }
        if facts.running {
            let text = gap(files.text(&format!("{dir}/postmaster.pid")).await);
            let port = text.and_then(|text| text.lines().nth(3)?.trim().parse().ok());
            facts.postgres.port = port.unwrap_or(facts.postgres.port);
        }
        Ok(facts)
    }

    pub(crate) async fn inspect(&self, container: &str) -> Result<ContainerInspectResponse> {
        let inspected = self.client.inspect_container(container, None).await;
        inspected
            .map_err(|e| Error::engine(format!("could not inspect container {container:?}"), e))
    }
}

/// The variables and the command line of a container.
pub(crate) fn environment(inspected: &ContainerInspectResponse) -> Environment {
    let config = inspected.config.as_ref();
    let lines = config
        .and_then(|config| config.env.as_deref())
        .unwrap_or_default();
    let words = inspected.path.iter().chain(inspected.args.iter().flatten());
    Environment::new(lines, words.cloned().collect())
}

fn translate(inspected: ContainerInspectResponse) -> ContainerFacts {
    let environment = environment(&inspected);
    let config = inspected.config.unwrap_or_default();
    let host = inspected.host_config.unwrap_or_default();
    let state = inspected.state.unwrap_or_default();
    let network = inspected.network_settings.unwrap_or_default();
    let running = state.running == Some(true) && !is(&state.paused) && !is(&state.restarting);
    ContainerFacts {
        id: inspected.id.unwrap_or_default(),
        name: inspected
            .name
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned(),
        image: config.image.unwrap_or_default(),
        image_id: inspected.image.unwrap_or_default(),
        image_digest: None,
        status: word(state.status),
        running,
        exit_code: state.exit_code.filter(|_| !running),
        created_at: inspected.created.and_then(|at| time(&at.to_string())),
        started_at: state.started_at.as_deref().and_then(time),
        health: health(&state),
        libc: None,
        os: None,
        postgres: PostgresFacts {
            major: environment.major(),
            version: environment.version(),
            data_dir: environment.data_dir(),
            port: environment.port(),
        },
        mounts: mounts(inspected.mounts.unwrap_or_default(), &host),
        ports: ports(&network),
        networks: networks(&network),
        network_mode: host.network_mode.clone().unwrap_or_default(),
        restart_policy: restart_policy(&host),
        read_only: is(&host.readonly_rootfs),
        user: config.user.unwrap_or_default(),
        shm_bytes: host.shm_size.and_then(|bytes| bytes.try_into().ok()),
        compose: compose(&config.labels.unwrap_or_default()),
        env: environment.names(),
    }
}

fn health(state: &ContainerState) -> Option<Health> {
    let EngineHealth {
        status,
        failing_streak,
        log,
    } = state.health.clone()?;
    let state = match word(status).as_str() {
        "starting" => HealthState::Starting,
        "healthy" => HealthState::Healthy,
        "unhealthy" => HealthState::Unhealthy,
        _ => return None,
    };
    let said = log.unwrap_or_default().pop().and_then(|last| last.output);
    let said = said.map(|text| text.trim().chars().take(SAID).collect::<String>());
    Some(Health {
        state,
        failing: failing_streak
            .and_then(|times| times.try_into().ok())
            .unwrap_or(0),
        said: said.filter(|text| !text.is_empty()),
    })
}

/// The mounts that the Engine lists, and the memory that it does not.
fn mounts(listed: Vec<MountPoint>, host: &HostConfig) -> Vec<Mount> {
    let mut mounts: Vec<_> = listed.into_iter().map(mount).collect();
    for target in host.tmpfs.iter().flatten().map(|(target, _)| target) {
        if !mounts.iter().any(|mount| mount.target == *target) {
            mounts.push(Mount {
                kind: MountKind::Tmpfs,
                name: None,
                source: String::new(),
                target: target.clone(),
                writable: true,
                anonymous: false,
            });
        }
    }
    mounts.sort_by(|a, b| a.target.cmp(&b.target));
    mounts
}

fn mount(listed: MountPoint) -> Mount {
    let kind = match word(listed.typ).as_str() {
        "volume" => MountKind::Volume,
        "bind" => MountKind::Bind,
        "tmpfs" => MountKind::Tmpfs,
        _ => MountKind::Other,
    };
    let name = listed.name.filter(|name| !name.is_empty());
    let nameless = |name: &String| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit());
    Mount {
        anonymous: kind == MountKind::Volume && name.as_ref().is_some_and(nameless),
        kind,
        name,
        source: listed.source.unwrap_or_default(),
        target: listed.destination.unwrap_or_default(),
        writable: listed.rw.unwrap_or(true),
    }
}

fn ports(network: &NetworkSettings) -> Vec<PublishedPort> {
    let mut ports = Vec::new();
    for (inside, bindings) in network.ports.iter().flatten() {
        let (port, protocol) = inside.split_once('/').unwrap_or((inside, "tcp"));
        for binding in bindings.iter().flatten() {
            let outside = binding.host_port.as_deref().unwrap_or_default();
            let (Ok(container), Ok(outside)) = (port.parse(), outside.parse()) else {
                continue;
            };
            let host = binding.host_ip.clone().filter(|host| !host.is_empty());
            ports.push(PublishedPort {
                container,
                protocol: protocol.to_owned(),
                host: host.unwrap_or_else(|| "0.0.0.0".to_owned()),
                port: outside,
            });
        }
    }
    ports.sort_by(|a, b| (a.container, &a.host, a.port).cmp(&(b.container, &b.host, b.port)));
    ports
}

fn networks(network: &NetworkSettings) -> Vec<Network> {
    let listed = network.networks.iter().flatten();
    let mut networks: Vec<_> = listed
        .map(|(name, endpoint)| Network {
            name: name.clone(),
            address: endpoint
                .ip_address
                .clone()
                .filter(|address| !address.is_empty()),
        })
        .collect();
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    networks
}

fn restart_policy(host: &HostConfig) -> String {
    let policy = host.restart_policy.as_ref().map(|policy| word(policy.name));
    policy
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "no".to_owned())
}

fn compose(labels: &HashMap<String, String>) -> Option<ComposeLabels> {
    let label = |name: &str| labels.get(&format!("com.docker.compose.{name}"));
    let files = label("project.config_files")
        .map(String::as_str)
        .unwrap_or_default();
    Some(ComposeLabels {
        project: label("project")?.clone(),
        service: label("service")?.clone(),
        config_files: files
            .split(',')
            .filter(|file| !file.is_empty())
            .map(Into::into)
            .collect(),
        working_dir: label("project.working_dir").map(Into::into),
    })
}

/// A time of the Engine, whose way to say "never" is the year 1.
fn time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (time > Timestamp::UNIX_EPOCH).then_some(time)
}

fn is(flag: &Option<bool>) -> bool {
    *flag == Some(true)
}

/// The word that the Engine wrote, for one of the client's enumerations.
fn word(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn gap<T>(read: Result<Option<T>>) -> Option<T> {
    read.unwrap_or_else(|error| {
        tracing::debug!(?error, "left out of the facts");
        None
    })
}
