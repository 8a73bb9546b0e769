//! The evidence of a diagnosis: the figures of each interval, and of each domain in it if there are details.

use std::collections::{HashMap, HashSet};

use super::connections::Row;
use super::details::{Cell, cells_in};
use super::established::Established;
use super::figure::Figure;

/// The outgoing TLS figures of one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Beginning of the interval, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Length of the interval in seconds. 0 if it is unknown.
    pub length_seconds: i64,
    /// Successful - Required, in connections.
    pub successful_required: Figure,
    /// Successful - Preferred, in connections.
    pub successful_preferred: Figure,
    /// Failed - TLS Required, in connections.
    pub failed_required: Figure,
    /// Failed - Preferred, in connections.
    pub failed_preferred: Figure,
    /// Unencrypted Connections.
    pub unencrypted_connections: Figure,
    /// TLS Encrypted, in messages.
    pub encrypted_messages: Figure,
    /// Unencrypted, in messages.
    pub unencrypted_messages: Figure,
    /// The rows of the details by domain. `None` if there are no details of this interval.
    pub domains: Option<Vec<DomainFigures>>,
}

/// The outgoing TLS figures of one domain in one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DomainFigures {
    /// Name of the domain.
    pub domain: Box<str>,
    /// Successful - Required, in connections.
    pub successful_required: f64,
    /// Successful - Preferred, in connections.
    pub successful_preferred: f64,
    /// Failed - Required, in connections.
    pub failed_required: f64,
    /// Failed - Preferred, in connections.
    pub failed_preferred: f64,
    /// Total Connections.
    pub connections: f64,
    /// Total Messages.
    pub messages: f64,
}

/// The outgoing TLS figures of all intervals.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The intervals, in order of time once they are settled.
    pub(crate) intervals: Vec<Span>,
    numbers: HashMap<Box<str>, usize>,
    /// The cells of each domain.
    cells: Vec<Vec<Cell>>,
    /// The domains to which TLS succeeded or was required. Their cells are not judged.
    encrypting: HashSet<usize>,
    /// Relations between the figures that must hold under every rule and do not.
    pub(crate) contradictions: Vec<String>,
    /// The number of all connections, if it is known.
    pub(crate) established: Option<Established>,
}

/// The sums of an interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) begin_seconds: i64,
    pub(crate) length_seconds: i64,
    pub(crate) successes: Figure,
    pub(crate) failures: Figure,
    pub(crate) unencrypted: Figure,
    pub(crate) messages: Figure,
    /// Connections on which TLS was tried or required.
    pub(crate) tried: Figure,
    pub(crate) state: State,
    pub(crate) is_detailed: bool,
}

/// The TLS setting of destinations in an interval, as far as the figures show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// TLS was preferred. The interval lies between the first and the last one that show this, or that lack connections.
    Preferred,
    /// The interval lies before or after that time: all rules count alike.
    Off,
    /// The setting may have been switched in the interval.
    Switched,
}

/// Connections are missing if there is fewer than one for this number of messages. No site has so many messages on a connection.
const MISSING_BELOW: f64 = 100.0;

impl Observation {
    /// An interval of unknown time and without details, from the figures of the TLS Connections page in their order.
    pub fn of_page(figures: [Figure; 7]) -> Self {
        let [
            successful_required,
            successful_preferred,
            failed_required,
            failed_preferred,
            unencrypted_connections,
            encrypted_messages,
            unencrypted_messages,
        ] = figures;
        Observation {
            successful_required,
            successful_preferred,
            failed_required,
            failed_preferred,
            unencrypted_connections,
            encrypted_messages,
            unencrypted_messages,
            ..Observation::default()
        }
    }
}

impl Evidence {
    /// Collects the evidence of intervals, in any order.
    pub fn new(observations: impl IntoIterator<Item = Observation>) -> Self {
        let mut evidence = Evidence::default();
        observations.into_iter().for_each(|observation| evidence.add(observation));
        evidence.settle();
        evidence
    }

    /// Takes the figures of a page as evidence, and checks that they can be together.
    pub fn of_page(observation: Observation) -> Self {
        let successes = observation.successful_required + observation.successful_preferred;
        let is_impossible = observation.encrypted_messages.low > 0.0 && successes.high == 0.0;
        let mut evidence = Evidence::new([observation]);
        if is_impossible {
            evidence.contradictions.push("there were encrypted messages, but no successful TLS connection".into());
        }
        evidence
    }

    /// Adds an interval. Call `settle` after the last one.
    pub(crate) fn add(&mut self, observation: Observation) {
        let interval = self.intervals.len() as u32;
        for row in observation.domains.iter().flatten() {
            // If TLS succeeded or was required, the row does not show which of its messages went in clear, nor whether the domain
            // was known.
            if row.successful_required + row.successful_preferred + row.failed_required > 0.0 {
                let domain = self.number(&row.domain);
                self.encrypting.insert(domain);
                continue;
            }
            let (messages, failures) = (row.messages, row.failed_preferred);
            let unencrypted = (row.connections - failures).max(0.0);
            if messages + unencrypted + failures > 0.0 {
                let domain = self.number(&row.domain);
                self.cells[domain].push(Cell { interval, messages, unencrypted, failures });
            }
        }
        self.intervals.push(Span {
            begin_seconds: observation.begin_seconds,
            length_seconds: observation.length_seconds,
            successes: observation.successful_preferred,
            failures: observation.failed_preferred,
            unencrypted: observation.unencrypted_connections,
            messages: observation.unencrypted_messages,
            tried: observation.successful_required
                + observation.successful_preferred
                + observation.failed_required
                + observation.failed_preferred,
            state: State::Preferred,
            is_detailed: observation.domains.is_some(),
        });
    }

