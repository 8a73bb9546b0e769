//! Judges the connections of an hour: which are accepted, which recipients are accepted, which messages enter the work
//! queue.

use hashbrown::HashMap;
use tollgate_scenario::{Action, ClientTls, ListenerTls, Policy};
use tollgate_traffic::{Connections, Group, Hour, Message, Messages, Schedule};

use crate::Gateway;
use crate::hat::Admissions;

/// One hour of one appliance, judged up to the work queue.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The connections, a batch for each population that has any.
    pub batches: Vec<Batch>,
    /// The messages that enter the work queue, in no particular order.
    pub mail: Vec<Mail>,
    /// Recipients of incoming messages: numbers of internal users in the directory.
    pub users: Vec<u32>,
    /// Groups of recipients of outgoing messages.
    pub groups: Vec<Group>,
}

/// The connections of one population.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Place of the population in the schedule.
    pub population: u16,
    /// The connections.
    pub connections: Connections,
    /// The Host Access Table's result for each of them.
    pub admissions: Admissions,
    /// The mail of the connections whose policy accepts mail, not in order of time.
    pub received: Vec<Received>,
}

/// The connections of an hour with the Host Access Table's result for each, and the messages of those whose policy
/// accepts mail.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// The connections, a batch for each population that has any. `received` is still empty.
    pub batches: Vec<Batch>,
    /// The messages of each batch, in order of its connections.
    pub messages: Vec<Messages>,
}

/// The mail of one connection whose policy accepts mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its place in the batch.
    pub connection: u32,
    /// Time of closing, in microseconds since the Unix epoch.
    pub closed: u64,
    /// The TLS outcome.
    pub tls: IncomingTls,
    /// Recipients throttled.
    pub throttled: u32,
    /// Recipients that do not exist.
    pub invalid: u32,
    /// Messages (transactions) accepted.
    pub messages: u32,
    /// Recipients accepted.
    pub recipients: u32,
    /// Bytes of the messages accepted.
    pub bytes: u64,
}

/// The TLS outcome of an incoming connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncomingTls {
    /// Negotiated; the policy requires TLS.
    SuccessfulRequired,
    /// Negotiated; the policy prefers TLS.
    SuccessfulPreferred,
    /// Failed or never started although the policy requires TLS. No mail is accepted.
    FailedRequired,
    /// Started and failed; the policy prefers TLS. No mail is accepted.
    FailedPreferred,
    /// Not started, or not offered.
    Unencrypted,
}

/// A message (transaction) in the work queue, with the data that counting needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Time of entering the work queue, in microseconds since the Unix epoch.
    pub entered: u64,
    /// Time of opening its connection, and a number that distinguishes connections opened at the same time.
    pub opened: (u64, u32),
    /// The sender's address, domain and owner.
    pub source: (u32, u32, u32),
    /// The sender's SBRS in tenths, sender group and population.
    pub standing: (i16, u16, u16),
    /// Number of its policy in the gateway.
    pub policy: u16,
    /// The message as drawn. Its recipients are a range of `Judged::users` (incoming) or `Judged::groups` (outgoing).
    pub message: Message,
    /// True if it is outgoing.
    pub outgoing: bool,
}

impl Mail {
    /// Its processor time in the work queue, in microseconds.
    pub fn service_micros(&self) -> u64 {
        self.message.service.iter().map(|&micros| u64::from(micros)).sum()
    }
}

/// A number that distinguishes connections opened at the same time, made of the population and the place in its batch.
pub fn connection_number(population: u16, at: usize) -> u32 {
    u32::from(population) << 20 | at as u32 & 0xF_FFFF
}

impl Gateway {
    /// Draws an hour of an appliance and judges it up to the work queue.
    pub fn judge(&self, schedule: &Schedule, hour: &Hour) -> Judged {
        let Drawn { batches, messages } = self.draw(schedule, hour);
        let mut judged = Judged { batches, ..Judged::default() };
        let sum = |count: fn(&Messages) -> usize| messages.iter().map(count).sum();
        judged.mail.reserve(sum(|messages| messages.messages.len()));
        judged.users.reserve(sum(|messages| messages.addressees.len()));
        judged.groups.reserve(sum(|messages| messages.groups.len()));
        self.receive(&messages, &mut judged);
        judged
    }

