//! Builds a schedule: numbers the names and prepares senders, volumes and mail for each population.

mod partners;
mod scripts;

use std::sync::Arc;

use tollgate_scenario::{
    BounceProfile, Class, Destination, Direction, Flow, Outbreak, RollUp, Scenario, SenderDomains, WEEK,
};

use crate::address::Space;
use crate::calendar::Calendar;
use crate::directory::{Directory, FilterName, Hosts, OutbreakName};
use crate::draw::{Choice, Duration, Services, mean_count, rank_weights, recipient_probabilities};
use crate::grouping::stays;
use crate::id::{BehaviourId, DomainId, OutbreakId, OwnerId, UserId};
use crate::messages::{DestinationClass, Destinations, MessageShape, Surroundings};
use crate::names::Naming;
use crate::network::{Occupied, Pool};
use crate::numbering::{NULL_SENDER, Numbering};
use crate::rates;
use crate::schedule::{Arrivals, Behaviour, Population, Schedule, Shape, StartTlsFailures, VirusWeight};
use crate::senders::{BotHosts, Senders, ServerHosts, Standing};
use crate::stream::{Chance, StreamKey};
use crate::traits::Traits;
use crate::users::{Absence, UserWeights};
use crate::volume::RhythmFactors;

/// The parts of a schedule that is being built.
pub(crate) struct Builder<'a> {
    scenario: &'a Scenario,
    key: StreamKey,
    naming: Naming,
    /// The domains of each class of destinations of each flow.
    destinations: Vec<Vec<Vec<String>>>,
    numbering: Numbering,
    space: Arc<Space>,
    pools: Vec<Pool>,
    /// The places in each pool that permanent hosts occupy.
    occupied: Vec<Occupied>,
    populations: Vec<Population>,
    behaviours: Vec<Behaviour>,
    users: Vec<String>,
    /// The users in the order of the scenario.
    user_numbers: Vec<UserId>,
    null_user: UserId,
    outbreaks: Vec<OutbreakName>,
    filters: Vec<FilterName>,
    viruses: Vec<String>,
}

impl<'a> Builder<'a> {
    /// A builder with the parts that every population needs.
    pub(crate) fn new(scenario: &'a Scenario) -> Self {
        let key = StreamKey::new(scenario.seed);
        let roll_up = RollUp::new(&scenario.second_level_domains);
        let mut numbering = Numbering { roll_up, ..Numbering::default() };
        let naming = Naming::new(scenario);
        let space = Arc::new(Space::new(scenario.names.style));
        let pool = |network| Pool::new(network, &space, &naming, key, &mut numbering);
        let pools: Vec<Pool> = scenario.networks.iter().map(pool).collect();
        let (users, user_numbers, null_user) = numbered_users(scenario, &naming);
        let outbreak_name = |outbreak: &Outbreak| OutbreakName {
            name: outbreak.name.clone(),
            id: outbreak.id,
            first_seen_seconds: outbreak.first_seen.micros() / tollgate_scenario::SECOND,
            protection_seconds: outbreak.protection_time.micros() / tollgate_scenario::SECOND,
        };
        Builder {
            scenario,
            key,
            destinations: partners::destination_domains(scenario, &naming, key),
            naming,
            numbering,
            space,
            occupied: vec![Occupied::default(); pools.len()],
            pools,
            populations: Vec::new(),
            behaviours: Vec::new(),
            users,
            user_numbers,
            null_user,
            outbreaks: sorted(scenario.outbreaks.iter().map(outbreak_name)),
            filters: filter_names(scenario),
            viruses: sorted(scenario.virus_types.iter().map(|virus| virus.name.clone())),
        }
    }

