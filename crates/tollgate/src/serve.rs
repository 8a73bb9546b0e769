//! `tollgate serve`: serves the exports and pages of the appliance's Email Security Monitor over HTTP.

mod certificate;
mod log;
mod password;

use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{self, ExitCode};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use serde::Serialize;
use tollgate_history::{Clock, History, Host};
use tollgate_monitor::{Password, Server, ServerForecast, ServerLimits, ServerSettings, TlsSource};
use tollgate_scenario::Scenario;
use tollgate_wording::{ByteNames, bytes, count, printable_json};

use self::log::{LogFormat, Notes};
use crate::input::{Input, thread_count, whole_number};
use crate::memory::MemoryArguments;
use crate::process_limits::raise_open_files;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate serve c650-week
  tollgate serve c650-week --clock live --password-file password.txt
  tollgate serve c650-week --clock x60@2008-11-18T00:00:00Z
  tollgate serve thread-a-exact --listen 8443 --tls-self-signed --tls-cert-out server.pem
  tollgate serve fixture --listen 0 --json
  tollgate serve c650-week --clock live --log json --metrics 9100 --password-file password.txt

Open the printed URL in a browser, or request exports with the URLs of the Reporting API, such as:
  curl -u admin:PASSWORD \\
    'http://127.0.0.1:8080/monitor/reports/overview?format=csv&section=ss_1_0_1&date_range=current_day'

The URL is the only line on standard output. With --json, it is a line of JSON with url, port, pid, user, the password if it was \
generated, and metrics_url and fingerprint if there are any. Connections are accepted from then on. A request waits until its figures are simulated.

Stop the server with Ctrl-C or SIGTERM: it finishes the downloads that have \
begun, for up to 5 seconds. A second Ctrl-C or signal stops it at once.";

/// The host to listen on if only a port is given.
const DEFAULT_HOST: &str = "127.0.0.1";

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;

/// The arguments of `tollgate serve`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    input: Input,

    /// Address and port to listen on; without an address, 127.0.0.1; with port 0, any free port
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "127.0.0.1:8080", value_parser = listen_address, allow_hyphen_values = true)]
    listen: SocketAddr,

    /// Clock of the appliances [default: stopped at the end of the scenario]
    ///
    /// `live` is the clock of this machine. xN starts at the end of the scenario's span and runs N times as fast as real
    /// time: with x60, one real minute is one simulated hour. N is at most 100000. xN@TIME starts at TIME. TIME alone, such as 2008-11-18T12:00:00Z,
    /// stops the clock there.
    #[arg(long, value_name = "CLOCK")]
    clock: Option<String>,

    /// User name for the login
    #[arg(long, value_name = "NAME", default_value = "admin")]
    user: String,

    /// File with the password in its first line [default: a generated password, which is printed]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Serve HTTPS with this certificate chain in PEM format, the server's own certificate first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// Private key of the certificate, in PEM format
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Serve HTTPS with a self-signed certificate that is generated at the start
    #[arg(long, conflicts_with = "tls_cert")]
    tls_self_signed: bool,

    /// Write the self-signed certificate to this file in PEM format, for clients that must trust it
    ///
    /// For example, use curl --cacert FILE. The certificate is for localhost, the name of this machine, the address of --listen, and the appliances' names under localhost. The key is not written. The certificate of an earlier run is replaced; any other file is an error.
    #[arg(long, value_name = "FILE", requires = "tls_self_signed")]
    tls_cert_out: Option<PathBuf>,

    /// Number of simulation threads [default: one for each processor]; the output does not depend on it
    #[arg(long, value_name = "N", value_parser = thread_count, allow_hyphen_values = true)]
    threads: Option<NonZeroUsize>,

    /// Size of the cache for exports, in MiB
    ///
    /// Exports of at most 256 KiB stay in memory, and larger ones are temporary files. If clients request very many small exports, their
    /// memory comes on top of the expected one, up to this size.
    #[arg(long, value_name = "N", default_value = "1024", value_parser = whole_number::<u64>(0, (1 << 30) - 1), allow_hyphen_values = true)]
    cache_mib: u64,

    #[command(flatten)]
    memory: MemoryArguments,

    /// Log requests and events of the server on standard error
    ///
    /// A line of the log has the time, and for a request the address of the client, the method, the path, the query, the status, the bytes
    /// of the body, the seconds until the last byte was sent, and whether the answer was complete. It has no passwords, tokens or cookies of
    /// requests. With `json`, also give --json or --password-file; otherwise the
    /// generated password stands among the JSON lines.
    #[arg(long, value_name = "FORMAT", default_value = "off")]
    log: LogFormat,

    /// Also serve /metrics for Prometheus, and /healthz, on this address and port; they need no password
    ///
    /// /healthz answers 200 if exports can be read, and 503 with the reason until the first interval is simulated or while a fault lasts.
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = listen_address, allow_hyphen_values = true)]
    metrics: Option<SocketAddr>,

    /// Print a line of JSON instead of the URL
    #[arg(long)]
    json: bool,

    /// Print only the URL, errors, a generated password and the log
    #[arg(long)]
    quiet: bool,
}