    /// Draws an hour of an appliance: its connections, and the messages of those whose policy accepts mail.
    pub fn draw(&self, schedule: &Schedule, hour: &Hour) -> Drawn {
        let mut drawn = Drawn::default();
        for (number, population) in (0u16..).zip(schedule.populations()) {
            let mut batch = Batch { population: number, ..Batch::default() };
            schedule.connections(population, hour, &mut batch.connections);
            if batch.connections.is_empty() {
                continue;
            }
            self.hats[population.listener].admit(&batch.connections, &mut batch.admissions);
            let taken = |at: &usize| self.policies[usize::from(batch.admissions.policy[*at])].action.takes_mail();
            let taken: Vec<usize> = (0..batch.connections.len()).filter(taken).collect();
            let mut messages = Messages::default();
            messages.reserve(taken.len());
            batch.received.reserve(taken.len());
            for at in taken {
                schedule.messages(population, hour, &batch.connections, at, &mut messages);
            }
            drawn.batches.push(batch);
            drawn.messages.push(messages);
        }
        drawn
    }

    /// Judges the messages drawn for each batch. Hourly limits count the connections of all populations in order of
    /// time. Other limits do not depend on the order.
    fn receive(&self, drawn: &[Messages], judged: &mut Judged) {
        let mut batches = std::mem::take(&mut judged.batches);
        let mut limited = Vec::new();
        for (number, (batch, messages)) in batches.iter_mut().zip(drawn).enumerate() {
            let mut first = 0;
            let mut sessions = messages.sessions.iter();
            for at in 0..batch.connections.len() {
                let policy = &self.policies[usize::from(batch.admissions.policy[at])];
                if !policy.action.takes_mail() {
                    continue;
                }
                let closed = batch.connections.opened[at] + sessions.next().copied().unwrap_or_default();
                let mine = messages.messages[first..].iter().take_while(|message| message.connection as usize == at);
                let range = first..first + mine.count();
                first = range.end;
                if policy.max_recipients_per_hour.is_some() {
                    limited.push((batch.connections.opened[at], number, at, closed, range));
                } else {
                    let received = self.take(batch, (at, closed), messages, range, None, judged);
                    batch.received.push(received);
                }
            }
        }
        limited.sort_unstable_by_key(|&(opened, number, at, ..)| (opened, number, at));
        let mut left: HashMap<u32, u32> = HashMap::new();
        for (_, number, at, closed, range) in limited {
            let batch = &mut batches[number];
            let policy = &self.policies[usize::from(batch.admissions.policy[at])];
            let limit = policy.max_recipients_per_hour.unwrap_or(u32::MAX);
            let left = left.entry(batch.connections.address[at]).or_insert(limit);
            let received = self.take(batch, (at, closed), &drawn[number], range, Some(left), judged);
            batch.received.push(received);
        }
        judged.batches = batches;
    }

