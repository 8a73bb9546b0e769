//! The mean mail of a connection of a population, from its description in the scenario.

use tollgate_scenario::{
    Amount, Appliance, BotKind, BounceProfile, Class, Destination, DestinationTls, Flow, HOUR, MessageCost, Scenario,
    Score, Session, Size, StartTls, WEEK,
};
use tollgate_traffic::RateSource;

/// The mean mail of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MeanMail {
    /// Place of the listener in the scenario.
    pub(crate) listener: usize,
    /// Rows of addresses and domains in an interval.
    pub(crate) rows: f64,
    /// Messages (transactions) that the listener accepts.
    pub(crate) messages: f64,
    /// Recipients, or groups of recipients.
    pub(crate) recipients: f64,
    /// Processor time of a message in the work queue of the first appliance, in hours.
    pub(crate) work_hours: f64,
    /// Time for which the connection is open, in hours.
    pub(crate) open_hours: f64,
    /// Recipient groups that are delivered.
    pub(crate) groups: f64,
    /// Time for which a group waits for retries, in hours, and its retries.
    pub(crate) group_hours: f64,
    pub(crate) group_attempts: f64,
    /// Retries of senders that are turned away.
    pub(crate) profile: Option<BounceProfile>,
}

impl MeanMail {
    /// The mean mail of a population.
    pub(crate) fn new(scenario: &Scenario, source: RateSource) -> Self {
        match source {
            RateSource::Class(place) => MeanMail::of_class(scenario, &scenario.incoming[place]),
            RateSource::Outbreak(place) => {
                let class = scenario.incoming.iter().find(|class| class.name == scenario.outbreaks[place].class);
                class.map_or_else(MeanMail::default, |class| MeanMail::of_class(scenario, class))
            }
            RateSource::Flow(place, listed) => MeanMail::of_flow(scenario, &scenario.outgoing[place], listed),
            RateSource::ScriptedIncoming(place) => {
                let script = &scenario.scripted_incoming[place];
                let recipients = f64::from(script.messages) / f64::from(script.connections.max(1));
                MeanMail::scripted(scenario, &script.listener, recipients, script.size_bytes)
            }
            RateSource::ScriptedOutgoing(place) => {
                let script = &scenario.scripted_outgoing[place];
                let failing = is_refused(scenario, script.starttls, script.certificate_valid, &[&script.destination]);
                let (hours, attempts) =
                    if failing { retries(scenario, &scenario.bounce_profile, f64::INFINITY) } else { (0.0, 0.0) };
                let mail = MeanMail::scripted(scenario, &script.listener, 1.0, script.size_bytes);
                MeanMail { groups: 1.0, group_hours: hours, group_attempts: attempts, ..mail }
            }
        }
    }

    fn of_class(scenario: &Scenario, class: &Class) -> Self {
        let accepted = accepted_share(scenario, class);
        let listener = place_of(scenario, &class.listener);
        let recipients = class.recipients.mean();
        // A message without an existing recipient is not accepted.
        let exists = 1.0 - class.invalid_recipients.get().powf(recipients);
        let drawn = accepted * class.messages_per_connection.get();
        let rejected = hours(scenario.listeners[listener].rejected_for.micros() as f64);
        MeanMail {
            listener,
            rows: rows(scenario, class),
            messages: drawn * exists,
            recipients: drawn * recipients,
            work_hours: work_hours(&scenario.appliances[0], mean_size(&class.size)),
            open_hours: accepted * session_hours(&class.session) + (1.0 - accepted) * rejected,
            profile: class.retry.or_else(|| class.domains.as_ref().map(|_| BounceProfile::default())),
            ..MeanMail::default()
        }
    }

