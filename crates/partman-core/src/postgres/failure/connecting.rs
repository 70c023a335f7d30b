//! Why there is no connection, and what to do about it: which database where as whom, who said so, and the way out.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use rustls::CertificateError::{
    Expired, ExpiredContext, NotValidForName, NotValidForNameContext, Other, UnknownIssuer,
};
use tokio_postgres::error::{DbError, SqlState};

use super::{io_error, particulars};
use crate::postgres::settings::{Host, Roots, Settings, SslMode};
use crate::{Error, Kind};

/// Several failures as one cause.
#[derive(Debug)]
struct All(Vec<Error>);

impl fmt::Display for All {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<_> = self.0.iter().map(Error::to_string).collect();
        f.write_str(&told.join("; "))
    }
}

impl std::error::Error for All {}

/// Why this host doesn't let us in.
pub(in crate::postgres) fn connecting(
    e: tokio_postgres::Error,
    settings: &Settings,
    host: &Host,
) -> Error {
    let Some(answer) = e.as_db_error() else {
        let why = unanswered(&e, settings, host);
        let error = unreachable(settings, host, &why);
        return match e.into_source() {
            Some(cause) => error.with_source(cause),
            None => error,
        };
    };
    let error = unreachable(settings, host, &refusal(answer, settings, host));
    let error = error.with_sqlstate(answer.code().code());
    let said = Error::new(Kind::Unreachable, answer.message());
    error.with_source(match particulars(answer) {
        Some(particulars) => said.with_source(particulars),
        None => said,
    })
}

/// What went wrong between being let in and the first session.
pub(in crate::postgres) fn opening(e: Error, settings: &Settings, host: &Host) -> Error {
    let error = unreachable(settings, host, "the session could not be set up");
    match e.sqlstate().map(str::to_owned) {
        Some(code) => error.with_sqlstate(code).with_source(e),
        None => error.with_source(e),
    }
}

/// That this host said nothing at all.
pub(in crate::postgres) fn silent(settings: &Settings, host: &Host, limit: Duration) -> Error {
    let why = format!(
        "no answer within {limit:?}; is the address right, and does a firewall let us through?"
    );
    unreachable(settings, host, &why)
}

/// That this host isn't of the kind that `target_session_attrs` wants.
pub(in crate::postgres) fn wrong_kind(settings: &Settings, host: &Host, wanted: &str) -> Error {
    let origin = settings.origin("target_session_attrs");
    let why =
        format!("target_session_attrs (from {origin}) wants {wanted}, which this server is not");
    unreachable(settings, host, &why)
}

/// That no host let us in.
pub(in crate::postgres) fn all_hosts(mut failures: Vec<Error>) -> Error {
    match failures.len() {
        1 => failures.remove(0),
        count => Error::new(
            Kind::Unreachable,
            format!("none of {count} attempts led to a server"),
        )
        .with_source(All(failures)),
    }
}

/// Whether the other of "with TLS" and "without TLS" may succeed where this failed, so that libpq would try it: the
/// handshake failed, or the server's rules refused us.
pub(in crate::postgres) fn may_differ_without_tls(e: &tokio_postgres::Error) -> bool {
    match (e.as_db_error(), io_error(e)) {
        (Some(answer), _) => answer.code().code().starts_with("28"),
        (None, Some(io)) => matches!(
            io.kind(),
            ErrorKind::InvalidData
                | ErrorKind::UnexpectedEof
                | ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
        ),
        (None, None) => true,
    }
}

/// Of the errors with and without TLS the one that tells more: a rule that forbids one way says nothing about the other.
pub(in crate::postgres) fn telling(
    first: tokio_postgres::Error,
    second: tokio_postgres::Error,
) -> tokio_postgres::Error {
    let is_rule = |e: &tokio_postgres::Error| {
        e.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
    };
    if is_rule(&second) && !is_rule(&first) {
        first
    } else {
        second
    }
}

/// Whether neither the server nor the network said why.
pub(in crate::postgres) fn says_nothing(e: &tokio_postgres::Error) -> bool {
    e.as_db_error().is_none() && io_error(e).is_none()
}

/// That TLS is demanded, and the server has none.
pub(in crate::postgres) fn without_tls(settings: &Settings, host: &Host) -> Error {
    let mode = settings.ssl_mode().name();
    let why = format!(
        "the server has no TLS, which sslmode={mode} (from {}) demands; turn it on there (ssl = on), or say sslmode=prefer \
         where the network can be trusted",
        settings.origin("sslmode")
    );
    unreachable(settings, host, &why)
}

