//! Shared by the tests of the server: a small site, a server for it, and a client.

pub mod slow;

use std::net::SocketAddr;
use std::path::Path;
use std::thread::{self, JoinHandle};

use chrono::NaiveDateTime;
use tollgate_history::{Clock, History};
use tollgate_monitor::{Password, Server, ServerSettings, Stopper};
use tollgate_scenario::{Override, Scenario};

pub const USER: &str = "admin";
pub const PASSWORD: &str = "ironport";

/// `admin:ironport`, as a client sends it.
const AUTHORIZATION: &str = "Basic YWRtaW46aXJvbnBvcnQ=";

/// A running server. It stops when it is dropped.
pub struct Running {
    pub address: SocketAddr,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

/// A complete answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The names and values of the headers, in order.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The scenario quiet-hour with a second appliance, and with another begin and span. Each override is `path=value`.
pub fn pair(begin: &str, span: &str, overrides: &[&str]) -> Scenario {
    let appliances = "appliances=[{ name = \"quiet\", load = 2.0, reputation_multiplier = 4 }, \
                      { name = \"other\", reputation_multiplier = 4 }]";
    let times = [format!("time.begin={begin}"), format!("time.span={span}")];
    let sets = times.iter().map(String::as_str).chain([appliances]).chain(overrides.iter().copied());
    let sets: Vec<Override> = sets.map(|set| set.parse().unwrap()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    Scenario::read(&path, &sets).unwrap_or_else(|error| panic!("{error}"))
}

/// A moment such as `2008-11-18 09:00:00` in microseconds since the Unix epoch.
pub fn micros(text: &str) -> u64 {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros() as u64
}

impl Running {
    /// Serves a scenario on a free port.
    pub fn start(scenario: &Scenario, clock: Clock, cache_bytes: u64) -> Running {
        Running::serve(History::begin(scenario, clock, None).unwrap(), cache_bytes)
    }

    /// Serves a history on a free port.
    pub fn serve(history: History, cache_bytes: u64) -> Running {
        let settings = ServerSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            user: USER.into(),
            password: Password::new(PASSWORD.into()),
            tls: None,
            cache_bytes,
            metrics: None,
        };
        Running::of(Server::bind(history, settings).unwrap())
    }

    /// Runs a server that listens.
    pub fn of(server: Server) -> Running {
        let (address, stopper) = (server.address(), server.stopper());
        let thread = thread::spawn(move || server.run());
        Running { address, stopper, thread: Some(thread) }
    }

    /// Tells the server to stop, without waiting.
    pub fn stop(&self) {
        self.stopper.stop();
    }

    /// Requests a path with the right password and without compression.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("Accept-Encoding", "identity")])
    }

    /// Requests a path with the right password and further headers.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let mut request = ureq::http::Request::builder().method(method).uri(url).header("Authorization", AUTHORIZATION);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let mut answer = agent.run(request.body(()).unwrap()).unwrap();
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let body = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().unwrap();
        Answer { status: answer.status().as_u16(), headers, body }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Twice, so that the server does not wait for answers without a reader.
        self.stopper.stop();
        self.stopper.stop();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(thread::panicking() || ended.is_none_or(|ended| ended.is_ok()), "the server panicked");
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The value of a header, if there is one. Fails if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} once");
        value
    }
}