    fn of_flow(scenario: &Scenario, flow: &Flow, listed: Option<usize>) -> Self {
        let messages = flow.messages_per_connection.get();
        let recipients = messages * flow.recipients.mean();
        let mut mail = MeanMail {
            listener: place_of(scenario, &flow.listener),
            messages,
            work_hours: work_hours(&scenario.appliances[0], mean_size(&flow.size)),
            open_hours: session_hours(&flow.session),
            profile: Some(flow.retry),
            ..MeanMail::default()
        };
        let weight = |destination: &Destination| destination.weight.get();
        let destinations = match listed {
            Some(place) => vec![(1.0, &flow.destinations[place])],
            None => {
                let sum: f64 = flow.destinations.iter().map(weight).sum();
                flow.destinations.iter().map(|destination| (weight(destination) / sum, destination)).collect()
            }
        };
        let per_group: f64 = destinations.iter().map(|(share, each)| share * each.messages_per_connection.get()).sum();
        mail.groups = recipients / per_group.max(1.0);
        mail.recipients = mail.groups;
        for (share, destination) in destinations {
            let (hours, attempts) = waiting(scenario, destination, listed);
            mail.group_hours += share * hours;
            mail.group_attempts += share * attempts;
        }
        mail
    }

    fn scripted(scenario: &Scenario, listener: &str, recipients: f64, size_bytes: u32) -> Self {
        MeanMail {
            listener: place_of(scenario, listener),
            messages: recipients.min(1.0),
            recipients,
            work_hours: work_hours(&scenario.appliances[0], f64::from(size_bytes)),
            profile: Some(BounceProfile::default()),
            ..MeanMail::default()
        }
    }
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

/// The mean number of rows of addresses and domains that a connection of a class has in an interval, or in an hour of it. Senders that
/// connect often share rows.
fn rows(scenario: &Scenario, class: &Class) -> f64 {
    let interval = scenario.time.export_interval.micros().max(HOUR) as f64;
    if let Some(domains) = &class.domains {
        let connections = class.connections_per_week.get() * scenario.volume.get() * interval / WEEK as f64;
        let domain = (f64::from(domains.count) / connections.max(1.0)).min(1.0);
        let address = (f64::from(domains.count) * domains.addresses_per_domain.get() / connections.max(1.0)).min(1.0);
        return domain + address;
    }
    let kinds = class.bots.as_ref().map_or(&[][..], |bots| &bots.kinds);
    let weight = |kind: &BotKind| kind.share.get() * kind.connections.get();
    let total: f64 = kinds.iter().map(weight).sum();
    let of_kind = |kind: &BotKind| {
        let addresses = (1.0 + kind.life.micros() as f64 / interval) / kind.connections.get();
        weight(kind) / total * addresses.min(1.0)
    };
    kinds.iter().map(of_kind).sum()
}

/// The share of a class's connections whose policy takes mail, by their scores.
fn accepted_share(scenario: &Scenario, class: &Class) -> f64 {
    let listener = &scenario.listeners[place_of(scenario, &class.listener)];
    let takes_mail = |score: Option<Score>| {
        let group = listener.sender_groups.iter().find(|group| {
            group.matches_all()
                || score.map_or(group.sbrs_none, |score| {
                    group.sbrs.iter().any(|&(low, high)| low <= score && score <= high)
                })
        });
        let policy = group.and_then(|group| listener.policies.iter().find(|policy| policy.name == group.policy));
        policy.is_some_and(|policy| policy.action.takes_mail())
    };
    let total: f64 = class.sbrs.iter().map(|part| part.share.get()).sum();
    let of_part = |(from, to): (Option<Score>, Option<Score>)| match (from, to) {
        (Some(from), Some(to)) => {
            let scores = from.tenths()..=to.tenths();
            let taken = scores.clone().filter(|&tenths| takes_mail(Some(Score::from_tenths(tenths)))).count();
            taken as f64 / scores.count().max(1) as f64
        }
        _ => f64::from(u8::from(takes_mail(None))),
    };
    class.sbrs.iter().map(|part| part.share.get() / total * of_part((part.from, part.to))).sum()
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
fn waiting(scenario: &Scenario, destination: &Destination, listed: Option<usize>) -> (f64, f64) {
    let domains = listed.map_or(&[][..], |_| &destination.listed);
    let domains: Vec<&str> = domains.iter().map(|listed| listed.domain.as_str()).collect();
    if is_refused(scenario, destination.starttls, destination.certificate_valid, &domains) {
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
