//! The servers that the settings name, in the order in which they are tried, each with its port and its password.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use secrecy::SecretString;

use super::layer::{Layer, invalid};
use super::{Environment, Origin, passfile};
use crate::Error;

/// One place where the server may be.
#[derive(Debug, Clone)]
pub struct Host {
    name: String,
    address: Option<IpAddr>,
    port: u16,
    password: Option<(SecretString, Origin)>,
}

impl Host {
    /// The host as written: a name, an address or a socket directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address to use instead of looking the name up.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The port, also of a socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password for this host, and where it was found.
    pub fn password(&self) -> Option<(&SecretString, &Origin)> {
        self.password
            .as_ref()
            .map(|(secret, origin)| (secret, origin))
    }

    /// The directory of the server's socket, when that is how it is reached.
    pub fn socket_directory(&self) -> Option<&Path> {
        let is_path = self.address.is_none() && self.name.starts_with('/');
        is_path.then(|| Path::new(&self.name))
    }

    /// Whether it can only be a server of this machine.
    pub(super) fn is_local(&self) -> bool {
        let loopback = |address: IpAddr| address.is_loopback();
        self.socket_directory().is_some()
            || self.name == "localhost"
            || self
                .address
                .or_else(|| self.name.parse().ok())
                .is_some_and(loopback)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.socket_directory() {
            Some(directory) => write!(f, "{}/.s.PGSQL.{}", directory.display(), self.port),
            None if self.name.contains(':') => write!(f, "[{}]:{}", self.name, self.port),
            None => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

/// The hosts that the options name. There is always at least one.
pub(super) fn resolve(layer: &Layer, environment: &Environment) -> Result<Vec<Host>, Error> {
    let names = list(layer, "host");
    let addresses = list(layer, "hostaddr");
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        let why = format!(
            "{} hosts but {} host addresses",
            names.len(),
            addresses.len()
        );
        return Err(invalid(&layer.origin("hostaddr"), &why));
    }
    let ports = list(layer, "port");
    if ports.len() > 1 && ports.len() != count {
        let why = format!("{} ports but {count} hosts", ports.len());
        return Err(invalid(&layer.origin("port"), &why));
    }
    (0..count)
        .map(|at| {
            let port = port(
                layer,
                ports.get(at).or(ports.first()).copied().unwrap_or(""),
            )?;
            let address = address(layer, addresses.get(at).copied().unwrap_or(""))?;
            let name = match (names.get(at).copied().unwrap_or(""), address) {
                ("", Some(address)) => address.to_string(),
                ("", None) => default_name(environment, port),
                (name, _) => name.to_owned(),
            };
            Ok(Host {
                name,
                address,
                port,
                password: None,
            })
        })
        .collect()
}

/// Looks in libpq's password file for each host that has no password yet.
pub(super) fn find_passwords(
    hosts: &mut [Host],
    path: &Path,
    dbname: &str,
    user: &str,
    environment: &Environment,
) {
    for host in hosts.iter_mut().filter(|host| host.password.is_none()) {
        let is_default = |d: &Path| environment.is_default_socket_directory(d);
        let name = match host.socket_directory() {
            Some(directory) if is_default(directory) => "localhost",
            _ => host.name.as_str(),
        };
        let wanted = passfile::Wanted {
            host: name,
            port: host.port,
            dbname,
            user,
        };
        host.password =
            passfile::read(path, wanted).map(|found| (found, Origin::Passfile(path.to_owned())));
    }
}

/// Gives this password to each host that `applies` and has none yet.
pub(super) fn give_password(
    hosts: &mut [Host],
    password: &SecretString,
    origin: &Origin,
    applies: impl Fn(&Host) -> bool,
) {
    for host in hosts {
        if host.password.is_none() && applies(host) {
            host.password = Some((password.clone(), origin.clone()));
        }
    }
}

fn list<'a>(layer: &'a Layer, name: &str) -> Vec<&'a str> {
    layer
        .non_empty(name)
        .map(|text| text.split(',').map(str::trim).collect())
        .unwrap_or_default()
}

fn port(layer: &Layer, text: &str) -> Result<u16, Error> {
    match text {
        "" => Ok(5432),
        _ => text.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
            invalid(
                &layer.origin("port"),
                "\"port\" has to be a number from 1 to 65535",
            )
        }),
    }
}

fn address(layer: &Layer, text: &str) -> Result<Option<IpAddr>, Error> {
    match text {
        "" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| {
            invalid(
                &layer.origin("hostaddr"),
                "\"hostaddr\" has to be a numeric address",
            )
        }),
    }
}

fn default_name(environment: &Environment, port: u16) -> String {
    match environment.socket_directory(port) {
        Some(directory) => directory.to_string_lossy().into_owned(),
        None => "localhost".to_owned(),
    }
}
