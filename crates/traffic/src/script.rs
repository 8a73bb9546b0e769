//! Messages of scripts: exact counts instead of draws.

use tollgate_scenario::{Moment, Span};

use crate::connections::Connections;
use crate::id::{BehaviourId, DomainId, VirusId};
use crate::messages::{HourKey, Matching, Message, Messages, Places, Recipient, RecipientGroup, Surroundings};
use crate::stream::{StreamKey, below, mix};

/// Messages of scripts. Fixed totals are divided over the connections as evenly as possible.
#[derive(Clone, Debug)]
pub struct ScriptShape {
    /// Total number of connections.
    pub connections: u64,
    /// Total number of recipients of clean messages.
    pub recipients: u64,
    /// Number of recipients of incoming messages that do not exist, in addition to `recipients`.
    pub invalid: u64,
    /// Number of recipients of outgoing messages refused for good, in addition to `recipients`.
    pub refused: u64,
    /// Messages that are stopped because of their content, in addition to `recipients`.
    pub stopped: Vec<StoppedMessages>,
    /// Bytes of each message.
    pub size_bytes: u32,
    /// The destination of outgoing mail, and its behaviour.
    pub destination: Option<(DomainId, BehaviourId)>,
    /// Key of the draws.
    pub key: StreamKey,
}

/// Messages of a script that are stopped for one reason.
#[derive(Clone, Copy, Debug)]
pub struct StoppedMessages {
    /// Their total number of recipients.
    pub recipients: u64,
    /// The reason.
    pub finding: Finding,
}

/// The finding of scanning and content filters in a message of a script.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// True if it is spam.
    pub spam: bool,
    /// Its type of virus.
    pub virus: Option<VirusId>,
    /// The content filters that match it.
    pub matching: Matching,
}

/// The recipients of one message of a script.
#[derive(Clone, Copy, Debug)]
struct Recipients {
    existing: u32,
    invalid: u32,
    refused: u32,
}

impl Finding {
    /// Nothing.
    pub const CLEAN: Finding = Finding { spam: false, virus: None, matching: Matching::Never };
}

impl ScriptShape {
    /// Adds the messages of one connection: one for the clean and the invalid recipients, and one for each finding. Returns the length
    /// of the session.
    pub fn draw(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        connections: &Connections,
        at: usize,
        out: &mut Messages,
    ) -> Span {
        let place = connections.first + at as u64;
        let part = |total: u64| ((place + 1) * total / self.connections - place * total / self.connections) as u32;
        let (received, identity) = (Moment::from_micros(connections.opened[at]), self.key.number(place));
        let recipients =
            Recipients { existing: part(self.recipients), invalid: part(self.invalid), refused: part(self.refused) };
        // A connection to a destination is opened even if it carries nothing.
        if self.destination.is_some() || recipients.existing + recipients.invalid > 0 {
            self.message(around, hour, (received, identity), (recipients, Finding::CLEAN), out);
        }
        for (number, stopped) in (1..).zip(&self.stopped) {
            let recipients = Recipients { existing: part(stopped.recipients), invalid: 0, refused: 0 };
            if recipients.existing > 0 {
                let identity = mix(identity ^ number);
                self.message(around, hour, (received, identity), (recipients, stopped.finding), out);
            }
        }
        // A script has no session lengths, so its messages arrive at once.
        Span::default()
    }

    fn message(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        (received, identity): (Moment, u64),
        (recipients, finding): (Recipients, Finding),
        out: &mut Messages,
    ) {
        let mut generator = self.key.numbered(identity).generator();
        let service = around.services[hour.appliance].draw(self.size_bytes, &mut generator);
        let user = |number: u64| around.users[below(mix(number), around.users.len() as u64) as usize];
        let Recipients { existing, invalid, refused } = recipients;
        let recipients = match self.destination {
            None => {
                let first = out.recipients.len();
                let recipient =
                    |number| Recipient { user: user(identity ^ u64::from(number)), exists: number < existing };
                out.recipients.extend((0..existing + invalid).map(recipient));
                Places::since(first, out.recipients.len())
            }
            Some((domain, behaviour)) => {
                out.groups.push(RecipientGroup {
                    domain,
                    behaviour,
                    recipients: existing + refused,
                    refused,
                    deferrals: 0,
                    second_refusals: 0,
                });
                Places::since(out.groups.len() - 1, out.groups.len())
            }
        };
        out.messages.push(Message {
            received,
            size_bytes: self.size_bytes,
            identity,
            spam: finding.spam,
            virus: finding.virus,
            outbreak: None,
            service,
            sender: user(identity),
            matching: finding.matching,
            recipients,
        });
    }
}
