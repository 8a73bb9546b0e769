//! The lives of single connections. They show people where a figure comes from.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;
use tollgate_gateway::{Batch, Mail, Received, Stay, Verdict, WorkQueue};
use tollgate_ledger::{Counts, DeliveryKey, Ledger, NO_SCORE, Part};
use tollgate_scenario::{Action, HOUR, Moment};
use tollgate_traffic::{Directory, Group};

use crate::Simulation;
use crate::deliveries::{Books, Deliveries, Handed};
use crate::occupancy::Recorder;
use crate::shard::{Carried, Recipients, Shard};

/// Everything that happened to one connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Life {
    /// The appliance.
    pub appliance: String,
    /// The class, flow, outbreak or script.
    pub population: String,
    /// Time of opening.
    pub opened: Moment,
    /// The sender's address.
    pub address: Ipv4Addr,
    /// The sender's reverse DNS name.
    pub host: String,
    /// True if that name resolves to the address.
    pub dns_verified: bool,
    /// The domain whose row counts it.
    pub domain: String,
    /// The network owner whose row counts it.
    pub owner: String,
    /// SBRS. `None` if the sender has none.
    pub sbrs: Option<f64>,
    /// The sender group.
    pub sender_group: String,
    /// The mail flow policy.
    pub policy: String,
    /// The policy's action.
    pub action: Action,
    /// The TLS outcome of a connection whose policy accepts mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// Recipients throttled.
    pub throttled: u32,
    /// Recipients that do not exist.
    pub invalid: u32,
    /// The messages (transactions) that were accepted.
    pub messages: Vec<MessageLife>,
    /// Every cell that counted it.
    pub cells: Vec<Cell>,
}

/// Everything that happened to one message (transaction).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageLife {
    /// Time of entering the work queue.
    pub entered: Moment,
    /// Time at which a worker started on it.
    pub started: Moment,
    /// Time of leaving the work queue.
    pub left: Moment,
    /// Time at which the outbreak quarantine released it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released: Option<Moment>,
    /// Its size in bytes.
    pub size_bytes: u32,
    /// The result of scanning.
    pub verdict: String,
    /// The internal user who sent it. Outgoing mail only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The internal users who receive it. Incoming mail only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
    /// The connections that delivered it. Only outgoing mail that nothing stopped has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivered>,
}

/// One outgoing connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delivered {
    /// Time of its delivery attempt.
    pub at: Moment,
    /// The destination.
    pub domain: String,
    /// The TLS setting in force.
    pub control: tollgate_scenario::DestinationTls,
    /// The TLS outcome.
    pub tls: String,
    /// Recipients delivered.
    pub delivered: u32,
    /// Recipients that hard-bounced.
    pub hard_bounced: u32,
}

/// A cell of the ledger and the count that was added to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The beginning of the interval.
    pub interval: Moment,
    /// The account.
    pub account: &'static str,
    /// The key. Empty in accounts without keys.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The cell.
    pub cell: &'static str,
    /// The count that was added.
    pub count: u64,
}

/// A message of a traced connection.
struct Traced {
    mail: Mail,
    users: Vec<u32>,
    groups: Vec<Group>,
    stay: Stay,
}

/// A traced connection: its moment, appliance and number, its batch with only this connection, and its mail.
type Opened = ((u64, usize, u32), Batch, Option<Received>);

/// Mail by appliance, time of opening and number of its connection.
type MailOf = BTreeMap<(usize, u64, u32), Vec<Traced>>;

pub(crate) fn trace(simulation: &Simulation, count: usize) -> Vec<Life> {
    let (opened, mut mail) = collect(simulation, count);
    opened
        .into_iter()
        .map(|((_, appliance, number), batch, received)| {
            let mail = mail.remove(&(appliance, batch.connections.opened[0], number)).unwrap_or_default();
            life(simulation, appliance, &batch, received.as_ref(), &mail)
        })
        .collect()
}

