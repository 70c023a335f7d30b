//! The same server for backups as for everything else: our settings in the words of `pg-backup`.
//!
//! What the settings say goes over as libpq's variables, so that PostgreSQL's programs read it as we do. The password goes
//! over as the secret that it is; it reaches those programs by their environment and nothing else.

use partman_core::postgres::{Host, Settings, SslMode};
use pg_backup::Connection;

use super::{Error, Kind};

/// The database that these settings name.
///
/// # Errors
/// [`Kind::Preflight`] where the settings insist on TLS. PostgreSQL's programs have it; the sessions beside them, which hold
/// the snapshot and count the rows, don't yet, and are not opened without it behind anybody's back.
pub fn connection(settings: &Settings) -> Result<Connection, Error> {
    let local = |host: &Host| host.socket_directory().is_some();
    if settings.ssl_mode() >= SslMode::Require && !settings.hosts().iter().all(local) {
        let message = format!(
            "sslmode={} insists on TLS, which backups don't have yet",
            settings.ssl_mode().name()
        );
        return Err(Error::new(Kind::Preflight, message).with_help(
            "run partman beside the server and connect by its socket, or have backups made elsewhere and say so: \
             `partman migrate --without-backup REASON`",
        ));
    }
    let connection = Connection::from_variables(settings.libpq_variables());
    let mut hosts = settings.hosts().iter();
    Ok(match hosts.find_map(|host| host.password()) {
        Some((password, _)) => connection.password(password.clone()),
        None => connection,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_goes_over_and_is_not_shown() {
        let settings = Settings::from_url("postgres://me:hunter2@db:5433/shop?sslmode=disable");
        let connection = connection(&settings.expect("it can be understood"));
        let connection = connection.expect("it needs no TLS");
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

    #[test]
    fn tls_that_is_insisted_on_is_not_left_out() {
        let refused = |url: &str| {
            let settings = Settings::from_url(url).expect("it can be understood");
            connection(&settings).is_err()
        };
        assert!(refused("postgres://me@db/shop?sslmode=require"));
        assert!(!refused("postgres://me@db/shop"));
        assert!(!refused(
            "postgres://me@%2Frun%2Fpostgresql/shop?sslmode=require"
        ));
    }
}
