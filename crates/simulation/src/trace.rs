//! The lives of single connections. They show people where a figure comes from.
//!
//! A trace listens to a run like any other observer. It counts the events of each connection that it follows with the functions
//! that the run counts with.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::ops::Range;

use tollgate_gateway::{Mail, Origin, Received, ScanResult, Stay};
use tollgate_ledger::{Counts, DeliveryKey, KeyKind, NO_SCORE, Part, Selection, TlsOutcome, TlsSetting};
use tollgate_scenario::{Action, HOUR, Moment, Span};
use tollgate_traffic::{Directory, UserId};

use crate::appliance::Task;
use crate::count::Counter;
use crate::event::{DeliveryEvent, Event, Filtered, Happening, Identities, NoRoom, RecipientList};
use crate::life::{Cell, Delivered, FilteredBy, Life, MessageLife};
use crate::machine::Machine;
use crate::shard::Spares;
use crate::{Closed, Observer, Simulation, Workers};

/// The key of a connection, in order of time on all appliances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    opened: Moment,
    appliance: usize,
    number: u32,
}

/// A connection that is followed, and what happened to it so far.
struct Traced<'a> {
    icid: Option<u64>,
    origin: Origin,
    takes_mail: bool,
    no_room: Option<NoRoom>,
    received: Option<Received>,
    closed: Option<Moment>,
    messages: Vec<TracedMessage>,
    counter: Counter<'a>,
}

struct TracedMessage {
    mid: Option<u64>,
    mail: Mail,
    recipients: RecipientList,
    scanned: Option<Scanned>,
    deliveries: Vec<(Option<u64>, DeliveryEvent)>,
    done: Option<Moment>,
}

/// A message after the work queue.
struct Scanned {
    stay: Stay,
    found: ScanResult,
    filtered: Vec<Filtered>,
}

/// Follows the first connections of a span.
struct Tracer<'a> {
    task: Task<'a>,
    count: usize,
    /// The connections in order of time.
    traced: BTreeMap<Key, Traced<'a>>,
    /// The connection of each message on an appliance.
    connections: HashMap<(usize, u64), Key>,
}

impl Key {
    fn new(appliance: usize, origin: &Origin) -> Self {
        Key { opened: origin.opened, appliance, number: origin.number }
    }
}

impl Observer for Tracer<'_> {
    type Error = Infallible;

    const LISTENS: bool = true;

    fn selection(&self) -> Selection {
        Selection::SUMS.only([])
    }

    fn interval(&mut self, _: Closed) -> Result<(), Infallible> {
        Ok(())
    }

    fn events(&mut self, appliance: usize, _: Moment, events: Vec<Event>) -> Result<(), Infallible> {
        events.into_iter().for_each(|event| self.hear(appliance, event));
        Ok(())
    }
}

/// Follows the first `count` connections of the scenario's span, until nothing more happens to them within the span.
pub(crate) fn trace(simulation: &Simulation, count: usize, workers: &Workers) -> Vec<Life> {
    let time = &simulation.scenario.time;
    let span = time.begin..time.end();
    let spares = Spares::default();
    let appliances = 0..simulation.scenario.appliances.len();
    let down: Vec<_> = appliances.map(|number| Machine::down(&simulation.scenario, number, span.clone())).collect();
    let task =
        Task { simulation, span: &span, selection: Selection::ALL, listens: false, down: &down, spares: &spares };
    let mut tracer = Tracer { task, count, traced: BTreeMap::new(), connections: HashMap::new() };
    let mut progression = simulation.progression(span.clone(), time.warm_up, workers);
    while count > 0 && progression.reached() < span.end && !tracer.is_finished(progression.reached()) {
        let Ok(()) = progression.advance(progression.reached().plus(Span::from_micros(HOUR)), &mut tracer);
    }
    let lives = tracer.traced.into_iter();
    lives.map(|(key, traced)| traced.life(simulation, key.appliance, &span)).collect()
}

