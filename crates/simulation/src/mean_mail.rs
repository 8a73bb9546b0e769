//! The mean mail of a connection of a population, from its description in the scenario.

use tollgate_scenario::{
    Amount, Appliance, BounceProfile, Class, Destination, DestinationTls, Flow, HOUR, MessageCost, Outbreak, Policy,
    Scenario, Score, ScriptedMessages, Session, Size, Span, StartTls, WEEK,
};
use tollgate_traffic::RateSource;

use crate::mean_senders::MeanSenders;

/// The mean mail of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeanMail {
    /// Place of the listener in the scenario.
    pub(crate) listener: usize,
    /// The share of the connections that are kept until their hour is counted.
    pub(crate) held: f64,
    /// The senders that have rows of their own.
    pub(crate) senders: MeanSenders,
    /// Messages (transactions) that the listener accepts, except those under an hourly limit.
    pub(crate) messages: f64,
    /// Recipients of these messages, or groups of recipients.
    pub(crate) recipients: f64,
    /// Recipients that the sender names, or groups of recipients, including those above the limits of a policy.
    pub(crate) named_recipients: f64,
    /// Mail under an hourly limit.
    limited: LimitedMail,
    /// Size of a message.
    pub(crate) message_bytes: f64,
    /// Processor time of a message in the work queue of the first appliance, in hours.
    pub(crate) work_hours: f64,
    /// Time for which the connection is open, in hours.
    pub(crate) open_hours: f64,
    /// Recipient groups that are delivered.
    pub(crate) groups: f64,
    /// Time for which a group waits for retries, in hours, and its retries.
    pub(crate) group_hours: f64,
    pub(crate) group_attempts: f64,
    /// Its attempts that open no connection, because the destination is unreachable.
    pub(crate) group_vain_attempts: f64,
    /// The largest number of rows of first deliveries in a base interval, if all go to one destination.
    pub(crate) delivery_rows: Option<f64>,
    /// Retries of senders that are turned away.
    pub(crate) profile: Option<BounceProfile>,
}

/// The mean mail of a connection under policies that limit the recipients of an address in an hour.
#[derive(Clone, Copy, Debug, Default)]
struct LimitedMail {
    /// The share of the senders.
    share: f64,
    /// Messages and recipients without the hourly limit.
    messages: f64,
    recipients: f64,
    /// The largest number of recipients of an address in an hour.
    per_hour: f64,
}

impl MeanMail {
    /// The mean mail of a population.
    pub(crate) fn new(scenario: &Scenario, source: RateSource) -> Self {
        match source {
            RateSource::Class(place, listed) => {
                let class = &scenario.incoming[place];
                let own = listed.and_then(|listed| class.listed_sender(listed));
                let class = own.as_ref().unwrap_or(class);
                MeanMail::of_class(scenario, class, class.connections_per_week.get() * scenario.volume.get())
            }
            RateSource::Outbreak(place) => {
                let outbreak = &scenario.outbreaks[place];
                let class = scenario.incoming.iter().find(|class| class.name == outbreak.class);
                let per_week = initial_per_week(scenario, outbreak);
                class.map_or_else(MeanMail::default, |class| MeanMail::of_class(scenario, class, per_week))
            }
            RateSource::Flow(place, listed) => MeanMail::of_flow(scenario, &scenario.outgoing[place], listed),
            RateSource::ScriptedIncoming(place) => {
                let script = &scenario.scripted_incoming[place];
                let per_connection = |count: u64| count as f64 / f64::from(script.connections.max(1));
                // Clean messages and those to invalid recipients arrive as one.
                let first = per_connection(u64::from(script.messages) + u64::from(script.invalid)).min(1.0);
                let mail = MeanMail::scripted(scenario, &script.listener, script.size_bytes);
                if scenario.refuses_incoming(script) {
                    return mail.refused(scenario);
                }
                let messages = first + stopped_messages(&script.stopped(), script.connections);
                let recipients = per_connection(script.recipients());
                MeanMail { messages, recipients, named_recipients: recipients, ..mail }
            }
            RateSource::ScriptedOutgoing(place) => {
                let script = &scenario.scripted_outgoing[place];
                let failing = is_refused(scenario, script.starttls, script.certificate_valid, &[&script.destination]);
                let (hours, attempts) =
                    if failing { retries(scenario, &scenario.bounce_profile, f64::INFINITY) } else { (0.0, 0.0) };
                let mail = MeanMail::scripted(scenario, &script.listener, script.size_bytes);
                if scenario.refuses_outgoing(script) {
                    return mail.refused(scenario);
                }
                // Each message has one group of recipients.
                let messages = 1.0 + stopped_messages(&script.stopped(), script.connections);
                let waiting = MeanMail { groups: 1.0, group_hours: hours, group_attempts: attempts, ..mail };
                // Nearly all deliveries have the same outcome, so they share a row.
                let waiting = MeanMail { delivery_rows: Some(1.0), ..waiting };
                let mut mail = MeanMail { messages, recipients: messages, named_recipients: messages, ..waiting };
                mail.add_outages(scenario, 1.0, &[&script.destination]);
                mail
            }
        }
    }

