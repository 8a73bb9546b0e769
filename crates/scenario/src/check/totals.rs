//! Checks the totals that decide the time and the memory of a run.

use tollgate_wording::{count, counted};

use crate::incoming::Class;
use crate::mail::{RecipientDistribution, Rhythm};
use crate::outgoing::Flow;
use crate::path::KeyPath;
use crate::phrases::exact;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::value::{Amount, HOUR, Span, WEEK};
use crate::variation::{Campaigns, Variation, VariesLike};

/// The largest number of intervals, times the number of appliances. The exports have a row for each in many tables.
const MAX_INTERVALS: u64 = 1_000_000;
/// The largest number of populations: classes, flows, outbreaks, scripts, and the domains that they list. The simulation numbers them
/// with 12 bits.
const MAX_POPULATIONS: u64 = 4096;
/// The largest number of hours, times the numbers of appliances and populations. Each takes time even without mail.
const MAX_DRAWS: u64 = 100_000_000;
/// The largest number of domains and network owners.
const MAX_DOMAINS: u64 = 1_000_000;
/// The largest number of entries in all tables of numbers of recipients.
const MAX_ENTRIES: u64 = 10_000_000;
/// The largest sum over flows of their largest number of recipients, squared, times their number of destinations. It limits the time
/// in which recipients are divided over connections.
const MAX_DIVISIONS: u64 = 20_000_000;
/// The largest expected number of connections in an hour on all appliances.
const MAX_CONNECTIONS: f64 = 1e8;
/// The largest expected number of recipients in an hour on all appliances. The simulation numbers them with 32 bits.
const MAX_RECIPIENTS: f64 = 5e8;
/// The largest random factor of a day that is expected, in sigmas of its logarithm.
const DAY_SIGMAS: f64 = 4.0;

/// A part of a total.
struct Part {
    path: KeyPath,
    size: u64,
    /// The values of the scenario that give the size, if it is not one value.
    found: Option<String>,
}

/// Checks the numbers of intervals, populations, domains and recipients. Returns false if one is too large, because the other checks
/// would take too long.
pub(super) fn check_sizes(problems: &mut Problems, scenario: &Scenario) -> bool {
    let before = problems.count();
    let (time, span) = (&scenario.time, KeyPath::top().key("time").key("span"));
    let appliances = scenario.appliances.len() as u64;
    let intervals = time.span.micros() / time.export_interval.micros().max(1);
    if intervals.saturating_mul(appliances) > MAX_INTERVALS {
        let found = format!("{}, which has {} intervals of {}", time.span, count(intervals), time.export_interval);
        let allowed = format!("{} intervals times appliances ({appliances})", count(MAX_INTERVALS));
        problems.add(span.clone(), format!("found {found}, allowed are at most {allowed}"));
    }
    let populations = populations(scenario);
    check_total(problems, &populations, MAX_POPULATIONS, "classes, flows, outbreaks, scripts and listed domains");
    check_total(problems, &domains(scenario), MAX_DOMAINS, "domains and network owners");
    check_total(
        problems,
        &entries(scenario),
        MAX_ENTRIES,
        "possible numbers of recipients of classes, flows and their listed domains",
    );
    check_total(problems, &divisions(scenario), MAX_DIVISIONS, "squared numbers of recipients times destinations");
    let hours = (time.span.micros() + time.warm_up.micros()) / HOUR;
    let each = appliances * populations.iter().map(|part| part.size).sum::<u64>();
    if hours.saturating_mul(each) > MAX_DRAWS {
        let found = format!("{}, which has {} hours with the warm-up", time.span, count(hours));
        let product = "hours times appliances times classes, flows, outbreaks, scripts and listed domains";
        problems
            .add(span, format!("found {found}, allowed are at most {} {product} ({})", count(MAX_DRAWS), count(each)));
    }
    problems.count() == before
}

/// Checks a total. The error points at its largest part.
fn check_total(problems: &mut Problems, parts: &[Part], most: u64, what: &str) {
    let sum = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.size));
    if let Some(part) = parts.iter().max_by_key(|part| part.size).filter(|_| sum > most) {
        let size = if part.size == sum { String::new() } else { format!("{} of the ", count(part.size)) };
        let found = part.found.as_ref().map_or_else(String::new, |found| format!("{found}, which makes "));
        let found = format!("found {found}{size}{} {what} of the scenario", count(sum));
        problems.add(part.path.clone(), format!("{found}, allowed are at most {} in all", count(most)));
    }
}

