//! Why no container could be had, or why it is not the one that the connection leads to.
//!
//! The kinds are those that a program reacts to: out of reach, refused, or not understood. What Docker says comes through
//! as `docker-probe` words it.

use std::fmt;
use std::path::Path;

use docker_probe::ServerIdentity;

/// What went wrong with the container that is meant.
#[derive(Debug)]
pub struct Error(Inner);

#[derive(Debug)]
enum Inner {
    Docker(docker_probe::Error),
    Ours {
        kind: Kind,
        message: String,
        help: String,
    },
}

/// The classes of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Docker, the container or its server can't be reached, or doesn't serve.
    Unreachable,
    /// A person has to say which container or which server is meant.
    Refused,
    /// What a person wrote (a file, a variable) can't be used.
    Input,
}

impl Error {
    /// The class of failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        use docker_probe::Kind as Probe;
        match &self.0 {
            Inner::Ours { kind, .. } => *kind,
            Inner::Docker(error) => match error.kind() {
                Probe::NotFound | Probe::Ambiguous | Probe::Refused | Probe::Conflict => {
                    Kind::Refused
                }
                Probe::BadInput => Kind::Input,
                _ => Kind::Unreachable,
            },
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn way_out(&self) -> Option<&str> {
        match &self.0 {
            Inner::Docker(error) => error.way_out(),
            Inner::Ours { help, .. } => Some(help),
        }
    }

    /// Something that can't or shall not be done, with the way out.
    pub(crate) fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::ours(Kind::Refused, message.into(), help.into())
    }

    pub(super) fn no_service(service: &str, file: &Path, there: &[&str]) -> Self {
        let message = format!("{} has no service {service:?}", file.display());
        let help = match there {
            [] => "it has no services at all; is it the right `compose_file`?".to_owned(),
            there => format!("its services are: {}", there.join(", ")),
        };
        Self::ours(Kind::Input, message, help)
    }

    pub(super) fn not_of_file(container: &str, service: &str, file: &Path) -> Self {
        let message = format!(
            "container {container:?} is a service {service:?} too, but not that of {}",
            file.display()
        );
        let help = format!(
            "start yours (docker compose -f {} up -d {service}), or say which one is meant (--container NAME)",
            file.display()
        );
        Self::ours(Kind::Refused, message, help)
    }

    pub(super) fn another_server(
        container: &str,
        inside: &ServerIdentity,
        connection: &str,
        connected: &ServerIdentity,
    ) -> Self {
        let difference = if inside.system_identifier == connected.system_identifier {
            "same cluster, started at another time: one is a standby or a copy of the other"
                .to_owned()
        } else {
            format!(
                "cluster {} in the container, {} there",
                inside.system_identifier, connected.system_identifier
            )
        };
        let message = format!(
            "container {container:?} does not run the server that the connection leads to, {connection} ({difference})"
        );
        let help = "name the container of that server (--container NAME, or `container` under [docker]), or the \
                    database in that container (--database URL); take what is out of date from the environment";
        Self::ours(Kind::Refused, message, help.to_owned())
    }

    fn ours(kind: Kind, message: String, help: String) -> Self {
        Self(Inner::Ours {
            kind,
            message,
            help,
        })
    }
}

impl From<docker_probe::Error> for Error {
    fn from(error: docker_probe::Error) -> Self {
        Self(Inner::Docker(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Docker(error) => error.fmt(f),
            Inner::Ours { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Docker(error) => std::error::Error::source(error),
            Inner::Ours { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_says_has_the_kind_that_a_program_reacts_to() {
        use docker_probe::Kind as Probe;
        for (said, kind) in [
            (Probe::NoEngine, Kind::Unreachable),
            (Probe::PermissionDenied, Kind::Unreachable),
            (Probe::NotRunning, Kind::Unreachable),
            (Probe::Unhealthy, Kind::Unreachable),
            (Probe::Unreachable, Kind::Unreachable),
            (Probe::TimedOut, Kind::Unreachable),
            (Probe::NotFound, Kind::Refused),
            (Probe::Ambiguous, Kind::Refused),
            (Probe::BadInput, Kind::Input),
        ] {
            let error = Error::from(docker_probe::Error::new(said, "why").help("what to do"));
            assert_eq!((error.kind(), error.way_out()), (kind, Some("what to do")));
        }
    }

    #[test]
    fn another_server_is_told_with_both_and_the_way_out() {
        let one = |system_identifier, second| ServerIdentity {
            system_identifier,
            started_at: jiff::Timestamp::from_second(second).ok(),
        };
        let connection = r#"database "shop" on db:5432 as "me" (from PGHOST)"#;
        let other = Error::another_server("mine", &one(7, 1), connection, &one(8, 1));
        assert_eq!(other.kind(), Kind::Refused);
        for name in ["\"mine\"", "db:5432", "PGHOST", "cluster 7", "8 there"] {
            assert!(other.to_string().contains(name), "{name}: {other}");
        }
        let standby = Error::another_server("mine", &one(7, 1), connection, &one(7, 2));
        assert!(standby.to_string().contains("standby"), "{standby}");
    }
}
