//! Numbers the connections and messages of an appliance in order of time, for whoever listens to events.

use std::collections::HashMap;

use tollgate_gateway::{ConnectionKey, Mail, Origin};
use tollgate_scenario::Action;

use crate::Simulation;
use crate::event::{DeliveryEvent, Event, Happening, Identities};

/// The numbers of an appliance's connections and messages. It holds the connections that are open and the messages on the appliance.
#[derive(Debug, Default)]
pub(crate) struct Register {
    /// The last numbers.
    connections: u64,
    messages: u64,
    deliveries: u64,
    open: HashMap<ConnectionKey, u64>,
    /// Numbers of the message and of its connection, by the identity of the message.
    mail: HashMap<u64, Identities>,
}

impl Register {
    /// Numbers an event. Events must come in order.
    pub(crate) fn number(&mut self, simulation: &Simulation, event: &mut Event) {
        event.identities = match &event.what {
            Happening::Opened(origin) => self.open(simulation, origin),
            Happening::TurnedAway(..) => Identities::default(),
            Happening::Session(origin, _) => of_connection(self.open.get(&origin.key()).copied()),
            Happening::Received { mail, .. } => self.receive(mail),
            Happening::Closed(origin) => of_connection(self.open.remove(&origin.key())),
            Happening::Left { mail, .. } => self.of_message(mail.message.identity),
            Happening::Delivery(event) => self.deliver(event),
            Happening::Quarantined { identity, .. }
            | Happening::Released { identity, .. }
            | Happening::Deferred { identity, .. }
            | Happening::Bounced { identity, .. } => self.of_message(*identity),
            Happening::Done { identity } => {
                let identities = self.of_message(*identity);
                self.mail.remove(identity);
                identities
            }
        };
    }

    fn open(&mut self, simulation: &Simulation, origin: &Origin) -> Identities {
        // A connection that is refused at the TCP level gets no number.
        if simulation.gateway.policy(origin.policy).action == Action::TcpRefuse {
            return Identities::default();
        }
        self.connections += 1;
        self.open.insert(origin.key(), self.connections);
        of_connection(Some(self.connections))
    }

    fn receive(&mut self, mail: &Mail) -> Identities {
        self.messages += 1;
        let connection = self.open.get(&mail.origin.key()).copied();
        let identities = Identities { message: Some(self.messages), ..of_connection(connection) };
        self.mail.insert(mail.message.identity, identities);
        identities
    }

    fn deliver(&mut self, event: &DeliveryEvent) -> Identities {
        let identities = self.of_message(event.identity);
        if !event.connection.is_opened() {
            return identities;
        }
        self.deliveries += 1;
        Identities { delivery: Some(self.deliveries), ..identities }
    }

    fn of_message(&self, identity: u64) -> Identities {
        self.mail.get(&identity).copied().unwrap_or_default()
    }
}

fn of_connection(connection: Option<u64>) -> Identities {
    Identities { connection, ..Identities::default() }
}