impl Part {
    fn new(path: KeyPath, size: u64) -> Self {
        Part { path, size, found: None }
    }

    /// A number that counts once for a class or flow, and again for each of its listed domains and outbreaks.
    fn repeated(path: KeyPath, number: u64, (what, listed, outbreaks): (&str, u64, u64)) -> Self {
        let copies = [(listed, "listed domain"), (outbreaks, "outbreak")].into_iter().filter(|(copies, _)| *copies > 0);
        let copies: String =
            copies.map(|(copies, what)| format!(" and each of its {}", counted(copies, what))).collect();
        let found = (!copies.is_empty()).then(|| format!("{} for the {what}{copies}", count(number)));
        Part { path, size: number * (1 + listed + outbreaks), found }
    }
}

/// The paths and elements of a list of the scenario.
fn elements<'s, T>(key: &str, list: &'s [T]) -> impl Iterator<Item = (KeyPath, &'s T)> {
    let path = KeyPath::top().key(key);
    list.iter().enumerate().map(move |(index, element)| (path.at(index), element))
}

fn listed_of(flow: &Flow) -> u64 {
    flow.destinations.iter().map(|destination| destination.listed.len() as u64).sum()
}

/// The number of outbreaks of a class. Each has senders and recipients of its own, as many as the class.
fn outbreaks_of(scenario: &Scenario, class: &Class) -> u64 {
    scenario.outbreaks.iter().filter(|outbreak| outbreak.class == class.name).count() as u64
}

fn populations(scenario: &Scenario) -> Vec<Part> {
    let with_listed = |what: &str, path: KeyPath, listed: u64| {
        let found = (listed > 0).then(|| format!("the {what} and its {}", counted(listed, "listed domain")));
        Part { found, ..Part::new(path, 1 + listed) }
    };
    let list = |key: &str, number: usize| Part::new(KeyPath::top().key(key), number as u64);
    let classes = elements("incoming", &scenario.incoming);
    let classes = classes.map(|(path, class)| with_listed("class", path, class.listed.len() as u64));
    let flows = elements("outgoing", &scenario.outgoing);
    let flows = flows.map(|(path, flow)| with_listed("flow", path, listed_of(flow)));
    let others = [
        list("outbreaks", scenario.outbreaks.len()),
        list("scripted_incoming", scenario.scripted_incoming.len()),
        list("scripted_outgoing", scenario.scripted_outgoing.len()),
    ];
    classes.chain(flows).chain(others).collect()
}

fn domains(scenario: &Scenario) -> Vec<Part> {
    let mut parts = Vec::new();
    for (path, class) in elements("incoming", &scenario.incoming) {
        let number = class.domains.as_ref().map_or(0, |domains| u64::from(domains.count));
        let copies = ("class", 0, outbreaks_of(scenario, class));
        parts.push(Part::repeated(path.key("domains").key("count"), number, copies));
    }
    for (path, flow) in elements("outgoing", &scenario.outgoing) {
        for (index, destination) in flow.destinations.iter().enumerate() {
            let path = path.key("destinations").at(index).key("domains");
            parts.push(Part::new(path, u64::from(destination.domains)));
        }
    }
    let networks = elements("networks", &scenario.networks);
    parts.extend(networks.map(|(path, network)| Part::new(path.key("owners"), u64::from(network.owners))));
    parts
}

fn entries(scenario: &Scenario) -> Vec<Part> {
    let number = |recipients: &RecipientDistribution| match recipients.zeta {
        Some(_) => u64::from(recipients.max),
        None => recipients.bins.len() as u64,
    };
    let classes = elements("incoming", &scenario.incoming).map(|(path, class)| {
        let copies = ("class", class.listed.len() as u64, outbreaks_of(scenario, class));
        Part::repeated(path.key("recipients"), number(&class.recipients), copies)
    });
    let flows = elements("outgoing", &scenario.outgoing).map(|(path, flow)| {
        Part::repeated(path.key("recipients"), number(&flow.recipients), ("flow", listed_of(flow), 0))
    });
    classes.chain(flows).collect()
}

