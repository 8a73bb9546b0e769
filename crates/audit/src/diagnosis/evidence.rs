//! The evidence of a diagnosis: the figures of each interval, and of each domain in it if there are details.

use std::collections::HashMap;

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
    pub(crate) intervals: Vec<Span>,
    pub(crate) domains: usize,
    numbers: HashMap<Box<str>, u32>,
    /// The cells of all intervals with details, in the order of domains and time.
    pub(crate) cells: Vec<Cell>,
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
    pub(crate) encrypted_messages: Figure,
    pub(crate) state: State,
    /// True if its details have at least half of its plain messages.
    pub(crate) detailed: bool,
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

/// The plain mail to one domain in one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) domain: u32,
    pub(crate) interval: u32,
    pub(crate) counts: CellCounts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CellCounts {
    /// The step of expected messages in `RATES`, from the totals of the cell's domain and interval.
    pub(crate) rate: u8,
    pub(crate) unencrypted: u32,
    pub(crate) failures: u32,
    pub(crate) messages: u32,
}

/// The limits between the steps of expected messages.
pub(crate) const RATES: [f64; 6] = [0.02, 0.08, 0.3, 1.2, 5.0, 20.0];

/// Connections are missing if there is fewer than one for this number of messages. No site has so many messages on a connection.
const MISSING_BELOW: f64 = 8.0;

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

    /// Adds an interval. Call `settle` after the last one.
    pub(crate) fn add(&mut self, observation: Observation) {
        let place = self.intervals.len() as u32;
        let mut known_messages = 0.0;
        for row in observation.domains.iter().flatten() {
            let categories =
                [row.successful_required, row.successful_preferred, row.failed_required, row.failed_preferred];
            // If TLS succeeded or was required, the row does not show which of its messages went in clear.
            if categories[0] + categories[1] + categories[2] > 0.0 {
                continue;
            }
            let unencrypted = row.connections - categories.iter().sum::<f64>();
            let counts = [unencrypted, row.failed_preferred, row.messages].map(|count| count.round() as u32);
            let [unencrypted, failures, messages] = counts;
            known_messages += row.messages;
            if counts != [0; 3] {
                let counts = CellCounts { rate: 0, unencrypted, failures, messages };
                let domain = self.number(&row.domain);
                self.cells.push(Cell { domain, interval: place, counts });
            }
        }
        let messages = observation.unencrypted_messages;
        self.intervals.push(Span {
            begin_seconds: observation.begin_seconds,
            length_seconds: observation.length_seconds,
            successes: observation.successful_preferred,
            failures: observation.failed_preferred,
            unencrypted: observation.unencrypted_connections,
            messages,
            encrypted_messages: observation.encrypted_messages,
            state: State::Preferred,
            detailed: observation.domains.is_some() && known_messages >= messages.low / 2.0,
        });
    }

    fn number(&mut self, domain: &str) -> u32 {
        if let Some(&number) = self.numbers.get(domain) {
            return number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(domain.into(), number);
        self.domains = self.numbers.len();
        number
    }

    /// Finds the intervals in which TLS was preferred. Those before and after look the same under every rule.
    pub(crate) fn settle(&mut self) {
        let mut order: Vec<usize> = (0..self.intervals.len()).collect();
        order.sort_by_key(|&at| self.intervals[at].begin_seconds);
        let telling = |at: &usize| self.intervals[*at].is_telling();
        let first = order.iter().position(telling);
        let last = order.iter().rposition(telling);
        let several = order.iter().filter(|at| telling(at)).count() > 1;
        let counted_before = |first: usize| order[..first].iter().any(|&at| self.intervals[at].messages.high > 0.0);
        let switched = first.filter(|&first| several && counted_before(first));
        for (place, &at) in order.iter().enumerate() {
            let within = first.is_some_and(|first| first <= place) && last.is_some_and(|last| place <= last);
            self.intervals[at].state = match within {
                _ if switched == Some(place) => State::Switched,
                true => State::Preferred,
                false => State::Off,
            };
        }
        let intervals = &self.intervals;
        self.cells.retain(|cell| intervals[cell.interval as usize].detailed);
        self.cells.sort_by_key(|cell| (cell.domain, intervals[cell.interval as usize].begin_seconds));
        self.rate_cells();
    }

    /// Sets the step of expected messages of each cell.
    fn rate_cells(&mut self) {
        let mut of_domain = vec![0.0; self.domains];
        let mut of_interval = vec![0.0; self.intervals.len()];
        let mut all = 0.0;
        for cell in &self.cells {
            let messages = f64::from(cell.counts.messages);
            of_domain[cell.domain as usize] += messages;
            of_interval[cell.interval as usize] += messages;
            all += messages;
        }
        for cell in &mut self.cells {
            let expected = of_domain[cell.domain as usize] * of_interval[cell.interval as usize] / f64::max(all, 1.0);
            cell.counts.rate = RATES.iter().take_while(|&&rate| rate < expected).count() as u8;
        }
    }

    /// The intervals in a state.
    pub(crate) fn in_state(&self, state: State) -> impl Iterator<Item = &Span> {
        self.intervals.iter().filter(move |span| span.state == state)
    }

    /// Returns true if any interval has details with most of its messages.
    pub(crate) fn is_detailed(&self) -> bool {
        self.intervals.iter().any(|span| span.detailed)
    }
}

impl Span {
    /// Returns true if the interval shows that TLS was preferred, or that connections are missing.
    fn is_telling(&self) -> bool {
        let missing = self.unencrypted.high < self.messages.low / MISSING_BELOW;
        self.successes.high + self.failures.high > 0.0 || missing
    }

    /// The load of the appliance: messages per minute, or all messages if the length is unknown.
    pub(crate) fn load(&self) -> f64 {
        let minutes = if self.length_seconds > 0 { self.length_seconds as f64 / 60.0 } else { 1.0 };
        (self.messages + self.encrypted_messages).middle().max(0.5) / minutes
    }
}