/// The line of JSON for programs that start the server.
#[derive(Debug, Serialize)]
struct ReadyDocument<'a> {
    url: String,
    port: u16,
    pid: u32,
    user: &'a str,
    /// The generated password.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_url: Option<String>,
    /// The SHA-256 fingerprint of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
}

impl ServeArguments {
    /// Runs the verb, until the process is told to stop.
    ///
    /// # Errors
    /// If the scenario or the options are refused, or if the server cannot listen on the address.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        self.check_user()?;
        let chosen = self.input.read()?;
        self.log.begin();
        match self.log {
            LogFormat::Off if self.quiet => {}
            LogFormat::Off => chosen.note_warnings(),
            _ => chosen.warnings().iter().for_each(|warning| self.notes().warn(&warning.to_string())),
        }
        let time = &chosen.scenario.time;
        let at_the_end = || Ok(Clock::Frozen(time.end().micros()));
        let clock = self.clock.as_deref().map_or_else(at_the_end, |text| Clock::read(text, time))?;
        let (password, is_made) = match &self.password_file {
            Some(file) => (password::read(file, self.notes())?, false),
            None => (Password::generate()?, true),
        };
        if is_made && self.log == LogFormat::Json && !self.json {
            bail!(
                "--log json: found neither --json nor --password-file, allowed is one of them, because the generated password would \
                 otherwise be a line of the log"
            );
        }
        let shown = is_made.then(|| password.reveal().to_owned());
        let tls = self.tls();
        let is_plain = tls.is_none();
        let forecast = self.memory.check_server(&chosen.scenario, &chosen.source, &clock, self.threads)?;
        let notes = self.notes();
        // Before the history begins: without files, its thread would report errors of its own.
        let limits = limits(&chosen.scenario, &clock)?;
        let host = Host::new(move |severity, line| notes.log(severity, line));
        let history = History::begin_on(host, &chosen.scenario, clock, self.threads.map(NonZeroUsize::get))?;
        let settings = ServerSettings {
            listen: self.listen,
            user: self.user.clone(),
            password,
            tls,
            cache_bytes: self.cache_mib * MIB,
            metrics: self.metrics,
        };
        let server = Server::bind(history, settings)?.with_limits(limits);
        self.warn_of_limits(&limits);
        if is_plain && !server.address().ip().is_loopback() {
            self.notes().warn(
                "passwords and figures cross the network unencrypted, because --listen is not a loopback address; \
                 use --tls-cert with --tls-key, or --tls-self-signed",
            );
        }
        if let (Some(file), Some(certificate)) = (&self.tls_cert_out, server.made_certificate()) {
            certificate::write(file, certificate)?;
        }
        self.announce(&server, &forecast, shown.as_deref())?;
        server.run();
        Ok(ExitCode::SUCCESS)
    }

    /// Prints the address of the server, the user and the password.
    fn announce(&self, server: &Server, forecast: &ServerForecast, made_password: Option<&str>) -> Result<()> {
        let url = server.url();
        if let Some(fingerprint) = server.fingerprint() {
            self.notes().note(&format!("certificate: SHA-256 {fingerprint}"));
        }
        if self.json {
            let document = ReadyDocument {
                port: server.address().port(),
                pid: process::id(),
                user: &self.user,
                password: made_password,
                metrics_url: server.metrics_url(),
                fingerprint: server.fingerprint(),
                url,
            };
            return terminal::print(&(printable_json(&serde_json::to_string(&document)?) + "\n"));
        }
        // Before the password: if the URL cannot be printed, the server does not start.
        terminal::print(&format!("{url}\n"))?;
        // A generated password is always printed: nobody could log in without it.
        if let Some(password) = made_password {
            terminal::note(&format!("log in at {url} as {} with the password {password}", self.user));
        }
        // The log has the URL of the metrics, and must not have the password.
        if self.log == LogFormat::Off {
            if let Some(url) = server.metrics_url() {
                self.notes().note(&format!("metrics: {url}"));
            }
            let [memory, files] =
                [forecast.memory_bytes, forecast.disk_bytes].map(|number| bytes(number, ByteNames::Binary));
            self.notes().note(&format!("expected: peak memory of {memory}, temporary files of {files}"));
            self.notes().note(&self.example(&url, made_password));
        }
        Ok(())
    }

    /// Warns if the process may open too few files for all connections.
    fn warn_of_limits(&self, limits: &ServerLimits) {
        let most = ServerLimits::default().connections;
        if limits.connections < most {
            self.notes().warn(&format!(
                "the server takes {} connections at once instead of {}, because the process may open only {} files; \
                 raise this limit with ulimit -n",
                count(limits.connections as u64),
                count(most as u64),
                raise_open_files().unwrap_or_default(),
            ));
        }
    }

    /// A command that requests an export.
    fn example(&self, url: &str, made_password: Option<&str>) -> String {
        let trust = match &self.tls_cert_out {
            Some(file) => format!("--cacert {} ", tollgate_wording::quoted(&file.to_string_lossy())),
            None if self.tls_self_signed => "--insecure ".into(),
            None => String::new(),
        };
        let login = format!("{}:{}", self.user, made_password.unwrap_or("PASSWORD"));
        format!(
            "try: curl {trust}-u {} '{url}monitor/reports/overview?format=csv&section=ss_1_0_1&date_range=current_day'",
            tollgate_wording::quoted(&login),
        )
    }

    fn notes(&self) -> Notes {
        Notes { log: self.log, quiet: self.quiet }
    }

    /// Checks the user's name. Basic authentication ends it at the first colon.
    fn check_user(&self) -> Result<()> {
        if self.user.is_empty() || self.user.contains(|character: char| character == ':' || character.is_control()) {
            bail!("--user: found {:?}, allowed is a name without colons and control characters", self.user);
        }
        Ok(())
    }

    fn tls(&self) -> Option<TlsSource> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(TlsSource::Files { certificate: certificate.clone(), key: key.clone() })
            }
            _ => self.tls_self_signed.then_some(TlsSource::SelfSigned),
        }
    }
}

