//! Which server and database is meant, told once, for our own sessions and for PostgreSQL's programs alike.
//!
//! The description is libpq's own: the variables that its programs read from their environment. A password is a secret
//! from the start; it goes into the environment of a child process, which only its owner can look at, and nowhere else:
//! not into arguments, not into files, not into messages.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::connector::{Connector, PlainText};

/// How long a server may take to answer when the variables don't say.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, a database on it and a role to connect as. `Debug` shows no secret.
#[derive(Clone)]
pub struct Connection {
    variables: BTreeMap<String, String>,
    password: Option<SecretString>,
    connector: Arc<dyn Connector>,
}

impl Connection {
    /// A connection to one host: a name, an address, or the folder of a socket.
    pub fn new(host: &str, port: u16, user: &str, database: &str) -> Self {
        let port = port.to_string();
        Self::from_variables([
            ("PGHOST", host),
            ("PGPORT", &port),
            ("PGUSER", user),
            ("PGDATABASE", database),
        ])
    }

    /// A connection as libpq's variables describe it (`PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGSSLMODE`, …).
    /// `PGPASSWORD`, if it is among them, is kept as the secret that it is.
    pub fn from_variables<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut this = Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            password: None,
            connector: Arc::new(PlainText),
        };
        this.password = this.variables.remove("PGPASSWORD").map(SecretString::from);
        this
    }

    /// The same with a password.
    #[must_use]
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// The same with another of libpq's variables, such as `PGSSLMODE`.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same with another way to open our own sessions, such as one that speaks TLS.
    #[must_use]
    pub fn connector(mut self, connector: Arc<dyn Connector>) -> Self {
        self.connector = connector;
        self
    }

    /// The same server and role, another database.
    #[must_use]
    pub fn for_database(&self, database: &str) -> Self {
        self.clone().variable("PGDATABASE", database)
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        self.get("PGDATABASE").unwrap_or_else(|| self.user())
    }

    /// What one of libpq's variables says, if it says anything; never the password.
    pub fn variable_value(&self, name: &str) -> Option<&str> {
        self.get(name)
    }

    /// The role's name.
    pub fn user(&self) -> &str {
        self.get("PGUSER").unwrap_or_default()
    }

    /// One line for people: which database on which server as whom.
    pub fn describe(&self) -> String {
        format!(
            "database \"{}\" on {}:{} as \"{}\"",
            self.database(),
            self.get("PGHOST").unwrap_or("the default host"),
            self.get("PGPORT").unwrap_or("5432"),
            self.user()
        )
    }

    /// What a child process needs in its environment to reach this database, the password among it: for those who
    /// implement a [`Toolbox`](crate::Toolbox).
    pub fn environment(&self) -> Vec<(String, SecretString)> {
        let variables = self.variables.iter();
        let mut all: Vec<_> = variables
            .map(|(name, value)| (name.clone(), SecretString::from(value.clone())))
            .collect();
        if let Some(password) = &self.password {
            all.push(("PGPASSWORD".to_owned(), password.clone()));
        }
        all
    }

    /// The database as the one argument that `pg_restore` insists on: quoted, so that a name with an equals sign or
    /// a slash is not taken for a connection string.
    pub(crate) fn database_argument(&self) -> String {
        let quoted = self.database().replace('\\', "\\\\").replace('\'', "\\'");
        format!("dbname='{quoted}'")
    }

    pub(crate) fn connector_ref(&self) -> &dyn Connector {
        self.connector.as_ref()
    }

    /// The same settings for the driver of our own sessions.
    pub(crate) fn config(&self, application_name: &str) -> Config {
        let mut config = Config::new();
        config
            .application_name(application_name)
            .user(self.user())
            .dbname(self.database())
            .connect_timeout(self.patience())
            .ssl_mode(self.ssl_mode());
        for host in list(self.get("PGHOST").unwrap_or("/var/run/postgresql")) {
            if host.starts_with('/') {
                config.host_path(Path::new(host));
            } else {
                config.host(host);
            }
        }
        for address in list(self.get("PGHOSTADDR").unwrap_or_default()) {
            if let Ok(address) = address.parse() {
                config.hostaddr(address);
            }
        }
        for port in list(self.get("PGPORT").unwrap_or_default()) {
            if let Ok(port) = port.parse() {
                config.port(port);
            }
        }
        if let Some(options) = self.get("PGOPTIONS") {
            config.options(options);
        }
        if let Some(password) = &self.password {
            config.password(password.expose_secret());
        }
        config
    }

    pub(crate) fn get(&self, variable: &str) -> Option<&str> {
        self.variables
            .get(variable)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn patience(&self) -> Duration {
        let seconds = self
            .get("PGCONNECT_TIMEOUT")
            .and_then(|text| text.parse().ok());
        seconds
            .filter(|seconds| *seconds > 0)
            .map_or(PATIENCE, Duration::from_secs)
    }

    fn ssl_mode(&self) -> SslMode {
        match self.get("PGSSLMODE") {
            Some("disable") => SslMode::Disable,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            _ => SslMode::Prefer,
        }
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("variables", &self.variables)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_shows_nowhere() {
        let connection = Connection::from_variables([("PGHOST", "h"), ("PGPASSWORD", "s3cret")])
            .variable("PGUSER", "u");
        assert!(!format!("{connection:?} {}", connection.describe()).contains("s3cret"));
        let environment = connection.environment();
        let password = environment.iter().find(|(name, _)| name == "PGPASSWORD");
        assert_eq!(
            password.map(|(_, value)| value.expose_secret()),
            Some("s3cret")
        );
    }

    #[test]
    fn a_hostile_name_stays_one_argument() {
        let connection = Connection::new("h", 5432, "u", r"a'b\ host=elsewhere");
        assert_eq!(
            connection.database_argument(),
            r"dbname='a\'b\\ host=elsewhere'"
        );
    }
}
