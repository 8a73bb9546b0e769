//! `tollgate serve` as a process: its output, its address and its end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};

use insta::{assert_snapshot, with_settings};

use crate::support::{run, tollgate, transcript};

pub const SCENARIO: &str = "scenarios/quiet-hour.toml";

/// Compares the output of a refused command with a snapshot.
macro_rules! assert_refuses {
    ($($argument:expr),* $(,)?) => {{
        let arguments = ["serve", $($argument),*];
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert_snapshot!(transcript(&arguments, &output));
    }};
}

/// A server that runs in a process of its own.
pub struct Running {
    pub child: Child,
    /// The line on standard output.
    pub url: String,
}

impl Running {
    /// Starts a server and waits for its address.
    pub fn start(arguments: &[&str]) -> Running {
        let mut command = tollgate();
        command.args(["serve", SCENARIO, "--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "{:?}", child.wait_with_output());
        Running { child, url: line.trim_end().to_owned() }
    }

    /// Requests a path and returns the answer.
    pub fn get(&self, path: &str, login: Option<&str>) -> String {
        get(&format!("{}{path}", self.host()), login)
    }

    /// Sends a request and returns the answer.
    pub fn send(&self, request: &str) -> String {
        send(self.host(), request)
    }

    fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap().trim_end_matches('/')
    }

    /// Reads the standard error until it has a text, and returns what was read.
    pub fn read_until(&mut self, text: &str) -> String {
        let mut said = Vec::new();
        while !String::from_utf8_lossy(&said).contains(text) {
            let mut byte = [0];
            self.child.stderr.as_mut().unwrap().read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
        String::from_utf8(said).unwrap()
    }

    /// Sends a signal, and returns the exit status and the standard error.
    pub fn end(mut self, signal: &str) -> (ExitStatus, String) {
        let killed = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.child.id())).status().unwrap();
        assert!(killed.success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }
}

/// Requests a URL without its scheme and returns the answer.
pub fn get(url: &str, login: Option<&str>) -> String {
    let (host, path) = url.split_once('/').unwrap();
    let login = login.map_or(String::new(), |login| format!("Authorization: Basic {login}\r\n"));
    send(host, &format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{login}\r\n"))
}

fn send(host: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// A file with a password, and its directory.
pub fn password_file(text: &[u8]) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("password.txt");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (directory, path)
}

#[test]
fn help_of_serve() {
    assert_snapshot!(transcript(&["serve", "--help"], &run(&["serve", "--help"])));
}

#[test]
fn it_says_where_it_is_and_how_to_get_in() {
    let server = Running::start(&[]);
    let url = server.url.clone();
    let (status, said) = server.end("TERM");
    assert_eq!(status.code(), Some(0), "{said}");
    let filters = vec![
        ("127.0.0.1:[0-9]+", "127.0.0.1:PORT"),
        ("[a-hjkmnp-z2-9]{24}", "PASSWORD"),
        // It depends on the number of processors.
        ("peak memory of [0-9.]+ MiB", "peak memory of MEMORY"),
    ];
    with_settings!({ filters => filters }, { assert_snapshot!(format!("{url}\n--- stderr\n{said}")) });
}

#[test]
fn it_answers_with_the_password_of_a_file_and_repeats_it_nowhere() {
    for text in ["hunter2", "hunter2\n", "hunter2\r\n", "hunter2\nnot this\n"] {
        let (_directory, file) = password_file(text.as_bytes());
        let server = Running::start(&["--password-file", &file, "--user", "eve"]);
        // The Base64 of eve:hunter2, and of a wrong password.
        assert!(server.get("/no-such", Some("ZXZlOmh1bnRlcjI=")).starts_with("HTTP/1.1 404 "), "{text:?}");
        assert!(server.get("/no-such", Some("ZXZlOmh1bnRlcjM=")).starts_with("HTTP/1.1 401 "), "{text:?}");
        let (status, said) = server.end("INT");
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("curl -u eve:PASSWORD ") && !said.contains("hunter") && !said.contains("ZXZl"), "{said}");
    }
}

#[test]
fn it_can_be_quiet() {
    let (_directory, file) = password_file(b"hunter2\n");
    let (status, said) = Running::start(&["--quiet", "--password-file", &file]).end("TERM");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    let (_, said) = Running::start(&["--quiet"]).end("TERM");
    assert_eq!(said.lines().count(), 1, "only the generated password is printed: {said}");
}

#[test]
fn it_says_by_what_its_certificate_is_known() {
    let server = Running::start(&["--tls-self-signed"]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let (status, said) = server.end("TERM");
    assert_eq!(status.code(), Some(0), "{said}");
    let line = said.lines().find_map(|line| line.strip_prefix("certificate: SHA-256 ")).unwrap();
    assert!(
        line.split(':').count() == 32 && line.split(':').all(|pair| u8::from_str_radix(pair, 16).is_ok()),
        "{line}"
    );
    assert!(said.contains("curl --insecure -u admin:"), "{said}");
}

#[test]
fn it_warns_of_passwords_in_the_clear() {
    for (listen, tls, warns) in
        [("0.0.0.0:0", None, true), ("0.0.0.0:0", Some("--tls-self-signed"), false), ("127.0.0.1:0", None, false)]
    {
        let mut command = tollgate();
        command.args(["serve", SCENARIO, "--listen", listen]).args(tls);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        let (_, said) = Running { child, url }.end("TERM");
        assert_eq!(said.contains("warning: passwords and figures cross the network unencrypted"), warns, "{said}");
    }
}

#[test]
fn a_port_that_is_taken() {
    let server = Running::start(&[]);
    let address = server.url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let output = run(&["serve", SCENARIO, "--listen", address]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{said}");
    assert!(
        said.starts_with(&format!("error: --listen: cannot listen on {address}: Address already in use")),
        "{said}"
    );
    let output = run(&["serve", SCENARIO, "--listen", "127.0.0.1:0", "--metrics", address]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("error: --metrics: cannot listen on {address}: Address already in use")), "{said}");
    server.end("TERM");
}

#[test]
fn a_directory_for_temporary_files_that_is_not_there() {
    let mut command = tollgate();
    let output =
        command.args(["serve", SCENARIO, "--listen", "127.0.0.1:0"]).env("TMPDIR", "/no/such").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{said}");
    assert!(said.starts_with("error: cannot write and read a temporary file in /no/such: "), "{said}");
    assert!(said.contains("set TMPDIR to another directory"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn it_says_that_the_process_may_open_too_few_files() {
    let limited = |files: u32| {
        let mut command = Command::new("sh");
        command.current_dir(crate::support::root()).args(["-c", &format!("ulimit -n {files} && exec \"$@\""), "sh"]);
        command.arg(tollgate().get_program()).args(["serve", SCENARIO, "--listen", "127.0.0.1:0"]);
        command
    };
    for files in [14, 100] {
        let refused = limited(files).arg("--json").output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        // Nothing comes before the JSON.
        let start = format!("{{\"error\":\"open files: found a limit of {files}, allowed is at least ");
        assert!(said.starts_with(&start) && said.lines().count() == 1, "{said}");
    }

    let mut child = limited(1000).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
    let (status, said) = Running { child, url }.end("TERM");
    assert_eq!(status.code(), Some(0), "{said}");
    let warning = said.lines().find(|line| line.starts_with("warning: the server takes ")).unwrap();
    assert!(
        warning.contains(" connections at once instead of 4,096, because the process may open only 1000 files;"),
        "{warning}"
    );
}

#[test]
fn a_clock_that_is_too_fast() {
    assert_refuses!(SCENARIO, "--clock", "x1e7");
}

#[test]
fn a_clock_that_is_none() {
    assert_refuses!(SCENARIO, "--clock", "yesterday");
}

#[test]
fn a_clock_before_the_scenario() {
    assert_refuses!(SCENARIO, "--clock", "2008-11-17T00:00:00Z");
}

#[test]
fn an_address_without_a_port() {
    assert_refuses!(SCENARIO, "--listen", "localhost");
}

#[test]
fn an_interval_of_exports() {
    assert_refuses!(SCENARIO, "--interval", "5m");
}

#[test]
fn a_password_file_that_is_not_there() {
    assert_refuses!(SCENARIO, "--password-file", "scenarios/no-such.txt");
}

#[test]
fn a_log_as_json_without_a_place_for_the_password() {
    assert_refuses!(SCENARIO, "--log", "json");
}

#[test]
fn a_password_file_without_a_password() {
    assert_refuses!(SCENARIO, "--password-file", "crates/tollgate/tests/data/no-password.txt");
}

#[test]
fn a_user_with_a_colon() {
    assert_refuses!(SCENARIO, "--user", "a:b");
}

#[test]
fn a_certificate_without_a_key() {
    assert_refuses!(SCENARIO, "--tls-cert", "Cargo.toml");
}

#[test]
fn a_certificate_that_is_not_there() {
    assert_refuses!(SCENARIO, "--tls-cert", "scenarios/no-such.pem", "--tls-key", "Cargo.toml");
}

#[test]
fn a_certificate_that_is_none() {
    assert_refuses!(SCENARIO, "--tls-cert", "Cargo.toml", "--tls-key", "Cargo.toml");
}

#[test]
fn two_sources_of_a_certificate() {
    assert_refuses!(SCENARIO, "--tls-cert", "a.pem", "--tls-key", "b.pem", "--tls-self-signed");
}