/// Simulates hours in order, on one thread, until the first connections and all their mail have been found.
fn collect(simulation: &Simulation, count: usize) -> (Vec<Opened>, MailOf) {
    let time = &simulation.scenario.time;
    let start = time.start().micros() / HOUR * HOUR;
    let span = simulation.span();
    let appliances = simulation.scenario.appliances.iter();
    let mut queues: Vec<_> =
        appliances.map(|appliance| (WorkQueue::new(appliance.workers as usize, start), Carried::default())).collect();
    let mut opened: Vec<Opened> = Vec::new();
    let mut mail = MailOf::new();
    // Sessions last at most an hour, so mail enters the work queue in the hour of its connection or in the next.
    let mut hours_left = 2;
    let mut begin = start;
    while hours_left > 0 && begin < span.end + HOUR {
        for (appliance, (queue, carried)) in queues.iter_mut().enumerate() {
            let hour = simulation.schedule.hour(appliance, begin);
            let mut shard = Shard::new(simulation, begin, simulation.gateway.judge(&simulation.schedule, &hour));
            let mut found = connections(&shard, appliance, &span);
            opened.append(&mut found);
            shard.exchange(carried);
            let stays = shard.pass(queue, |_, _, _| {});
            for (entry, &stay) in shard.order.iter().zip(&stays) {
                let each = &shard.judged.mail[entry.place()];
                let (users, groups) = match shard.recipients(each) {
                    Recipients::Users(users) => (users.to_vec(), Vec::new()),
                    Recipients::Groups(groups) => (Vec::new(), groups.to_vec()),
                };
                let key = (appliance, each.opened.0, each.opened.1);
                mail.entry(key).or_default().push(Traced { mail: *each, users, groups, stay });
            }
        }
        opened.sort_by_key(|(key, ..)| *key);
        opened.truncate(count);
        if begin < span.start {
            mail.retain(|&(_, opened, _), _| opened >= span.start);
        }
        hours_left -= u32::from(opened.len() == count);
        begin += HOUR;
    }
    (opened, mail)
}

/// The connections of a shard within the span, each with its batch cut down to it.
fn connections(shard: &Shard, appliance: usize, span: &std::ops::Range<u64>) -> Vec<Opened> {
    let mut found = Vec::new();
    for batch in &shard.judged.batches {
        for at in 0..batch.connections.len() {
            if !span.contains(&batch.connections.opened[at]) {
                continue;
            }
            let mut alone = Batch { population: batch.population, ..Batch::default() };
            alone.connections.push(batch.connections.get(at));
            alone.admissions.group.push(batch.admissions.group[at]);
            alone.admissions.policy.push(batch.admissions.policy[at]);
            let received = batch.received.iter().find(|received| received.connection as usize == at);
            let received = received.map(|received| Received { connection: 0, ..*received });
            let number = tollgate_gateway::connection_number(batch.population, at);
            found.push(((batch.connections.opened[at], appliance, number), alone, received));
        }
    }
    found
}

fn life(
    simulation: &Simulation,
    appliance: usize,
    batch: &Batch,
    received: Option<&Received>,
    mail: &[Traced],
) -> Life {
    let directory = simulation.directory();
    let connection = batch.connections.get(0);
    let policy = simulation.gateway.policy(batch.admissions.policy[0]);
    let host = directory.host(batch.population, connection.address);
    let interval = simulation.scenario.time.export_interval.micros();
    let mut counter = simulation.counter(appliance, &simulation.span(), Ledger::new(interval));
    counter.connections(batch, 0..1);
    if let Some(received) = received {
        counter.received(batch, received);
    }
    // A trace does not know how many connections are open, so it has no limit.
    let mut deliveries = Deliveries::new(u32::MAX);
    for each in mail {
        counter.mail(&each.mail, each.recipients(), each.stay);
        for handed in counter.handed.drain(..) {
            let recipients = (0, handed.recipients.1);
            deliveries.take(simulation, &Handed { recipients, ..handed }, &each.groups);
        }
    }
    let mut recorder = Recorder::new(interval, 0);
    let mut books =
        Books { ledger: &mut counter.ledger, recorder: &mut recorder, end: simulation.scenario.time.end().micros() };
    deliveries.advance(simulation, &simulation.scenario.appliances[appliance], u64::MAX, &mut books);
    let cells = counter.ledger.close(u64::MAX).flat_map(|(begin, counts)| cells(begin, &counts, directory)).collect();
    Life {
        appliance: simulation.scenario.appliances[appliance].name.clone(),
        population: simulation.schedule.populations()[usize::from(batch.population)].name.clone(),
        opened: Moment::from_micros(connection.opened),
        address: Ipv4Addr::from(connection.address),
        host: host.name,
        dns_verified: host.verified,
        domain: directory.domains[connection.domain as usize].clone(),
        owner: directory.owners[connection.owner as usize].clone(),
        sbrs: (connection.sbrs != NO_SCORE).then(|| f64::from(connection.sbrs) / 10.0),
        sender_group: directory.groups[usize::from(batch.admissions.group[0])].clone(),
        policy: policy.name.clone(),
        action: policy.action,
        tls: received.map(|received| format!("{:?}", received.tls)),
        throttled: received.map_or(0, |received| received.throttled),
        invalid: received.map_or(0, |received| received.invalid),
        messages: mail.iter().map(|each| message(simulation, each)).collect(),
        cells,
    }
}

