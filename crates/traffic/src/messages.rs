//! Draws the messages (transactions) of accepted connections: their properties, processing times and destinations.

use std::ops::Range;

use tollgate_scenario::{Class, FilterAction, Flow, Moment, Recipients, Span};

use crate::connections::Connections;
use crate::draw::{AtLeastOne, Bytes, Choice, Duration, RecipientCount, ServiceMicros, Services, run};
use crate::id::{BehaviourId, DomainId, FilterId, OutbreakId, UserId, VirusId};
use crate::stream::{Chance, Generator, StreamKey, mix};
use crate::users::Absence;

/// An odd number with about as many ones as zeros. A product with it spreads the last bits over all that are above them.
const SPREAD: u64 = 0xD1B5_4A32_D192_ED03;

/// Messages (transactions), with their recipients.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    /// The messages. Those of one connection are together.
    pub messages: Vec<Message>,
    /// The recipients of incoming messages.
    pub recipients: Vec<Recipient>,
    /// The groups of recipients of outgoing messages.
    pub groups: Vec<RecipientGroup>,
}

/// One message (transaction).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Time when all of its data has arrived.
    pub received: Moment,
    /// Its size in bytes.
    pub size_bytes: u32,
    /// Key of the draws that are only made if they are needed.
    pub identity: u64,
    /// True if anti-spam scanning classes it as spam.
    pub spam: bool,
    /// The type of virus that anti-virus scanning finds in it.
    pub virus: Option<VirusId>,
    /// The outbreak that it belongs to.
    pub outbreak: Option<OutbreakId>,
    /// The processor time that it needs.
    pub service: ServiceMicros,
    /// The internal user who sent it. Used in outgoing messages only.
    pub sender: UserId,
    /// The content filters that match it if it is clean.
    pub matching: Matching,
    /// The places of its recipients (incoming) or groups (outgoing) in the batch.
    pub recipients: Places,
}

/// Consecutive places of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The first place.
    pub first: u32,
    /// The number of places.
    pub count: u32,
}

/// The content filters that match a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Those that the draws give.
    Drawn,
    /// None, because it belongs to a script.
    Never,
    /// One that stops it, because a script says so.
    Scripted {
        /// The filter.
        filter: FilterId,
        /// Its action.
        action: FilterAction,
    },
}

/// One recipient of an incoming message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The internal user.
    pub user: UserId,
    /// True if the user exists.
    pub exists: bool,
}

/// The recipients of an outgoing message that one connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecipientGroup {
    /// The destination domain.
    pub domain: DomainId,
    /// The destination's behaviour.
    pub behaviour: BehaviourId,
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
    /// The outbreak that all of them belong to.
    outbreak: Option<OutbreakId>,
    key: StreamKey,
    to: Direction,
}

/// The distributions that only one direction has.
#[derive(Clone, Debug)]
enum Direction {
    Incoming { invalid: Chance, is_exposed: bool },
    Outgoing { null_sender: Chance, null_user: UserId, destinations: Destinations },
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
    /// Draws one of the domains, as a number in the directory.
    pub domains: Choice,
    /// Their behaviour.
    pub behaviour: BehaviourId,
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
    /// Draws the user who receives mail other than spam, as a number in the directory.
    pub readers: Choice,
    /// Draws the user who receives spam, as a number in the directory.
    pub exposed: Choice,
    /// Draws the user who sends, as a place in `users`.
    pub senders: Choice,
    /// The days on which users send nothing.
    pub absence: Absence,
    /// The users in the order of the scenario.
    pub users: Vec<UserId>,
    /// The cost of the engines on each appliance.
    pub services: Vec<Services>,
}

/// The types of virus in one hour, as cumulative weights.
#[derive(Clone, Debug)]
pub struct VirusMix(pub Vec<f64>);

impl Messages {
    /// Removes everything and keeps the memory.
    pub fn clear(&mut self) {
        self.messages.clear();
        self.recipients.clear();
        self.groups.clear();
    }

    /// Adds some messages of another population, with their recipients. Of the recipients of an incoming message, only the first `most`
    /// are added, because a policy that lets no more through needs only the number of the others. Returns the places of the messages.
    pub fn append(&mut self, other: &Messages, places: Places, most: u32) -> Places {
        let begin = self.messages.len();
        for message in &other.messages[places.range()] {
            let Places { first, count } = message.recipients;
            // All messages of a population have one direction, so they have either recipients or groups.
            let place = if other.groups.is_empty() {
                let needed = Places { first, count: count.min(most) };
                self.recipients.extend_from_slice(&other.recipients[needed.range()]);
                self.recipients.len() as u32 - needed.count
            } else {
                self.groups.extend_from_slice(&other.groups[message.recipients.range()]);
                self.groups.len() as u32 - count
            };
            self.messages.push(Message { recipients: Places { first: place, count }, ..*message });
        }
        Places::since(begin, self.messages.len())
    }
}

impl Places {
    /// The places from one on in a list of some length.
    #[inline]
    pub fn since(first: usize, length: usize) -> Self {
        Places { first: first as u32, count: (length - first) as u32 }
    }

