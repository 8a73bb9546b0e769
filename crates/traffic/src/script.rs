//! Messages of scripts: exact counts instead of draws.

use crate::connections::Connections;
use crate::messages::{Addressee, Group, HourKey, Message, Messages, NO_VIRUS, Surroundings};
use crate::stream::{StreamKey, below, mix};

/// Messages of scripts. Fixed totals are divided over the connections as evenly as possible.
#[derive(Clone, Debug)]
pub struct ScriptShape {
    /// Total number of connections.
    pub connections: u64,
    /// Total number of recipients.
    pub recipients: u64,
    /// Number of recipients refused for good, in addition to `recipients`.
    pub refused: u64,
    /// Bytes of each message.
    pub size_bytes: u32,
    /// The destination of outgoing mail, and the number of its behaviour.
    pub destination: Option<(u32, u16)>,
    /// Key of the draws.
    pub key: StreamKey,
}

impl ScriptShape {
    /// Adds the message of one connection, if it carries one.
    pub fn draw(
        &self,
        around: &Surroundings,
        hour: &HourKey,
        connections: &Connections,
        at: usize,
        out: &mut Messages,
    ) {
        let place = connections.first + at as u64;
        // A script has no session lengths, so its messages arrive at once.
        out.sessions.push(0);
        let part = |total: u64| ((place + 1) * total / self.connections - place * total / self.connections) as u32;
        let (recipients, refused) = (part(self.recipients), part(self.refused));
        let identity = self.key.number(place);
        let mut generator = self.key.numbered(identity).generator();
        let service = around.services[hour.appliance].each_ref();
        let service = service.map(|service| service.draw(self.size_bytes, &mut generator) as u32);
        let user = |number: u64| around.users[below(mix(number), around.users.len() as u64) as usize];
        let span = match self.destination {
            None => {
                let first = out.addressees.len() as u32;
                let addressee = |number| Addressee { user: user(identity ^ u64::from(number)), exists: true };
                out.addressees.extend((0..recipients).map(addressee));
                (first, recipients)
            }
            Some((domain, behaviour)) => {
                out.groups.push(Group {
                    domain,
                    behaviour,
                    recipients: recipients + refused,
                    refused,
                    deferrals: 0,
                    second_refusals: 0,
                });
                (out.groups.len() as u32 - 1, 1)
            }
        };
        if span.1 > 0 {
            out.messages.push(Message {
                connection: at as u32,
                received: connections.opened[at],
                size_bytes: self.size_bytes,
                identity,
                spam: false,
                virus: NO_VIRUS,
                outbreak: NO_VIRUS,
                service,
                sender: user(identity),
                scripted: true,
                recipients: span,
            });
        }
    }
}
