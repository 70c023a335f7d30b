//! From settings to one connection: host by host, with and without TLS, in libpq's order and with its reasons to go on.
//!
//! A host that can't be reached, isn't ready or is of the wrong kind gives way to the next one; one that refuses us ends
//! the search, since the next would be asked with the same password. libpq's time limit covers a host from the first
//! packet to the end of the opening.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio_postgres::config::{
    ChannelBinding as DriverBinding, Config, SslMode as DriverMode, SslNegotiation,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::backend::{Fresh, Server};
use super::failure;
use super::settings::{ChannelBinding, Host, Settings, SslMode, Target, Transport};
use super::tls_probe;
use crate::{Error, Kind};

/// How long a host may take when the settings don't say; libpq would wait for as long as the system does.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to the first host that lets us in and is of the kind that the settings want.
///
/// # Errors
/// [`Kind::Unreachable`] with the cause and the way out.
pub(super) async fn open(
    settings: &Settings,
    tls: &MakeRustlsConnect,
    application_name: &str,
) -> Result<Fresh, Error> {
    let mut failures = Vec::new();
    for target in targets(settings.transport().target) {
        for host in hosts(settings) {
            let opened = open_within(settings, host, tls, application_name).await;
            match opened.and_then(|fresh| accept(fresh, *target, settings, host)) {
                Ok(fresh) => {
                    tracing::info!("connected: {}", settings.describe());
                    return Ok(fresh);
                }
                Err(e) if goes_on(&e) => failures.push(e),
                Err(e) => return Err(e),
            }
        }
    }
    Err(failure::all_hosts(failures))
}

/// A connection of the driver's own, for those who need more than a [`Session`](crate::session::Session) has (COPY, a
/// snapshot, a pool of their own): to the host, with the TLS and after the checks that the settings ask for, and with
/// partman's settings in force. It ends with the client.
///
/// # Errors
/// [`Kind::Unreachable`] with the cause and the way out; [`Kind::Settings`] when a certificate can't be used.
pub async fn client(
    settings: &Settings,
    application_name: &str,
) -> Result<tokio_postgres::Client, Error> {
    let tls = super::tls::connector(settings.encryption())?;
    let opened = open(settings, &tls, application_name).await?;
    Ok(opened.into_client())
}

/// The longest time that [`open`] takes.
pub(super) fn patience(settings: &Settings) -> Duration {
    let hosts = u32::try_from(settings.hosts().len()).unwrap_or(u32::MAX);
    limit(settings).saturating_mul(hosts)
}

fn limit(settings: &Settings) -> Duration {
    settings.transport().connect_timeout.unwrap_or(PATIENCE)
}

/// A standby that is only preferred is looked for first, then anything.
fn targets(wanted: Target) -> &'static [Target] {
    match wanted {
        Target::Any => &[Target::Any],
        Target::ReadWrite => &[Target::ReadWrite],
        Target::ReadOnly => &[Target::ReadOnly],
        Target::Primary => &[Target::Primary],
        Target::Standby => &[Target::Standby],
        Target::PreferStandby => &[Target::Standby, Target::Any],
    }
}

fn hosts(settings: &Settings) -> Vec<&Host> {
    let mut hosts: Vec<_> = settings.hosts().iter().collect();
    if settings.transport().random_order {
        let random = RandomState::new();
        hosts.sort_by_key(|host| random.hash_one((host.name(), host.port())));
    }
    hosts
}

async fn open_within(
    settings: &Settings,
    host: &Host,
    tls: &MakeRustlsConnect,
    application_name: &str,
) -> Result<Fresh, Error> {
    let limit = limit(settings);
    let opening = open_host(settings, host, tls, application_name);
    match tokio::time::timeout(limit, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(failure::silent(settings, host, limit)),
    }
}

/// With and without TLS, as the settings want it.
async fn open_host(
    settings: &Settings,
    host: &Host,
    tls: &MakeRustlsConnect,
    application_name: &str,
) -> Result<Fresh, Error> {
    let mut config = config(settings, host, application_name);
    let (first, second) = modes(settings.ssl_mode(), host);
    let e = match config.ssl_mode(first).connect(tls.clone()).await {
        Ok(connected) => {
            return Fresh::open(connected, settings, host).await;
        }
        Err(e) => e,
    };
    let Some(second) = second.filter(|_| failure::may_differ_without_tls(&e)) else {
        return Err(
            match failure::says_nothing(&e) && settings.ssl_mode() >= SslMode::Require {
                true if tls_probe::has_none(host).await => failure::without_tls(settings, host),
                _ => failure::connecting(e, settings, host),
            },
        );
    };
    match config.ssl_mode(second).connect(tls.clone()).await {
        Ok(connected) => Fresh::open(connected, settings, host).await,
        Err(other) => Err(failure::connecting(
            failure::telling(e, other),
            settings,
            host,
        )),
    }
}

/// The first try, and the second where libpq makes one. A socket is never encrypted.
fn modes(mode: SslMode, host: &Host) -> (DriverMode, Option<DriverMode>) {
    match mode {
        _ if host.socket_directory().is_some() => (DriverMode::Disable, None),
        SslMode::Disable => (DriverMode::Disable, None),
        SslMode::Allow => (DriverMode::Disable, Some(DriverMode::Require)),
        SslMode::Prefer => (DriverMode::Prefer, Some(DriverMode::Disable)),
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (DriverMode::Require, None),
    }
}

fn accept(fresh: Fresh, target: Target, settings: &Settings, host: &Host) -> Result<Fresh, Error> {
    let Server {
        in_recovery,
        read_only,
        ..
    } = fresh.server;
    let missing = match target {
        Target::ReadWrite if read_only => "one that takes writes",
        Target::ReadOnly if !read_only => "a read-only one",
        Target::Primary if in_recovery => "a primary",
        Target::Standby if !in_recovery => "a standby",
        _ => return Ok(fresh),
    };
    Err(failure::wrong_kind(settings, host, missing))
}

/// Whether the next host may be tried: this one didn't answer, isn't ready or isn't what is wanted.
fn goes_on(e: &Error) -> bool {
    e.kind() == Kind::Unreachable && matches!(e.sqlstate(), None | Some("57P03"))
}

fn config(settings: &Settings, host: &Host, application_name: &str) -> Config {
    let mut config = Config::new();
    config.host(host.name()).port(host.port());
    config
        .dbname(settings.dbname())
        .user(settings.user())
        .application_name(application_name);
    if let Some(address) = host.address() {
        config.hostaddr(address);
    }
    if let Some((password, _)) = host.password() {
        config.password(password.expose_secret());
    }
    if settings.encryption().direct {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    transport(&mut config, settings.transport());
    config
}

fn transport(config: &mut Config, transport: &Transport) {
    config.channel_binding(match transport.channel_binding {
        ChannelBinding::Disable => DriverBinding::Disable,
        ChannelBinding::Prefer => DriverBinding::Prefer,
        ChannelBinding::Require => DriverBinding::Require,
    });
    if let Some(options) = &transport.options {
        config.options(options);
    }
    config.keepalives(transport.keepalives);
    if let Some(idle) = transport.keepalives_idle {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = transport.keepalives_interval {
        config.keepalives_interval(interval);
    }
    if let Some(count) = transport.keepalives_count {
        config.keepalives_retries(count);
    }
    if let Some(timeout) = transport.tcp_user_timeout {
        config.tcp_user_timeout(timeout);
    }
}
