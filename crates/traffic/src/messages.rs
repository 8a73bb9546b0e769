//! Draws the messages (transactions) of accepted connections: their properties, processing times and destinations.

use rand::Rng;
use tollgate_scenario::{Class, Flow, Users};

use crate::connections::Connections;
use crate::draw::{AtLeastOne, Bytes, Choice, Duration, RecipientCount, Service, run};
use crate::stream::{Chance, Generator, StreamKey, mix};

/// The value that means no virus.
pub const NO_VIRUS: u16 = u16::MAX;

/// Messages (transactions) of one population in one hour, with their recipients.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    /// The messages. Those of one connection are together.
    pub messages: Vec<Message>,
    /// The recipients of incoming messages.
    pub addressees: Vec<Addressee>,
    /// The groups of recipients of outgoing messages.
    pub groups: Vec<Group>,
    /// For each connection whose messages have been drawn: its length in microseconds.
    pub sessions: Vec<u64>,
}

/// One message (transaction).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The place of its connection in the batch.
    pub connection: u32,
    /// Time when all of its data has arrived, in microseconds since the Unix epoch.
    pub received: u64,
    /// Its size in bytes.
    pub size_bytes: u32,
    /// Key of the draws that are only made if they are needed.
    pub identity: u64,
    /// True if anti-spam scanning classes it as spam.
    pub spam: bool,
    /// Number in the directory of the type of virus that anti-virus scanning finds in it, or `NO_VIRUS`.
    pub virus: u16,
    /// Number in the directory of the outbreak that it belongs to, or `NO_VIRUS`.
    pub outbreak: u16,
    /// Processor time for anti-spam scanning, anti-virus scanning and other processing, in microseconds.
    pub service: [u32; 3],
    /// Number in the directory of the internal user who sent it. Used in outgoing messages only.
    pub sender: u32,
    /// True if it belongs to a script. Its counts are exact, and no content filter matches it.
    pub scripted: bool,
    /// Place of its first recipient (incoming) or group (outgoing) in the batch, and the number of them.
    pub recipients: (u32, u32),
}

/// One recipient of an incoming message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Number of the internal user in the directory.
    pub user: u32,
    /// True if the user exists.
    pub exists: bool,
}

/// The recipients of an outgoing message that one connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Number of the destination domain in the directory.
    pub domain: u32,
    /// Place of the destination's behaviour in the schedule.
    pub behaviour: u16,
    /// Number of recipients.
    pub recipients: u32,
    /// Number of recipients that are refused for good.
    pub refused: u32,
    /// Number of attempts that are deferred before the first attempt that is not.
    pub deferrals: u8,
    /// Number of second connections that are refused before the first that is not.
    pub second_refusals: u8,
}

/// The distributions from which a population's messages are drawn.
#[derive(Clone, Debug)]
pub struct MessageShape {
    messages: AtLeastOne,
    recipients: RecipientCount,
    size: Bytes,
    session: Duration,
    spam: Chance,
    virus: Chance,
    /// The outbreak that all of them belong to, or `NO_VIRUS`.
    outbreak: u16,
    key: StreamKey,
    to: Direction,
}

/// The distributions that only one direction has.
#[derive(Clone, Debug)]
enum Direction {
    Incoming { invalid: Chance },
    Outgoing { null_sender: Chance, null_user: u32, destinations: Destinations },
}

/// The destinations of a flow.
#[derive(Clone, Debug)]
pub struct Destinations {
    choice: Choice,
    classes: Vec<DestinationClass>,
}

/// Destinations that behave alike.
#[derive(Clone, Debug)]
pub struct DestinationClass {
    /// Draws one of the domains.
    pub choice: Choice,
    /// The domains, as numbers in the directory.
    pub domains: Vec<u32>,
    /// Place of their behaviour in the schedule.
    pub behaviour: u16,
    /// Chance that the next recipient travels on the same connection as the one before.
    pub stay: Chance,
    /// Chance that a recipient is refused for good.
    pub hard_bounce: Chance,
    /// Chance that an attempt is deferred.
    pub deferred: Chance,
    /// Chance that a second connection is refused.
    pub second_refused: Chance,
}