fn unreachable(settings: &Settings, host: &Host, why: &str) -> Error {
    let (dbname, user) = (settings.dbname(), settings.user());
    let message = format!("cannot connect to database \"{dbname}\" on {host} as \"{user}\": {why}");
    Error::new(Kind::Unreachable, message)
}

fn refusal(answer: &DbError, settings: &Settings, host: &Host) -> String {
    let (dbname, user) = (settings.dbname(), settings.user());
    let code = answer.code();
    if *code == SqlState::INVALID_PASSWORD {
        password_refused(host)
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        format!(
            "the server's rules refuse us; look at the role \"{user}\" and at pg_hba.conf{}",
            maybe_tls(settings)
        )
    } else if *code == SqlState::UNDEFINED_DATABASE {
        format!(
            "there is no such database (the name is from {}); name another one",
            settings.origin("dbname")
        )
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        format!(
            "the role may not; GRANT CONNECT ON DATABASE \"{dbname}\" TO \"{user}\" as its owner"
        )
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        "all connections are in use; end some, or raise max_connections or the role's limit".into()
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        "the server is starting up, shutting down or recovering; try again in a moment".into()
    } else {
        "the server refuses us".into()
    }
}

fn password_refused(host: &Host) -> String {
    match host.password() {
        Some((_, origin)) => {
            format!("the password from {origin} is refused, or there is no such role")
        }
        None => format!("the server refuses us; {}", no_password(host)),
    }
}

fn no_password(host: &Host) -> String {
    let place = format!("{}:{}", host.name(), host.port());
    format!(
        "no password was found for it: set PGPASSWORD, or add a line for {place} to the password file ~/.pgpass"
    )
}

fn maybe_tls(settings: &Settings) -> &'static str {
    match settings.ssl_mode() {
        SslMode::Disable => " (it may want TLS; sslmode is disable)",
        _ => "",
    }
}

/// The server said no word that the driver could read.
fn unanswered(e: &tokio_postgres::Error, settings: &Settings, host: &Host) -> String {
    let Some(io) = io_error(e) else {
        return unreadable(settings, host);
    };
    let rustls = io
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (rustls, io.kind()) {
        (Some(e), _) => tls(e, settings, host),
        (None, ErrorKind::ConnectionRefused) => {
            "nobody listens there; is the server running, and is its port published?".into()
        }
        (None, ErrorKind::NotFound) if host.socket_directory().is_some() => {
            "there is no such socket; is the server running, and is its socket elsewhere?".into()
        }
        (None, ErrorKind::PermissionDenied) => "the socket may not be used by this user".into(),
        (None, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            "the server closed the connection at once; is it a PostgreSQL server?".into()
        }
        (None, _) => "the network says no".into(),
    }
}

/// The driver gave up by itself: it needs a password, or TLS that the server doesn't have, or speaks no such method.
fn unreadable(settings: &Settings, host: &Host) -> String {
    let mode = settings.ssl_mode();
    match host.password() {
        None => format!("the log-in failed; {}", no_password(host)),
        Some(_) if mode >= SslMode::Require => {
            format!("the log-in failed with sslmode={}", mode.name())
        }
        Some(_) => "the log-in failed".into(),
    }
}

fn tls(e: &rustls::Error, settings: &Settings, host: &Host) -> String {
    let roots = match &settings.encryption().roots {
        Roots::File(path) => path.display().to_string(),
        Roots::System | Roots::None => "the system's root certificates".to_owned(),
    };
    match e {
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            format!(
                "the server's certificate is for another host than \"{}\"; use the name that it was made for",
                host.name()
            )
        }
        rustls::Error::InvalidCertificate(UnknownIssuer) => format!(
            "the server's certificate comes from no authority in {roots}; name the right file with sslrootcert"
        ),
        rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "the server's certificate has expired; the server needs a new one".into()
        }
        rustls::Error::InvalidCertificate(Other(_)) => {
            "the server's certificate can't be verified, as happens with X.509 version 1; make one of version 3 with \
             a subjectAltName"
                .into()
        }
        rustls::Error::InvalidCertificate(_) => "the server's certificate can't be verified".into(),
        _ => "the TLS handshake failed".into(),
    }
}
