//! The expected arrivals of each population. They need no senders, so they are much cheaper than a schedule.

use std::sync::Arc;

use tollgate_scenario::{Class, Event, Flow, Outbreak, Scenario, VariesLike, VolumeChange};

use crate::calendar::{Calendar, LocalHour};
use crate::draw::{mean_count, recipient_probabilities};
use crate::schedule::Arrivals;
use crate::stream::StreamKey;
use crate::volume::{Fading, RhythmFactors, Volume, VolumeVariation};

/// The expected arrivals of all populations of a scenario, in the order of its schedule.
#[derive(Clone, Debug)]
pub struct Rates {
    /// The populations.
    pub populations: Vec<PopulationRate>,
    calendar: Calendar,
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
    /// A class. If the population is a domain that it lists, also the place of the domain.
    Class(usize, Option<usize>),
    /// A flow. If the population is a domain that a destination lists, also the places of the destination and of the domain.
    Flow(usize, Option<(usize, usize)>),
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
            let rhythm = Arc::new(RhythmFactors::new(&class.rhythm));
            let of = |per_week, key| of_class(scenario, (class, &rhythm), per_week, key);
            add(class.name.clone(), RateSource::Class(place, None), of(class.connections_per_week.get(), key));
            for (number, listed) in class.listed.iter().enumerate().filter(|_| class.domains.is_some()) {
                let name = format!("{}/{}", class.name, listed.domain);
                let key = key.named("listed").named(&listed.domain);
                add(name, RateSource::Class(place, Some(number)), of(listed.per_week.get(), key));
            }
        }
        for (place, flow) in scenario.outgoing.iter().enumerate() {
            let key = flow_key(seed, &flow.name);
            let per_connection =
                mean_count(&recipient_probabilities(&flow.recipients)) * flow.messages_per_connection.get();
            let rhythm = Arc::new(RhythmFactors::new(&flow.rhythm));
            let of = |per_week: f64, key| of_flow(scenario, (flow, &rhythm), per_week / per_connection, key);
            if flow.messages_per_week.get() > 0.0 {
                add(flow.name.clone(), RateSource::Flow(place, None), of(flow.messages_per_week.get(), key));
            }
            for (number, destination) in flow.destinations.iter().enumerate() {
                for (entry, listed) in destination.listed.iter().enumerate() {
                    let key = key.named("listed").named(&destination.name).named(&listed.domain);
                    let name = format!("{}/{}", flow.name, listed.domain);
                    add(name, RateSource::Flow(place, Some((number, entry))), of(listed.per_week.get(), key));
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
        Rates { populations, calendar: Calendar::new(scenario) }
    }

    /// The clock hour that begins at `begin`, in microseconds since the Unix epoch.
    pub fn hour(&self, begin: u64) -> LocalHour {
        self.calendar.hour(begin)
    }
}

impl PopulationRate {
    /// The expected connections in an hour on all appliances, without random factors.
    pub fn expected(&self, hour: &LocalHour) -> f64 {
        self.arrivals.expected(hour)
    }

    /// The expected connections in an hour on all appliances, with the random factors that a run draws.
    pub fn with_chances(&self, hour: &LocalHour) -> f64 {
        match &self.arrivals {
            Arrivals::Drawn(volume) => volume.with_chances(hour),
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

/// The arrivals of a class, or of a domain that it lists, with the events of the class.
pub(crate) fn of_class(
    scenario: &Scenario,
    (class, rhythm): (&Class, &Arc<RhythmFactors>),
    per_week: f64,
    key: StreamKey,
) -> Arrivals {
    let campaigns = class.campaigns.unwrap_or(scenario.variation.campaigns.share).get();
    let class_key = class_key(StreamKey::new(scenario.seed), &class.name);
    let variation = variation(scenario, class.varies_like(), (campaigns, class_key));
    drawn(scenario, per_week, (rhythm, variation), &class.name, key)
}

/// The arrivals of a flow, or of a domain that its destinations list, with the events of the flow.
pub(crate) fn of_flow(
    scenario: &Scenario,
    (flow, rhythm): (&Flow, &Arc<RhythmFactors>),
    per_week: f64,
    key: StreamKey,
) -> Arrivals {
    let variation = variation(scenario, flow.varies_like(), (0.0, key));
    drawn(scenario, per_week, (rhythm, variation), &flow.name, key)
}

/// The variation of a volume whose class has this share of its mail in campaigns, and this key.
fn variation(scenario: &Scenario, varies_like: VariesLike, campaigns: (f64, StreamKey)) -> VolumeVariation {
    let variation = &scenario.variation;
    let hours = match varies_like {
        _ if variation.none => return VolumeVariation::none(campaigns.1),
        VariesLike::Spam => variation.spam_hours.get(),
        VariesLike::Received => variation.received_hours.get(),
        VariesLike::Sent => variation.sent_hours.get(),
        VariesLike::Nothing => 0.0,
    };
    let share = if varies_like == VariesLike::Spam { campaigns.0 } else { 0.0 };
    VolumeVariation { varies_like, is_smooth: true, hours, campaigns: (share, campaigns.1) }
}

fn drawn(
    scenario: &Scenario,
    per_week: f64,
    (rhythm, variation): (&Arc<RhythmFactors>, VolumeVariation),
    name: &str,
    key: StreamKey,
) -> Arrivals {
    let change = |event: &Event| -> Option<(u64, VolumeChange)> {
        let change = event.volume.as_ref().filter(|change| change.of == name)?;
        Some((event.at.micros(), change.clone()))
    };
    let changes = scenario.events.iter().filter_map(change).collect();
    let rhythm = (Arc::clone(rhythm), variation);
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
