//! The fuzz targets. A target gets any bytes, and panics if the program does not handle them well.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tollgate_audit::{Assumptions, Auditor, Diagnosis, Evidence, Exports, Identities, Sources};
use tollgate_catalogue::Catalogue;
use tollgate_history::{Clock, History};
use tollgate_monitor::{Password, Server, ServerSettings};
use tollgate_scenario::{Override, Scenario, ScenarioError, ScenarioText};

/// A function that handles any bytes.
pub type Target = fn(&[u8]);

/// The targets by name. Each has a directory of the corpus.
pub const TARGETS: [(&str, Target); 4] = [
    ("scenario", read_scenario),
    ("overrides", apply_overrides),
    ("exports", audit_exports),
    ("request", send_request),
];

/// The largest size of an error: 50 problems with shortened texts.
const MOST_ERROR_BYTES: usize = 500_000;

/// The scenario of [`apply_overrides`] and of the server.
pub const FIXTURE: &str = include_str!("../../../../scenarios/fixture.toml");

/// The line that begins a file in the input of [`audit_exports`].
const FILE_MARK: &str = "=== ";

/// The login of the server: `admin:ironport`.
const AUTHORIZATION: &str = "Authorization: Basic YWRtaW46aXJvbnBvcnQ=\r\n";

/// Reads a scenario. If it is accepted, its text with every value gives the same scenario.
pub fn read_scenario(bytes: &[u8]) {
    let text = match ScenarioText::read_stream(bytes, "input.toml", &[]) {
        Ok(text) => text,
        Err(error) => return assert_bounded(&error),
    };
    match text.scenario() {
        Err(error) => assert_bounded(&error),
        Ok(scenario) => {
            text.warnings(&scenario).iter().for_each(|warning| assert_printable(&text.render(&[warning], false)));
            let effective = text.effective(&scenario);
            let again = ScenarioText::new(&effective, "effective.toml", &[]);
            let same = again.scenario().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again.effective(&same).replace("  # default", ""), effective.replace("  # default", ""));
        }
    }
}

/// Applies overrides to a scenario. Each line is an override.
pub fn apply_overrides(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let overrides: Result<Vec<Override>, ScenarioError> = text.lines().map(str::parse).collect();
    if let Err(error) = overrides.and_then(|overrides| Scenario::parse(FIXTURE, "fixture.toml", &overrides)) {
        assert_bounded(&error);
    }
}

/// Audits and diagnoses exports. A line with `===` and a name begins a file.
pub fn audit_exports(bytes: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let text = String::from_utf8_lossy(bytes);
    for file in text.split(FILE_MARK).skip(1) {
        let (name, content) = file.split_once('\n').unwrap_or((file, ""));
        let name: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric() || "_-. ()".contains(*c)).take(100).collect();
        fs::write(directory.path().join(format!("{name}.csv")), content).unwrap();
    }
    if let Err(error) = audit(directory.path()) {
        assert_printable(&error.to_string());
    }
}

fn audit(directory: &Path) -> Result<(), tollgate_audit::Error> {
    let mut exports = Exports::open(directory, &[])?;
    let identities = Identities::builtin();
    let assumptions = Assumptions { multiplier: 3, max_per_connection: 100 };
    tollgate_audit::settle(&mut exports, identities, assumptions)?;
    let mut auditor = Auditor::new(identities.all(), &Sources::new(&exports), assumptions);
    for window in exports.windows_of_columns(|_| true, |table, column| identities.form_of(table, column))? {
        auditor.look_at(&window?);
    }
    assert!(auditor.finish().len() <= identities.all().len());
    let is_usable = |table: u32| {
        exports.file_of(table).is_some_and(|file| file.rows > 0 && Evidence::missing_columns(file).is_empty())
    };
    if Evidence::NEEDED.into_iter().all(is_usable) {
        let evidence = Evidence::of_exports(&exports, is_usable)?;
        if !evidence.is_empty() {
            let rules = Catalogue::builtin().rules();
            assert_eq!(Diagnosis::new(rules, &evidence).rules.len(), rules.len());
        }
    }
    Ok(())
}

/// Sends a request to a server. A second line with the right password is added to it.
pub fn send_request(bytes: &[u8]) {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    let address = *ADDRESS.get_or_init(start_server);
    let line = bytes.windows(2).position(|two| two == b"\r\n").map_or(bytes.len(), |end| end + 2);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // The server may end the connection before it has read everything.
    let sent = [&bytes[..line], AUTHORIZATION.as_bytes(), &bytes[line..]].concat();
    let _ = stream.write_all(&sent).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("no answer within a minute"),
        _ => {}
    }
    if !answer.is_empty() {
        let status = answer.strip_prefix(b"HTTP/1.1 ").or_else(|| answer.strip_prefix(b"HTTP/1.0 "));
        let status = status.unwrap_or_else(|| panic!("not HTTP: {:?}", String::from_utf8_lossy(&answer)));
        let code: u16 = String::from_utf8_lossy(&status[..3]).parse().unwrap();
        assert!((200..500).contains(&code), "{}", String::from_utf8_lossy(&answer[..answer.len().min(2000)]));
    }
}

fn start_server() -> SocketAddr {
    let scenario = Scenario::parse(FIXTURE, "fixture.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let clock = Clock::Frozen(scenario.time.end().micros());
    let history = History::begin(&scenario, clock, Some(1)).unwrap();
    let settings = ServerSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        user: "admin".into(),
        password: Password::new("ironport".into()),
        tls: None,
        cache_bytes: 1 << 20,
        metrics: None,
    };
    let server = Server::bind(history, settings).unwrap();
    let address = server.address();
    thread::spawn(move || server.run());
    address
}

fn assert_bounded(error: &ScenarioError) {
    let text = error.render(false);
    assert!(text.len() < MOST_ERROR_BYTES, "{} bytes", text.len());
    assert_printable(&text);
}

/// Checks that a text has no character that controls a terminal.
fn assert_printable(text: &str) {
    assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
}
