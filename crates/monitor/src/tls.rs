//! HTTPS.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use tokio_rustls::TlsAcceptor;
use tollgate_scenario::regular_file;

use crate::error::MonitorError;

/// The source of the certificate for HTTPS.
#[derive(Debug)]
pub enum TlsSource {
    /// PEM files.
    Files {
        /// The certificate chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// A self-signed certificate, made for this run.
    SelfSigned,
}

/// The TLS acceptor and the fingerprint of its certificate.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The SHA-256 fingerprint of the certificate, as 32 pairs of hexadecimal digits, separated by colons.
    pub(crate) fingerprint: String,
    /// The certificate in PEM format, if it was made for this run.
    pub(crate) made_pem: Option<String>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tls({})", self.fingerprint)
    }
}

impl Tls {
    /// Reads or makes the certificate. A self-signed certificate is for localhost, the address and the names.
    ///
    /// # Errors
    /// If files cannot be read, are not valid, or do not belong together.
    pub(crate) fn new(source: &TlsSource, address: IpAddr, names: &[String]) -> Result<Self, MonitorError> {
        let provider = Arc::new(ring::default_provider());
        let (certified, made_pem) = match source {
            TlsSource::Files { certificate, key } => (read(certificate, key, &provider)?, None),
            TlsSource::SelfSigned => {
                let (certified, pem) = sign(address, names, &provider)?;
                (certified, Some(pem))
            }
        };
        let fingerprint = fingerprint(&certified.cert[0]);
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
        let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), fingerprint, made_pem })
    }
}

/// Reads a certificate chain and its key from PEM files.
fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, MonitorError> {
    const CHAIN: &str = "a chain of certificates in PEM, the server's own first";
    const KEY: &str = "a private key in PEM, without a passphrase";
    let refuse = |path: &Path, found: String, allowed| MonitorError::Pem { path: path.to_owned(), found, allowed };

    let text = read_file(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| refuse(certificate, describe(&error), CHAIN))?;
    if chain.is_empty() {
        return Err(refuse(certificate, "no certificate".into(), CHAIN));
    }
    let text = read_file(key)?;
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => refuse(key, "no private key".into(), KEY),
        error => refuse(key, describe(&error), KEY),
    })?;
    let signer = provider.key_provider.load_private_key(private);
    let signer = signer.map_err(|_| refuse(key, "a key of another kind".into(), "an RSA, ECDSA or Ed25519 key"))?;
    let certified = CertifiedKey::new(chain, signer);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => {
            let found = format!("a key that does not belong to {}", certificate.display());
            Err(refuse(key, found, "the key of the first certificate in that file"))
        }
        Err(_) => Err(refuse(certificate, "data that is not a certificate".into(), CHAIN)),
    }
}

/// Makes a self-signed certificate for this run. Returns it with its key, and alone in PEM format.
fn sign(address: IpAddr, names: &[String], provider: &CryptoProvider) -> Result<(CertifiedKey, String), MonitorError> {
    let mut addresses = vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    if !address.is_unspecified() && !addresses.contains(&address) {
        addresses.push(address);
    }
    let addresses = addresses.iter().map(IpAddr::to_string);
    let names: Vec<String> = ["localhost".into()].into_iter().chain(names.iter().cloned()).chain(addresses).collect();
    let failed = |source| MonitorError::SelfSigned { names: names.join(", "), source };
    let made = rcgen::generate_simple_self_signed(names.clone()).map_err(failed)?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let key = key.map_err(|error| rustls::Error::General(error.to_owned()))?;
    let signer = provider.key_provider.load_private_key(key)?;
    Ok((CertifiedKey::new(vec![made.cert.der().clone()], signer), made.cert.pem()))
}

fn read_file(path: &Path) -> Result<Vec<u8>, MonitorError> {
    const MOST_BYTES: u64 = 1 << 20;
    regular_file::read(path, MOST_BYTES).map_err(|source| MonitorError::Read { path: path.to_owned(), source })
}

/// Describes a PEM error without quoting the file, which may hold a private key.
fn describe(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a section without an END line".into(),
        pem::Error::IllegalSectionStart { .. } => "a section with a malformed BEGIN line".into(),
        _ => "text that is not PEM".into(),
    }
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