    /// The mean mail of a class whose senders are those for a number of connections in a week.
    fn of_class(scenario: &Scenario, class: &Class, per_week: f64) -> Self {
        let listener = place_of(scenario, &class.listener);
        let rejected = hours(scenario.listeners[listener].rejected_for.micros() as f64);
        let mut mail = MeanMail {
            listener,
            held: 1.0,
            senders: MeanSenders::of_class(scenario, class, per_week),
            message_bytes: mean_size(&class.size),
            work_hours: work_hours(&scenario.appliances[0], mean_size(&class.size)),
            profile: class.retry.or_else(|| class.domains.as_ref().map(|_| BounceProfile::default())),
            ..MeanMail::default()
        };
        let mut accepted = 0.0;
        let recipients = class.recipients.mean();
        for (share, policy) in policies(scenario, class) {
            accepted += share;
            mail.add_accepted(class, recipients, share, policy);
        }
        mail.named_recipients = accepted * class.messages_per_connection.get() * recipients;
        mail.open_hours = accepted * session_hours(&class.session) + (1.0 - accepted) * rejected;
        mail
    }

    /// Adds the mail of the connections of a class that have a policy. A message names a mean number of recipients.
    fn add_accepted(&mut self, class: &Class, recipients: f64, share: f64, policy: &Policy) {
        let each = recipients.min(f64::from(policy.max_recipients_per_message));
        // A message without an existing recipient is not accepted.
        let exists = 1.0 - class.invalid_recipients.get().powf(each);
        let drawn = share * mean_up_to(class.messages_per_connection.get(), f64::from(policy.max_messages_per_session));
        let (messages, recipients) = (drawn * exists, drawn * each);
        match policy.max_recipients_per_hour {
            None => {
                self.messages += messages;
                self.recipients += recipients;
            }
            Some(most) => {
                let limited = &mut self.limited;
                limited.share += share;
                limited.messages += messages;
                limited.recipients += recipients;
                limited.per_hour = limited.per_hour.max(f64::from(most));
            }
        }
    }

    /// The messages and recipients that are accepted in an hour with a number of connections from a number of addresses.
    pub(crate) fn accepted(&self, connections: f64, addresses: f64) -> (f64, f64) {
        let LimitedMail { share, messages, recipients, per_hour } = self.limited;
        let wanted = connections * recipients;
        let part = if wanted > 0.0 { (addresses * share * per_hour / wanted).min(1.0) } else { 0.0 };
        (connections * (self.messages + part * messages), connections * self.recipients + part * wanted)
    }

    fn of_flow(scenario: &Scenario, flow: &Flow, listed: Option<(usize, usize)>) -> Self {
        let messages = flow.messages_per_connection.get();
        let recipients = messages * flow.recipients.mean();
        let mut mail = MeanMail {
            listener: place_of(scenario, &flow.listener),
            held: 1.0,
            messages,
            message_bytes: mean_size(&flow.size),
            work_hours: work_hours(&scenario.appliances[0], mean_size(&flow.size)),
            open_hours: session_hours(&flow.session),
            profile: Some(flow.retry),
            ..MeanMail::default()
        };
        let weight = |destination: &Destination| destination.weight.get();
        let own = listed.and_then(|(place, entry)| flow.destinations[place].listed_domain(entry));
        let destinations = match &own {
            Some(own) => vec![(1.0, own)],
            None => {
                let sum: f64 = flow.destinations.iter().map(weight).sum();
                flow.destinations.iter().map(|destination| (weight(destination) / sum, destination)).collect()
            }
        };
        let per_group: f64 = destinations.iter().map(|(share, each)| share * each.messages_per_connection.get()).sum();
        mail.groups = recipients / per_group.max(1.0);
        mail.recipients = mail.groups;
        mail.named_recipients = mail.groups;
        for (share, destination) in destinations {
            let domain = listed.map(|(place, entry)| flow.destinations[place].listed[entry].domain.as_str());
            let domains: Vec<&str> = domain.into_iter().collect();
            let (hours, attempts) = waiting(scenario, destination, &domains);
            mail.group_hours += share * hours;
            mail.group_attempts += share * attempts;
            mail.add_outages(scenario, share, &domains);
        }
        mail
    }