impl<'a> Tracer<'a> {
    /// True if nothing more can happen to the connections after a moment.
    fn is_finished(&self, reached: Moment) -> bool {
        let is_done = |traced: &Traced<'_>| {
            let received = traced.received.map_or(0, |received| received.messages as usize);
            let is_judged = traced.no_room.is_some() || traced.received.is_some() || !traced.takes_mail;
            is_judged && traced.messages.len() == received && traced.messages.iter().all(|each| each.done.is_some())
        };
        let last = self.traced.last_key_value().map(|(key, _)| key.opened);
        self.traced.len() == self.count && last.is_some_and(|last| last < reached) && self.traced.values().all(is_done)
    }

    fn hear(&mut self, appliance: usize, event: Event) {
        let Identities { connection, message, delivery } = event.identities;
        match event.what {
            Happening::Opened(origin) => self.follow(appliance, origin, (connection, None)),
            Happening::TurnedAway(origin, why) => self.follow(appliance, origin, (None, Some(why))),
            Happening::Session(origin, received) => {
                let Some(traced) = self.traced.get_mut(&Key::new(appliance, &origin)) else { return };
                traced.counter.received(&origin, &received);
                traced.received = Some(received);
            }
            Happening::Closed(origin) => {
                if let Some(traced) = self.traced.get_mut(&Key::new(appliance, &origin)) {
                    traced.closed = Some(event.at);
                }
            }
            Happening::Received { mail, recipients } => {
                let key = Key::new(appliance, &mail.origin);
                let Some(traced) = self.traced.get_mut(&key) else { return };
                self.connections.insert((appliance, mail.message.identity), key);
                let (mid, deliveries) = (message, Vec::new());
                traced.messages.push(TracedMessage { mid, mail, recipients, scanned: None, deliveries, done: None });
            }
            Happening::Left { mail, recipients, stay, found, filtered } => {
                let Some(traced) = self.traced_by(appliance, mail.message.identity) else { return };
                traced.counter.mail(&mail, recipients.borrow(), stay);
                // The deliveries are events of their own.
                traced.counter.handed.clear();
                if let Some(message) = traced.message(mail.message.identity) {
                    message.scanned = Some(Scanned { stay, found, filtered });
                }
            }
            Happening::Delivery(event) => self.deliver(appliance, (delivery, event)),
            Happening::Done { identity } => {
                let Some(traced) = self.traced_by(appliance, identity) else { return };
                if let Some(message) = traced.message(identity) {
                    message.done = Some(event.at);
                }
                self.connections.remove(&(appliance, identity));
            }
            Happening::Released { .. }
            | Happening::Quarantined { .. }
            | Happening::Deferred { .. }
            | Happening::Bounced { .. } => {}
        }
    }

    /// Follows a connection if it is among the first.
    fn follow(&mut self, appliance: usize, origin: Origin, (icid, no_room): (Option<u64>, Option<NoRoom>)) {
        let key = Key::new(appliance, &origin);
        let is_full = self.traced.len() == self.count;
        if !self.task.span.contains(&origin.opened)
            || is_full && self.traced.last_key_value().is_some_and(|(last, _)| *last < key)
        {
            return;
        }
        if is_full {
            self.traced.pop_last();
        }
        let takes_mail = self.task.simulation.gateway.policy(origin.policy).action.takes_mail();
        let mut counter = self.task.counter(appliance, origin.opened, 0.0);
        if no_room.is_none() {
            counter.connection(&origin);
        }
        let (received, closed, messages) = (None, None, Vec::new());
        self.traced.insert(key, Traced { icid, origin, takes_mail, no_room, received, closed, messages, counter });
    }

    /// The connection of a message that the appliance has not finished with.
    fn traced_by(&mut self, appliance: usize, identity: u64) -> Option<&mut Traced<'a>> {
        self.traced.get_mut(self.connections.get(&(appliance, identity))?)
    }

    fn deliver(&mut self, appliance: usize, (dcid, delivery): (Option<u64>, DeliveryEvent)) {
        let scenario = &self.task.simulation.scenario;
        let Some(traced) = self.traced_by(appliance, delivery.identity) else { return };
        let base_interval = scenario.time.base_interval;
        traced.counter.delivery(&scenario.appliances[appliance], base_interval, &delivery);
        if let Some(message) = traced.message(delivery.identity) {
            message.deliveries.push((dcid, delivery));
        }
    }
}

impl Traced<'_> {
    fn message(&mut self, identity: u64) -> Option<&mut TracedMessage> {
        self.messages.iter_mut().find(|each| each.mail.message.identity == identity)
    }

    fn life(mut self, simulation: &Simulation, appliance: usize, span: &Range<Moment>) -> Life {
        let directory = simulation.directory();
        let origin = self.origin;
        let policy = simulation.gateway.policy(origin.policy);
        let host = directory.host(origin.population, origin.address);
        let closed = self.counter.ledger.close(u64::MAX).map(|(begin, counts)| (Moment::from_micros(begin), counts));
        let closed = closed.filter(|(begin, _)| span.contains(begin));
        Life {
            appliance: simulation.scenario.appliances[appliance].name.clone(),
            population: simulation.schedule.population(origin.population).name.clone(),
            icid: self.icid,
            opened: origin.opened,
            closed: self.closed,
            address: Ipv4Addr::from(origin.address),
            host: host.name,
            dns_verified: host.verified,
            domain: directory.domain(origin.domain).to_owned(),
            owner: directory.owner(origin.owner).to_owned(),
            sbrs: (origin.sbrs != NO_SCORE).then(|| f64::from(origin.sbrs) / 10.0),
            sender_group: directory.group(origin.group).to_owned(),
            policy: policy.name.clone(),
            action: action_word(policy.action),
            turned_away: self.no_room.is_some(),
            no_room: self.no_room.map(NoRoom::word),
            tls: self.received.map(|received| received.tls.word()),
            throttled: self.received.map_or(0, |received| received.throttled),
            invalid: self.received.map_or(0, |received| received.invalid),
            messages: self.messages.iter().map(|each| each.life(simulation)).collect(),
            cells: closed.flat_map(|(begin, counts)| cells(begin, &counts, directory)).collect(),
        }
    }
}