fn message(simulation: &Simulation, traced: &Traced) -> MessageLife {
    let directory = simulation.directory();
    let found = simulation.gateway.scan(&traced.mail.message, traced.stay.left);
    let mut deliveries = Vec::new();
    let verdict = match found.verdict {
        Verdict::Spam => "spam".to_owned(),
        Verdict::Virus(virus) => directory.viruses[usize::from(virus)].clone(),
        Verdict::Clean => "clean".to_owned(),
    };
    // Outgoing spam is delivered like clean mail.
    if !matches!(found.verdict, Verdict::Virus(_)) && !simulation.stopped(&traced.mail) {
        for (number, group) in (0..).zip(&traced.groups) {
            let behaviour = simulation.schedule.behaviour(group.behaviour);
            simulation.gateway.deliver(
                group,
                behaviour,
                found.at,
                (traced.mail.message.identity, number),
                |connection| {
                    deliveries.push(Delivered {
                        at: Moment::from_micros(connection.at),
                        domain: directory.domains[group.domain as usize].clone(),
                        control: connection.control,
                        tls: format!("{:?}", connection.tls),
                        delivered: connection.delivered,
                        hard_bounced: connection.bounced,
                    });
                },
            );
        }
    }
    let user = |&user: &u32| directory.users[user as usize].clone();
    MessageLife {
        entered: Moment::from_micros(traced.mail.entered),
        started: Moment::from_micros(traced.stay.started),
        left: Moment::from_micros(traced.stay.left),
        released: found.held_for.map(|_| Moment::from_micros(found.at)),
        size_bytes: traced.mail.message.size_bytes,
        verdict,
        sender: traced.mail.outgoing.then(|| user(&traced.mail.message.sender)),
        recipients: traced.users.iter().map(user).collect(),
        deliveries,
    }
}

impl Traced {
    fn recipients(&self) -> Recipients<'_> {
        if self.mail.outgoing { Recipients::Groups(&self.groups) } else { Recipients::Users(&self.users) }
    }
}

impl Simulation {
    /// True if a content filter stops an outgoing message.
    fn stopped(&self, mail: &Mail) -> bool {
        let mut matches = Vec::new();
        self.gateway.matches(&mail.message, true, &mut matches);
        let stops =
            |found: &tollgate_gateway::Match| found.action.stops() && self.gateway.applies(*found, mail.message.sender);
        mail.outgoing && matches.iter().any(stops)
    }
}

/// Every cell of an interval that is not zero.
fn cells(begin: u64, counts: &Counts, directory: &Directory) -> Vec<Cell> {
    let of_part = |part: Part| {
        counts.rows(part).into_iter().flat_map(move |(key, _, cells)| {
            let key = key_name(part, key, directory);
            let counted = part.cells().iter().zip(cells).filter(|(_, count)| *count > 0);
            let interval = Moment::from_micros(begin);
            let cell = |(&cell, count)| Cell { interval, account: part.name(), key: key.clone(), cell, count };
            counted.map(cell).collect::<Vec<Cell>>()
        })
    };
    Part::ALL.into_iter().flat_map(of_part).collect()
}

/// The key of an account's row in words. Empty in accounts without keys.
fn key_name(part: Part, key: u64, directory: &Directory) -> String {
    let place = key as u32 as usize;
    match part {
        Part::System => String::new(),
        Part::Domains | Part::IncomingTls => directory.domains[place].clone(),
        Part::Addresses => Ipv4Addr::from(key as u32).to_string(),
        Part::Owners => directory.owners[place].clone(),
        Part::Groups => directory.groups[place].clone(),
        Part::Users => directory.users[place].clone(),
        Part::Filters => {
            format!("{} / {}", directory.filters[(key >> 32) as usize].name, directory.users[place])
        }
        Part::Viruses => directory.viruses[place].clone(),
        Part::Outbreaks => directory.outbreaks[place].name.clone(),
        Part::Deliveries => {
            let key = DeliveryKey::unpack(key);
            format!("{} / {:?} / {:?}", directory.domains[key.domain as usize], key.control, key.outcome)
        }
    }
}
