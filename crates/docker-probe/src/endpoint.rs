//! Where the Docker Engine is: the same answer as the `docker` command gives.
//!
//! `DOCKER_HOST` first, then the context (`DOCKER_CONTEXT`, or the current one of the client's configuration), then the
//! sockets that Engines usually have. The environment comes in as a function; the only files read are the client's own.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};

/// The address of a Docker Engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket on this machine.
    Unix(PathBuf),
    /// `host:port` of an Engine that listens without TLS.
    Tcp(String),
}

impl Endpoint {
    /// Reads `DOCKER_HOST`, `DOCKER_TLS_VERIFY`, `DOCKER_TLS`, `DOCKER_CONTEXT`, `DOCKER_CONFIG`, `HOME` and `XDG_RUNTIME_DIR` through `variable`.
    ///
    /// # Errors
    ///
    /// When the context that is named does not exist, or the address is of a kind that this crate does not speak
    /// (`ssh://`, TLS, Windows pipes).
    pub fn from_env(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(host) = variable("DOCKER_HOST") {
            let endpoint = Self::parse(&host.to_string_lossy(), "DOCKER_HOST")?;
            let tls = variable("DOCKER_TLS_VERIFY").or_else(|| variable("DOCKER_TLS"));
            return match endpoint {
                Self::Tcp(_) if tls.is_some() => Err(not_spoken(
                    &endpoint.to_string(),
                    "DOCKER_HOST with DOCKER_TLS_VERIFY",
                )),
                endpoint => Ok(endpoint),
            };
        }
        let home = variable("HOME").map(PathBuf::from);
        let configuration = variable("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let context = variable("DOCKER_CONTEXT")
            .map(|name| name.to_string_lossy().into_owned())
            .or_else(|| current_context(configuration.as_deref()?));
        match context.filter(|name| name != "default") {
            Some(name) => Self::of_context(&name, configuration.as_deref()),
            None => Ok(Self::usual(
                variable("XDG_RUNTIME_DIR").map(PathBuf::from),
                home,
            )),
        }
    }

    /// Reads an address as `DOCKER_HOST` has it; `origin` is named in errors.
    ///
    /// # Errors
    ///
    /// When the address is of a kind that this crate does not speak.
    pub fn parse(address: &str, origin: &str) -> Result<Self, Error> {
        match address.split_once("://") {
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            Some(("tcp" | "http", host)) => {
                let host = host.trim_end_matches('/');
                let port = if has_port(host) { "" } else { ":2375" };
                Ok(Self::Tcp(format!("{host}{port}")))
            }
            _ => Err(not_spoken(address, origin)),
        }
    }

    /// The first usual socket that exists, or else the most usual one.
    fn usual(runtime: Option<PathBuf>, home: Option<PathBuf>) -> Self {
        let system = PathBuf::from("/var/run/docker.sock");
        let rootless = runtime.map(|dir| dir.join("docker.sock"));
        let desktop = home.map(|home| home.join(".docker/run/docker.sock"));
        let sockets = [Some(system.clone()), rootless, desktop];
        let found = sockets.into_iter().flatten().find(|path| path.exists());
        Self::Unix(found.unwrap_or(system))
    }

    fn of_context(name: &str, configuration: Option<&Path>) -> Result<Self, Error> {
        let address = configuration.and_then(|dir| address_of_context(name, dir));
        let address = address.ok_or_else(|| {
            Error::new(
                Kind::BadInput,
                format!("there is no Docker context {name:?}"),
            )
            .help("`docker context ls` lists them; DOCKER_CONTEXT=default is the local Engine")
        })?;
        Self::parse(&address, &format!("Docker context {name:?}"))
    }

    /// The machine that published ports are on, unless it is this one.
    pub(crate) fn remote_host(&self) -> Option<&str> {
        let Self::Tcp(address) = self else {
            return None;
        };
        let host = address
            .rsplit_once(':')
            .map_or(&**address, |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!matches!(host, "localhost" | "127.0.0.1" | "::1")).then_some(host)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

fn not_spoken(address: &str, origin: &str) -> Error {
    let message =
        format!("{origin} names a Docker Engine at {address}, which partman can't speak to");
    Error::new(Kind::BadInput, message).help(
        "only unix:// and plain tcp:// work; for another machine forward its socket: \
         ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST, then DOCKER_HOST=unix:///tmp/docker.sock",
    )
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn current_context(configuration: &Path) -> Option<String> {
    let text = fs::read_to_string(configuration.join("config.json")).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let name = json.get("currentContext")?.as_str()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Contexts are kept in folders named by digests; each holds its own name.
fn address_of_context(name: &str, configuration: &Path) -> Option<String> {
    let folders = fs::read_dir(configuration.join("contexts/meta")).ok()?;
    let mut contexts = folders.flatten().filter_map(|folder| {
        let text = fs::read_to_string(folder.path().join("meta.json")).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()
    });
    let context = contexts.find(|json| json.get("Name").and_then(|n| n.as_str()) == Some(name))?;
    let address = context.pointer("/Endpoints/docker/Host")?.as_str()?;
    Some(address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Endpoint, Error> {
        Endpoint::from_env(|name| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.into())
        })
    }

    #[test]
    fn docker_host_wins() {
        let unix = with(&[
            ("DOCKER_HOST", "unix:///x.sock"),
            ("DOCKER_CONTEXT", "none"),
        ]);
        assert_eq!(unix.expect("an endpoint"), Endpoint::Unix("/x.sock".into()));
        let tcp = with(&[("DOCKER_HOST", "tcp://build:2376/")]).expect("an endpoint");
        assert_eq!(tcp, Endpoint::Tcp("build:2376".into()));
        assert_eq!(tcp.remote_host(), Some("build"));
        let local = with(&[("DOCKER_HOST", "tcp://localhost")]).expect("an endpoint");
        assert_eq!(local, Endpoint::Tcp("localhost:2375".into()));
        assert_eq!(local.remote_host(), None);
    }

    #[test]
    fn what_is_not_spoken_is_told_with_a_way_out() {
        let error = with(&[("DOCKER_HOST", "ssh://me@there")]).expect_err("ssh is not spoken");
        assert_eq!(error.kind(), Kind::BadInput);
        assert!(
            error
                .way_out()
                .is_some_and(|help| help.contains("ssh -nNT"))
        );
    }

    #[test]
    fn a_context_is_found_by_its_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let meta = dir.path().join("contexts/meta/0123");
        fs::create_dir_all(&meta).expect("a folder");
        let json = r#"{"Name":"lab","Endpoints":{"docker":{"Host":"tcp://lab:2375"}}}"#;
        fs::write(meta.join("meta.json"), json).expect("a file");
        fs::write(
            dir.path().join("config.json"),
            r#"{"currentContext":"lab"}"#,
        )
        .expect("a file");
        let dir = dir.path().to_str().expect("a plain path");
        assert_eq!(
            with(&[("DOCKER_CONFIG", dir)]).expect("the current context"),
            Endpoint::Tcp("lab:2375".into())
        );
        let error = with(&[("DOCKER_CONFIG", dir), ("DOCKER_CONTEXT", "lost")]);
        let error = error.expect_err("no such context");
        assert_eq!(error.to_string(), r#"there is no Docker context "lost""#);
        with(&[("DOCKER_CONFIG", dir), ("DOCKER_CONTEXT", "default")]).expect("the local Engine");
    }
}
