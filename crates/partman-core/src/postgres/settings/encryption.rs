//! What the settings say about TLS: the mode, the certificates, the versions. Opening the files is `tls`'s affair.

use std::path::PathBuf;

use super::layer::{Layer, invalid};
use super::value::choice;
use super::{Environment, Origin};
use crate::Error;

/// libpq's `sslmode`: whether the connection is encrypted, and what of the server is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server doesn't let us in otherwise.
    Allow,
    /// Encrypted if the server can.
    Prefer,
    /// Encrypted; verified as with [`SslMode::VerifyCa`] when there is a root certificate file.
    Require,
    /// Encrypted, and the server's certificate comes from a trusted authority.
    VerifyCa,
    /// As [`SslMode::VerifyCa`], and the certificate is for the host that we meant.
    VerifyFull,
}

/// The authorities that are trusted to vouch for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Nothing was said and `~/.postgresql/root.crt` doesn't exist.
    None,
    /// `sslrootcert=system`.
    System,
    File(PathBuf),
}

/// A certificate of ours and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Everything that a TLS connector is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) mode: SslMode,
    /// Handshake at once instead of asking first; servers can do it from version 17.
    pub(crate) direct: bool,
    pub(crate) roots: Roots,
    pub(crate) revocations: Option<PathBuf>,
    pub(crate) client: Option<ClientCertificate>,
    pub(crate) server_name_indication: bool,
    pub(crate) allow_1_2: bool,
    pub(crate) allow_1_3: bool,
}

const MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

// rustls speaks nothing older than 1.2, so an older minimum asks for nothing.
const VERSIONS: &[(&str, u8)] = &[("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.2", 2), ("TLSv1.3", 3)];

impl SslMode {
    /// The word that libpq has for it.
    pub fn name(self) -> &'static str {
        MODES
            .iter()
            .find(|(_, mode)| *mode == self)
            .map_or("", |(name, _)| name)
    }
}

impl Encryption {
    pub(super) fn resolve(layer: &Layer, environment: &Environment) -> Result<Self, Error> {
        let roots = roots(layer, environment);
        let mode = mode(layer, &roots)?;
        let direct = choice(
            layer,
            "sslnegotiation",
            &[("postgres", false), ("direct", true)],
        )?
        .unwrap_or(false);
        if direct && mode < SslMode::Require {
            return Err(weak(layer, mode, "sslnegotiation=direct", "require"));
        }
        let oldest = choice(layer, "ssl_min_protocol_version", VERSIONS)?.unwrap_or(2);
        let newest = choice(layer, "ssl_max_protocol_version", VERSIONS)?.unwrap_or(3);
        if newest < 2 || newest < oldest {
            let why =
                "\"ssl_max_protocol_version\" leaves no version; TLSv1.2 and TLSv1.3 are spoken";
            return Err(invalid(&layer.origin("ssl_max_protocol_version"), why));
        }
        Ok(Self {
            mode,
            direct,
            roots,
            revocations: revocations(layer, environment),
            client: client(layer, environment)?,
            server_name_indication: choice(layer, "sslsni", &[("0", false), ("1", true)])?
                .unwrap_or(true),
            allow_1_2: oldest <= 2,
            allow_1_3: newest >= 3,
        })
    }
}

fn mode(layer: &Layer, roots: &Roots) -> Result<SslMode, Error> {
    let system = *roots == Roots::System;
    let default = if system {
        SslMode::VerifyFull
    } else {
        SslMode::Prefer
    };
    let mode = choice(layer, "sslmode", MODES)?.unwrap_or(default);
    if system && mode != SslMode::VerifyFull {
        return Err(weak(layer, mode, "sslrootcert=system", "verify-full"));
    }
    Ok(mode)
}

fn weak(layer: &Layer, mode: SslMode, with: &str, needed: &str) -> Error {
    let why = format!(
        "sslmode={} is too weak for {with}; use sslmode={needed}",
        mode.name()
    );
    match layer.origin("sslmode") {
        Origin::Default => invalid(&layer.origin(with.split('=').next().unwrap_or(with)), &why),
        origin => invalid(&origin, &why),
    }
}

fn roots(layer: &Layer, environment: &Environment) -> Roots {
    match layer.non_empty("sslrootcert") {
        Some("system") => Roots::System,
        Some(path) => Roots::File(path.into()),
        None => existing(environment, "root.crt").map_or(Roots::None, Roots::File),
    }
}

fn revocations(layer: &Layer, environment: &Environment) -> Option<PathBuf> {
    match layer.non_empty("sslcrl") {
        Some(path) => Some(path.into()),
        None => existing(environment, "root.crl"),
    }
}

fn client(layer: &Layer, environment: &Environment) -> Result<Option<ClientCertificate>, Error> {
    let modes = [("disable", false), ("allow", true)];
    if choice(layer, "sslcertmode", &modes)? == Some(false) {
        return Ok(None);
    }
    let certificate = match layer.non_empty("sslcert") {
        Some(path) => Some(path.into()),
        None => existing(environment, "postgresql.crt"),
    };
    let Some(certificate) = certificate else {
        return Ok(None);
    };
    let key = layer
        .non_empty("sslkey")
        .map(PathBuf::from)
        .or_else(|| environment.in_home(".postgresql/postgresql.key"));
    match key {
        Some(key) => Ok(Some(ClientCertificate { certificate, key })),
        None => Err(invalid(
            &layer.origin("sslcert"),
            "there is a client certificate but no key; name it with sslkey",
        )),
    }
}

/// A file of libpq's default names, if it is there.
fn existing(environment: &Environment, name: &str) -> Option<PathBuf> {
    environment
        .in_home(".postgresql")
        .map(|folder| folder.join(name))
        .filter(|path| path.exists())
}
