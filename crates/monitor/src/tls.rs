//! HTTPS.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
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
    pub(crate) fn new(source: &TlsSource, address: IpAddr, names: Vec<String>) -> Result<Self, MonitorError> {
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

/// The name of this machine, if the system says one that a certificate may contain.
#[cfg(target_os = "linux")]
pub(crate) fn machine_name() -> Option<String> {
    let system = rustix::system::uname();
    Some(system.nodename().to_str().ok()?.to_owned()).filter(|name| is_host_name(name))
}

/// The name of this machine. Only Linux says it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn machine_name() -> Option<String> {
    None
}

/// True if the text can be the DNS name of a host.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_allowed)
    };
    text.len() <= 253 && text.split('.').all(is_label) && text.parse::<IpAddr>().is_err()
}

/// The names and addresses of a self-signed certificate, each once.
fn subjects(address: IpAddr, names: Vec<String>) -> Vec<String> {
    let mut addresses = vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    if !address.is_unspecified() && !addresses.contains(&address) {
        addresses.push(address);
    }
    let mut subjects = vec!["localhost".to_owned()];
    for subject in names.into_iter().chain(addresses.iter().map(IpAddr::to_string)) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects
}

/// Makes a self-signed certificate for this run. Returns it with its key, and alone in PEM format.
fn sign(
    address: IpAddr,
    names: Vec<String>,
    provider: &CryptoProvider,
) -> Result<(CertifiedKey, String), MonitorError> {
    let names = subjects(address, names);
    let failed = |source| MonitorError::SelfSigned { names: names.join(", "), source };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let made = KeyPair::generate()
        .and_then(|pair| Ok((certificate_params(&names, now)?.self_signed(&pair)?, pair.serialize_der())));
    let (certificate, key) = made.map_err(failed)?;
    let key = PrivateKeyDer::try_from(key);
    let key = key.map_err(|error| rustls::Error::General(error.to_owned()))?;
    let signer = provider.key_provider.load_private_key(key)?;
    Ok((CertifiedKey::new(vec![certificate.der().clone()], signer), certificate.pem()))
}

/// The contents of a certificate for some names, which is valid for a year. It is also valid for the day before, because clocks
/// differ. `now` is the time since the Unix epoch.
fn certificate_params(names: &[String], now: Duration) -> Result<CertificateParams, rcgen::Error> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let now = rcgen::date_time_ymd(1970, 1, 1) + now;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Tollgate");
    (params.not_before, params.not_after) = (now - DAY, now + 365 * DAY);
    Ok(params)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    #[test]
    fn a_self_signed_certificate_has_the_name_of_the_program_and_is_valid_for_a_year() {
        let day = Duration::from_secs(86_400);
        let params = certificate_params(&["localhost".to_owned()], 10 * day).unwrap();
        let name = params.distinguished_name.get(&DnType::CommonName);
        assert_eq!(name, Some(&rcgen::DnValue::Utf8String("Tollgate".into())));
        assert_eq!(params.not_before, rcgen::date_time_ymd(1970, 1, 10));
        assert_eq!(params.not_after, rcgen::date_time_ymd(1971, 1, 11));
    }

    #[test]
    fn a_certificate_is_for_the_machine_and_for_each_address_once() {
        let names = || vec!["c650.localhost".to_owned(), "mail-7.example".to_owned(), "localhost".to_owned()];
        let subjects = |address: [u8; 4]| subjects(IpAddr::from(address), names());
        let expected = ["localhost", "c650.localhost", "mail-7.example", "127.0.0.1", "::1"];
        assert_eq!(subjects([0; 4]), expected);
        assert_eq!(subjects([192, 0, 2, 1]), [&expected[..], &["192.0.2.1"]].concat());
    }

    #[test]
    fn only_names_of_hosts_go_into_a_certificate() {
        for name in ["a", "mail-7.example", "C650"] {
            assert!(is_host_name(name), "{name}");
        }
        for name in ["", "(none)", "a_b", "a..b", "192.0.2.1", "name with spaces"] {
            assert!(!is_host_name(name), "{name}");
        }
    }
}
