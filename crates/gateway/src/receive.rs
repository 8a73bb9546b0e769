//! Draws the connections of an hour and judges their mail: which recipients are accepted, which messages enter the work
//! queue.

use hashbrown::HashMap;
use tollgate_scenario::{Action, ClientTls, ListenerTls, Policy};
use tollgate_traffic::{Connections, Group, Message, Messages, Traffic};

use crate::Gateway;
use crate::hat::{Admission, Hat};

/// Some connections of one population in order of time, with the Host Access Table's result for each, and the messages
/// of those whose policy accepts mail.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// Place of the population in the schedule.
    pub population: u16,
    /// Place of its listener in the scenario.
    pub listener: usize,
    /// The facts about each connection.
    pub origins: Vec<Origin>,
    /// Place of each connection's sender group in the Host Access Table.
    pub places: Vec<u16>,
    connections: Connections,
    /// The connections whose policy accepts mail.
    pub callers: Vec<Caller>,
    /// The messages of those connections.
    pub messages: Messages,
}

/// Facts about a connection, or about the connection that a message came on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Time of opening, in microseconds since the Unix epoch.
    pub opened: u64,
    /// A number that distinguishes connections opened at the same time.
    pub number: u32,
    /// The sender's IPv4 address.
    pub address: u32,
    /// Number in the directory of the domain that the sender is rolled up to.
    pub domain: u32,
    /// Number in the directory of the owner of the sender's network.
    pub owner: u32,
    /// The sender's SBRS in tenths, or `NO_SCORE`.
    pub sbrs: i16,
    /// Number of the sender group in the directory.
    pub group: u16,
    /// Place of the population in the schedule.
    pub population: u16,
    /// Number of the policy in the gateway.
    pub policy: u16,
}

/// A connection and the place of its messages.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The connection.
    pub origin: Origin,
    /// The sender's use of TLS if the appliance offers it.
    pub tls: ClientTls,
    /// Length of the session if its policy accepts mail, in microseconds.
    pub session_micros: u64,
    /// Place of its first message, and of the first that follows its own.
    pub span: (usize, usize),
}

/// The mail of an hour that enters the work queue.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The messages, in no particular order.
    pub mail: Vec<Mail>,
    /// Recipients of incoming messages: numbers of internal users in the directory.
    pub users: Vec<u32>,
    /// Groups of recipients of outgoing messages.
    pub groups: Vec<Group>,
}

/// The recipients that the senders with an hourly limit have left in this hour, by address.
#[derive(Clone, Debug, Default)]
pub struct HourlyLimits(HashMap<u32, u32>);

/// The mail of one connection whose policy accepts mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
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

impl IncomingTls {
    /// Its word in traces.
    pub fn word(self) -> &'static str {
        match self {
            IncomingTls::SuccessfulRequired => "successful_required",
            IncomingTls::SuccessfulPreferred => "successful_preferred",
            IncomingTls::FailedRequired => "failed_required",
            IncomingTls::FailedPreferred => "failed_preferred",
            IncomingTls::Unencrypted => "unencrypted",
        }
    }
}

/// A message (transaction) in the work queue, with the data that counting needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The connection that it came on.
    pub origin: Origin,
    /// The message as drawn. Its recipients are a range of `Judged::users` (incoming) or `Judged::groups` (outgoing).
    pub message: Message,
    /// True if it is outgoing.
    pub outgoing: bool,
}

impl Judged {
    /// Removes everything and keeps the memory.
    pub fn clear(&mut self) {
        self.mail.clear();
        self.users.clear();
        self.groups.clear();
    }
}

impl Mail {
    /// Time of entering the work queue, in microseconds since the Unix epoch.
    pub fn entered(&self) -> u64 {
        self.message.received
    }

    /// Its processor time in the work queue, in microseconds.
    pub fn service_micros(&self) -> u64 {
        self.message.service.iter().map(|&micros| u64::from(micros)).sum()
    }
}

