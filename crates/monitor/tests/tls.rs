//! HTTPS with certificates from files and with a self-signed one.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned,
    SupportedProtocolVersion,
};
use tollgate_monitor::{MonitorError, TlsSource};

use crate::raw::{self, Answer, bind, read_rest};
use crate::support::Running;

const LOGIN: &str = "POST /login HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\nContent-Length: 45\r\n\
                     Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=admin&password=se%3Acr%C3%A9t%3A%201";

/// A verifier that accepts any certificate, so that a test can look at it.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Logs in to a server under a name. The client trusts one certificate, or any if none is given. Returns the answer and the
/// certificate that the server showed.
fn log_in(
    address: SocketAddr,
    name: &str,
    trusted: Option<&CertificateDer<'static>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<(Answer, CertificateDer<'static>), std::io::Error> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let config = match trusted {
        Some(certificate) => {
            let mut roots = RootCertStore::empty();
            roots.add(certificate.clone()).unwrap();
            config.with_root_certificates(roots)
        }
        None => config.dangerous().with_custom_certificate_verifier(Arc::new(Anything)),
    };
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config.with_no_client_auth()), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    stream.write_all(LOGIN.as_bytes())?;
    let answer = Answer::read(&read_rest(&mut stream));
    let shown = stream.conn.peer_certificates().unwrap()[0].clone().into_owned();
    Ok((answer, shown))
}

/// Writes a certificate for `house.test` and its key into a directory.
fn write_pair(directory: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["house.test".to_owned()]).unwrap();
    fs::write(directory.join("chain.pem"), made.cert.pem()).unwrap();
    fs::write(directory.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

fn files(directory: &Path, certificate: &str, key: &str) -> TlsSource {
    TlsSource::Files { certificate: directory.join(certificate), key: directory.join(key) }
}

#[test]
fn a_certificate_made_for_the_run_is_for_this_machine_and_the_appliances() {
    let server = bind(Some(TlsSource::SelfSigned));
    let fingerprint = server.fingerprint().unwrap().to_owned();
    let pem = server.made_certificate().unwrap().to_owned();
    assert!(!pem.contains("PRIVATE KEY"), "{pem}");
    let trusted = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    assert_eq!(server.url(), format!("https://{}/", server.address()));
    let server = Running::of(server);
    let (_, shown) = log_in(server.address, "localhost", None, rustls::ALL_VERSIONS).unwrap();
    let digest = ::ring::digest::digest(&::ring::digest::SHA256, &shown);
    assert_eq!(fingerprint.replace(':', "").to_lowercase(), hexadecimal(digest.as_ref()));
    assert_eq!(trusted, shown);
    for name in ["localhost", "127.0.0.1", "::1", "quiet.localhost", "other.localhost"] {
        let (answer, _) = log_in(server.address, name, Some(&shown), rustls::ALL_VERSIONS).unwrap();
        assert_eq!(answer.status, 303, "{name}");
    }
    for name in ["house.test", "192.0.2.1", "quiet.localhost.test"] {
        let error = log_in(server.address, name, Some(&shown), rustls::ALL_VERSIONS).unwrap_err();
        assert!(error.to_string().contains("not valid for name"), "{name}: {error}");
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_certificate_from_files_is_shown_and_cookies_go_no_other_way() {
    let directory = tempfile::tempdir().unwrap();
    let certificate = write_pair(directory.path());
    let server = bind(Some(files(directory.path(), "chain.pem", "key.pem")));
    assert_eq!(server.made_certificate(), None);
    let server = Running::of(server);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (answer, shown) = log_in(server.address, "house.test", Some(&certificate), &[version]).unwrap();
        assert_eq!((answer.status, &shown), (303, &certificate));
        let [cookie] = answer.header("set-cookie")[..] else { panic!("one cookie: {answer:?}") };
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"), "{cookie}");
        assert_eq!(answer.header("strict-transport-security"), ["max-age=86400"]);
    }
}

#[test]
fn errors_in_certificates_and_keys_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let certificate = write_pair(path);
    assert_eq!(CertificateDer::from_pem_file(path.join("chain.pem")).unwrap(), certificate);
    let other = rcgen::generate_simple_self_signed(["house.test".to_owned()]).unwrap();
    fs::write(path.join("other.pem"), other.signing_key.serialize_pem()).unwrap();
    fs::write(path.join("empty.pem"), "").unwrap();
    let chain = fs::read_to_string(path.join("chain.pem")).unwrap();
    fs::write(path.join("cut.pem"), &chain[..chain.len() / 2]).unwrap();
    let begin = "-----BEGIN CERTIFICATE-----\n";
    fs::write(path.join("wrong.pem"), format!("{begin}AAAA\n-----END CERTIFICATE-----\n")).unwrap();
    fs::write(path.join("stars.pem"), format!("{begin}****\n-----END CERTIFICATE-----\n")).unwrap();

    const CHAIN: &str = "allowed is a chain of certificates in PEM, the server's own first";
    const KEY: &str = "allowed is a private key in PEM, without a passphrase";
    let mismatch = format!(
        "other.pem: found a key that does not belong to {}, allowed is the key of the first certificate in that file",
        path.join("chain.pem").display()
    );
    for (certificate, key, expected) in [
        ("none.pem", "key.pem", "cannot read none.pem".to_owned()),
        ("chain.pem", "none.pem", "cannot read none.pem".into()),
        ("empty.pem", "key.pem", format!("empty.pem: found no certificate, {CHAIN}")),
        ("key.pem", "chain.pem", format!("key.pem: found no certificate, {CHAIN}")),
        ("cut.pem", "key.pem", format!("cut.pem: found a section without an END line, {CHAIN}")),
        ("wrong.pem", "key.pem", format!("wrong.pem: found data that is not a certificate, {CHAIN}")),
        ("stars.pem", "key.pem", format!("stars.pem: found text that is not PEM, {CHAIN}")),
        ("chain.pem", "empty.pem", format!("empty.pem: found no private key, {KEY}")),
        ("chain.pem", "chain.pem", format!("chain.pem: found no private key, {KEY}")),
        ("chain.pem", "other.pem", mismatch.clone()),
    ] {
        let error = refused(files(path, certificate, key)).to_string();
        let shown = error.replacen(&format!("{}/", path.display()), "", 1);
        assert_eq!(shown, expected, "{certificate} {key}");
    }
}

/// The error of a server with these files.
fn refused(tls: TlsSource) -> MonitorError {
    raw::try_bind(Some(tls)).map(|_| ()).unwrap_err()
}
