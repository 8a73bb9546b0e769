//! What values must mean together, once each of them is right by itself.

mod changes;
mod incoming;
mod listeners;
mod names;
mod networks;
mod outgoing;
mod scripts;
mod site;
mod time;
mod volumes;

pub(crate) use site::check_rules;

use crate::finding::{Finding, Findings};
use crate::place::Place;
use crate::scenario::{Scenario, Time};
use crate::site::ListenerKind;
use crate::value::{Amount, Moment};

/// Finds everything that is wrong in a scenario whose every value is right by itself.
pub(crate) fn all(scenario: &Scenario) -> Vec<Finding> {
    let mut findings = Findings::default();
    time::check(&mut findings, &scenario.time);
    site::check_appliances(&mut findings, &scenario.appliances);
    site::check_users(&mut findings, &scenario.users);
    site::check_content_filters(&mut findings, &scenario.content_filters);
    site::check_virus_types(&mut findings, scenario);
    listeners::check(&mut findings, &scenario.listeners);
    networks::check(&mut findings, &scenario.networks);
    check_names_of_mail(&mut findings, scenario);
    incoming::check(&mut findings, scenario);
    outgoing::check(&mut findings, scenario);
    changes::check_retries(&mut findings, &Place::top().key("bounce_profile"), &scenario.bounce_profile);
    changes::check_destination_controls(&mut findings, &scenario.destination_controls);
    changes::check_outbreaks(&mut findings, scenario);
    changes::check_events(&mut findings, scenario);
    scripts::check(&mut findings, scenario);
    findings.0
}

/// Events choose classes and flows by one name, so no two of either may share it.
fn check_names_of_mail(findings: &mut Findings, scenario: &Scenario) {
    let classes = scenario.incoming.iter().enumerate().map(|(index, class)| ("incoming", index, &class.name));
    let flows = scenario.outgoing.iter().enumerate().map(|(index, flow)| ("outgoing", index, &flow.name));
    let placed = classes.chain(flows).map(|(list, index, name)| (Place::top().key(list).at(index), name.as_str()));
    names::check_unique(findings, "name", placed);
}

/// Checks that a listener exists and is of the kind that is needed.
fn check_listener(findings: &mut Findings, place: &Place, scenario: &Scenario, name: &str, kind: ListenerKind) {
    let of_kind = scenario.listeners.iter().filter(|listener| listener.kind == kind);
    let what = match kind {
        ListenerKind::Public => "a public listener",
        ListenerKind::Private => "a private listener",
    };
    names::check_known(findings, place.key("listener"), what, name, of_kind.map(|listener| listener.name.as_str()));
}

/// Checks that parts sum to something that the parts can be set against.
fn check_sum(findings: &mut Findings, place: Place, what: &str, parts: impl Iterator<Item = Amount>) {
    let sum = parts.map(Amount::get).fold(0.0, |sum, part| sum + part);
    if sum <= 0.0 || !sum.is_finite() {
        findings.refuse(place, format!("found {what} that sum to {sum}, allowed is a finite sum above 0"));
    }
}

/// Checks that a moment is simulated.
fn check_simulated(findings: &mut Findings, place: Place, time: &Time, moment: Moment) {
    // Where the warm-up reaches back beyond 1970, that has a finding of its own.
    let start = Moment::from_micros(time.begin.micros().saturating_sub(time.warm_up.micros()));
    if moment < start || moment >= time.end() {
        let allowed = format!("allowed is a moment from {start} (the start of the warm-up) to before {}", time.end());
        findings.refuse(place, format!("found {moment}, {allowed}"));
    }
}