impl Chunk {
    /// Every connection in order. Those whose policy accepts no mail have no messages.
    pub fn everybody(&self) -> impl Iterator<Item = Caller> + '_ {
        let mut callers = self.callers.iter().peekable();
        self.origins.iter().zip(&self.connections.tls).map(move |(&origin, &tls)| {
            let alone = Caller { origin, tls, session_micros: 0, span: (0, 0) };
            callers.next_if(|caller| caller.origin.number == origin.number).copied().unwrap_or(alone)
        })
    }

    /// Looks up the connections in a Host Access Table.
    fn admit(&mut self, hat: &Hat) {
        let Chunk { population, origins, places, connections, .. } = self;
        places.clear();
        hat.admit(connections, places);
        let first = connections.first as u32;
        let columns = connections.opened.iter().zip(&connections.address).zip(&connections.domain);
        let columns = columns.zip(&connections.owner).zip(&connections.sbrs).zip(places.iter()).zip(0u32..);
        origins.clear();
        origins.extend(columns.map(|((((((&opened, &address), &domain), &owner), &sbrs), &place), at)| {
            let admission = hat.admissions()[usize::from(place)];
            // Connections whose numbers are equal are so far apart that they are not opened at the same time.
            let number = u32::from(*population) << 20 | (first + at) & 0xF_FFFF;
            let (group, policy) = (admission.group, admission.policy);
            Origin { opened, number, address, domain, owner, sbrs, group, population: *population, policy }
        }));
    }
}

impl Gateway {
    /// Draws the traffic of an hour and gives it to `give`, one population after another. `traffic` is that of every
    /// population of the schedule.
    pub fn draw(&self, traffic: Vec<Traffic<'_>>, chunk: &mut Chunk, mut give: impl FnMut(&Chunk)) {
        for (number, mut traffic) in (0u16..).zip(traffic) {
            (chunk.population, chunk.listener) = (number, traffic.listener());
            let hat = &self.hats[chunk.listener];
            while traffic.draw(&mut chunk.connections) {
                chunk.admit(hat);
                chunk.callers.clear();
                chunk.messages.clear();
                let admissions = hat.admissions();
                for (at, &place) in chunk.places.iter().enumerate() {
                    if admissions[usize::from(place)].action.takes_mail() {
                        let first = chunk.messages.messages.len();
                        let session_micros = traffic.messages(&chunk.connections, at, &mut chunk.messages);
                        let span = (first, chunk.messages.messages.len());
                        let (origin, tls) = (chunk.origins[at], chunk.connections.tls[at]);
                        chunk.callers.push(Caller { origin, tls, session_micros, span });
                    }
                }
                give(chunk);
            }
        }
    }

    /// The Host Access Table's results for a listener, by the place of the sender group.
    pub fn admissions(&self, listener: usize) -> &[Admission] {
        self.hats[listener].admissions()
    }

    /// Judges the messages of one connection whose policy accepts mail. `messages` are those that its span refers to. If
    /// the policy has an hourly limit, the connections must come in order of time.
    pub fn receive(
        &self,
        caller: &Caller,
        messages: &Messages,
        limits: &mut HourlyLimits,
        judged: &mut Judged,
    ) -> Received {
        let origin = caller.origin;
        let policy = &self.policies[usize::from(origin.policy)];
        let tls = incoming_tls(policy.tls, caller.tls);
        let closed = origin.opened + caller.session_micros;
        let mut received = Received { closed, tls, throttled: 0, invalid: 0, messages: 0, recipients: 0, bytes: 0 };
        if matches!(tls, IncomingTls::FailedRequired | IncomingTls::FailedPreferred) {
            return received;
        }
        let mut left = policy.max_recipients_per_hour.map(|limit| limits.0.entry(origin.address).or_insert(limit));
        let outgoing = policy.action == Action::Relay;
        for (count, message) in (0..).zip(&messages.messages[caller.span.0..caller.span.1]) {
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
            let message = scanned(policy, Message { recipients: taken.span, ..*message });
            judged.mail.push(Mail { origin, message, outgoing });
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
