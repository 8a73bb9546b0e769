//! Checks the rules between values. Each value is already valid by itself.

// Modules that others use, in order: weights, names, networks, time, volumes, totals, changes, outgoing, stopped.
mod changes;
mod incoming;
mod listeners;
mod names;
mod networks;
mod outgoing;
mod scripts;
mod site;
mod stopped;
mod time;
mod totals;
mod volumes;
mod weights;

pub(crate) use site::check_rules;
pub(crate) use stopped::Stopped;

use crate::path::KeyPath;
use crate::problem::Problems;
use crate::scenario::Scenario;

/// Finds all problems of a scenario whose single values are valid.
pub(crate) fn all(scenario: &Scenario) -> Problems {
    let mut problems = Problems::default();
    time::check(&mut problems, &scenario.time);
    let has_time = problems.is_empty();
    // Without a span, every moment of the scenario would be an error too.
    if !totals::check_sizes(&mut problems, scenario) || scenario.time.span.micros() == 0 {
        return problems;
    }
    site::check_appliances(&mut problems, &scenario.appliances);
    site::check_users(&mut problems, &scenario.users);
    site::check_variation(&mut problems, &scenario.variation);
    site::check_content_filters(&mut problems, &scenario.content_filters);
    site::check_virus_types(&mut problems, scenario);
    listeners::check(&mut problems, &scenario.listeners);
    networks::check(&mut problems, &scenario.networks);
    networks::check_second_level(&mut problems, &scenario.second_level_domains);
    check_names_of_mail(&mut problems, scenario);
    incoming::check(&mut problems, scenario);
    outgoing::check(&mut problems, scenario);
    changes::check_retries(&mut problems, &KeyPath::top().key("bounce_profile"), &scenario.bounce_profile);
    changes::check_destination_controls(&mut problems, &scenario.destination_controls);
    changes::check_outbreaks(&mut problems, scenario);
    changes::check_events(&mut problems, scenario);
    scripts::check(&mut problems, scenario);
    // Values that do not fit a wrong time are not wrong themselves.
    let misfits = problems.take_misfits();
    if has_time {
        time::report_misfits(&mut problems, &scenario.time, misfits);
    }
    if problems.is_empty() {
        totals::check_busiest_hour(&mut problems, scenario);
    }
    problems
}

/// Checks that no two classes or flows have the same name, because events refer to both by name.
fn check_names_of_mail(problems: &mut Problems, scenario: &Scenario) {
    let classes = scenario.incoming.iter().enumerate().map(|(index, class)| ("incoming", index, &class.name));
    let flows = scenario.outgoing.iter().enumerate().map(|(index, flow)| ("outgoing", index, &flow.name));
    let named = classes.chain(flows).map(|(list, index, name)| (KeyPath::top().key(list).at(index), name.as_str()));
    names::check_unique(problems, "name", named);
}
