//! How to reach the server in a container, found from outside.
//!
//! Candidates are its published port, then its own address on each network; the first that accepts a TCP connection is
//! taken, so that a hint is never a guess. User, database and password are those that the image made the cluster with,
//! which may have been changed since: the server has the last word.

use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Result;
use crate::docker::Docker;
use crate::environment::{Environment, Given};
use crate::error::{Error, Kind};
use crate::facts::{ContainerFacts, PublishedPort};
use crate::inspect::environment;

/// How long an address may take to accept a connection.
const KNOCK: Duration = Duration::from_secs(1);

/// How to connect to the server of a container. Its password can be neither printed nor serialized.
#[derive(Clone, Debug)]
pub struct ConnectionHint {
    /// The host to connect to, from here.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// The superuser that the cluster was made with.
    pub user: String,
    /// The database that was made with it.
    pub dbname: String,
    /// The password, if the container's environment has one.
    pub password: Option<SecretString>,
    /// Where all this is from, for people.
    pub why: String,
}

/// An address that might lead to the server.
struct Address {
    host: String,
    port: u16,
    what: String,
}

impl Docker {
    /// Finds out how to connect to the server of a running container.
    ///
    /// # Errors
    ///
    /// [`Kind::NotRunning`]; [`Kind::Unreachable`] when no port is published and none of its addresses answers, or it has
    /// no network; [`Kind::BadInput`] when a file that its environment names can't be read.
    pub async fn connection(&self, facts: &ContainerFacts) -> Result<ConnectionHint> {
        facts.must_run()?;
        let environment = environment(&self.inspect(&facts.id).await?);
        let address = self.reachable(facts).await?;
        let (user, user_from) = self.user(facts, &environment).await?;
        let given = self.read(facts, &environment, "POSTGRES_DB").await?;
        let (dbname, db_from) = given.unwrap_or_else(|| (user.clone(), user_from.clone()));
        let password = self.read(facts, &environment, "POSTGRES_PASSWORD").await?;
        let password_from = password.as_ref().map_or("none", |(_, from)| from);
        let why = format!(
            "{} of container {:?}; user from {user_from}, database from {db_from}, password from {password_from}",
            address.what, facts.name
        );
        Ok(ConnectionHint {
            host: address.host,
            port: address.port,
            user,
            dbname,
            password: password.map(|(value, _)| value.into()),
            why,
        })
    }

    /// The superuser that the image made, and the database that it made with it.
    pub(crate) async fn superuser(
        &self,
        facts: &ContainerFacts,
        environment: &Environment,
    ) -> Result<(String, String)> {
        let (user, _) = self.user(facts, environment).await?;
        let given = self.read(facts, environment, "POSTGRES_DB").await?;
        let dbname = given.map_or_else(|| user.clone(), |(name, _)| name);
        Ok((user, dbname))
    }

    /// The superuser and where its name is from.
    async fn user(
        &self,
        facts: &ContainerFacts,
        environment: &Environment,
    ) -> Result<(String, String)> {
        let given = self.read(facts, environment, "POSTGRES_USER").await?;
        Ok(given.unwrap_or_else(|| ("postgres".to_owned(), "the image's default".to_owned())))
    }

    /// A setting and where it is from.
    async fn read(
        &self,
        facts: &ContainerFacts,
        environment: &Environment,
        name: &str,
    ) -> Result<Option<(String, String)>> {
        match environment.given(name) {
            None => Ok(None),
            Some(Given::Here { name, value }) => Ok(Some((value, name))),
            Some(Given::InFile { name, path }) => match self.text_inside(&facts.id, &path).await? {
                Some(text) => Ok(Some((text.trim_end_matches(['\n', '\r']).to_owned(), name))),
                None => {
                    let message = format!(
                        "{name} of container {:?} names {path}, which is not there",
                        facts.name
                    );
                    Err(Error::new(Kind::BadInput, message)
                        .help("give the password by PGPASSFILE or PGPASSWORD"))
                }
            },
        }
    }

