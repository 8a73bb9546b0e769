//! The expected arrivals of each population. They need no senders, so they are much cheaper than a schedule.

use chrono_tz::Tz;
use tollgate_scenario::{Event, Outbreak, Rhythm, Scenario, VolumeChange};

use crate::draw::{mean_count, recipient_probabilities};
use crate::schedule::Arrivals;
use crate::stream::StreamKey;
use crate::volume::{Fading, LocalHour, Volume};

/// The expected arrivals of all populations of a scenario, in the order of its schedule.
#[derive(Clone, Debug)]
pub struct Rates {
    /// The populations.
    pub populations: Vec<PopulationRate>,
    zone: Tz,
}

/// The expected arrivals of one population.
#[derive(Clone, Debug)]
pub struct PopulationRate {
    /// Its name, as in the schedule.
    pub name: String,
    /// The part of the scenario that describes it.
    pub source: RateSource,
    arrivals: Arrivals,
}

/// The part of a scenario that describes a population, by its place in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateSource {
    /// A class, or a domain that it lists.
    Class(usize),
    /// A flow. If the population is a domain that a destination lists, also the place of the destination.
    Flow(usize, Option<usize>),
    /// An outbreak.
    Outbreak(usize),
    /// Scripted incoming mail.
    ScriptedIncoming(usize),
    /// Scripted outgoing mail.
    ScriptedOutgoing(usize),
}

impl Rates {
    /// The arrivals of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let mut populations = Vec::new();
        let mut add = |name: String, source, arrivals| populations.push(PopulationRate { name, source, arrivals });
        let seed = StreamKey::new(scenario.seed);
        for (place, class) in scenario.incoming.iter().enumerate() {
            let key = class_key(seed, &class.name);
            let of = |per_week, key| drawn(scenario, per_week, &class.rhythm, &class.name, key);
            add(class.name.clone(), RateSource::Class(place), of(class.connections_per_week.get(), key));
            for listed in class.listed.iter().filter(|_| class.domains.is_some()) {
                let name = format!("{}/{}", class.name, listed.domain);
                add(
                    name,
                    RateSource::Class(place),
                    of(listed.per_week.get(), key.named("listed").named(&listed.domain)),
                );
            }
        }
        for (place, flow) in scenario.outgoing.iter().enumerate() {
            let key = flow_key(seed, &flow.name);
            let per_connection =
                mean_count(&recipient_probabilities(&flow.recipients)) * flow.messages_per_connection.get();
            let of = |per_week: f64, key| drawn(scenario, per_week / per_connection, &flow.rhythm, &flow.name, key);
            if flow.messages_per_week.get() > 0.0 {
                add(flow.name.clone(), RateSource::Flow(place, None), of(flow.messages_per_week.get(), key));
            }
            for (number, destination) in flow.destinations.iter().enumerate() {
                for listed in &destination.listed {
                    let key = key.named("listed").named(&destination.name).named(&listed.domain);
                    let name = format!("{}/{}", flow.name, listed.domain);
                    add(name, RateSource::Flow(place, Some(number)), of(listed.per_week.get(), key));
                }
            }
        }
        for (place, outbreak) in scenario.outbreaks.iter().enumerate() {
            add(
                outbreak_name(outbreak),
                RateSource::Outbreak(place),
                fading(scenario, outbreak, outbreak_key(seed, outbreak)),
            );
        }
        for (place, script) in scenario.scripted_incoming.iter().enumerate() {
            let arrivals = even(
                scenario,
                script.appliance.as_deref(),
                (script.begin.micros(), script.span.micros()),
                script.connections,
            );
            add(script.name.clone(), RateSource::ScriptedIncoming(place), arrivals);
        }
        for (place, script) in scenario.scripted_outgoing.iter().enumerate() {
            let arrivals = even(
                scenario,
                script.appliance.as_deref(),
                (script.begin.micros(), script.span.micros()),
                script.connections,
            );
            add(script.name.clone(), RateSource::ScriptedOutgoing(place), arrivals);
        }
        Rates { populations, zone: scenario.time.zone }
    }

    /// The clock hour that begins at `begin`, in microseconds since the Unix epoch.
    pub fn hour(&self, begin: u64) -> LocalHour {
        LocalHour::new(begin, self.zone)
    }
}

impl PopulationRate {
    /// The expected connections in an hour on all appliances, without the random factor of its day.
    pub fn expected(&self, hour: &LocalHour) -> f64 {
        self.arrivals.expected(hour)
    }

    /// The expected connections in an hour on all appliances, with the random factor that a run draws for its day.
    pub fn of_day(&self, hour: &LocalHour) -> f64 {
        match &self.arrivals {
            Arrivals::Drawn(volume) => volume.of_day(hour),
            arrivals @ Arrivals::Even { .. } => arrivals.expected(hour),
        }
    }
}

/// The key of a class.
pub(crate) fn class_key(seed: StreamKey, name: &str) -> StreamKey {
    seed.named("class").named(name)
}

/// The key of a flow.
pub(crate) fn flow_key(seed: StreamKey, name: &str) -> StreamKey {
    seed.named("flow").named(name)
}

/// The key of an outbreak.
pub(crate) fn outbreak_key(seed: StreamKey, outbreak: &Outbreak) -> StreamKey {
    seed.named("outbreak").named(&outbreak.name).numbered(u64::from(outbreak.id))
}

/// The name of the population of an outbreak.
pub(crate) fn outbreak_name(outbreak: &Outbreak) -> String {
    format!("{} {}", outbreak.name, outbreak.id)
}

/// The arrivals of a class or flow, or of a domain that it lists, with the events of the class or flow.
pub(crate) fn drawn(scenario: &Scenario, per_week: f64, rhythm: &Rhythm, name: &str, key: StreamKey) -> Arrivals {
    let change = |event: &Event| -> Option<(u64, VolumeChange)> {
        let change = event.volume.as_ref().filter(|change| change.of == name)?;
        Some((event.at.micros(), change.clone()))
    };
    let changes = scenario.events.iter().filter_map(change).collect();
    Arrivals::Drawn(Box::new(Volume::new(per_week * scenario.volume.get(), rhythm, changes, key)))
}

/// The arrivals of an outbreak.
pub(crate) fn fading(scenario: &Scenario, outbreak: &Outbreak, key: StreamKey) -> Arrivals {
    let total = outbreak.connections.get() * scenario.volume.get();
    let fading = Fading { begin: outbreak.first_seen.micros(), half_life: outbreak.half_life.micros(), total };
    Arrivals::Drawn(Box::new(Volume::fading(fading, key)))
}

/// The arrivals of a script.
pub(crate) fn even(scenario: &Scenario, appliance: Option<&str>, (begin, span): (u64, u64), count: u32) -> Arrivals {
    let place = appliance.and_then(|name| scenario.appliances.iter().position(|appliance| appliance.name == name));
    Arrivals::Even { appliance: place.unwrap_or(0), begin, span, count: u64::from(count) }
}