    /// The places as a range of indices.
    #[inline]
    pub fn range(self) -> Range<usize> {
        self.first as usize..(self.first + self.count) as usize
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
            outbreak: None,
            key: key.named("messages"),
            to: Direction::Incoming {
                invalid: Chance::new(class.invalid_recipients.get()),
                is_exposed: class.recipients_are() == Recipients::Exposed,
            },
        }
    }

    /// Messages of an outbreak that comes from a class of senders.
    pub fn outbreak(class: &Class, outbreak: OutbreakId, key: StreamKey) -> Self {
        MessageShape { outbreak: Some(outbreak), spam: Chance::new(0.0), ..MessageShape::incoming(class, key) }
    }

    /// Messages of a flow, or of one of its listed destinations.
    pub fn outgoing(flow: &Flow, destinations: Destinations, null_user: UserId, key: StreamKey) -> Self {
        let null_sender = Chance::new(flow.null_sender.get());
        MessageShape {
            messages: AtLeastOne::new(flow.messages_per_connection),
            recipients: RecipientCount::new(&flow.recipients),
            size: Bytes::new(&flow.size),
            session: Duration::new(&flow.session),
            spam: Chance::new(flow.spam.get()),
            virus: Chance::new(flow.virus.get()),
            outbreak: None,
            key: key.named("messages"),
            to: Direction::Outgoing { null_sender, null_user, destinations },
        }
    }

    /// Draws the messages of one connection. Every connection has a stream of its own, so that the treatment of one
    /// does not change the draws of another. Returns the length of the session.
    pub fn draw(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        connections: &Connections,
        at: usize,
        out: &mut Messages,
    ) -> Span {
        let identity = self.key.numbered(hour.number).number(connections.first + at as u64);
        let mut generator = StreamKey::from_bits(identity).generator();
        let count = self.messages.draw(&mut generator);
        let session = self.session.draw(&mut generator);
        let opened = connections.opened[at];
        for number in 0..count {
            let received = Moment::from_micros(opened + session * u64::from(number + 1) / u64::from(count + 1));
            self.message(around, hour, (received, mix(identity ^ u64::from(number))), &mut generator, out);
        }
        Span::from_micros(session)
    }

    fn message(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        (received, identity): (Moment, u64),
        generator: &mut Generator,
        out: &mut Messages,
    ) {
        let size_bytes = self.size.draw(generator);
        let service = around.services[hour.appliance].draw(size_bytes, generator);
        let scan = generator.bits();
        let (spam, infected) = (self.spam.hit_half(scan), self.virus.hit_half(scan << 32));
        let virus = infected.then(|| hour.viruses.pick(mix(identity)));
        let count = self.recipients.draw(generator);
        let (recipients, sender) = match &self.to {
            Direction::Incoming { invalid, is_exposed } => {
                let users = if *is_exposed { &around.exposed } else { &around.readers };
                let first = out.recipients.len();
                out.recipients.extend((0..count).map(|_| {
                    // One number decides both. The product spreads the bits that do not decide the user.
                    let bits = generator.bits();
                    let exists = !invalid.hit_half(bits.wrapping_mul(SPREAD));
                    Recipient { user: UserId::new(users.pick(bits)), exists }
                }));
                (Places::since(first, out.recipients.len()), UserId::default())
            }
            Direction::Outgoing { null_sender, null_user, destinations } => {
                let first = out.groups.len();
                let user = around.sender(hour.day, generator);
                let sender = if null_sender.hit(generator.bits()) { *null_user } else { user };
                destinations.draw(count, generator, &mut out.groups);
                (Places::since(first, out.groups.len()), sender)
            }
        };
        out.messages.push(Message {
            received,
            size_bytes,
            identity,
            spam,
            virus,
            outbreak: self.outbreak,
            service,
            sender,
            matching: Matching::Drawn,
            recipients,
        });
    }

    /// Replaces provisional numbers by final ones.
    pub fn renumber(&mut self, domains: &[DomainId]) {
        if let Direction::Outgoing { destinations, .. } = &mut self.to {
            for class in &mut destinations.classes {
                class.domains.map(|domain| domains[domain as usize].number());
            }
        }
    }
}

/// The key of the draws of one hour on one appliance.
#[derive(Clone, Debug)]
pub struct HourKey {
    /// The appliance's place in the scenario.
    pub appliance: usize,
    /// The number of the day in the site's time zone, counted from a Monday.
    pub day: u64,
    /// A number that identifies the hour and the appliance.
    pub number: u64,
    /// The types of virus in circulation.
    pub viruses: VirusMix,
}

impl Surroundings {
    /// Draws the user who sends a message on a day. Users who are absent are drawn again, unless nearly
    /// everybody is absent.
    #[inline]
    fn sender(&self, day: u64, generator: &mut Generator) -> UserId {
        let mut user = self.senders.draw(generator);
        for _ in 0..20 {
            if !self.absence.has(user, day) {
                break;
            }
            user = self.senders.draw(generator);
        }
        self.users[user as usize]
    }
}

impl VirusMix {
    /// The type at a place that the bits give.
    fn pick(&self, bits: u64) -> VirusId {
        let place = crate::stream::unit(bits) * self.0.last().copied().unwrap_or(0.0);
        let at = self.0.partition_point(|&sum| sum <= place);
        VirusId::new(at.min(self.0.len().saturating_sub(1)) as u16)
    }
}

impl Destinations {
    /// Classes of destinations by weight.
    pub fn new(weights: &[f64], classes: Vec<DestinationClass>) -> Self {
        Destinations { choice: Choice::new(weights), classes }
    }

    /// Divides a message's recipients into groups. One connection carries one group.
    fn draw(&self, recipients: u32, generator: &mut Generator, out: &mut Vec<RecipientGroup>) {
        let mut left = recipients;
        while left > 0 {
            let class = &self.classes[self.choice.draw(generator) as usize];
            let together = 1 + run(class.stay, generator, left - 1);
            left -= together;
            let refused = (0..together).filter(|_| class.hard_bounce.hit(generator.bits())).count() as u32;
            out.push(RecipientGroup {
                domain: DomainId::new(class.domains.draw(generator)),
                behaviour: class.behaviour,
                recipients: together,
                refused,
                deferrals: run(class.deferred, generator, 200) as u8,
                second_refusals: run(class.second_refused, generator, 200) as u8,
            });
        }
    }
}