/// The limits of the server. If the process may open too few files for all connections, fewer connections are allowed.
fn limits(scenario: &Scenario, clock: &Clock) -> Result<ServerLimits> {
    let Some(files) = raise_open_files() else { return Ok(ServerLimits::default()) };
    let needed = History::files_needed(scenario, clock);
    ServerLimits::default().with_files(files, needed).map_err(|least| {
        anyhow!("open files: found a limit of {files}, allowed is at least {least}; raise it with ulimit -n")
    })
}

/// Parses an address to listen on: a port, or the name or address of a host and a port.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let (host, port) = text.rsplit_once(':').unwrap_or((DEFAULT_HOST, text));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let allowed = "allowed is a port from 0 to 65535, or ADDRESS:PORT such as 0.0.0.0:8080, localhost:0 or [::1]:8080";
    let port = port.parse::<u16>().map_err(|_| format!("found {text}, {allowed}"))?;
    let unknown = || format!("found {text}, {allowed}; cannot find the address of {host:?}");
    (host, port).to_socket_addrs().ok().and_then(|mut addresses| addresses.next()).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_listen_on_has_a_port() {
        for (text, expected) in [
            ("8080", Some("127.0.0.1:8080")),
            ("0", Some("127.0.0.1:0")),
            ("0.0.0.0:25", Some("0.0.0.0:25")),
            ("[::1]:8080", Some("[::1]:8080")),
            ("", None),
            ("127.0.0.1", None),
            ("127.0.0.1:", None),
            ("99999", None),
            ("no such host:80", None),
        ] {
            assert_eq!(listen_address(text).ok().map(|address| address.to_string()).as_deref(), expected, "{text}");
        }
        let local = listen_address("localhost:0").map(|address| address.ip().is_loopback());
        assert_eq!(local, Ok(true));
    }
}