fn divisions(scenario: &Scenario) -> Vec<Part> {
    let flows = elements("outgoing", &scenario.outgoing).map(|(path, flow)| {
        let RecipientDistribution { zeta, max, bins } = &flow.recipients;
        let most = if zeta.is_some() { *max } else { bins.iter().map(|bin| bin.to).max().unwrap_or(1) };
        // A listed domain with a mean of its own is divided by itself.
        let listed = flow.destinations.iter().flat_map(|destination| &destination.listed);
        let own = listed.filter(|listed| listed.messages_per_connection.is_some()).count();
        let (most, destinations) = (u64::from(most), (flow.destinations.len() + own) as u64);
        let found = format!("up to {} and {}", counted(most, "recipient"), counted(destinations, "destination"));
        Part { path: path.key("recipients"), size: most * most * destinations, found: Some(found) }
    });
    flows.collect()
}

/// Checks the expected connections and recipients in the busiest hour, as if all traffic were busiest in the same hour. Call it for
/// scenarios that pass all other checks.
pub(super) fn check_busiest_hour(problems: &mut Problems, scenario: &Scenario) {
    let loads = busiest_loads(scenario);
    let limits = [("connections", MAX_CONNECTIONS), ("recipients", MAX_RECIPIENTS)];
    for (place, (what, most)) in limits.into_iter().enumerate() {
        let sum: f64 = loads.iter().map(|load| load.in_hour[place]).sum();
        let largest = loads.iter().max_by(|one, other| one.in_hour[place].total_cmp(&other.in_hour[place]));
        if let Some(BusiestLoad { path, found, in_hour }) = largest.filter(|_| sum > most) {
            let words = |number: f64| count(number as u64);
            let size = if in_hour[place] == sum { String::new() } else { format!("{} of the ", words(in_hour[place])) };
            let found = format!("found {}, which makes {size}{} {what}", exact(*found), words(sum));
            problems.add(
                path.clone(),
                format!("{found} expected in the busiest hour, allowed are at most {} in all", words(most)),
            );
        }
    }
}

/// The traffic of a population in its busiest hour.
struct BusiestLoad {
    /// The path and the value of the factor of its largest event, if there is one, or of its volume.
    path: KeyPath,
    found: f64,
    /// The connections and the recipients.
    in_hour: [f64; 2],
}

/// The traffic of each population in its busiest hour.
fn busiest_loads(scenario: &Scenario) -> Vec<BusiestLoad> {
    let volume = scenario.volume.get();
    let mut loads = Vec::new();
    let mut add = |path: KeyPath,
                   name: &str,
                   per_week: Amount,
                   (rhythm, varies): (&Rhythm, f64),
                   [connections, recipients]: [f64; 2]| {
        let largest = largest_factor(scenario, name).filter(|(_, factor)| *factor > 1.0);
        let factor = largest.as_ref().map_or(1.0, |(_, factor)| *factor);
        let (path, found) = largest.unwrap_or((path, per_week.get()));
        let hour = per_week.get() * volume * factor * busiest(rhythm) * varies * HOUR as f64 / WEEK as f64;
        loads.push(BusiestLoad { path, found, in_hour: [hour * connections, hour * recipients] });
    };
    for (path, class) in elements("incoming", &scenario.incoming) {
        let each = [1.0, class.messages_per_connection.get() * class.recipients.mean()];
        let rhythm = (
            &class.rhythm,
            busiest_variation(&scenario.variation, class.varies_like()) * busiest_campaign(scenario, class),
        );
        add(path.key("connections_per_week"), &class.name, class.connections_per_week, rhythm, each);
        for (index, listed) in class.listed.iter().enumerate() {
            let messages = listed.messages_per_connection.unwrap_or(class.messages_per_connection).get();
            let each = [1.0, messages * class.recipients.mean()];
            add(path.key("listed").at(index).key("per_week"), &class.name, listed.per_week, rhythm, each);
        }
    }
    for (path, flow) in elements("outgoing", &scenario.outgoing) {
        let each = [1.0 / (flow.messages_per_connection.get() * flow.recipients.mean()), 1.0];
        let rhythm = (&flow.rhythm, busiest_variation(&scenario.variation, flow.varies_like()));
        add(path.key("messages_per_week"), &flow.name, flow.messages_per_week, rhythm, each);
        for (index, destination) in flow.destinations.iter().enumerate() {
            let path = path.key("destinations").at(index).key("listed");
            for (index, listed) in destination.listed.iter().enumerate() {
                add(path.at(index).key("per_week"), &flow.name, listed.per_week, rhythm, each);
            }
        }
    }
    for (path, outbreak) in elements("outbreaks", &scenario.outbreaks) {
        let Some(class) = scenario.incoming.iter().find(|class| class.name == outbreak.class) else { continue };
        let first_hour = 1.0 - (-(HOUR as f64) / outbreak.half_life.micros() as f64).exp2();
        let connections = outbreak.connections.get() * volume * first_hour;
        let each = class.messages_per_connection.get() * class.recipients.mean();
        let in_hour = [connections, connections * each];
        loads.push(BusiestLoad { path: path.key("connections"), found: outbreak.connections.get(), in_hour });
    }
    add_scripts(scenario, &mut loads);
    loads
}

