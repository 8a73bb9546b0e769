//! Delivery: destination controls, STARTTLS, attempts and retries.

use hashbrown::HashMap;
use tollgate_scenario::{DestinationTls, Moment, Scenario, StartTls};
use tollgate_traffic::{Behaviour, Directory, DomainId, RecipientGroup, StartTlsFailures, StreamKey, StreamName, unit};

use crate::Gateway;
use crate::outages::find_domain;
use crate::retries::Retries;

/// The TLS settings for destinations over time.
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    default: Vec<Setting>,
    /// The first entry of a domain replaces the default from its moment on.
    domains: HashMap<DomainId, Vec<Setting>>,
}

/// A TLS setting and the moment from which it applies.
#[derive(Clone, Copy, Debug)]
struct Setting {
    begin: Moment,
    tls: DestinationTls,
}

/// The delivery of one recipient group, between its attempts.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The recipients, with the deferrals that are left.
    pub group: RecipientGroup,
    behaviour: Behaviour,
    retries: Retries,
}

/// One outgoing connection, or an attempt that opened none because the destination was unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingConnection {
    /// Time of the delivery attempt that it belongs to.
    pub at: Moment,
    /// The TLS setting in force.
    pub control: DestinationTls,
    /// The TLS outcome.
    pub tls: OutgoingTls,
    /// True if it is the first connection of its attempt.
    pub first: bool,
    /// Recipients that it carried.
    pub delivered: u32,
    /// Recipients that hard-bounced with it.
    pub bounced: u32,
    /// True if the destination accepted a copy of the message.
    pub accepted: bool,
    /// True if no attempt follows it: every recipient of the group is delivered or has hard-bounced.
    pub last: bool,
}

/// The TLS outcome of an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutgoingTls {
    /// Not tried because the setting is No.
    NotTried,
    /// Not offered by the destination.
    NotOffered,
    /// Negotiated.
    Negotiated,
    /// Failed before the 220 reply.
    FailedBefore220,
    /// Failed after the 220 reply.
    FailedAfter220,
    /// Negotiated, but a required certificate could not be verified.
    NotVerified,
    /// Not tried: this is the second connection of an attempt, in clear, after a failure on the first.
    SecondConnection,
    /// No connection was opened, because the destination was unreachable.
    Unreachable,
}

impl OutgoingConnection {
    /// True if it is a connection. False if it is an attempt that opened none.
    pub fn is_opened(&self) -> bool {
        self.tls != OutgoingTls::Unreachable
    }
}

impl OutgoingTls {
    /// Its word in traces.
    pub fn word(self) -> &'static str {
        match self {
            OutgoingTls::NotTried => "not_tried",
            OutgoingTls::NotOffered => "not_offered",
            OutgoingTls::Negotiated => "negotiated",
            OutgoingTls::FailedBefore220 => "failed_before_220",
            OutgoingTls::FailedAfter220 => "failed_after_220",
            OutgoingTls::NotVerified => "not_verified",
            OutgoingTls::SecondConnection => "second_connection",
            OutgoingTls::Unreachable => "unreachable",
        }
    }
}

impl Controls {
    pub(crate) fn new(scenario: &Scenario, directory: &Directory) -> Self {
        let first = Setting { begin: Moment::default(), tls: scenario.destination_controls.default };
        let mut controls = Controls { default: vec![first], domains: HashMap::new() };
        for control in &scenario.destination_controls.domains {
            controls.set(&control.domain, Setting { begin: Moment::default(), tls: control.tls }, directory);
        }
        let mut events: Vec<_> = scenario.events.iter().collect();
        events.sort_by_key(|event| event.at);
        for event in events {
            if let Some(control) = &event.destination_control {
                let setting = Setting { begin: event.at, tls: control.tls };
                controls.set(&control.domain, setting, directory);
            }
        }
        controls
    }

    fn set(&mut self, domain: &str, setting: Setting, directory: &Directory) {
        if domain == "default" {
            self.default.push(setting);
        } else if let Some(domain) = find_domain(directory, domain) {
            self.domains.entry(domain).or_default().push(setting);
        }
    }

    fn at(&self, domain: DomainId, at: Moment) -> DestinationTls {
        let latest =
            |list: &[Setting]| list.iter().rev().find(|setting| setting.begin <= at).map(|setting| setting.tls);
        let own = if self.domains.is_empty() { None } else { self.domains.get(&domain).and_then(|list| latest(list)) };
        own.or_else(|| latest(&self.default)).unwrap_or_default()
    }
}

impl Gateway {
    /// The delivery of a recipient group. Its first attempt is due at `from`.
    pub fn delivery(&self, group: &RecipientGroup, behaviour: Behaviour, from: Moment) -> Delivery {
        Delivery { group: *group, behaviour, retries: Retries::new(self.bounce_profile, from) }
    }

    /// Makes the next attempt of a delivery, with draws from the [`attempt_key`]. `at` must not be before the attempt is due. If the
    /// destination is unreachable, the attempt opens no connection, and the deferrals of the group stay.
    /// Returns the time of the next attempt, or `None` if every recipient is delivered or has hard-bounced.
    pub fn attempt(
        &self,
        delivery: &mut Delivery,
        at: Moment,
        key: StreamKey,
        mut give: impl FnMut(OutgoingConnection),
    ) -> Option<Moment> {
        let next = delivery.retries.after(at);
        let control = self.controls.at(delivery.group.domain, at);
        if self.outages.cover(delivery.group.domain, at) {
            give(unreachable(&delivery.group, (at, control), next.is_none()));
            return next;
        }
        let behaviour = Behaviour { starttls: answer(delivery.behaviour, key), ..delivery.behaviour };
        let done = connect(&mut delivery.group, behaviour, (at, control), next.is_none(), &mut give);
        next.filter(|_| !done)
    }

