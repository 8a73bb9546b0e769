//! Checks appliances, users, content filters and virus types.

use tollgate_wording::counted;

use crate::appliance::{Appliance, ApplianceLimits, Cost, Machine};
use crate::path::KeyPath;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::site::{ContentFilter, Direction};
use crate::users::Users;
use crate::value::{DAY, HOUR, MINUTE, Span};
use crate::variation::{Campaigns, Variation};

use super::names::{check_domain, check_known, check_local_part, check_name, check_unique, is_appliance_name};
use super::weights::{check_listed_shares, check_sum};

/// Checks that there is an appliance, that its name can be the name of a directory, and that loads have a sum above 0.
pub(super) fn check_appliances(problems: &mut Problems, appliances: &[Appliance]) {
    let path = KeyPath::top().key("appliances");
    if appliances.is_empty() {
        problems.add(path, "found no appliance, allowed is at least one");
        return;
    }
    let paths = appliances.iter().enumerate().map(|(index, appliance)| (path.at(index), appliance));
    for (path, appliance) in paths.clone() {
        if !is_appliance_name(&appliance.name) {
            let allowed = "allowed are 1 to 100 lower-case letters, digits, dots, hyphens and underscores, without a dot \
                           at the beginning and without -truth, .json or .toml at the end";
            problems.add(path.key("name"), format!("found {:?}, {allowed}", appliance.name));
        }
        if appliance.workers > appliance.cores {
            let allowed = format!("allowed is from 1 to {}, the number of cores", appliance.cores);
            problems.add(path.key("workers"), format!("found {}, {allowed}", appliance.workers));
        }
    }
    for (path, appliance) in paths.clone() {
        check_cost(problems, &path.key("cost"), &appliance.cost);
        check_limits(problems, &path.key("limits"), &appliance.limits);
        check_machine(problems, &path.key("machine"), &appliance.machine);
        if appliance.counting.known_for == Span::default() {
            problems.add(path.key("counting").key("known_for"), "found 0s, allowed is a duration above 0");
        }
    }
    check_unique(problems, "name", paths.map(|(path, appliance)| (path, appliance.name.as_str())));
    check_sum(problems, path, "loads", appliances.iter().map(|appliance| appliance.load));
}

/// Checks that updates do not stop the work queue for long, and that restarts leave time between them.
fn check_machine(problems: &mut Problems, path: &KeyPath, machine: &Machine) {
    if machine.update_pause.micros() > 10 * MINUTE {
        problems.add(path.key("update_pause"), format!("found {}, allowed is at most 10m", machine.update_pause));
    }
    if (1..HOUR).contains(&machine.restarts_apart.micros()) {
        let found = format!("found {}, allowed is 0s (no restarts) or at least 1h", machine.restarts_apart);
        problems.add(path.key("restarts_apart"), found);
    }
}

/// Checks that no engine takes more than an hour for a message or a connection. Its work is divided over the intervals that it lasts.
fn check_cost(problems: &mut Problems, path: &KeyPath, cost: &Cost) {
    let engines =
        [("anti_spam", &cost.anti_spam), ("anti_virus", &cost.anti_virus), ("mail_processing", &cost.mail_processing)];
    let of_engines = engines.into_iter().flat_map(|(engine, cost)| {
        let path = path.key(engine);
        [(path.key("message"), cost.message), (path.key("kib"), cost.kib)]
    });
    let others = [
        ("connection", cost.connection),
        ("delivery", cost.delivery),
        ("reporting", cost.reporting),
        ("quarantine", cost.quarantine),
    ];
    for (path, time) in of_engines.chain(others.map(|(key, time)| (path.key(key), time))) {
        if time.micros() > HOUR {
            problems.add(path, format!("found {time}, allowed is at most 1h"));
        }
    }
}

/// Checks that suspended listeners resume.
fn check_limits(problems: &mut Problems, path: &KeyPath, limits: &ApplianceLimits) {
    match (limits.suspend_above, limits.resume_at) {
        (Some(above), Some(at)) if at > above => {
            let allowed = format!("allowed is at most `suspend_above` ({above})");
            problems.add(path.key("resume_at"), format!("found {at}, {allowed}"));
        }
        (None, Some(at)) => {
            let allowed = "allowed is `resume_at` only together with `suspend_above`";
            problems.add(path.key("resume_at"), format!("found {at} without `suspend_above`, {allowed}"));
        }
        _ => {}
    }
}

