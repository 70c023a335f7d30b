//! Decides whether a server's certificate is good enough, as libpq does it with OpenSSL.
//!
//! webpki verifies the chain and then the name. Three things that libpq accepts are added: no verification at all, a
//! chain without its name (`verify-ca`), and what people make by hand for one server: a self-signed certificate that is
//! itself in the root file, and a host that stands in the common name only. The handshake's signature is always
//! checked, since SCRAM's channel binding relies on it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use x509_cert::Certificate;
use x509_cert::der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::oid::db::rfc5280::ID_CE_SUBJECT_ALT_NAME;
use x509_cert::der::{Decode, Encode};

/// What is verified of a server.
#[derive(Debug)]
pub(super) struct Verifier {
    chains: Option<Chains>,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
struct Chains {
    webpki: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
    /// Whether the certificate has to be for the host, too.
    names: bool,
}

impl Verifier {
    /// Whoever answers is believed.
    pub(super) fn of_nothing(provider: &CryptoProvider) -> Self {
        Self {
            chains: None,
            algorithms: provider.signature_verification_algorithms,
        }
    }

    /// The certificate has to come from one that is trusted; with `names`, it has to be for the host, too.
    pub(super) fn of_chains(
        provider: &CryptoProvider,
        webpki: Arc<WebPkiServerVerifier>,
        trusted: Vec<CertificateDer<'static>>,
        names: bool,
    ) -> Self {
        Self {
            chains: Some(Chains {
                webpki,
                trusted,
                names,
            }),
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl Chains {
    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let verified = self
            .webpki
            .verify_server_cert(end_entity, intermediates, host, &[], now);
        match verified {
            Ok(_) => Ok(()),
            // webpki looks at the name last, so the chain is good.
            Err(e) if is_about_name(&e) => match self.names {
                true if !common_name_is(end_entity, host) => Err(e),
                _ => Ok(()),
            },
            Err(e) if !self.trusts_itself(end_entity, now) => Err(e),
            Err(_) if !self.names => Ok(()),
            Err(_) => {
                let named = ParsedCertificate::try_from(end_entity)
                    .and_then(|parsed| verify_server_name(&parsed, host));
                named.or_else(|e| match common_name_is(end_entity, host) {
                    true => Ok(()),
                    false => Err(e),
                })
            }
        }
    }

    /// Whether this very certificate is among the trusted ones, and in its time.
    fn trusts_itself(&self, certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
        let listed = self
            .trusted
            .iter()
            .any(|trusted| trusted.as_ref() == certificate.as_ref());
        let in_time = |certificate: Certificate| {
            let validity = certificate.tbs_certificate.validity;
            let now = std::time::Duration::from_secs(now.as_secs());
            validity.not_before.to_unix_duration() <= now
                && now <= validity.not_after.to_unix_duration()
        };
        listed && Certificate::from_der(certificate).is_ok_and(in_time)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(chains) = &self.chains {
            chains.verify(end_entity, intermediates, server_name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verify_tls13_signature(message, certificate, signed, &self.algorithms) {
            // webpki reads X.509 version 3 only; what `openssl x509 -req` makes by default is version 1.
            Err(Error::InvalidCertificate(CertificateError::Other(_))) => {
                let key = public_key(certificate)?;
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            verified => verified,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn public_key(certificate: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    let key = Certificate::from_der(certificate)
        .and_then(|parsed| parsed.tbs_certificate.subject_public_key_info.to_der());
    key.map(SubjectPublicKeyInfoDer::from)
        .map_err(|_| CertificateError::BadEncoding.into())
}

fn is_about_name(e: &Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(
        e,
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })
    )
}

/// Whether the certificate has no alternative names and its common name is the host, as libpq still accepts.
fn common_name_is(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> bool {
    let Ok(parsed) = Certificate::from_der(certificate) else {
        return false;
    };
    let certificate = parsed.tbs_certificate;
    let extensions = certificate.extensions.iter().flatten();
    if extensions
        .into_iter()
        .any(|extension| extension.extn_id == ID_CE_SUBJECT_ALT_NAME)
    {
        return false;
    }
    let attributes = certificate
        .subject
        .0
        .iter()
        .flat_map(|names| names.0.iter());
    attributes
        .filter(|attribute| attribute.oid == COMMON_NAME)
        .filter_map(|attribute| {
            let value = &attribute.value;
            Utf8StringRef::try_from(value)
                .map(|s| s.as_str().to_owned())
                .or_else(|_| PrintableStringRef::try_from(value).map(|s| s.as_str().to_owned()))
                .or_else(|_| TeletexStringRef::try_from(value).map(|s| s.as_str().to_owned()))
                .ok()
        })
        .next()
        .is_some_and(|name| name_fits(&name, &host.to_str()))
}

/// A name, or a `*` for its first label.
fn name_fits(name: &str, host: &str) -> bool {
    let wild = || {
        let domain = name.strip_prefix("*.")?;
        let (first, rest) = host.split_once('.')?;
        Some(!first.is_empty() && rest.eq_ignore_ascii_case(domain))
    };
    name.eq_ignore_ascii_case(host) || wild().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::name_fits;

    #[test]
    fn a_common_name_fits_itself_and_one_label_for_a_star() {
        assert!(name_fits("db.example.org", "DB.example.org"));
        assert!(name_fits("*.example.org", "db.example.org"));
        assert!(!name_fits("*.example.org", "a.db.example.org"));
        assert!(!name_fits("*.example.org", "example.org"));
        assert!(!name_fits("*", "db"));
    }
}
