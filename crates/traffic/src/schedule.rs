//! A scenario that is ready for drawing.

use std::sync::Arc;

use tollgate_scenario::{BounceProfile, Burst, HOUR, Moment, Scenario, Session, Span, StartTls};

use crate::build::Builder;
use crate::calendar::{Calendar, LocalHour};
use crate::campaigns::Flood;
use crate::connections::{CHUNK, Connections};
use crate::directory::Directory;
use crate::draw::Duration;
use crate::id::{BehaviourId, PopulationId};
use crate::messages::{HourKey, MessageShape, Messages, Surroundings, VirusMix};
use crate::network::Pool;
use crate::script::ScriptShape;
use crate::senders::{AddressNumbers, Senders};
use crate::stream::{Generator, StreamKey};
use crate::volume::{Poisson, Volume};

/// A scenario that is ready for drawing: any hour on any appliance, in any order, on any thread.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(crate) populations: Vec<Population>,
    pub(crate) behaviours: Vec<Behaviour>,
    /// Length of connections to destinations, for each behaviour.
    pub(crate) outbound_sessions: Vec<Duration>,
    pub(crate) around: Surroundings,
    pub(crate) viruses: Vec<VirusWeight>,
    /// The appliances' shares of the load, with the moment from which they apply. The latest is last.
    pub(crate) shares: Vec<(u64, Vec<f64>)>,
    pub(crate) calendar: Calendar,
    pub(crate) pools: Arc<Vec<Pool>>,
    pub(crate) directory: Directory,
}

/// Senders who behave alike, with their mail.
#[derive(Clone, Debug)]
pub struct Population {
    /// Its name: that of a class, flow, outbreak or script. A listed domain follows after a slash.
    pub name: String,
    /// Place in the scenario of the listener that it connects to.
    pub listener: usize,
    /// The retry profile of senders that an appliance has turned away. `None` if they do not retry.
    pub retry: Option<BounceProfile>,
    pub(crate) key: StreamKey,
    pub(crate) senders: Arc<Senders>,
    pub(crate) arrivals: Arrivals,
    pub(crate) shape: Shape,
}

/// The times at which connections are opened.
#[derive(Clone, Debug)]
pub(crate) enum Arrivals {
    Drawn(Box<Volume>),
    /// Evenly spaced over a span, on one appliance.
    Even {
        appliance: usize,
        begin: u64,
        span: u64,
        count: u64,
    },
}

/// The mail of a population.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Drawn(Box<MessageShape>),
    Script(ScriptShape),
}

/// The behaviour of a destination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behaviour {
    /// Its use of TLS.
    pub starttls: StartTls,
    /// The probabilities that STARTTLS fails, drawn for each connection.
    pub failures: StartTlsFailures,
    /// True if its certificate can be verified.
    pub certificate_valid: bool,
    /// Length of a connection.
    pub session: Session,
}

/// The probabilities that STARTTLS fails.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StartTlsFailures {
    /// Before the 220 reply.
    pub before_220: f64,
    /// After the 220 reply.
    pub after_220: f64,
}

/// A type of virus: its weight and its bursts.
#[derive(Clone, Debug)]
pub(crate) struct VirusWeight {
    pub(crate) weight: f64,
    pub(crate) bursts: Vec<Burst>,
}

/// One hour of one appliance, ready for drawing.
#[derive(Clone, Debug)]
pub struct Hour {
    local: LocalHour,
    key: HourKey,
}

/// The traffic of one population in one hour of an appliance, drawn piece by piece.
#[derive(Clone, Debug)]
pub struct Traffic<'a> {
    schedule: &'a Schedule,
    population: &'a Population,
    hour: &'a Hour,
    times: Times,
    /// Number of the next connection.
    next: u64,
    senders: Generator,
    /// The bursts of campaigns that come from few hosts.
    floods: Vec<Flood>,
}

/// The times of the connections that are not drawn yet.
#[derive(Clone, Debug)]
enum Times {
    Drawn(Poisson),
    /// Evenly spaced: `count` in a span that begins at `begin`, of which these places are left.
    Even {
        begin: u64,
        span: u64,
        count: u64,
        places: std::ops::Range<u64>,
    },
}