    /// Builds the schedule.
    pub(crate) fn build(mut self) -> Schedule {
        let scenario = self.scenario;
        scenario.incoming.iter().for_each(|class| self.class(class));
        // The domains of a flow's destinations are dropped with the flow, because there may be a million.
        let destinations = std::mem::take(&mut self.destinations);
        scenario.outgoing.iter().zip(destinations).for_each(|(flow, domains)| self.flow(flow, &domains));
        scenario.outbreaks.iter().for_each(|outbreak| self.outbreak(outbreak));
        scenario.scripted_incoming.iter().for_each(|script| self.scripted_incoming(script));
        scenario.scripted_outgoing.iter().for_each(|script| self.scripted_outgoing(script));
        let around = self.surroundings();
        let shares = shares(scenario);
        let viruses = self.virus_weights();
        // All names are known now, so they get their final numbers, in order of names.
        let roll_up = self.numbering.roll_up;
        let (domains, final_domains) = self.numbering.domains.finish();
        let (owners, final_owners) = self.numbering.owners.finish();
        let final_domains: Vec<DomainId> = final_domains.into_iter().map(DomainId::new).collect();
        let final_owners: Vec<OwnerId> = final_owners.into_iter().map(OwnerId::new).collect();
        self.pools.iter_mut().for_each(|pool| pool.renumber(&final_owners, &final_domains));
        let pools = Arc::new(self.pools);
        for population in &mut self.populations {
            Arc::make_mut(&mut population.senders).renumber(&final_owners, &final_domains);
            match &mut population.shape {
                Shape::Drawn(shape) => shape.renumber(&final_domains),
                Shape::Script(shape) => {
                    shape.destination = shape.destination.map(|(domain, how)| (final_domains[domain.index()], how));
                }
            }
        }
        let senders = self.populations.iter().map(|population| Arc::clone(&population.senders)).collect();
        let groups = scenario.listeners.iter().flat_map(|listener| &listener.sender_groups);
        Schedule {
            populations: self.populations,
            outbound_sessions: self.behaviours.iter().map(|behaviour| Duration::new(&behaviour.session)).collect(),
            behaviours: self.behaviours,
            around,
            viruses,
            shares,
            calendar: Calendar::new(scenario),
            pools: Arc::clone(&pools),
            directory: Directory {
                domains,
                roll_up,
                owners,
                groups: sorted(groups.map(|group| group.name.clone())),
                users: self.users,
                filters: self.filters,
                viruses: self.viruses,
                outbreaks: self.outbreaks,
                hosts: Hosts { senders, pools },
                space: self.space,
            },
        }
    }

    fn add(
        &mut self,
        name: String,
        key: StreamKey,
        listener: &str,
        senders: Senders,
        (arrivals, shape): (Arrivals, Shape),
        retry: Option<BounceProfile>,
    ) {
        let listener = place(&self.scenario.listeners, |each| each.name == listener);
        self.populations.push(Population { name, listener, retry, key, senders: Arc::new(senders), arrivals, shape });
    }

    fn class(&mut self, class: &Class) {
        let key = rates::class_key(self.key, &class.name);
        let rhythm = Arc::new(RhythmFactors::new(&class.rhythm));
        let senders = self.class_senders(class, class.connections_per_week.get() * self.scenario.volume.get(), key);
        if let Some(senders) = senders {
            let per_week = class.connections_per_week.get();
            let arrivals = rates::of_class(self.scenario, (class, &rhythm), per_week, key);
            let shape = Shape::Drawn(Box::new(MessageShape::incoming(class, key)));
            self.add(class.name.clone(), key, &class.listener, senders, (arrivals, shape), retry(class));
        }
        for (listed, own) in class.listed_senders() {
            let Some(domains) = &own.domains else { continue };
            let key = key.named("listed").named(&listed.domain);
            let pool = place(&self.scenario.networks, |network| network.name == domains.network);
            let number = self.numbering.domain_of(&listed.domain);
            let standing = self.standing(&own, domains, (vec![listed.domain.clone()], vec![number]), pool, key);
            let arrivals = rates::of_class(self.scenario, (class, &rhythm), listed.per_week.get(), key);
            let shape = Shape::Drawn(Box::new(MessageShape::incoming(&own, key)));
            let name = format!("{}/{}", class.name, listed.domain);
            self.add(name, key, &class.listener, Senders::Standing(standing), (arrivals, shape), retry(class));
        }
    }

    /// The senders of a class that opens `per_week` connections a week.
    fn class_senders(&mut self, class: &Class, per_week: f64, key: StreamKey) -> Option<Senders> {
        if let Some(domains) = &class.domains {
            let pool = place(&self.scenario.networks, |network| network.name == domains.network);
            let mut names = self.naming.domains(key.number(0), domains.count as usize);
            if domains.partners.get() > 0.0 {
                self.put_partners(domains.partners.get(), key.named("partners"), &mut names);
            }
            let numbers = self.numbers(&names);
            return Some(Senders::Standing(self.standing(class, domains, (names, numbers), pool, key)));
        }
        let bots = class.bots.as_ref()?;
        let pool = place(&self.scenario.networks, |network| network.name == bots.network);
        let keys = (key, self.key.named("addresses"));
        let per_micro = per_week / WEEK as f64;
        Some(Senders::Bots(BotHosts::new(class, per_micro, pool, keys, &mut self.numbering)))
    }

    /// The numbers of generated domains, which need no rolling up.
    fn numbers(&mut self, domains: &[String]) -> Vec<DomainId> {
        domains.iter().map(|domain| self.numbering.domain(domain)).collect()
    }

    fn standing(
        &mut self,
        class: &Class,
        domains: &SenderDomains,
        names: (Vec<String>, Vec<DomainId>),
        pool: usize,
        key: StreamKey,
    ) -> Standing {
        let pools = (pool, &self.pools[..], &mut self.occupied[pool]);
        Standing::new(domains, names, Traits::new(class), pools, key, &mut self.numbering)
    }