/// Data for messages that all populations share: the users and the cost of scanning.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Draws the user who receives.
    pub receivers: Choice,
    /// Draws the user who sends.
    pub senders: Choice,
    /// The users' numbers in the directory, by their place in those choices.
    pub users: Vec<u32>,
    /// The cost of each engine on each appliance.
    pub services: Vec<[Service; 3]>,
}

/// The types of virus in one hour, as cumulative weights.
#[derive(Clone, Debug)]
pub struct VirusMix(pub Vec<f64>);

impl Messages {
    /// Makes room for the messages of this many connections.
    pub fn reserve(&mut self, connections: usize) {
        // Most connections bring one message, and most messages have few recipients.
        self.messages.reserve(connections + connections / 4);
        self.addressees.reserve(2 * connections);
        self.groups.reserve(connections);
        self.sessions.reserve(connections);
    }

    /// Copies some of the messages, with their recipients. All messages of a population have one direction, so they
    /// have either addressees or groups.
    pub fn excerpt(&self, span: std::ops::Range<usize>) -> Messages {
        let mut excerpt = Messages::default();
        for message in &self.messages[span] {
            let (first, count) = message.recipients;
            let recipients = first as usize..(first + count) as usize;
            let first = if self.groups.is_empty() {
                excerpt.addressees.extend_from_slice(&self.addressees[recipients]);
                excerpt.addressees.len()
            } else {
                excerpt.groups.extend_from_slice(&self.groups[recipients]);
                excerpt.groups.len()
            };
            excerpt.messages.push(Message { recipients: (first as u32 - count, count), ..*message });
        }
        excerpt
    }
}

impl MessageShape {
    /// Messages of a class of senders.
    pub fn incoming(class: &Class, key: StreamKey) -> Self {
        MessageShape {
            messages: AtLeastOne::new(class.messages_per_connection),
            recipients: RecipientCount::new(&class.recipients),
            size: Bytes::new(&class.size),
            session: Duration::new(&class.session),
            spam: Chance::new(class.spam.get()),
            virus: Chance::new(class.virus.get()),
            outbreak: NO_VIRUS,
            key: key.named("messages"),
            to: Direction::Incoming { invalid: Chance::new(class.invalid_recipients.get()) },
        }
    }

    /// Messages of an outbreak that comes from a class of senders.
    pub fn outbreak(class: &Class, outbreak: u16, key: StreamKey) -> Self {
        MessageShape { outbreak, spam: Chance::new(0.0), ..MessageShape::incoming(class, key) }
    }

    /// Messages of a flow, or of one of its listed destinations.
    pub fn outgoing(flow: &Flow, destinations: Destinations, null_user: u32, key: StreamKey) -> Self {
        let null_sender = Chance::new(flow.null_sender.get());
        MessageShape {
            messages: AtLeastOne::new(flow.messages_per_connection),
            recipients: RecipientCount::new(&flow.recipients),
            size: Bytes::new(&flow.size),
            session: Duration::new(&flow.session),
            spam: Chance::new(flow.spam.get()),
            virus: Chance::new(flow.virus.get()),
            outbreak: NO_VIRUS,
            key: key.named("messages"),
            to: Direction::Outgoing { null_sender, null_user, destinations },
        }
    }

    /// Draws the messages of one connection. Every connection has a stream of its own, so that the treatment of one
    /// does not change the draws of another.
    pub fn draw(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        connections: &Connections,
        at: usize,
        out: &mut Messages,
    ) {
        let identity = self.key.numbered(hour.number).number(at as u64);
        let mut generator = self.key.numbered(identity).generator();
        let count = self.messages.draw(&mut generator);
        let session = self.session.draw(&mut generator);
        let opened = connections.opened[at];
        out.sessions.push(session);
        for number in 0..count {
            let received = opened + session * u64::from(number + 1) / u64::from(count + 1);
            self.message(around, hour, (at as u32, received, mix(identity ^ u64::from(number))), &mut generator, out);
        }
    }