impl TracedMessage {
    fn life(&self, simulation: &Simulation) -> MessageLife {
        let directory = simulation.directory();
        let delivered = |(dcid, event): &(Option<u64>, DeliveryEvent)| Delivered {
            dcid: *dcid,
            at: event.connection.at,
            domain: directory.domain(event.group.domain).to_owned(),
            control: event.connection.control,
            tls: event.connection.tls.word(),
            delivered: event.connection.delivered,
            hard_bounced: event.connection.bounced,
        };
        let scanned = self.scanned.as_ref();
        let held = scanned.filter(|scanned| scanned.found.held_for.is_some());
        let filtered_by = |&Filtered { filter, action, recipients }: &Filtered| {
            let filter = directory.filter(filter).to_owned();
            FilteredBy { filter, action, recipients }
        };
        let user = |&user: &UserId| directory.user(user).to_owned();
        let recipients = match &self.recipients {
            RecipientList::Users(users) => users.iter().map(user).collect(),
            RecipientList::Groups(_) => Vec::new(),
        };
        MessageLife {
            mid: self.mid,
            entered: self.mail.entered(),
            started: scanned.map(|scanned| scanned.stay.started),
            left: scanned.map(|scanned| scanned.stay.left),
            released: held.map(|held| held.found.at),
            done: self.done,
            size_bytes: self.mail.message.size_bytes,
            verdict: scanned.map(|scanned| scanned.found.finding.word(directory).to_owned()),
            filters: scanned.iter().flat_map(|scanned| &scanned.filtered).map(filtered_by).collect(),
            sender: self.mail.outgoing.then(|| user(&self.mail.message.sender)),
            recipients,
            deliveries: self.deliveries.iter().map(delivered).collect(),
        }
    }
}

fn action_word(action: Action) -> &'static str {
    match action {
        Action::Accept => "accept",
        Action::Relay => "relay",
        Action::Reject => "reject",
        Action::TcpRefuse => "tcp_refuse",
    }
}

/// Every cell of an interval that is not zero.
fn cells(interval: Moment, counts: &Counts, directory: &Directory) -> Vec<Cell> {
    let of_part = |part: Part| {
        counts.rows(part).into_iter().flat_map(move |(key, _, cells)| {
            let key = key_name(part, key, directory);
            let counted = part.cells().iter().zip(cells).filter(|(_, count)| *count > 0);
            let cell = |(&cell, count)| Cell { interval, account: part.name(), key: key.clone(), cell, count };
            counted.map(cell).collect::<Vec<Cell>>()
        })
    };
    Part::ALL.into_iter().flat_map(of_part).collect()
}

/// The key of an account's row in words. Empty in accounts without keys.
fn key_name(part: Part, key: u64, directory: &Directory) -> String {
    let place = key as u32 as usize;
    match part.key_kind() {
        KeyKind::None => String::new(),
        KeyKind::Domain => directory.domains[place].clone(),
        KeyKind::Address => Ipv4Addr::from(key as u32).to_string(),
        KeyKind::Owner => directory.owners[place].clone(),
        KeyKind::SenderGroup => directory.groups[place].clone(),
        KeyKind::User => directory.users[place].clone(),
        KeyKind::Filter => {
            format!("{} / {}", directory.filters[(key >> 32) as usize].name, directory.users[place])
        }
        KeyKind::Virus => directory.viruses[place].clone(),
        KeyKind::Outbreak => directory.outbreaks[place].name.clone(),
        KeyKind::Delivery => {
            let key = DeliveryKey::unpack(key);
            let (setting, outcome) = (TlsSetting::WORDS[key.setting as usize], TlsOutcome::WORDS[key.outcome as usize]);
            format!("{} / {setting} / {outcome}", directory.domains[key.domain as usize])
        }
    }
}
