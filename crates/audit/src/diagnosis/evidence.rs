//! What a diagnosis is made from: the figures of each interval, and of each domain in it where there are any.

use std::collections::HashMap;

use super::figure::Figure;

/// The outgoing TLS figures of one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// When it begins, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Its length in seconds; 0 if it is not known.
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
    /// The rows of the details by domain; none if there are no details of this interval.
    pub domains: Option<Vec<DomainFigures>>,
}

/// The outgoing TLS figures of one domain in one interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DomainFigures {
    /// Its name.
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

/// All that is known of how outgoing connections were counted.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub(crate) intervals: Vec<Span>,
    pub(crate) domains: usize,
    numbers: HashMap<Box<str>, u32>,
    /// Of all intervals, in their order.
    pub(crate) cells: Vec<Cell>,
}

/// An interval in sum.
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
    /// Whether its details say where most of its plain messages went.
    pub(crate) detailed: bool,
}

/// What was known of an interval's TLS setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It lies within the time in which TLS was attempted by preference, or connections are missing.
    Preferred,
    /// It lies before or after that time: all rules count alike.
    Off,
    /// The setting may have been switched within it.
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
    /// How many messages may be expected, in steps: from what its domain and its interval have in all.
    pub(crate) rate: u8,
    pub(crate) unencrypted: u32,
    pub(crate) failures: u32,
    pub(crate) messages: u32,
}

/// The steps of expected messages.
pub(crate) const RATES: [f64; 6] = [0.02, 0.08, 0.3, 1.2, 5.0, 20.0];

/// Where fewer connections are shown than one for so many messages, some must be missing: no site comes near it.
const MISSING_BELOW: f64 = 8.0;

impl Observation {
    /// The figures of the TLS Connections page in its order: of an interval whose time and domains are not known.
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
    /// Evidence of intervals in any order.
    pub fn new(observations: impl IntoIterator<Item = Observation>) -> Self {
        let mut evidence = Evidence::default();
        observations.into_iter().for_each(|observation| evidence.add(observation));
        evidence.settle();
        evidence
    }

    /// Adds an interval. What is told from the order of intervals is told when all are there.
    pub(crate) fn add(&mut self, observation: Observation) {
        let place = self.intervals.len() as u32;
        let mut known_messages = 0.0;
        for row in observation.domains.iter().flatten() {
            let categories =
                [row.successful_required, row.successful_preferred, row.failed_required, row.failed_preferred];
            // Where TLS succeeded or was required, the row does not say which of its messages went in clear.
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

    /// Tells the intervals in which TLS was preferred from those before and after, which look the same under every rule.
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

    /// Notes down how many messages each cell might have been expected to have.
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

    /// Whether any interval has details that say enough.
    pub(crate) fn is_detailed(&self) -> bool {
        self.intervals.iter().any(|span| span.detailed)
    }
}

impl Span {
    /// Whether it shows that TLS was attempted by preference, or that connections are missing.
    fn is_telling(&self) -> bool {
        let missing = self.unencrypted.high < self.messages.low / MISSING_BELOW;
        self.successes.high + self.failures.high > 0.0 || missing
    }

    /// How busy the appliance was: messages a minute, or in all if the length is not known.
    pub(crate) fn load(&self) -> f64 {
        let minutes = if self.length_seconds > 0 { self.length_seconds as f64 / 60.0 } else { 1.0 };
        (self.messages + self.encrypted_messages).middle().max(0.5) / minutes
    }
}