/// Checks that every appliance has a known counting rule.
pub(crate) fn check_rules(problems: &mut Problems, appliances: &[Appliance], known: &[&str]) {
    for (index, appliance) in appliances.iter().enumerate() {
        let path = KeyPath::top().key("appliances").at(index).key("counting").key("rule");
        check_known(problems, path, "a counting rule", &appliance.counting.rule, known.iter().copied());
    }
}

/// Checks that the domain of the users is valid, and that listed users are users with a part of the mail.
pub(super) fn check_users(problems: &mut Problems, users: &Users) {
    let path = KeyPath::top().key("users");
    check_domain(problems, path.key("domain"), &users.domain);
    let (path, listed) = (path.key("listed"), &users.listed);
    if listed.len() > users.count as usize {
        let allowed = format!("allowed are at most {}, the number of users", users.count);
        problems.add(path.clone(), format!("found {}, {allowed}", counted(listed.len() as u64, "listed user")));
    }
    let paths = listed.iter().enumerate().map(|(index, user)| (path.at(index), user));
    for (path, user) in paths.clone() {
        check_local_part(problems, path.key("name"), &user.name);
    }
    check_unique(problems, "name", paths.map(|(path, user)| (path, user.name.as_str())));
    for (place, key) in ["received", "sent", "exposed"].into_iter().enumerate() {
        let shares = listed.iter().filter_map(|user| [user.received, user.sent, user.exposed][place]);
        let are_all = shares.clone().count() == users.count as usize;
        let what = format!("shares of `{key}`");
        check_listed_shares(problems, path.clone(), (&what, shares), (1.0, ""), are_all);
    }
}

/// Checks that the times of campaigns are long enough.
pub(super) fn check_variation(problems: &mut Problems, variation: &Variation) {
    let path = KeyPath::top().key("variation").key("campaigns");
    let campaigns = &variation.campaigns;
    for (key, span) in [("life", campaigns.life), ("burst_decay", campaigns.burst_decay)] {
        if span.micros() < MINUTE {
            problems.add(path.key(key), format!("found {span}, allowed is at least 1m"));
        }
    }
    if campaigns.life.micros() > Campaigns::MOST_DAYS * DAY {
        let allowed = format!("allowed is at most {}d", Campaigns::MOST_DAYS);
        problems.add(path.key("life"), format!("found {}, {allowed}", campaigns.life));
    }
}

/// Checks that no two filters of the same direction have the same name.
pub(super) fn check_content_filters(problems: &mut Problems, filters: &[ContentFilter]) {
    let path = KeyPath::top().key("content_filters");
    for (index, filter) in filters.iter().enumerate() {
        check_name(problems, path.at(index).key("name"), &filter.name);
    }
    for direction in [Direction::Incoming, Direction::Outgoing] {
        let same = filters.iter().enumerate().filter(|(_, filter)| filter.direction == direction);
        check_unique(problems, "name", same.map(|(index, filter)| (path.at(index), filter.name.as_str())));
    }
}

/// Checks that there is a virus type for infected messages at any time.
pub(super) fn check_virus_types(problems: &mut Problems, scenario: &Scenario) {
    let path = KeyPath::top().key("virus_types");
    let paths = scenario.virus_types.iter().enumerate().map(|(index, virus)| (path.at(index), virus));
    for (path, virus) in paths.clone() {
        check_name(problems, path.key("name"), &virus.name);
    }
    check_unique(problems, "name", paths.map(|(path, virus)| (path, virus.name.as_str())));
    let is_infected = scenario.incoming.iter().any(|class| class.virus.get() > 0.0)
        || scenario.outgoing.iter().any(|flow| flow.virus.get() > 0.0)
        || !scenario.outbreaks.is_empty();
    if is_infected && scenario.virus_types.is_empty() {
        problems.add(path, "found no virus type, allowed is at least one, because the scenario has infected messages");
    } else if is_infected {
        check_sum(problems, path, "weights", scenario.virus_types.iter().map(|virus| virus.weight));
    }
}