    fn outbreak(&mut self, outbreak: &Outbreak) {
        let key = rates::outbreak_key(self.key, outbreak);
        let class = &self.scenario.incoming[place(&self.scenario.incoming, |class| class.name == outbreak.class)];
        let total = outbreak.connections.get() * self.scenario.volume.get();
        // The outbreak has as many bots as if it stayed at its initial rate for a week.
        let half_life = outbreak.half_life.micros();
        let per_week = total * std::f64::consts::LN_2 * WEEK as f64 / half_life as f64;
        let Some(senders) = self.class_senders(class, per_week, key) else { return };
        let number = place(&self.outbreaks, |each| each.name == outbreak.name && each.id == outbreak.id);
        let shape = Shape::Drawn(Box::new(MessageShape::outbreak(class, OutbreakId::new(number as u16), key)));
        let arrivals = rates::fading(self.scenario, outbreak, key);
        self.add(rates::outbreak_name(outbreak), key, &class.listener, senders, (arrivals, shape), retry(class));
    }

    /// Adds a flow whose classes of destinations have these domains.
    fn flow(&mut self, flow: &Flow, domains: &[Vec<String>]) {
        let key = rates::flow_key(self.key, &flow.name);
        let rhythm = Arc::new(RhythmFactors::new(&flow.rhythm));
        let probabilities = recipient_probabilities(&flow.recipients);
        let per_connection = mean_count(&probabilities) * flow.messages_per_connection.get();
        let weights: Vec<f64> = flow.destinations.iter().map(|destination| destination.weight.get()).collect();
        if flow.messages_per_week.get() > 0.0 {
            let means: Vec<_> =
                flow.destinations.iter().map(|destination| destination.messages_per_connection).collect();
            let stays = stays(&probabilities, &weights, &means);
            let classes = flow.destinations.iter().zip(domains).zip(stays);
            let class = |((destination, domains), stay): ((&Destination, &Vec<String>), f64)| {
                let numbers = self.numbers(domains);
                self.destination_class(destination, &numbers, stay)
            };
            let classes = classes.map(class).collect();
            let destinations = Destinations::new(&weights, classes);
            let per_week = flow.messages_per_week.get() / per_connection;
            self.flow_population((flow, &rhythm), flow.name.clone(), per_week, destinations, key);
        }
        for destination in flow.destinations.iter().filter(|destination| !destination.listed.is_empty()) {
            let stay_for = |mean| stays(&probabilities, &[1.0], &[mean])[0];
            let usual = stay_for(destination.messages_per_connection);
            for (listed, own) in destination.listed_domains() {
                let key = key.named("listed").named(&destination.name).named(&listed.domain);
                let domain = self.numbering.domain_of(&listed.domain);
                let class =
                    self.destination_class(&own, &[domain], listed.messages_per_connection.map_or(usual, stay_for));
                let destinations = Destinations::new(&[1.0], vec![class]);
                let name = format!("{}/{}", flow.name, listed.domain);
                let per_week = listed.per_week.get() / per_connection;
                self.flow_population((flow, &rhythm), name, per_week, destinations, key);
            }
        }
    }

    fn flow_population(
        &mut self,
        (flow, rhythm): (&Flow, &Arc<RhythmFactors>),
        name: String,
        per_week: f64,
        destinations: Destinations,
        key: StreamKey,
    ) {
        let arrivals = rates::of_flow(self.scenario, (flow, rhythm), per_week, key);
        let senders = Senders::Servers(ServerHosts::new(&flow.servers, &mut self.numbering));
        let shape = Shape::Drawn(Box::new(MessageShape::outgoing(flow, destinations, self.null_user, key)));
        self.add(name, key, &flow.listener, senders, (arrivals, shape), Some(flow.retry));
    }

    /// A class of destinations with these domains, the largest first.
    fn destination_class(&mut self, destination: &Destination, domains: &[DomainId], stay: f64) -> DestinationClass {
        let slope = destination.slope.get();
        let weights = rank_weights(domains.len(), slope);
        DestinationClass {
            domains: Choice::of(&weights, |rank| domains[rank as usize].number()),
            behaviour: self.behaviour(Behaviour {
                starttls: destination.starttls,
                failures: StartTlsFailures {
                    before_220: destination.starttls_fails_before220.get(),
                    after_220: destination.starttls_fails_after220.get(),
                },
                certificate_valid: destination.certificate_valid,
                session: destination.session,
            }),
            stay: Chance::new(stay),
            hard_bounce: Chance::new(destination.hard_bounce.get()),
            deferred: Chance::new(destination.deferred.get()),
            second_refused: Chance::new(destination.second_connection_refused.get()),
        }
    }