    /// Delivers a recipient group from `from` on and gives each connection to `give`. No attempt waits for another
    /// connection to end. `identity` is that of the message, and `number` the place of the group in it.
    pub fn deliver(
        &self,
        group: &RecipientGroup,
        behaviour: Behaviour,
        from: Moment,
        identity: u64,
        number: u32,
        mut give: impl FnMut(OutgoingConnection),
    ) {
        let mut delivery = self.delivery(group, behaviour, from);
        let mut due = Some(from);
        for attempt in 0.. {
            let Some(at) = due else { break };
            due = self.attempt(&mut delivery, at, attempt_key(identity, number, attempt), &mut give);
        }
    }
}

const DELIVERY: StreamName = StreamName::new("delivery");

/// The key of the draws of one delivery attempt: of the message with this identity, to one of its groups.
pub fn attempt_key(identity: u64, group: u32, attempt: u64) -> StreamKey {
    StreamKey::new(identity).of(DELIVERY).numbered(u64::from(group) << 32 | attempt)
}

/// The response to STARTTLS on one connection.
fn answer(behaviour: Behaviour, key: StreamKey) -> StartTls {
    let StartTlsFailures { before_220, after_220 } = behaviour.failures;
    if behaviour.starttls != StartTls::Good || before_220 + after_220 == 0.0 {
        return behaviour.starttls;
    }
    match unit(key.named("starttls").number(0)) {
        place if place < before_220 => StartTls::FailsBefore220,
        place if place < before_220 + after_220 => StartTls::FailsAfter220,
        _ => StartTls::Good,
    }
}

/// Makes the connections of one attempt. Returns true if no recipient is left to try.
fn connect(
    group: &mut RecipientGroup,
    behaviour: Behaviour,
    (at, control): (Moment, DestinationTls),
    last_chance: bool,
    give: &mut impl FnMut(OutgoingConnection),
) -> bool {
    let deferred = group.deferrals > 0;
    group.deferrals = group.deferrals.saturating_sub(1);
    let (tls, carries) = negotiate(control, behaviour);
    let empty = empty(at, control, tls);
    let delivered = group.recipients - group.refused;
    let full = |connection| OutgoingConnection {
        delivered,
        bounced: group.refused,
        accepted: delivered > 0,
        last: true,
        ..connection
    };
    let given_up = |connection| give_up(connection, group.recipients);
    if carries && !deferred {
        give(full(empty));
        return true;
    }
    let falls_back = tls == OutgoingTls::FailedAfter220 && !is_required(control);
    if falls_back && group.second_refusals == 0 {
        give(empty);
        let second = OutgoingConnection { tls: OutgoingTls::SecondConnection, first: false, ..empty };
        let done = !deferred || last_chance;
        give(match (deferred, last_chance) {
            (false, _) => full(second),
            (true, true) => given_up(second),
            (true, false) => second,
        });
        return done;
    }
    if falls_back {
        group.second_refusals -= 1;
    }
    give(if last_chance { given_up(empty) } else { empty });
    last_chance
}

/// The attempt to deliver a group to an unreachable destination.
fn unreachable(
    group: &RecipientGroup,
    (at, control): (Moment, DestinationTls),
    last_chance: bool,
) -> OutgoingConnection {
    let attempt = empty(at, control, OutgoingTls::Unreachable);
    if last_chance { give_up(attempt, group.recipients) } else { attempt }
}

/// The first connection of an attempt. It carries nothing.
fn empty(at: Moment, control: DestinationTls, tls: OutgoingTls) -> OutgoingConnection {
    OutgoingConnection { at, control, tls, first: true, delivered: 0, bounced: 0, accepted: false, last: false }
}

/// The last connection of a delivery that fails: all recipients hard-bounce.
fn give_up(connection: OutgoingConnection, recipients: u32) -> OutgoingConnection {
    OutgoingConnection { bounced: recipients, last: true, ..connection }
}

fn is_required(control: DestinationTls) -> bool {
    matches!(control, DestinationTls::Required | DestinationTls::RequiredVerify)
}

/// The TLS outcome of the first connection of an attempt, and true if the connection carries mail.
fn negotiate(control: DestinationTls, behaviour: Behaviour) -> (OutgoingTls, bool) {
    let required = is_required(control);
    if control == DestinationTls::No {
        return (OutgoingTls::NotTried, true);
    }
    match behaviour.starttls {
        StartTls::NotOffered => (OutgoingTls::NotOffered, !required),
        StartTls::Good if control == DestinationTls::RequiredVerify && !behaviour.certificate_valid => {
            (OutgoingTls::NotVerified, false)
        }
        StartTls::Good => (OutgoingTls::Negotiated, true),
        StartTls::FailsBefore220 => (OutgoingTls::FailedBefore220, !required),
        StartTls::FailsAfter220 => (OutgoingTls::FailedAfter220, false),
    }
}
