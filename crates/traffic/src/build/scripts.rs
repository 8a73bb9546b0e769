//! The populations of scripts.

use tollgate_scenario::{
    BounceProfile, ContentFilter, Direction, FilterAction, Moment, ScriptedFinding, ScriptedIncoming, ScriptedMessages,
    ScriptedOutgoing, Session,
};

use super::{Builder, place};
use crate::connections::Connection;
use crate::directory::FilterName;
use crate::id::{DomainId, FilterId, OwnerId, VirusId};
use crate::messages::Matching;
use crate::rates;
use crate::schedule::{Behaviour, Shape, StartTlsFailures};
use crate::script::{Finding, ScriptShape, StoppedMessages};
use crate::senders::{Senders, ServerHosts, SingleHost};
use crate::traits::NO_SCORE;

impl Builder<'_> {
    pub(super) fn scripted_incoming(&mut self, script: &ScriptedIncoming) {
        let key = self.key.named("scripted incoming").named(&script.name);
        let connection = Connection {
            opened: Moment::default(),
            address: self.space.shown(script.address.into()),
            domain: DomainId::default(),
            owner: OwnerId::default(),
            sbrs: script.sbrs.map_or(NO_SCORE, |score| score.tenths()),
            tls: script.starttls,
            verified: true,
        };
        let host = SingleHost::new(&script.host, script.owner.as_deref(), connection, &mut self.numbering);
        let shape = ScriptShape {
            connections: u64::from(script.connections),
            recipients: u64::from(script.messages),
            invalid: u64::from(script.invalid),
            refused: 0,
            stopped: self.stopped(&script.stopped(), Direction::Incoming),
            size_bytes: script.size_bytes,
            destination: None,
            key,
        };
        let span = (script.begin.micros(), script.span.micros());
        let place = (script.appliance.as_deref(), script.listener.as_str());
        self.add_script(&script.name, place, span, Senders::Single(host), shape);
    }

    pub(super) fn scripted_outgoing(&mut self, script: &ScriptedOutgoing) {
        let key = self.key.named("scripted outgoing").named(&script.name);
        let senders = Senders::Servers(ServerHosts::new(&script.servers, &mut self.numbering));
        let behaviour = self.behaviour(Behaviour {
            starttls: script.starttls,
            failures: StartTlsFailures::default(),
            certificate_valid: script.certificate_valid,
            session: Session::default(),
        });
        let shape = ScriptShape {
            connections: u64::from(script.connections),
            recipients: u64::from(script.messages),
            invalid: 0,
            refused: u64::from(script.hard_bounces),
            stopped: self.stopped(&script.stopped(), Direction::Outgoing),
            size_bytes: script.size_bytes,
            destination: Some((self.numbering.domain_of(&script.destination), behaviour)),
            key,
        };
        let span = (script.begin.micros(), script.span.micros());
        let place = (script.appliance.as_deref(), script.listener.as_str());
        self.add_script(&script.name, place, span, senders, shape);
    }

    /// Adds the population of a script that connects to a listener of an appliance. `span` is its beginning and its length in microseconds.
    fn add_script(
        &mut self,
        name: &str,
        (appliance, listener): (Option<&str>, &str),
        span: (u64, u64),
        senders: Senders,
        shape: ScriptShape,
    ) {
        let (key, connections) = (shape.key, shape.connections as u32);
        let arrivals = rates::even(self.scenario, appliance, span, connections);
        let mail = (arrivals, Shape::Script(shape));
        self.add(name.to_owned(), key, listener, senders, mail, Some(BounceProfile::default()));
    }

    /// The messages of a script that are stopped because of their content.
    fn stopped(&self, messages: &[ScriptedMessages<'_>], direction: Direction) -> Vec<StoppedMessages> {
        let stopped = messages.iter().map(|messages| StoppedMessages {
            recipients: u64::from(messages.recipients),
            finding: self.finding(messages.finding, direction),
        });
        stopped.collect()
    }

    fn finding(&self, finding: ScriptedFinding<'_>, direction: Direction) -> Finding {
        let filtered = |name: &str, action| {
            let number = place(&self.filters, |each: &FilterName| each.name == name && each.direction == direction);
            Finding { matching: Matching::Scripted { filter: FilterId::new(number as u16), action }, ..Finding::CLEAN }
        };
        match finding {
            ScriptedFinding::Spam => Finding { spam: true, ..Finding::CLEAN },
            ScriptedFinding::Virus(name) => {
                let number = self.viruses.iter().position(|virus| virus == name);
                Finding { virus: number.map(|number| VirusId::new(number as u16)), ..Finding::CLEAN }
            }
            ScriptedFinding::ContentFilter(name) => {
                let is = |filter: &&ContentFilter| filter.name == name && filter.direction == direction;
                let known = self.scenario.content_filters.iter().find(is);
                filtered(name, known.map_or(FilterAction::Drop, |filter| filter.action))
            }
            ScriptedFinding::Quarantine(name) => filtered(name, FilterAction::Quarantine),
        }
    }
}
