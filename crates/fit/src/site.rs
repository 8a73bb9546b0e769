//! The site: time, appliance, listeners, networks, users, content filters, virus types and restarts.

use tollgate_traffic::NO_OWNER;

use crate::appliances::FittedAppliance;
use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::{self as counts, Evidence};
use crate::filters::{FilterUse, find_filters};
use crate::groups::{FittedGroup, GroupAction};
use crate::incoming::accepted_mail;
use crate::incoming_tls::GroupTls;
use crate::keys::{KeyedVolume, divide};
use crate::means::mean_recipients;
use crate::names::NameKind;
use crate::options::{FitMode, FitOptions};
use crate::throttled::{throttle_limit, throttled_group};
use crate::typical::hour_of_week;
use crate::values::{moment, score, span};

/// Processor cores, if the exports do not show how long messages stay in the work queue (assumed).
const CORES: u32 = 8;
/// The most cores that are fitted.
const MOST_CORES: f64 = 64.0;
/// The costs whose proportions are taken, in seconds for a message and for a KiB: those of the shipped scenario c650-week (assumed).
const ANTI_SPAM: (f64, f64) = (0.240, 0.001_2);
const ANTI_VIRUS: (f64, f64) = (0.080, 0.001_8);
const PROCESSING: (f64, f64) = (0.050, 0.000_3);
/// The same for an incoming connection, a delivery, and for reporting, per connection and message.
const CONNECTION: f64 = 0.012;
const DELIVERY: f64 = 0.040;
const REPORTING: f64 = 0.006;

/// Writes the time.
pub(crate) fn write_time(document: &mut ScenarioDraft, evidence: &Evidence<'_>, interval: i64, options: &FitOptions) {
    let grid = evidence.grid;
    if options.mode == FitMode::Typical {
        let monday = grid.begin - hour_of_week(grid.begin) as i64 * 3600 - grid.begin.rem_euclid(3600);
        document.section("[time]", "time");
        document.value("begin", moment(monday), Origin::Assumed, "the Monday of the first week of the exports");
        document.value("span", "\"7d\"", Origin::Assumed, "a typical week; any other span is possible");
        document.value("export_interval", span(interval), Origin::Exact, "");
        let base = if interval % 300 == 0 { 300 } else { interval };
        document.value("base_interval", span(base), Origin::Assumed, "");
        document.value("warm_up", "\"6h\"", Origin::Assumed, "");
        return;
    }
    let is_exact = evidence.figures.span() == Some((grid.begin, grid.end()));
    let (origin, how) = match is_exact {
        true => (Origin::Exact, ["the first interval", "up to the last interval"]),
        false => (Origin::Fitted, ["the first interval, at a full step", "up to the last interval, in full steps"]),
    };
    document.section("[time]", "time");
    document.value("begin", moment(grid.begin), origin, how[0]);
    document.value("span", span(grid.end() - grid.begin), origin, how[1]);
    document.value("export_interval", span(interval), Origin::Exact, "");
    let base = if interval % 300 == 0 { 300 } else { interval };
    document.value("base_interval", span(base), Origin::Assumed, "");
    document.value("warm_up", span(3600 * options.warm_up_hours), Origin::Assumed, "");
}