    /// Judges the messages of one connection, given its place in the batch and its time of closing. `left` is the
    /// number of recipients that the sender has left in this hour, if there is a limit.
    pub(crate) fn take(
        &self,
        batch: &Batch,
        (at, closed): (usize, u64),
        messages: &Messages,
        range: std::ops::Range<usize>,
        mut left: Option<&mut u32>,
        judged: &mut Judged,
    ) -> Received {
        let connection = batch.connections.get(at);
        let number = batch.admissions.policy[at];
        let policy = &self.policies[usize::from(number)];
        let tls = incoming_tls(policy.tls, connection.tls);
        let mut received = Received {
            connection: at as u32,
            closed,
            tls,
            throttled: 0,
            invalid: 0,
            messages: 0,
            recipients: 0,
            bytes: 0,
        };
        if matches!(tls, IncomingTls::FailedRequired | IncomingTls::FailedPreferred) {
            return received;
        }
        for (count, message) in (0..).zip(&messages.messages[range]) {
            let outgoing = policy.action == Action::Relay;
            let most = if count < policy.max_messages_per_session { policy.max_recipients_per_message } else { 0 };
            let most = left.as_deref().map_or(most, |&left| most.min(left));
            let taken = if outgoing {
                take_groups(message, messages, most, &mut received, &mut judged.groups)
            } else {
                take_addressees(message, messages, most, &mut received, &mut judged.users)
            };
            // Hourly limits count every recipient that was let through, even one that does not exist.
            if let Some(left) = &mut left {
                **left -= taken.offered;
            }
            if taken.span.1 == 0 {
                continue;
            }
            received.messages += 1;
            received.recipients += taken.recipients;
            received.bytes += u64::from(message.size_bytes);
            judged.mail.push(Mail {
                entered: message.received,
                opened: (connection.opened, connection_number(batch.population, at)),
                source: (connection.address, connection.domain, connection.owner),
                standing: (connection.sbrs, batch.admissions.group[at], batch.population),
                policy: number,
                message: scanned(policy, Message { recipients: taken.span, ..*message }),
                outgoing,
            });
        }
        received
    }
}

/// The recipients of a message that were accepted.
struct Taken {
    /// Number that the limits let through.
    offered: u32,
    recipients: u32,
    span: (u32, u32),
}

fn take_addressees(
    message: &Message,
    messages: &Messages,
    most: u32,
    received: &mut Received,
    out: &mut Vec<u32>,
) -> Taken {
    let first = out.len() as u32;
    let (from, count) = message.recipients;
    let offered = count.min(most);
    received.throttled += count - offered;
    for addressee in &messages.addressees[from as usize..(from + offered) as usize] {
        if addressee.exists {
            out.push(addressee.user);
        } else {
            received.invalid += 1;
        }
    }
    let recipients = out.len() as u32 - first;
    Taken { offered, recipients, span: (first, recipients) }
}

fn take_groups(
    message: &Message,
    messages: &Messages,
    most: u32,
    received: &mut Received,
    out: &mut Vec<Group>,
) -> Taken {
    let first = out.len() as u32;
    let (from, count) = message.recipients;
    let mut recipients = 0;
    for group in &messages.groups[from as usize..(from + count) as usize] {
        let taken = group.recipients.min(most - recipients);
        received.throttled += group.recipients - taken;
        // A scripted connection is opened even if it has no recipients.
        if taken > 0 || group.recipients == 0 {
            out.push(Group { recipients: taken, refused: group.refused.min(taken), ..*group });
        }
        recipients += taken;
    }
    Taken { offered: recipients, recipients, span: (first, out.len() as u32 - first) }
}

/// The message with only what its policy scans for. A scan that is off finds nothing and costs nothing.
fn scanned(policy: &Policy, mut message: Message) -> Message {
    if !policy.anti_spam {
        message.spam = false;
        message.service[0] = 0;
    }
    if !policy.anti_virus {
        message.virus = tollgate_traffic::NO_VIRUS;
        message.outbreak = tollgate_traffic::NO_VIRUS;
        message.service[1] = 0;
    }
    message
}

fn incoming_tls(policy: ListenerTls, client: ClientTls) -> IncomingTls {
    match (policy, client) {
        (ListenerTls::Off, _) | (ListenerTls::Preferred, ClientTls::NotStarted) => IncomingTls::Unencrypted,
        (ListenerTls::Preferred, ClientTls::Good) => IncomingTls::SuccessfulPreferred,
        (ListenerTls::Preferred, ClientTls::Fails) => IncomingTls::FailedPreferred,
        (ListenerTls::Required, ClientTls::Good) => IncomingTls::SuccessfulRequired,
        (ListenerTls::Required, ClientTls::NotStarted | ClientTls::Fails) => IncomingTls::FailedRequired,
    }
}
