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
mod weights;

pub(crate) use site::check_rules;

use crate::finding::{Finding, Findings};
use crate::place::Place;
use crate::scenario::Scenario;

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