/// Writes the appliance with its costs.
pub(crate) fn write_appliance(
    document: &mut ScenarioDraft,
    appliance: &FittedAppliance<'_>,
    options: &FitOptions,
    rule: (&str, Origin, &str),
) {
    let evidence = &appliance.evidence;
    document.section("[[appliances]]", "appliance");
    document.line("name", quoted(&appliance.name));
    if let Some(load) = appliance.load {
        document.value("load", digits(load), Origin::Fitted, "its share of the mail");
    }
    let (multiplier, how) = (appliance.multiplier, appliance.multiplier_from);
    let origin = if how.is_empty() { Origin::Assumed } else { Origin::Exact };
    document.value("reputation_multiplier", multiplier, origin, how);
    let load = ProcessorLoad::of(evidence, options, appliance.load.unwrap_or(1.0));
    let cores = load.cores(evidence);
    match cores {
        Some(cores) => document.value("cores", cores, Origin::Fitted, "as if messages hardly waited for a worker"),
        None => document.value("cores", CORES, Origin::Assumed, ""),
    }
    let cores = cores.unwrap_or(CORES);
    document.value("workers", (cores * 3).div_ceil(4), Origin::Assumed, "three quarters of the cores");
    load.write_costs(document, evidence, cores);
    options.template.write_limits(document);
    document.section("[appliances.counting]", "counting rule");
    document.value("rule", quoted(rule.0), rule.1, rule.2);
    let functions: f64 = ["Anti-Spam", "Anti-Virus", "Mail Processing", "Reporting", "Quarantine"]
        .iter()
        .filter_map(|name| evidence.mean(42, name))
        .sum();
    let idle = evidence.mean(41, "CPU Usage").filter(|_| evidence.figures.table(42).is_some());
    document.section("[appliances.machine]", "machine");
    match idle {
        Some(usage) => {
            let idle = ((usage - functions) / 100.0).clamp(0.0, 0.1);
            document.value("idle", digits(idle), Origin::Fitted, "CPU usage less its functions");
        }
        None => document.value("idle", "0.03", Origin::Assumed, ""),
    }
    document.value("updates_per_week", 0, Origin::Assumed, "");
    document.value("nightly_reports", 0, Origin::Assumed, "");
    let how = match options.mode {
        FitMode::AsItWas => "restarts of the exports are events",
        FitMode::Typical => "a typical week has none",
    };
    document.value("restarts_apart", "\"0s\"", Origin::Assumed, how);
}

/// The mail that uses processors.
struct ProcessorLoad {
    /// Messages (transactions) in both directions.
    messages: f64,
    kib: f64,
    connections: f64,
    deliveries: f64,
    /// Messages that outbreaks held in quarantine.
    released: f64,
    /// Recipients of a message of clean mail.
    recipients: f64,
    /// The time in which the exports have CPU usage, in seconds.
    seconds: f64,
}

impl ProcessorLoad {
    fn of(evidence: &Evidence<'_>, options: &FitOptions, part: f64) -> ProcessorLoad {
        let total = |sources| evidence.total(sources).unwrap_or_default();
        let incoming =
            evidence.total(counts::MESSAGES_IN).unwrap_or_else(|| (total(counts::CLEAN) + total(counts::SPAM)) / 1.2);
        // Messages that are stopped or bounce are scanned, too.
        let sent = total(counts::SENT_CLEAN) + total(counts::SENT_FILTERED) + total(counts::SENT_VIRUS);
        let (delivered, messages) = (total(counts::DELIVERED), total(counts::MESSAGES_OUT));
        let outgoing = if delivered > 0.0 && sent > 0.0 { messages * sent / delivered } else { messages };
        let usage = evidence.figures.table(42);
        ProcessorLoad {
            messages: incoming + outgoing,
            kib: (total(counts::BYTES_IN) + total(counts::BYTES_OUT)) / 1024.0,
            connections: total(counts::REJECTED) + total(counts::ACCEPTED) + total(counts::RELAYED),
            deliveries: total(counts::CONNECTIONS_OUT),
            released: part * options.released.iter().sum::<f64>(),
            recipients: mean_recipients(evidence, &accepted_mail(evidence, options))[0],
            seconds: usage.map_or(0.0, |table| table.series.iter().map(|point| point.length_seconds as f64).sum()),
        }
    }

    /// The processor time of an engine, in seconds.
    fn engine(&self, (message, kib): (f64, f64)) -> f64 {
        message * self.messages + kib * self.kib
    }

    /// The expected processor time of mail processing, with connections and deliveries.
    fn processing(&self) -> f64 {
        self.engine(PROCESSING) + CONNECTION * self.connections + DELIVERY * self.deliveries
    }