    fn behaviour(&mut self, behaviour: Behaviour) -> BehaviourId {
        let known = self.behaviours.iter().position(|&each| each == behaviour);
        let number = known.unwrap_or_else(|| {
            self.behaviours.push(behaviour);
            self.behaviours.len() - 1
        });
        BehaviourId::new(number as u16)
    }

    fn surroundings(&self) -> Surroundings {
        let users = &self.scenario.users;
        let key = self.key.named("users");
        let weights = UserWeights::new(users, key);
        let choice = |weights: &[f64]| Choice::of(weights, |place| self.user_numbers[place as usize].number());
        Surroundings {
            readers: choice(&weights.received),
            exposed: choice(&weights.exposed),
            senders: Choice::new(&weights.sent),
            absence: Absence::new(users, key.named("absence")),
            services: self.scenario.appliances.iter().map(|appliance| Services::new(&appliance.cost)).collect(),
            users: self.user_numbers.clone(),
        }
    }

    /// The weights of the types of virus, in order of their names.
    fn virus_weights(&self) -> Vec<VirusWeight> {
        let of = |name: &String| {
            let virus = &self.scenario.virus_types[place(&self.scenario.virus_types, |virus| virus.name == *name)];
            VirusWeight { weight: virus.weight.get(), bursts: virus.bursts.clone() }
        };
        self.viruses.iter().map(of).collect()
    }
}

/// Each appliance's share of the load, from each moment at which it changes.
fn shares(scenario: &Scenario) -> Vec<(u64, Vec<f64>)> {
    let mut loads: Vec<f64> = scenario.appliances.iter().map(|appliance| appliance.load.get()).collect();
    let parts = |loads: &[f64]| {
        let sum: f64 = loads.iter().sum();
        loads.iter().map(|load| load / sum).collect::<Vec<_>>()
    };
    let mut shares = vec![(0, parts(&loads))];
    let changes = scenario.events.iter().filter_map(|event| Some((event.at.micros(), event.appliance_load.as_ref()?)));
    let mut changes: Vec<_> = changes.collect();
    changes.sort_by_key(|&(at, _)| at);
    for (at, change) in changes {
        loads[place(&scenario.appliances, |appliance| appliance.name == change.of)] = change.load.get();
        shares.push((at, parts(&loads)));
    }
    shares
}

/// Retry profile of a class. By default, senders with domains retry like an appliance, and bots do not retry.
fn retry(class: &Class) -> Option<BounceProfile> {
    class.retry.or_else(|| class.domains.as_ref().map(|_| BounceProfile::default()))
}

/// The content filters, including those that only a script has.
fn filter_names(scenario: &Scenario) -> Vec<FilterName> {
    let filters = scenario.content_filters.iter().map(|filter| (filter.name.as_str(), filter.direction));
    let incoming = scenario.scripted_incoming.iter().flat_map(|script| script.stopped());
    let outgoing = scenario.scripted_outgoing.iter().flat_map(|script| script.stopped());
    let incoming = incoming.filter_map(|stopped| Some((stopped.finding.filter()?, Direction::Incoming)));
    let outgoing = outgoing.filter_map(|stopped| Some((stopped.finding.filter()?, Direction::Outgoing)));
    let all = filters.chain(incoming).chain(outgoing);
    sorted(all.map(|(name, direction)| FilterName { name: name.into(), direction }))
}

/// The addresses of the internal users and the null sender in order of their bytes, the number of each user in the order of the scenario, and
/// that of the null sender.
fn numbered_users(scenario: &Scenario, naming: &Naming) -> (Vec<String>, Vec<UserId>, UserId) {
    let users = &scenario.users;
    let local_parts = naming.users(users, StreamKey::new(scenario.seed).named("user names").number(0));
    let addresses = local_parts.into_iter().map(|local_part| local_part + "@" + &users.domain);
    let mut named: Vec<(String, usize)> = addresses.chain([NULL_SENDER.into()]).zip(0..).collect();
    named.sort_unstable();
    let mut numbers = vec![UserId::default(); named.len()];
    for ((_, place), number) in named.iter().zip(0..) {
        numbers[*place] = UserId::new(number);
    }
    let null_user = numbers.pop().unwrap_or_default();
    (named.into_iter().map(|(name, _)| name).collect(), numbers, null_user)
}

/// The index of an entry in a list. In a scenario that has been read, every reference has an entry.
fn place<T>(list: &[T], is: impl Fn(&T) -> bool) -> usize {
    list.iter().position(is).expect("a scenario that has been read refers only to things that it defines")
}

fn sorted<T: Ord>(list: impl Iterator<Item = T>) -> Vec<T> {
    let mut list: Vec<T> = list.collect();
    list.sort_unstable();
    list.dedup();
    list
}