    fn number(&mut self, domain: &str) -> usize {
        if let Some(&number) = self.numbers.get(domain) {
            return number;
        }
        self.numbers.insert(domain.into(), self.cells.len());
        self.cells.push(Vec::new());
        self.cells.len() - 1
    }

    /// Finds the intervals in which TLS was preferred. Those before and after look the same under every rule.
    pub(crate) fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.intervals.len()).collect();
        order.sort_by_key(|&at| self.intervals[at].begin_seconds);
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &at)| places[at] = place as u32);
        self.intervals.sort_by_key(|span| span.begin_seconds);
        for domain in &mut self.cells {
            domain.iter_mut().for_each(|cell| cell.interval = places[cell.interval as usize]);
            domain.sort_by_key(|cell| cell.interval);
        }
        self.find_states();
    }

    fn find_states(&mut self) {
        let telling: Vec<bool> = self.intervals.iter().map(Span::is_telling).collect();
        let (Some(first), Some(last)) = (telling.iter().position(|&one| one), telling.iter().rposition(|&one| one))
        else {
            self.intervals.iter_mut().for_each(|span| span.state = State::Off);
            return;
        };
        let has_mail = |spans: &[Span]| spans.iter().any(|span| span.messages.high > 0.0);
        let (before, after) = (has_mail(&self.intervals[..first]), has_mail(&self.intervals[last + 1..]));
        for (at, span) in self.intervals.iter_mut().enumerate() {
            span.state = match at {
                at if at < first || at > last => State::Off,
                at if first < last && ((at == first && before) || (at == last && after)) => State::Switched,
                _ => State::Preferred,
            };
        }
        if !self.intervals.iter().any(|span| span.state == State::Preferred) {
            self.intervals[first..=last].iter_mut().for_each(|span| span.state = State::Preferred);
        }
    }

    /// The intervals in a state.
    pub(crate) fn in_state(&self, state: State) -> impl Iterator<Item = &Span> {
        self.intervals.iter().filter(move |span| span.state == state)
    }

    /// The figures of the intervals in which TLS was preferred.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.in_state(State::Preferred).map(Span::row).collect()
    }

    /// The cells of each domain in these intervals.
    pub(crate) fn cells(&self) -> Vec<Vec<Cell>> {
        let judged: Vec<bool> = self.intervals.iter().map(|span| span.state == State::Preferred).collect();
        let plain = self.cells.iter().enumerate().filter(|(domain, _)| !self.encrypting.contains(domain));
        cells_in(plain.map(|(_, cells)| cells), &judged)
    }

    /// Plain connections per message while TLS was off, if there were enough.
    pub(crate) fn measured(&self) -> Option<f64> {
        const ENOUGH: f64 = 100.0;
        let sum = |of: fn(&Span) -> Figure| self.in_state(State::Off).map(|span| of(span).middle()).sum::<f64>();
        let (connections, messages) = (sum(|span| span.unencrypted), sum(|span| span.messages));
        (connections >= ENOUGH && messages > 0.0).then(|| connections / messages)
    }

    /// Returns true if TLS was surely off in the intervals that do not show it: with the mail that they have, connections would have tried it.
    pub(crate) fn surely_off(&self) -> bool {
        /// With so many expected tries, the probability of none is below 1 in 10^8.
        const SURE: f64 = 20.0;
        let messages = |state| self.in_state(state).map(|span| span.messages.middle()).sum::<f64>();
        let tried: f64 = self.in_state(State::Preferred).map(|span| span.tried.middle()).sum();
        tried / messages(State::Preferred).max(1.0) * messages(State::Off) >= SURE
    }

    /// Returns true if no mail went out in clear.
    pub(crate) fn has_no_clear_mail(&self) -> bool {
        self.intervals.iter().all(|span| span.messages.high + span.unencrypted.high == 0.0)
    }

    /// Returns true if messages went out in clear, but no connection is shown that carried them. The documented rule counts such a
    /// connection in the interval of its messages.
    pub(crate) fn lacks_all_connections(&self) -> bool {
        let spans = || self.in_state(State::Preferred);
        spans().any(|span| span.messages.low >= 1.0) && spans().all(|span| span.unencrypted.high == 0.0)
    }

    /// Number of messages in clear while TLS was preferred, at least.
    pub(crate) fn messages(&self) -> f64 {
        self.in_state(State::Preferred).map(|span| span.messages.low).sum()
    }

    /// Number of domains to which mail went, all of it in clear.
    pub(crate) fn domains_in_clear(&self) -> usize {
        self.cells().iter().filter(|cells| cells.iter().any(|cell| cell.messages > 0.0)).count()
    }

    /// Returns true if any interval has details.
    pub(crate) fn is_detailed(&self) -> bool {
        self.intervals.iter().any(|span| span.is_detailed)
    }
}

impl Span {
    /// Returns true if the interval shows that TLS was preferred, or that connections are missing.
    fn is_telling(&self) -> bool {
        let missing = self.unencrypted.high < self.messages.low / MISSING_BELOW;
        self.successes.high + self.failures.high > 0.0 || missing
    }

    /// The figures as numbers. If connections and failures are abbreviated and may be equal, they are taken as equal.
    fn row(&self) -> Row {
        let (low, high) = (self.unencrypted.low.max(self.failures.low), self.unencrypted.high.min(self.failures.high));
        let equal = low <= high;
        let middle = ((low + high) / 2.0).round();
        Row {
            begin_seconds: self.begin_seconds,
            length_seconds: self.length_seconds,
            messages: self.messages.middle().round(),
            unencrypted: if equal { middle } else { self.unencrypted.middle().round() },
            failures: if equal { middle } else { self.failures.middle().round() },
            tried: self.tried.middle(),
            tried_preferred: (self.successes + self.failures).middle(),
        }
    }
}