    /// The number of cores with which a message needs as much processor time as it stays in the work queue.
    fn cores(&self, evidence: &Evidence<'_>) -> Option<u32> {
        let messages = evidence.series(counts::MESSAGES_IN)?;
        let stays = evidence.series(&[(30, &["Time"])])?;
        let stay = stays.iter().zip(&messages).map(|(stay, messages)| stay * messages).sum::<f64>()
            / messages.iter().sum::<f64>().max(1.0);
        let part = self.engine(PROCESSING) / self.processing().max(f64::MIN_POSITIVE);
        let share = evidence.mean(42, "Anti-Spam")?
            + evidence.mean(42, "Anti-Virus")?
            + evidence.mean(42, "Mail Processing")? * part;
        let of_core = share / 100.0 * self.seconds / self.messages;
        (stay > 0.0 && of_core > 0.0).then(|| (stay / of_core).round().clamp(1.0, MOST_CORES) as u32)
    }

    /// Writes the costs: those of a shipped scenario, multiplied so that each function uses the processor time of the exports.
    fn write_costs(&self, document: &mut ScenarioDraft, evidence: &Evidence<'_>, cores: u32) {
        let seconds = self.seconds;
        let factor = |function: &str, expected: f64| {
            let used = evidence.mean(42, function)? / 100.0 * seconds * f64::from(cores);
            (used > 0.0 && expected > 0.0).then(|| used / expected)
        };
        document.section("[appliances.cost]", "costs");
        let time = |seconds: f64| format!("{}us", (seconds * 1e6).round().clamp(0.0, 3.6e9) as u64);
        let mut write = |key: &str, (message, kib): (f64, f64), factor: Option<f64>, sigma: f64| {
            let (by, origin) = (factor.unwrap_or(1.0), if factor.is_some() { Origin::Fitted } else { Origin::Assumed });
            let cost = format!(
                "{{ message = \"{}\", kib = \"{}\", spread = \"lognormal\", sigma = {sigma} }}",
                time(message * by),
                time(kib * by)
            );
            document.value(
                key,
                cost,
                origin,
                if factor.is_some() {
                    "processor time of the function; its division and spread are assumed"
                } else {
                    ""
                },
            );
        };
        write("anti_spam", ANTI_SPAM, factor("Anti-Spam", self.engine(ANTI_SPAM)), 0.8);
        write("anti_virus", ANTI_VIRUS, factor("Anti-Virus", self.engine(ANTI_VIRUS)), 0.6);
        let processing = factor("Mail Processing", self.processing());
        write("mail_processing", PROCESSING, processing, 0.4);
        let reporting = factor("Reporting", REPORTING * (self.connections + self.messages));
        for (key, cost, factor) in [
            ("connection", CONNECTION, processing),
            ("delivery", DELIVERY, processing),
            ("reporting", REPORTING, reporting),
        ] {
            let origin = if factor.is_some() { Origin::Fitted } else { Origin::Assumed };
            document.value(key, quoted(&time(cost * factor.unwrap_or(1.0))), origin, "");
        }
        let total = |sources| evidence.total(sources).unwrap_or_default();
        // Messages (transactions), each to several recipients.
        let stopped = total(counts::FILTERED) / self.recipients
            + total(counts::SENT_FILTERED) * (total(counts::MESSAGES_OUT) / total(counts::DELIVERED).max(1.0)).min(1.0)
            + self.released;
        let quarantined = evidence.mean(42, "Quarantine").map(|mean| mean / 100.0 * seconds * f64::from(cores));
        match quarantined.filter(|seconds| *seconds > 0.0 && stopped > 0.0) {
            Some(seconds) => document.value(
                "quarantine",
                quoted(&time(seconds / stopped)),
                Origin::Fitted,
                "as if every stopped message were quarantined",
            ),
            None => document.value("quarantine", "\"80ms\"", Origin::Assumed, ""),
        }
    }
}

