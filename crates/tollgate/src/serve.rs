//! `tollgate serve`: answers as the appliance's Email Security Monitor does.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use tollgate_history::{Clock, History};
use tollgate_monitor::{Password, Server, ServerSettings, TlsSource};

use crate::input::Input;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate serve scenarios/c650-week.toml
  tollgate serve scenarios/c650-week.toml --clock live --password-file password.txt
  tollgate serve scenarios/c650-week.toml --clock x60@2008-11-18T00:00:00Z
  tollgate serve scenarios/thread-a-exact.toml --listen 0.0.0.0:8443 --tls-self-signed

A browser opens the URL that is printed; a script asks for exports as it asks an appliance, such as:
  curl -u admin:PASSWORD 'http://127.0.0.1:8080/monitor/reports/overview?format=csv&section=ss_1_0_1&date_range=current_day'

The URL goes to the standard output, alone on its line, everything else to the standard error. An interrupt or a request to \
terminate lets downloads that have begun end; a second one does not.";

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// The arguments of `tollgate serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    input: Input,

    /// Address to listen on; port 0 takes a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// The appliances' clock: `live`, xN[@TIME] for N simulated seconds a second, or a TIME at which it stands still;
    /// without it, the end of the scenario's span
    #[arg(long, value_name = "CLOCK")]
    clock: Option<String>,

    /// Name of the user who may log in
    #[arg(long, value_name = "NAME", default_value = "admin")]
    user: String,

    /// A file whose first line is the password; without it, one is made and printed
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Speak HTTPS with the certificates of this file, in PEM, the server's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Speak HTTPS with a certificate made for this run
    #[arg(long, conflicts_with = "tls_cert")]
    tls_self_signed: bool,

    /// Number of threads that simulate, by default one for each processor; it changes no output
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Size in MiB of the cache of exports on disk
    #[arg(long, value_name = "N", default_value = "1024", value_parser = clap::value_parser!(u64).range(..1 << 30))]
    cache_mib: u64,

    /// Print errors only, and the password if one is made
    #[arg(long)]
    quiet: bool,
}

impl ServeArguments {
    /// Runs the verb, until the process is told to stop.
    ///
    /// # Errors
    /// If the scenario or the options are refused, or if the address cannot be listened on.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        self.check_user()?;
        let chosen = self.input.read()?;
        if !self.quiet {
            chosen.note_warnings();
        }
        let time = &chosen.scenario.time;
        let at_the_end = || Ok(Clock::Frozen(time.end().micros()));
        let clock = self.clock.as_deref().map_or_else(at_the_end, |text| Clock::read(text, time))?;
        let (password, is_made) = match &self.password_file {
            Some(file) => (read_password(file)?, false),
            None => (Password::generate()?, true),
        };
        let shown = is_made.then(|| password.reveal().to_owned());
        let tls = self.tls();
        let is_plain = tls.is_none();
        raise_file_limit();
        let history = History::begin(&chosen.scenario, clock, self.threads.map(NonZeroUsize::get))?;
        let settings = ServerSettings {
            listen: self.listen,
            user: self.user.clone(),
            password,
            tls,
            cache_bytes: self.cache_mib * MIB,
        };
        let server = Server::bind(history, settings)?;
        if is_plain && !server.address().ip().is_loopback() {
            self.note(
                "warning: passwords and figures go over the network in the clear, as --listen is not a loopback address; \
                 --tls-cert with --tls-key, or --tls-self-signed, hides them",
            );
        }
        self.announce(&server, shown.as_deref())?;
        server.run();
        Ok(ExitCode::SUCCESS)
    }

    /// Prints the address of the server, the user and the password.
    fn announce(&self, server: &Server, made_password: Option<&str>) -> Result<()> {
        let url = server.url();
        if let Some(fingerprint) = server.fingerprint() {
            self.note(&format!("certificate: SHA-256 {fingerprint}"));
        }
        // A generated password is always printed: nobody could log in without it.
        if let Some(password) = made_password {
            terminal::note(&format!("log in at {url} as {} with {password}", self.user));
        }
        let insecure = if self.tls_self_signed { "--insecure " } else { "" };
        let login = format!("{}:{}", self.user, made_password.unwrap_or("PASSWORD"));
        self.note(&format!(
            "try: curl {insecure}-u {} '{url}monitor/reports/overview?format=csv&section=ss_1_0_1&date_range=current_day'",
            quoted(&login),
        ));
        terminal::print(&format!("{url}\n"))
    }

    fn note(&self, line: &str) {
        if !self.quiet {
            terminal::note(line);
        }
    }

    /// Basic authentication ends a user's name at the first colon.
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

/// Raises the limit of open files to what the system allows, because connections and cached exports are files. If that fails, the
/// old limit stays, which is enough unless there are many clients.
#[cfg(target_os = "linux")]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

#[cfg(not(target_os = "linux"))]
fn raise_file_limit() {}

/// The password in the first line of a file.
fn read_password(file: &Path) -> Result<Password> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Password::new(line.to_owned())),
        _ => bail!("{}: found no password, allowed is a file whose first line is one", file.display()),
    }
}

/// Text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || ":_-.".contains(character);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
