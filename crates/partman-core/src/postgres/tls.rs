//! A TLS connector for the settings: which authorities are trusted, what is verified, which certificate we show.
//!
//! The files are read once, when a database is opened. A certificate that was asked for and can't be used is an error
//! of the settings; only a root file that nobody insists on may be missing, as with libpq.

mod verify;

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::settings::{ClientCertificate, Encryption, Roots, SslMode};
use crate::{Error, Kind};
use verify::Verifier;

/// The connector that these settings ask for.
///
/// # Errors
/// [`Kind::Settings`] when a file that the settings name can't be used.
pub(super) fn connector(encryption: &Encryption) -> Result<MakeRustlsConnect, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(encryption, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(encryption))
        .map_err(|e| unusable("cannot set up TLS").with_source(e))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client(encryption)? {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|e| unusable("the client certificate and its key don't fit").with_source(e))?,
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = encryption.server_name_indication;
    if encryption.direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

fn versions(encryption: &Encryption) -> Vec<&'static SupportedProtocolVersion> {
    let versions = [
        (encryption.allow_1_3, &rustls::version::TLS13),
        (encryption.allow_1_2, &rustls::version::TLS12),
    ];
    versions
        .into_iter()
        .filter_map(|(allowed, version)| allowed.then_some(version))
        .collect()
}

fn verifier(encryption: &Encryption, provider: &Arc<CryptoProvider>) -> Result<Verifier, Error> {
    let trusted = match encryption.mode {
        SslMode::Disable => Vec::new(),
        _ => trusted(encryption)?,
    };
    if trusted.is_empty() {
        return Ok(Verifier::of_nothing(provider));
    }
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(trusted.iter().cloned());
    if added == 0 {
        return Err(unusable("none of the root certificates can be understood"));
    }
    let mut chain =
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider));
    if let Some(path) = &encryption.revocations {
        chain = chain
            .with_crls(pem::<CertificateRevocationListDer<'static>>(path)?)
            .enforce_revocation_expiration();
    }
    let chain = chain
        .build()
        .map_err(|e| unusable("cannot use the root certificates").with_source(e))?;
    let names = encryption.mode == SslMode::VerifyFull;
    Ok(Verifier::of_chains(provider, chain, trusted, names))
}

/// The certificates that are trusted, or none where nothing is verified.
fn trusted(encryption: &Encryption) -> Result<Vec<CertificateDer<'static>>, Error> {
    let insisted = encryption.mode >= SslMode::VerifyCa;
    match &encryption.roots {
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            match (found.certs.is_empty(), found.errors.into_iter().next()) {
                (false, _) => Ok(found.certs),
                (true, Some(e)) => {
                    Err(unusable("cannot read the system's root certificates").with_source(e))
                }
                (true, None) => Err(unusable(
                    "the system has no root certificates; install ca-certificates",
                )),
            }
        }
        Roots::File(path) if path.exists() => pem(path),
        Roots::File(path) if insisted => Err(unusable(format!(
            "there is no root certificate file {} for sslmode={}; provide it, or trust the system's with \
             sslrootcert=system",
            path.display(),
            encryption.mode.name()
        ))),
        Roots::None if insisted => Err(unusable(format!(
            "sslmode={} needs a root certificate: name one with sslrootcert, put it into ~/.postgresql/root.crt, or \
             trust the system's with sslrootcert=system",
            encryption.mode.name()
        ))),
        Roots::File(_) | Roots::None => Ok(Vec::new()),
    }
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client(encryption: &Encryption) -> Result<Option<Identity>, Error> {
    let Some(ClientCertificate { certificate, key }) = &encryption.client else {
        return Ok(None);
    };
    if encryption.mode == SslMode::Disable {
        return Ok(None);
    }
    let chain = pem(certificate)?;
    refuse_shared(key)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|e| {
        let message = format!(
            "cannot read an unencrypted private key from {}",
            key.display()
        );
        unusable(message).with_source(e)
    })?;
    Ok(Some((chain, key)))
}

/// As libpq: a key that others may read is none. One that belongs to root may be readable by its group.
fn refuse_shared(key: &Path) -> Result<(), Error> {
    let metadata = std::fs::metadata(key)
        .map_err(|e| unusable(format!("cannot read {}", key.display())).with_source(e))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(unusable(format!(
        "group or others have access to the private key {}; permissions should be u=rw (0600) or less",
        key.display()
    )))
}

/// Everything of one kind in a PEM file; nothing is an error.
fn pem<T: PemObject>(path: &Path) -> Result<Vec<T>, Error> {
    let unreadable = |e| unusable(format!("cannot read {}", path.display())).with_source(e);
    let found: Vec<T> = T::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(unreadable)?;
    if found.is_empty() {
        return Err(unusable(format!("{} holds no certificate", path.display())));
    }
    Ok(found)
}

fn unusable(message: impl Into<String>) -> Error {
    Error::new(Kind::Settings, message)
}