/// Writes the listeners.
pub(crate) fn write_listeners(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (groups, tls): (&[FittedGroup], &GroupTls),
    options: &FitOptions,
) {
    let throttled = throttled_group(evidence, groups).map(|(group, _)| group.name.as_str());
    let is_throttled = |group: &FittedGroup| throttled == Some(group.name.as_str());
    document.section("[[listeners]]", "public listener");
    document.line("name", quoted("public"));
    document.line("kind", quoted("public"));
    options.template.write_listener(document);
    document.comment("Limits of policies are in no export, except that of throttled recipients.");
    let mut policies = String::new();
    let policy = |group: &FittedGroup| {
        let mut limits = String::new();
        if is_throttled(group) {
            let limit = throttle_limit(group);
            limits += &format!(", max_recipients_per_hour = {limit}, max_recipients_per_message = {limit}");
        }
        if group.action == GroupAction::Accept {
            limits += &format!(", tls = \"{}\"", tls.setting(group));
        }
        format!("    {{ name = {}, action = \"{}\"{limits} }},\n", quoted(&policy_name(group)), group.action.word())
    };
    let public = || groups.iter().filter(|group| group.action != GroupAction::Relay);
    public().for_each(|group| policies += &policy(group));
    policies += "    { name = \"POLICY_OF_OTHERS\", action = \"accept\" },\n";
    let how = if groups.iter().all(|group| group.is_certain) {
        (Origin::Exact, "the connections of groups add up to those of actions")
    } else {
        (Origin::Fitted, "the usual actions of the groups")
    };
    document.long_value("policies", format!("[\n{policies}]"), how.0, how.1);
    // Groups that the score does not select come first, because their senders may have any score.
    let mut ordered: Vec<&FittedGroup> = public().collect();
    ordered.sort_by_key(|group| (group.range.is_some(), group.range));
    let entry = |(place, group): (usize, &&FittedGroup)| {
        let condition = match group.range {
            Some((low, high)) => format!("sbrs = [[{}, {}]]", score(low), score(high)),
            None => format!("networks = [\"{}\"]", own_network(place)),
        };
        let unscored = if group.has_unscored { ", sbrs_none = true" } else { "" };
        let name = quoted(&options.pseudonyms.of(NameKind::Group, &group.name));
        format!("    {{ name = {name}, policy = {}, {condition}{unscored} }},\n", quoted(&policy_name(group)))
    };
    let mut list: String = ordered.iter().enumerate().map(entry).collect();
    // No group of the exports has this name.
    let mut others = "OTHERS".to_owned();
    while groups.iter().any(|group| options.pseudonyms.of(NameKind::Group, &group.name) == others) {
        others.push('_');
    }
    list += &format!("    {{ name = {}, policy = \"POLICY_OF_OTHERS\" }},\n", quoted(&others));
    document.long_value(
        "sender_groups",
        format!("[\n{list}]"),
        Origin::Fitted,
        "scores of the addresses in each group",
    );
    write_private(document, groups, options);
    write_networks(document, evidence, &ordered, options);
}

fn write_private(document: &mut ScenarioDraft, groups: &[FittedGroup], options: &FitOptions) {
    document.section("[[listeners]]", "private listener");
    document.line("name", quoted("private"));
    document.line("kind", quoted("private"));
    document
        .line("policies", "[{ name = \"RELAYED\", action = \"relay\" }, { name = \"BLOCKED\", action = \"reject\" }]");
    let relay = groups.iter().find(|group| group.action == GroupAction::Relay);
    let name =
        relay.map_or_else(|| "RELAYLIST".to_owned(), |group| options.pseudonyms.of(NameKind::Group, &group.name));
    let list = format!(
        "[{{ name = {}, policy = \"RELAYED\", networks = [\"192.0.2.0/24\"] }}, {{ name = {}, policy = \"BLOCKED\" }}]",
        quoted(&name),
        quoted(if name == "REST" { "OTHERS" } else { "REST" })
    );
    document.line("sender_groups", list);
}

fn policy_name(group: &FittedGroup) -> String {
    format!("POLICY_{}", group.label.to_uppercase().replace('-', "_"))
}

/// The network of a group that the score does not select.
fn own_network(place: usize) -> String {
    format!("248.{place}.0.0/16")
}

