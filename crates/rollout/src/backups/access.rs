//! The same server for backups as for everything else: our settings in the words of `pg-backup`.
//!
//! What the settings say goes over as libpq's variables, so that PostgreSQL's programs read it as we do. The password goes
//! over as the secret that it is; it reaches those programs by their environment and nothing else. The sessions beside
//! them (snapshot, row counts, comparing) are opened by `partman-core`, with the same TLS and the same choice among hosts
//! as all others.

use std::sync::Arc;

use async_trait::async_trait;
use partman_core::postgres::{self, Settings};
use pg_backup::{Connection, Connector};
use tokio_postgres::{Client, Config};

use super::{Error, Kind};

/// The database that these settings name.
pub fn connection(settings: &Settings) -> Connection {
    let connector = Arc::new(Ours(settings.clone()));
    let connection = Connection::from_variables(settings.libpq_variables()).connector(connector);
    let mut hosts = settings.hosts().iter();
    match hosts.find_map(|host| host.password()) {
        Some((password, _)) => connection.password(password.clone()),
        None => connection,
    }
}

/// Opens sessions as the settings say.
struct Ours(Settings);

#[async_trait]
impl Connector for Ours {
    async fn connect(&self, config: &Config) -> Result<Client, Error> {
        let settings = match config.get_dbname() {
            Some(database) => self.0.for_database(database),
            None => self.0.clone(),
        };
        let name = config.get_application_name().unwrap_or("partman_backup");
        postgres::client(&settings, name).await.map_err(|e| {
            let kind = match e.kind() {
                partman_core::Kind::Settings => Kind::Preflight,
                _ => Kind::Unreachable,
            };
            let error = Error::new(kind, e.to_string());
            let error = match e.sqlstate() {
                Some(code) => error.with_sqlstate(code),
                None => error,
            };
            match std::error::Error::source(&e) {
                Some(cause) => error.with_source(cause.to_string()),
                None => error,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_goes_over_and_is_not_shown() {
        let settings = Settings::from_url("postgres://me:hunter2@db:5433/shop?sslmode=verify-full");
        let connection = connection(&settings.expect("it can be understood"));
        assert_eq!(
            connection.describe(),
            "database \"shop\" on db:5433 as \"me\""
        );
        assert!(!format!("{connection:?}").contains("hunter2"));
        let names: Vec<_> = connection
            .environment()
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert!(
            names.contains(&"PGPASSWORD".to_owned()) && names.contains(&"PGSSLMODE".to_owned())
        );
    }
}