    /// The first address that accepts a connection.
    async fn reachable(&self, facts: &ContainerFacts) -> Result<Address> {
        let addresses = addresses(facts, self.endpoint.remote_host());
        for address in &addresses {
            let knock = TcpStream::connect((address.host.as_str(), address.port));
            if matches!(timeout(KNOCK, knock).await, Ok(Ok(_))) {
                return Ok(Address {
                    host: address.host.clone(),
                    port: address.port,
                    what: address.what.clone(),
                });
            }
        }
        Err(unreachable(facts, &addresses))
    }
}

/// Where the server may be, best first; `engine` is the Engine's machine unless it is this one.
fn addresses(facts: &ContainerFacts, engine: Option<&str>) -> Vec<Address> {
    let port = facts.postgres.port;
    if facts.network_mode == "host" {
        let host = engine.unwrap_or("127.0.0.1").to_owned();
        return vec![Address {
            host,
            port,
            what: format!("port {port} on the host's own network"),
        }];
    }
    let mut published: Vec<_> = facts
        .ports
        .iter()
        .filter(|one| one.container == port && one.protocol == "tcp")
        .collect();
    // An IPv4 address first: the server's rules for 127.0.0.1 are the usual ones.
    published.sort_by_key(|one| one.host.contains(':'));
    let mut addresses: Vec<_> = published
        .into_iter()
        .map(|one| Address {
            host: outside(one, engine),
            port: one.port,
            what: format!("published port {}:{}", outside(one, engine), one.port),
        })
        .collect();
    if engine.is_none() {
        addresses.extend(facts.networks.iter().filter_map(|network| {
            let host = network.address.clone()?;
            let what = format!("address {host}:{port} on network {:?}", network.name);
            Some(Address { host, port, what })
        }));
    }
    addresses
}

fn outside(port: &PublishedPort, engine: Option<&str>) -> String {
    match (port.host.as_str(), engine) {
        ("0.0.0.0" | "::", Some(engine)) => engine.to_owned(),
        ("0.0.0.0", None) => "127.0.0.1".to_owned(),
        ("::", None) => "::1".to_owned(),
        (host, _) => host.to_owned(),
    }
}

fn unreachable(facts: &ContainerFacts, tried: &[Address]) -> Error {
    let (name, port) = (&facts.name, facts.postgres.port);
    let tried: Vec<_> = tried.iter().map(|address| address.what.as_str()).collect();
    let why = match facts.network_mode.as_str() {
        "none" => "it has no network (network mode none)".to_owned(),
        mode if mode.starts_with("container:") => {
            format!("it shares the network of another container (network mode {mode})")
        }
        _ if tried.is_empty() => {
            format!("port {port} is not published, and it has no address that could be tried")
        }
        _ if facts.ports.iter().any(|one| one.container == port)
            || facts.network_mode == "host" =>
        {
            format!("nothing accepts connections at {}", tried.join(" or "))
        }
        _ => format!(
            "port {port} is not published, and nothing answers at {}",
            tried.join(" or ")
        ),
    };
    Error::new(
        Kind::Unreachable,
        format!("the server of container {name:?} can't be reached from here: {why}"),
    )
    .help(format!(
        "publish its port (127.0.0.1:{port}:{port}), or say where it is (--database URL)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(host: &str) -> PublishedPort {
        PublishedPort {
            container: 5432,
            protocol: "tcp".into(),
            host: host.into(),
            port: 5433,
        }
    }

    #[test]
    fn every_address_becomes_one_that_can_be_connected_to() {
        for (host, here, there) in [
            ("0.0.0.0", "127.0.0.1", "build"),
            ("::", "::1", "build"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(outside(&port(host), None), here);
            assert_eq!(outside(&port(host), Some("build")), there);
        }
    }
}