    /// Adds the times in which a share of the destinations, domains that are listed or not, is unreachable. All groups of the longest of
    /// these times wait at its end.
    fn add_outages(&mut self, scenario: &Scenario, share: f64, domains: &[&str]) {
        let time = &scenario.time;
        let profile = scenario.bounce_profile;
        let run = (time.span.micros() + time.warm_up.micros()) as f64;
        let mut longest = 0;
        for event in &scenario.events {
            let Some(outage) = &event.destination else { continue };
            if outage.domain == "default" || domains.contains(&outage.domain.as_str()) {
                let until_end = Span::from_micros(time.end().micros().saturating_sub(event.at.micros()));
                let max_time = outage.unreachable.min(until_end).min(profile.max_time);
                let (_, attempts) = retries(scenario, &BounceProfile { max_time, ..profile }, f64::INFINITY);
                self.group_vain_attempts += share * attempts * max_time.micros() as f64 / run;
                longest = longest.max(max_time.micros());
            }
        }
        self.group_hours += share * hours(longest as f64);
    }

    /// The mail of a script, without its numbers of messages and recipients.
    fn scripted(scenario: &Scenario, listener: &str, size_bytes: u32) -> Self {
        MeanMail {
            listener: place_of(scenario, listener),
            held: 1.0,
            message_bytes: f64::from(size_bytes),
            work_hours: work_hours(&scenario.appliances[0], f64::from(size_bytes)),
            profile: Some(BounceProfile::default()),
            ..MeanMail::default()
        }
    }

    /// The same connections if no policy takes mail from them.
    fn refused(self, scenario: &Scenario) -> Self {
        let open_hours = hours(scenario.listeners[self.listener].rejected_for.micros() as f64);
        MeanMail { held: REFUSED_HELD, open_hours, work_hours: 0.0, message_bytes: 0.0, ..self }
    }
}

/// The share of refused connections of a script that are kept. Most are counted at once.
const REFUSED_HELD: f64 = 0.15;

/// The messages of a connection of a script that are stopped because of their content. Those with one finding arrive as one.
fn stopped_messages(stopped: &[ScriptedMessages<'_>], connections: u32) -> f64 {
    stopped.iter().map(|each| (f64::from(each.recipients) / f64::from(connections.max(1))).min(1.0)).sum()
}

/// Mean processor time of a message of this size in the work queue of an appliance, in hours.
pub(crate) fn work_hours(appliance: &Appliance, size_bytes: f64) -> f64 {
    let cost = &appliance.cost;
    let engine = |cost: &MessageCost| {
        let micros = cost.message.micros() as f64 + cost.kib.micros() as f64 * size_bytes / 1024.0;
        hours(micros).min(1.0)
    };
    engine(&cost.anti_spam) + engine(&cost.anti_virus) + engine(&cost.mail_processing)
}

fn hours(micros: f64) -> f64 {
    micros / HOUR as f64
}

fn place_of(scenario: &Scenario, listener: &str) -> usize {
    scenario.listeners.iter().position(|each| each.name == listener).unwrap_or(0)
}

/// The mail flow policies of a class's connections that take mail, with their shares of the connections, by their scores.
fn policies<'s>(scenario: &'s Scenario, class: &Class) -> Vec<(f64, &'s Policy)> {
    let listener = &scenario.listeners[place_of(scenario, &class.listener)];
    let policy_of = |score: Option<Score>| {
        let group = listener.sender_groups.iter().find(|group| {
            group.matches_all()
                || score.map_or(group.sbrs_none, |score| {
                    group.sbrs.iter().any(|&(low, high)| low <= score && score <= high)
                })
        });
        let policy = group.and_then(|group| listener.policies.iter().find(|policy| policy.name == group.policy));
        policy.filter(|policy| policy.action.takes_mail())
    };
    let scores = class.scores_of_connections();
    let total: f64 = scores.iter().map(|part| part.share.get()).sum();
    let mut found = Vec::new();
    for part in scores {
        let share = part.share.get() / total;
        match (part.from, part.to) {
            (Some(from), Some(to)) => {
                let scores = from.tenths()..=to.tenths();
                let each = share / scores.len().max(1) as f64;
                let scores = scores.map(|tenths| policy_of(Some(Score::from_tenths(tenths))));
                found.extend(scores.flatten().map(|policy| (each, policy)));
            }
            _ => found.extend(policy_of(None).map(|policy| (share, policy))),
        }
    }
    found
}