fn add_scripts(scenario: &Scenario, loads: &mut Vec<BusiestLoad>) {
    let mut add = |path: KeyPath, span: Span, connections: u32, recipients: u64| {
        let part = (HOUR as f64 / span.micros().max(1) as f64).min(1.0);
        let in_hour = [u64::from(connections), recipients].map(|number| number as f64 * part);
        loads.push(BusiestLoad { path: path.key("connections"), found: f64::from(connections), in_hour });
    };
    for (path, script) in elements("scripted_incoming", &scenario.scripted_incoming) {
        add(path, script.span, script.connections, script.recipients());
    }
    for (path, script) in elements("scripted_outgoing", &scenario.scripted_outgoing) {
        add(path, script.span, script.connections, script.recipients());
    }
}

/// The largest factor of the events of a class or flow, with its path.
fn largest_factor(scenario: &Scenario, name: &str) -> Option<(KeyPath, f64)> {
    let changes = elements("events", &scenario.events).filter_map(|(path, event)| Some((path, event.volume.as_ref()?)));
    let factors = changes.filter(|(_, change)| change.of == name).map(|(path, change)| (path, change.factor.get()));
    let largest = factors.max_by(|(_, one), (_, other)| one.total_cmp(other));
    largest.map(|(path, factor)| (path.key("volume").key("factor"), factor))
}

/// The largest factor of a rhythm in an hour, with a large random factor of its day.
fn busiest(rhythm: &Rhythm) -> f64 {
    let relative = |factors: &[Amount]| {
        let most = factors.iter().map(|factor| factor.get()).fold(0.0, f64::max);
        most * factors.len() as f64 / factors.iter().map(|factor| factor.get()).sum::<f64>()
    };
    let most = |factors: &[Amount]| factors.iter().map(|factor| factor.get()).fold(0.0, f64::max);
    let weekend = rhythm.weekend_day.as_ref().map_or(0.0, |day| relative(day));
    let hour = match &rhythm.hours {
        Some(hours) => relative(hours),
        None => relative(&rhythm.week) * relative(&rhythm.day).max(weekend),
    };
    let sigma = rhythm.day_to_day.get();
    let day = (DAY_SIGMAS * sigma - 0.5 * sigma * sigma).exp();
    let known = rhythm.days.as_ref().map_or(0.0, |days| most(&days.factors));
    let observed = rhythm.observed.as_ref().map_or(0.0, |observed| most(&observed.factors));
    (hour * day.max(known)).max(observed)
}

/// The largest factor of the levels of days and hours that is expected.
fn busiest_variation(variation: &Variation, varies_like: VariesLike) -> f64 {
    let [days, hours] = match varies_like {
        _ if variation.none => return 1.0,
        VariesLike::Spam => [variation.spam_days, variation.spam_hours],
        VariesLike::Received => [variation.received_days, variation.received_hours],
        VariesLike::Sent => [variation.sent_days, variation.sent_hours],
        VariesLike::Nothing => return 1.0,
    };
    (DAY_SIGMAS * (days.get() + hours.get())).exp()
}

/// The factor of an hour in which the largest possible campaign begins, if its burst decays as most do.
fn busiest_campaign(scenario: &Scenario, class: &Class) -> f64 {
    let campaigns = &scenario.variation.campaigns;
    let share = class.campaigns.unwrap_or(campaigns.share).get();
    let has_campaigns = !scenario.variation.none && class.varies_like() == VariesLike::Spam;
    let in_hour = campaigns.burst.get() * (HOUR as f64 / campaigns.burst_decay.micros() as f64).min(1.0);
    let means = campaigns.largest() * Campaigns::MOST_REACH * in_hour;
    if has_campaigns { 1.0 + share * means * 24.0 / campaigns.per_day.get() } else { 1.0 }
}