    fn message(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        (connection, received, identity): (u32, u64, u64),
        generator: &mut Generator,
        out: &mut Messages,
    ) {
        let size_bytes = self.size.draw(generator);
        let services = &around.services[hour.appliance];
        let service = services.each_ref().map(|service| service.draw(size_bytes, generator) as u32);
        let spam = self.spam.hit(generator.next_u64());
        let infected = self.virus.hit(generator.next_u64());
        let virus = if infected { hour.viruses.pick(mix(identity)) } else { NO_VIRUS };
        let count = self.recipients.draw(generator);
        let (recipients, sender) = match &self.to {
            Direction::Incoming { invalid } => {
                let first = out.addressees.len();
                for _ in 0..count {
                    let user = around.users[around.receivers.draw(generator)];
                    let exists = !invalid.hit(generator.next_u64());
                    out.addressees.push(Addressee { user, exists });
                }
                ((first as u32, count), 0)
            }
            Direction::Outgoing { null_sender, null_user, destinations } => {
                let first = out.groups.len();
                let user = around.users[around.senders.draw(generator)];
                let sender = if null_sender.hit(generator.next_u64()) { *null_user } else { user };
                destinations.draw(count, generator, &mut out.groups);
                ((first as u32, (out.groups.len() - first) as u32), sender)
            }
        };
        out.messages.push(Message {
            connection,
            received,
            size_bytes,
            identity,
            spam,
            virus,
            outbreak: self.outbreak,
            service,
            sender,
            scripted: false,
            recipients,
        });
    }

    /// Replaces provisional numbers by final ones.
    pub fn renumber(&mut self, domains: &[u32]) {
        if let Direction::Outgoing { destinations, .. } = &mut self.to {
            for class in &mut destinations.classes {
                class.domains.iter_mut().for_each(|domain| *domain = domains[*domain as usize]);
            }
        }
    }
}

/// The key of the draws of one hour on one appliance.
#[derive(Clone, Debug)]
pub struct HourKey {
    /// The appliance's place in the scenario.
    pub appliance: usize,
    /// A number that identifies the hour and the appliance.
    pub number: u64,
    /// The types of virus in circulation.
    pub viruses: VirusMix,
}

impl VirusMix {
    /// The type at a place that the bits give.
    fn pick(&self, bits: u64) -> u16 {
        let place = crate::stream::unit(bits) * self.0.last().copied().unwrap_or(0.0);
        let at = self.0.partition_point(|&sum| sum <= place);
        at.min(self.0.len().saturating_sub(1)) as u16
    }
}

impl Destinations {
    /// Classes of destinations by weight.
    pub fn new(weights: Vec<f64>, classes: Vec<DestinationClass>) -> Self {
        Destinations { choice: Choice::new(weights), classes }
    }

    /// Divides a message's recipients into groups. One connection carries one group.
    fn draw(&self, recipients: u32, generator: &mut Generator, out: &mut Vec<Group>) {
        let mut left = recipients;
        while left > 0 {
            let class = &self.classes[self.choice.draw(generator)];
            let together = 1 + run(class.stay, generator, left - 1);
            left -= together;
            let refused = (0..together).filter(|_| class.hard_bounce.hit(generator.next_u64())).count() as u32;
            out.push(Group {
                domain: class.domains[class.choice.draw(generator)],
                behaviour: class.behaviour,
                recipients: together,
                refused,
                deferrals: run(class.deferred, generator, 200) as u8,
                second_refusals: run(class.second_refused, generator, 200) as u8,
            });
        }
    }
}

/// The relative weights of the users, in order of their numbers.
pub fn user_weights(users: &Users, inequality: tollgate_scenario::Inequality, key: StreamKey) -> Vec<f64> {
    use rand_distr::{Distribution, StandardNormal};
    let (sigma, cut) = (inequality.sigma.get(), inequality.cut.get());
    let weight = |number: u32| {
        let mut generator = key.numbered(u64::from(number)).generator();
        let normal = StandardNormal.sample_iter(&mut generator).find(|&normal: &f64| normal <= cut);
        libm::exp(sigma * normal.unwrap_or(0.0))
    };
    (0..users.count).map(weight).collect()
}