/// The connections of an outbreak in a week if it stayed at its initial rate. Its senders are as many as those of such a class.
fn initial_per_week(scenario: &Scenario, outbreak: &Outbreak) -> f64 {
    let total = outbreak.connections.get() * scenario.volume.get();
    total * std::f64::consts::LN_2 * WEEK as f64 / outbreak.half_life.micros().max(1) as f64
}

/// The mean of a geometric number that is at least 1, up to a limit.
fn mean_up_to(mean: f64, limit: f64) -> f64 {
    mean * (1.0 - (1.0 - 1.0 / mean).powf(limit))
}

/// Mean of a lognormal distribution with a largest value.
fn lognormal(mu: f64, sigma: Amount, most: f64) -> f64 {
    (mu + sigma.get() * sigma.get() / 2.0).exp().min(most)
}

fn mean_size(size: &Size) -> f64 {
    let total: f64 = size.parts.iter().map(|part| part.share.get()).sum();
    let mean = size
        .parts
        .iter()
        .map(|part| part.share.get() * lognormal(part.mu.get(), part.sigma, f64::from(size.max_bytes)));
    mean.sum::<f64>() / total
}

fn session_hours(session: &Session) -> f64 {
    hours(lognormal((session.median.micros().max(1) as f64).ln(), session.sigma, HOUR as f64))
}

/// The time in which some retries are made, in hours, and the number of those that a run makes. The profile limits both. An attempt
/// before the run is half over stands for all.
pub(crate) fn retries(scenario: &Scenario, profile: &BounceProfile, wanted: f64) -> (f64, f64) {
    let (most, longest) = (profile.max_time.micros() as f64, profile.longest_wait.micros() as f64);
    let half = (scenario.time.span.micros() + scenario.time.warm_up.micros()) as f64 / 2.0;
    let (mut passed, mut within, mut made, mut wait) = (0.0, 0.0, 0.0, profile.first_wait.micros() as f64);
    let number = wanted.min(f64::from(profile.max_retries));
    while made < number && passed + wait <= most {
        let part = (number - made).min(1.0);
        passed += part * wait;
        made += part;
        if passed <= half {
            within = made;
        }
        wait = (2.0 * wait).min(longest);
    }
    (hours(passed), within)
}

/// The time for which a group for a destination waits for retries, in hours, and their number.
fn waiting(scenario: &Scenario, destination: &Destination, domains: &[&str]) -> (f64, f64) {
    if is_refused(scenario, destination.starttls, destination.certificate_valid, domains) {
        return retries(scenario, &scenario.bounce_profile, f64::INFINITY);
    }
    let fails = destination.starttls_fails_before220.get() + destination.starttls_fails_after220.get();
    let passes = (1.0 - destination.deferred.get())
        * (1.0 - fails.min(1.0))
        * (1.0 - destination.second_connection_refused.get());
    // A group is deferred at most 200 times.
    let deferrals = if passes > 0.0 { ((1.0 - passes) / passes).min(200.0) } else { 200.0 };
    retries(scenario, &scenario.bounce_profile, deferrals)
}

/// True if one of the domains, or a domain without a setting of its own, never takes mail with this response to STARTTLS.
fn is_refused(scenario: &Scenario, starttls: StartTls, certificate_valid: bool, domains: &[&str]) -> bool {
    let controls = &scenario.destination_controls;
    let events = scenario.events.iter().filter_map(|event| event.destination_control.as_ref());
    let settings = controls.domains.iter().chain(events);
    let settings = settings.filter(|control| control.domain == "default" || domains.contains(&control.domain.as_str()));
    let mut all = settings.map(|control| control.tls).chain([controls.default]);
    all.any(|tls| match tls {
        DestinationTls::Required => starttls != StartTls::Good,
        DestinationTls::RequiredVerify => starttls != StartTls::Good || !certificate_valid,
        DestinationTls::No | DestinationTls::Preferred | DestinationTls::PreferredVerify => false,
    })
}
