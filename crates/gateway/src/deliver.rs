//! Delivery: destination controls, STARTTLS, attempts and retries.

use hashbrown::HashMap;
use tollgate_scenario::{DestinationTls, Scenario, StartTls};
use tollgate_traffic::{Behaviour, Directory, Group, rolled_up};

use crate::Gateway;
use crate::retries::Retries;

/// The TLS settings for destinations over time.
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    default: Vec<(u64, DestinationTls)>,
    /// By the domain's number in the directory. A domain has a setting of its own from the first entry on.
    domains: HashMap<u32, Vec<(u64, DestinationTls)>>,
}

/// The delivery of one group of recipients, between its attempts.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The recipients, with what is still to be put off.
    pub group: Group,
    behaviour: Behaviour,
    retries: Retries,
}

/// One outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingConnection {
    /// When the attempt that it belongs to was begun.
    pub at: u64,
    /// The setting that was in force.
    pub control: DestinationTls,
    /// What came of TLS.
    pub tls: OutgoingTls,
    /// Whether it is the first of its attempt.
    pub first: bool,
    /// Recipients that it carried.
    pub delivered: u32,
    /// Recipients that were given up on it.
    pub bounced: u32,
    /// Whether the destination accepted a copy of the message.
    pub accepted: bool,
    /// Whether the message's recipients of this group are done with after it.
    pub last: bool,
}

/// What came of TLS on an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutgoingTls {
    /// It was not tried, as the setting says No.
    NotTried,
    /// It was not offered.
    NotOffered,
    /// It was negotiated.
    Negotiated,
    /// It failed before the 220 reply.
    FailedBefore220,
    /// It failed after the 220 reply.
    FailedAfter220,
    /// It was negotiated, but the certificate that was required could not be verified.
    NotVerified,
    /// It was not tried: this is the second connection, in clear, after a failure on the first.
    SecondConnection,
}

impl Controls {
    pub(crate) fn new(scenario: &Scenario, directory: &Directory) -> Self {
        let mut controls =
            Controls { default: vec![(0, scenario.destination_controls.default)], domains: HashMap::new() };
        for control in &scenario.destination_controls.domains {
            controls.set(0, &control.domain, control.tls, directory);
        }
        let mut events: Vec<_> = scenario.events.iter().collect();
        events.sort_by_key(|event| event.at);
        for event in events {
            if let Some(control) = &event.destination_control {
                controls.set(event.at.micros(), &control.domain, control.tls, directory);
            }
        }
        controls
    }

    fn set(&mut self, from: u64, domain: &str, tls: DestinationTls, directory: &Directory) {
        if domain == "default" {
            self.default.push((from, tls));
        } else if let Ok(number) = directory.domains.binary_search_by(|name| name.as_str().cmp(rolled_up(domain))) {
            self.domains.entry(number as u32).or_default().push((from, tls));
        }
    }

    fn at(&self, domain: u32, micros: u64) -> DestinationTls {
        let latest =
            |list: &[(u64, DestinationTls)]| list.iter().rev().find(|&&(from, _)| from <= micros).map(|&(_, tls)| tls);
        let own = if self.domains.is_empty() { None } else { self.domains.get(&domain).and_then(|list| latest(list)) };
        own.or_else(|| latest(&self.default)).unwrap_or_default()
    }
}

impl Gateway {
    /// A delivery of a group of recipients, whose first attempt is due at a moment.
    pub fn delivery(&self, group: &Group, behaviour: Behaviour, from: u64) -> Delivery {
        Delivery { group: *group, behaviour, retries: Retries::new(self.bounce_profile, from) }
    }

    /// Makes the next attempt of a delivery, at a moment at which it is due or later; gives when the one after it is due, or
    /// nothing if the recipients are done with.
    pub fn attempt(&self, delivery: &mut Delivery, at: u64, mut give: impl FnMut(OutgoingConnection)) -> Option<u64> {
        let next = delivery.retries.after(at);
        let control = self.controls.at(delivery.group.domain, at);
        let done = connect(&mut delivery.group, delivery.behaviour, (at, control), next.is_none(), &mut give);
        next.filter(|_| !done)
    }

    /// The connections by which a group of recipients is delivered, or given up, from a moment on, if no attempt has to
    /// wait for another connection to end.
    pub fn deliver(&self, group: &Group, behaviour: Behaviour, from: u64, mut give: impl FnMut(OutgoingConnection)) {
        let mut delivery = self.delivery(group, behaviour, from);
        let mut due = Some(from);
        while let Some(at) = due {
            due = self.attempt(&mut delivery, at, &mut give);
        }
    }
}

/// The connections of one attempt; whether the recipients are done with after them.
fn connect(
    group: &mut Group,
    behaviour: Behaviour,
    (at, control): (u64, DestinationTls),
    last_chance: bool,
    give: &mut impl FnMut(OutgoingConnection),
) -> bool {
    let deferred = group.deferrals > 0;
    group.deferrals = group.deferrals.saturating_sub(1);
    let (tls, carries) = negotiate(control, behaviour);
    let empty =
        OutgoingConnection { at, control, tls, first: true, delivered: 0, bounced: 0, accepted: false, last: false };
    let delivered = group.recipients - group.refused;
    let full = |connection| OutgoingConnection {
        delivered,
        bounced: group.refused,
        accepted: delivered > 0,
        last: true,
        ..connection
    };
    let given_up = |connection| OutgoingConnection { bounced: group.recipients, last: true, ..connection };
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

fn is_required(control: DestinationTls) -> bool {
    matches!(control, DestinationTls::Required | DestinationTls::RequiredVerify)
}

/// What comes of TLS on the first connection of an attempt, and whether mail passes on it.
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