impl Schedule {
    /// Prepares a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        Builder::new(scenario).build()
    }

    /// The names of everything that is counted.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// All populations.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// The population with this identity.
    pub fn population(&self, id: PopulationId) -> &Population {
        &self.populations[id.index()]
    }

    /// The behaviour with this identity.
    pub fn behaviour(&self, id: BehaviourId) -> Behaviour {
        self.behaviours[id.index()]
    }

    /// The length of a connection to a destination with this behaviour. The draw depends on the key only.
    pub fn outbound_session(&self, behaviour: BehaviourId, key: StreamKey) -> Span {
        Span::from_micros(self.outbound_sessions[behaviour.index()].draw(&mut key.generator()))
    }

    /// The hour of an appliance that begins at `begin`, in microseconds since the Unix epoch.
    pub fn hour(&self, appliance: usize, begin: u64) -> Hour {
        let mut sum = 0.0;
        let mut mix = Vec::with_capacity(self.viruses.len());
        for virus in &self.viruses {
            let is_now =
                |burst: &&Burst| (burst.begin..burst.begin.plus(burst.span)).contains(&Moment::from_micros(begin));
            let factor: f64 = virus.bursts.iter().filter(is_now).map(|burst| burst.factor.get()).product();
            sum += virus.weight * factor;
            mix.push(sum);
        }
        let number = (begin / HOUR) << 8 | appliance as u64;
        let local = self.calendar.hour(begin);
        let key = HourKey { appliance, day: local.day(), number, viruses: VirusMix(mix) };
        Hour { local, key }
    }

    /// The traffic of each population in one hour.
    pub fn traffic<'a>(&'a self, hour: &'a Hour) -> Vec<Traffic<'a>> {
        self.populations.iter().map(|population| self.traffic_of(population, hour)).collect()
    }

    /// The traffic of one population in one hour.
    pub fn traffic_of<'a>(&'a self, population: &'a Population, hour: &'a Hour) -> Traffic<'a> {
        let key = population.key.numbered(hour.key.number);
        let mut floods = Vec::new();
        let (times, first) = match &population.arrivals {
            Arrivals::Drawn(volume) => {
                floods = volume.floods(&hour.local);
                // Arrivals and senders have separate streams, so that neither depends on the draws of the other.
                let arrivals = volume.arrivals(&hour.local, self.share(hour), key.named("arrivals").generator());
                (Times::Drawn(arrivals), 0)
            }
            Arrivals::Even { appliance, begin, span, count } => {
                let opened = |place| even_time(*begin, *span, *count, place);
                let is_here = *appliance == hour.key.appliance;
                let from = first_place(*count, |place| opened(place) >= hour.local.begin);
                let to = first_place(*count, |place| opened(place) >= hour.local.begin + HOUR);
                let places = if is_here { from..to } else { from..from };
                (Times::Even { begin: *begin, span: *span, count: *count, places }, from)
            }
        };
        let senders = key.named("senders").generator();
        Traffic { schedule: self, population, hour, times, next: first, senders, floods }
    }

    /// The share of the load that an appliance has in an hour.
    fn share(&self, hour: &Hour) -> f64 {
        let latest = self.shares.iter().rev().find(|&&(from, _)| from <= hour.local.begin);
        latest.map_or(0.0, |(_, shares)| shares[hour.key.appliance])
    }

    /// The expected number of connections of a population in one hour on all appliances.
    pub fn expected(&self, population: &Population, begin: u64) -> f64 {
        population.arrivals.expected(&self.calendar.hour(begin))
    }
}

impl Traffic<'_> {
    /// Place in the scenario of the listener that it connects to.
    pub fn listener(&self) -> usize {
        self.population.listener
    }

    /// The expected number of connections.
    pub fn expected(&self) -> f64 {
        match &self.times {
            Times::Drawn(arrivals) => arrivals.expected(),
            Times::Even { places, .. } => (places.end - places.start) as f64,
        }
    }

    /// Draws the next connections, in order of time. Returns false if none are left.
    pub fn draw(&mut self, out: &mut Connections) -> bool {
        out.opened.clear();
        self.times.draw(&mut out.opened);
        out.first = self.next;
        self.next += out.opened.len() as u64;
        let Traffic { schedule, population, hour, floods, .. } = self;
        population.senders.draw((hour.local.begin, floods), &schedule.pools, &mut self.senders, out);
        !out.is_empty()
    }

    /// Draws the messages of one of the connections. Returns the length of its session.
    #[inline]
    pub fn messages(&self, connections: &Connections, at: usize, out: &mut Messages) -> Span {
        let (around, hour) = (&self.schedule.around, &self.hour.key);
        match &self.population.shape {
            Shape::Drawn(shape) => shape.draw(around, hour, connections, at, out),
            Shape::Script(shape) => shape.draw(around, hour, connections, at, out),
        }
    }
}

impl Times {
    /// Adds the next times, in order.
    fn draw(&mut self, times: &mut Vec<u64>) {
        match self {
            Times::Drawn(arrivals) => arrivals.draw(CHUNK, times),
            Times::Even { begin, span, count, places } => {
                times.extend(places.by_ref().take(CHUNK).map(|place| even_time(*begin, *span, *count, place)));
            }
        }
    }
}

impl Arrivals {
    /// The expected number of arrivals in one hour on all appliances, without random factors.
    pub(crate) fn expected(&self, hour: &LocalHour) -> f64 {
        match self {
            Arrivals::Drawn(volume) => volume.expected(hour),
            Arrivals::Even { begin: from, span, count, .. } => {
                let overlap = (from + span).min(hour.begin + HOUR).saturating_sub(hour.begin.max(*from));
                // A script without a span is over at once.
                let is_at_once = *span == 0 && (hour.begin..hour.begin + HOUR).contains(from);
                if is_at_once { *count as f64 } else { *count as f64 * overlap as f64 / (*span).max(1) as f64 }
            }
        }
    }
}

impl Population {
    /// The number of its addresses.
    pub fn addresses(&self) -> AddressNumbers {
        self.senders.addresses()
    }
}

/// The time at a place of evenly spaced times.
fn even_time(begin: u64, span: u64, count: u64, place: u64) -> u64 {
    begin + (u128::from(span) * u128::from(2 * place + 1) / u128::from(2 * count)) as u64
}

/// The first of `count` ordered places for which `holds` is true, or `count` if there is none.
fn first_place(count: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
