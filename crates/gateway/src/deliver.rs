//! Delivery: destination controls, STARTTLS, attempts and retries.

use hashbrown::HashMap;
use tollgate_scenario::{BounceProfile, DestinationTls, Scenario, StartTls};
use tollgate_traffic::{Behaviour, Directory, Group, rolled_up};

use crate::Gateway;

/// The TLS settings for destinations over time.
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    default: Vec<(u64, DestinationTls)>,
    /// By the domain's number in the directory. A domain has a setting of its own from the first entry on.
    domains: HashMap<u32, Vec<(u64, DestinationTls)>>,
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
    /// The connections by which a group of recipients is delivered, or given up, from a moment on.
    pub fn deliver(&self, group: &Group, behaviour: Behaviour, from: u64, mut give: impl FnMut(OutgoingConnection)) {
        let profile = &self.bounce_profile;
        let mut deferrals = group.deferrals;
        let mut second_refusals = group.second_refusals;
        let mut at = from;
        let mut wait = profile.first_wait.micros();
        for attempt in 0.. {
            let last_chance = attempt >= profile.max_retries || at + wait > from + profile.max_time.micros();
            let deferred = deferrals > 0;
            deferrals = deferrals.saturating_sub(1);
            let control = self.controls.at(group.domain, at);
            if self.attempt(group, behaviour, (at, control), deferred, &mut second_refusals, last_chance, &mut give) {
                return;
            }
            at += wait;
            wait = next_wait(wait, profile);
        }
    }

    /// One delivery attempt; whether it was the last.
    #[allow(clippy::too_many_arguments, reason = "they are what an attempt depends on, and it is called in one place")]
    fn attempt(
        &self,
        group: &Group,
        behaviour: Behaviour,
        (at, control): (u64, DestinationTls),
        deferred: bool,
        second_refusals: &mut u8,
        last_chance: bool,
        give: &mut impl FnMut(OutgoingConnection),
    ) -> bool {
        let (tls, carries) = negotiate(control, behaviour);
        let empty = OutgoingConnection {
            at,
            control,
            tls,
            first: true,
            delivered: 0,
            bounced: 0,
            accepted: false,
            last: false,
        };
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
        if falls_back && *second_refusals == 0 {
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
            *second_refusals -= 1;
        }
        give(if last_chance { given_up(empty) } else { empty });
        last_chance
    }
}

fn next_wait(wait: u64, profile: &BounceProfile) -> u64 {
    (wait * 2).min(profile.longest_wait.micros())
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