fn write_networks(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    ordered: &[&FittedGroup],
    options: &FitOptions,
) {
    document.section("[[networks]]", "network senders");
    document.line("name", quoted("senders"));
    document.line("addresses", quoted("240.0.0.0/5"));
    write_owners(document, evidence, options);
    for (place, group) in ordered.iter().enumerate().filter(|(_, group)| group.range.is_none()) {
        document.section("[[networks]]", &format!("network of {}", group.label));
        document.line("name", quoted(&group.network()));
        document.line("addresses", quoted(&own_network(place)));
        document.value("owners", 20, Origin::Assumed, "");
        document.line("owner_slope", "0.5");
    }
}

/// Writes the owners of the main network, the largest one by one. Connections show their parts of the addresses.
fn write_owners(document: &mut ScenarioDraft, evidence: &Evidence<'_>, options: &FitOptions) {
    /// The smallest share of the addresses of a network that an owner can have.
    const LEAST: f64 = 1.0 / 65_536.0;
    let of = |headings: &[&str]| evidence.by_key(6, headings);
    let Some(mut owners) = of(&["Connections Rejected", "Connections Accepted"]).or_else(|| of(&["Total Attempted"]))
    else {
        document.value("owners", 1500, Origin::Assumed, "no table has owners");
        document.value("owner_slope", "0.95", Origin::Assumed, "");
        return;
    };
    let total = owners.values().sum::<f64>().max(1.0);
    let nobody = owners.remove(NO_OWNER).unwrap_or_default();
    let is_sample = evidence.figures.table(6).is_some_and(|table| table.keys.one_in > 1);
    let KeyedVolume { mut listed, tail } = divide(&owners, options.keys.none_if(is_sample), 1.0);
    listed.retain(|(_, sum)| sum / total >= LEAST);
    let count = (tail.keys + listed.len() as f64).clamp(1.0, 65_536.0) as u64;
    document.value("owners", count, Origin::Fitted, "with those never seen (Chao1)");
    document.value("owner_slope", digits(tail.slope), Origin::Fitted, "");
    // Rounded shares may add up to more than 1.
    document.value("no_owner", nobody / total, Origin::Fitted, "");
    let entry = |(owner, sum): &(&str, f64)| {
        let name = quoted(&options.pseudonyms.of(NameKind::Owner, owner));
        format!("    {{ name = {name}, share = {} }},\n", sum / total)
    };
    let list: String = listed.iter().map(entry).collect();
    if !list.is_empty() {
        document.long_value("listed_owners", format!("[\n{list}]"), Origin::Fitted, "shares of the connections");
    }
}

/// Writes the content filters. Drop, bounce and quarantine cannot be told apart.
pub(crate) fn write_filters(document: &mut ScenarioDraft, evidence: &Evidence<'_>, options: &FitOptions) {
    let has_quarantine = evidence.mean(42, "Quarantine").is_some_and(|mean| mean > 0.0);
    for filter in find_filters(evidence) {
        let FilterUse { name, is_incoming, stops, is_certain, probability, users } = filter;
        document.section("[[content_filters]]", "content filter");
        document.line("name", quoted(&options.pseudonyms.of(NameKind::Filter, name)));
        document.line("direction", quoted(if is_incoming { "incoming" } else { "outgoing" }));
        let origin = if is_certain { Origin::Exact } else { Origin::Fitted };
        let how = if stops { "it stops messages; drop, bounce and quarantine cannot be told apart" } else { "" };
        let stop = if has_quarantine { "quarantine" } else { "drop" };
        document.value("action", quoted(if stops { stop } else { "deliver" }), origin, how);
        document.value("probability", digits(probability), Origin::Fitted, "");
        if users < 1.0 {
            document.value("users", digits(users), Origin::Fitted, "users with and without matches");
        }
    }
}

/// Writes the gaps of the exports as restarts.
pub(crate) fn write_restarts(document: &mut ScenarioDraft, appliance: &FittedAppliance<'_>) {
    const DAY: i64 = 86_400;
    let name = quoted(&appliance.name);
    for (begin, end) in appliance.evidence.gaps().into_iter().filter(|(begin, end)| end - begin <= DAY).take(1000) {
        document.section("[[events]]", "restart");
        document.value("at", moment(begin), Origin::Exact, "intervals are missing");
        document.line("restart", format!("{{ of = {name}, takes = {} }}", span(end - begin)));
    }
}
