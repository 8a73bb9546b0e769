//! Draws the connections of an hour and judges their mail: which recipients are accepted, which messages enter the work
//! queue.

use std::ops::Range;

use hashbrown::HashMap;
use tollgate_scenario::{Action, ClientTls, ListenerTls, Moment, Policy, Span};
use tollgate_traffic::{
    Address, Connections, DomainId, Message, Messages, OwnerId, Places, PopulationId, RecipientGroup, SenderGroupId,
    Traffic, UserId,
};

use crate::Gateway;
use crate::hat::{Admission, Hat, PolicyId};

/// Some connections of one population in order of time, with the Host Access Table's result for each, and the messages
/// of those whose policy accepts mail.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The population.
    pub population: PopulationId,
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
    /// Time of opening.
    pub opened: Moment,
    /// A number that distinguishes connections opened at the same time.
    pub number: u32,
    /// The sender's address.
    pub address: Address,
    /// The domain that the sender is rolled up to.
    pub domain: DomainId,
    /// The owner of the sender's network.
    pub owner: OwnerId,
    /// The sender's SBRS in tenths, or `NO_SCORE`.
    pub sbrs: i16,
    /// The sender group.
    pub group: SenderGroupId,
    /// The population.
    pub population: PopulationId,
    /// The policy.
    pub policy: PolicyId,
}

/// The order of connections: by time of opening, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionKey {
    /// Time of opening.
    pub opened: Moment,
    /// A number that distinguishes connections opened at the same time.
    pub number: u32,
}

/// A connection and its messages.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The connection.
    pub origin: Origin,
    /// The sender's use of TLS if the appliance offers it.
    pub tls: ClientTls,
    /// Length of the session if its policy accepts mail.
    pub session: Span,
    /// The places of its messages.
    pub messages: Places,
}

/// The mail of an hour that enters the work queue.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The messages, in no particular order.
    pub mail: Vec<Mail>,
    /// Recipients of incoming messages.
    pub users: Vec<UserId>,
    /// Groups of recipients of outgoing messages.
    pub groups: Vec<RecipientGroup>,
}

/// The recipients that the senders with an hourly limit have left in this hour, by address.
#[derive(Clone, Debug, Default)]
pub struct HourlyLimits(HashMap<Address, u32>);

/// The mail of one connection whose policy accepts mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Time of closing.
    pub closed: Moment,
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

impl Origin {
    /// The key of the connection. No other connection of the appliance has it.
    pub fn key(&self) -> ConnectionKey {
        ConnectionKey { opened: self.opened, number: self.number }
    }
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
    /// Time of entering the work queue.
    pub fn entered(&self) -> Moment {
        self.message.received
    }

    /// Its processor time in the work queue.
    pub fn service(&self) -> Span {
        Span::from_micros(self.message.service.sum())
    }
}

impl Chunk {
    /// Every connection in order. Those whose policy accepts no mail have no messages.
    pub fn everybody(&self) -> impl Iterator<Item = Caller> + '_ {
        let mut callers = self.callers.iter().peekable();
        self.origins.iter().zip(&self.connections.tls).map(move |(&origin, &tls)| {
            let alone = Caller { origin, tls, session: Span::default(), messages: Places::default() };
            callers.next_if(|caller| caller.origin.number == origin.number).copied().unwrap_or(alone)
        })
    }

    /// Leaves out the connections that are opened in some times.
    fn leave_out(&mut self, times: &[Range<Moment>]) {
        let Chunk { origins, places, connections, callers, .. } = self;
        // Connections are in order of time.
        let (Some(first), Some(last)) = (origins.first(), origins.last()) else { return };
        let (first, last) = (first.opened, last.opened);
        if times.iter().all(|time| last < time.start || time.end <= first) {
            return;
        }
        let is_kept = |origin: &Origin| !times.iter().any(|time| time.contains(&origin.opened));
        let mut kept = origins.iter().map(is_kept);
        places.retain(|_| kept.next().unwrap_or(true));
        let mut kept = origins.iter().map(is_kept);
        connections.tls.retain(|_| kept.next().unwrap_or(true));
        callers.retain(|caller| is_kept(&caller.origin));
        origins.retain(is_kept);
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
            let number = u32::from(population.number()) << 20 | (first + at) & 0xF_FFFF;
            let (group, policy) = (admission.group, admission.policy);
            let opened = Moment::from_micros(opened);
            Origin { opened, number, address, domain, owner, sbrs, group, population: *population, policy }
        }));
    }
}

impl Gateway {
    /// Draws the traffic of an hour and gives it to `give`, one population after another. `traffic` is that of every
    /// population of the schedule. Connections that are opened in the times of `down` are left out.
    pub fn draw(
        &self,
        traffic: Vec<Traffic<'_>>,
        down: &[Range<Moment>],
        chunk: &mut Chunk,
        mut give: impl FnMut(&Chunk),
    ) {
        for (number, mut traffic) in (0u16..).zip(traffic) {
            (chunk.population, chunk.listener) = (PopulationId::new(number), traffic.listener());
            let hat = &self.hats[chunk.listener];
            while traffic.draw(&mut chunk.connections) {
                chunk.admit(hat);
                chunk.callers.clear();
                chunk.messages.clear();
                let admissions = hat.admissions();
                for (at, &place) in chunk.places.iter().enumerate() {
                    if admissions[usize::from(place)].action.takes_mail() {
                        let first = chunk.messages.messages.len();
                        let session = traffic.messages(&chunk.connections, at, &mut chunk.messages);
                        let messages = Places::since(first, chunk.messages.messages.len());
                        let (origin, tls) = (chunk.origins[at], chunk.connections.tls[at]);
                        chunk.callers.push(Caller { origin, tls, session, messages });
                    }
                }
                chunk.leave_out(down);
                give(chunk);
            }
        }
    }

    /// The Host Access Table's results for a listener, by the place of the sender group.
    pub fn admissions(&self, listener: usize) -> &[Admission] {
        self.hats[listener].admissions()
    }

    /// Judges the messages of one connection whose policy accepts mail. `messages` are those that its places refer to. If
    /// the policy has an hourly limit, the connections must come in order of time.
    pub fn receive(
        &self,
        caller: &Caller,
        messages: &Messages,
        limits: &mut HourlyLimits,
        judged: &mut Judged,
    ) -> Received {
        let origin = caller.origin;
        let policy = self.policy(origin.policy);
        let tls = incoming_tls(policy.tls, caller.tls);
        let closed = origin.opened.plus(caller.session);
        let mut received = Received { closed, tls, throttled: 0, invalid: 0, messages: 0, recipients: 0, bytes: 0 };
        if matches!(tls, IncomingTls::FailedRequired | IncomingTls::FailedPreferred) {
            return received;
        }
        let mut left = policy.max_recipients_per_hour.map(|limit| limits.0.entry(origin.address).or_insert(limit));
        let outgoing = policy.action == Action::Relay;
        for (count, message) in (0..).zip(&messages.messages[caller.messages.range()]) {
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
            if taken.places.count == 0 {
                continue;
            }
            received.messages += 1;
            received.recipients += taken.recipients;
            received.bytes += u64::from(message.size_bytes);
            let message = scanned(policy, Message { recipients: taken.places, ..*message });
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
    places: Places,
}

fn take_addressees(
    message: &Message,
    messages: &Messages,
    most: u32,
    received: &mut Received,
    out: &mut Vec<UserId>,
) -> Taken {
    let before = out.len();
    let Places { first, count } = message.recipients;
    let offered = count.min(most);
    received.throttled += count - offered;
    for recipient in &messages.recipients[Places { first, count: offered }.range()] {
        if recipient.exists {
            out.push(recipient.user);
        } else {
            received.invalid += 1;
        }
    }
    let places = Places::since(before, out.len());
    Taken { offered, recipients: places.count, places }
}

fn take_groups(
    message: &Message,
    messages: &Messages,
    most: u32,
    received: &mut Received,
    out: &mut Vec<RecipientGroup>,
) -> Taken {
    let before = out.len();
    let mut recipients = 0;
    for group in &messages.groups[message.recipients.range()] {
        let taken = group.recipients.min(most - recipients);
        received.throttled += group.recipients - taken;
        // A scripted connection is opened even if it has no recipients.
        if taken > 0 || group.recipients == 0 {
            out.push(RecipientGroup { recipients: taken, refused: group.refused.min(taken), ..*group });
        }
        recipients += taken;
    }
    Taken { offered: recipients, recipients, places: Places::since(before, out.len()) }
}

/// The message with only what its policy scans for. A scan that is off finds nothing and costs nothing.
fn scanned(policy: &Policy, mut message: Message) -> Message {
    if !policy.anti_spam {
        message.spam = false;
        message.service.anti_spam = 0;
    }
    if !policy.anti_virus {
        message.virus = None;
        message.outbreak = None;
        message.service.anti_virus = 0;
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
