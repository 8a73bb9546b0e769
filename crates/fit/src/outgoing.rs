//! Outgoing mail: one flow with the destinations of the TLS tables.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_traffic::NULL_SENDER;

use crate::controls::write_controls;
use crate::destinations::{DestinationFigures, TlsUse, destinations};
use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::{self as counts, Evidence};
use crate::keys::{KeyedVolume, ListedKeys, divide};
use crate::names::NameKind;
use crate::options::{FitOptions, VolumeOverTime};
use crate::typical::LevelKind;
use crate::undelivered::attempts_per_message;
use crate::values::{write_recipients, write_size};

/// Destinations with the same use of TLS.
struct DestinationClass<'a> {
    tls: TlsUse,
    domains: BTreeMap<&'a str, DestinationFigures>,
    /// The messages of the largest domains and of the others. Domains whose TLS is required are all listed.
    volume: KeyedVolume<'a>,
}

/// Writes the flow of outgoing mail, and the destination controls.
pub(crate) fn write_outgoing(document: &mut ScenarioDraft, evidence: &Evidence<'_>, options: &FitOptions) {
    let series = |sources| evidence.series_or_zeros(sources);
    let sent: Vec<f64> = [counts::SENT_CLEAN, counts::SENT_FILTERED, counts::SENT_VIRUS]
        .map(series)
        .into_iter()
        .reduce(|one, other| one.iter().zip(other).map(|(a, b)| a + b).collect())
        .unwrap_or_default();
    let sent: Vec<f64> = if sent.iter().sum::<f64>() > 0.0 { sent } else { series(counts::DELIVERED) };
    let sent = if sent.iter().sum::<f64>() > 0.0 { sent } else { series(counts::MESSAGES_OUT) };
    let total: f64 = sent.iter().sum();
    if total <= 0.0 {
        return;
    }
    let delivered = evidence.total(counts::DELIVERED);
    let messages = evidence.total(counts::MESSAGES_OUT).filter(|messages| *messages > 0.0);
    let mean = delivered.zip(messages).map_or(1.2, |(recipients, messages)| (recipients / messages).max(1.0));
    // Written with six digits, a mean may be a little less than this one.
    let most = (mean * (1.0 - 1e-5)).max(1.0);
    let relayed = evidence.total(counts::RELAYED).filter(|relayed| *relayed > 0.0);
    let per_connection = relayed.map_or(1.0, |relayed| (total / mean / relayed).max(1.0));
    let bounced = evidence
        .total(counts::BOUNCED)
        .zip(delivered)
        .map(|(bounced, delivered)| bounced / (bounced + delivered).max(1.0));
    let destinations = destinations(evidence);
    let classes = classes(&destinations, options.keys);
    let named: f64 = destinations.values().map(|figures| figures.messages).sum();
    let hidden = HiddenMail::find(evidence, &destinations, named);
    let known = named + hidden.messages;
    // Mail that is never delivered is in no row of destinations.
    let attempts = attempts_per_message(evidence.grid, &sent, options.warm_up_hours);
    let failing = destinations.values().filter(|figures| figures.is_unreachable());
    let undelivered: f64 = failing.map(|figures| figures.failed / attempts).sum();
    let delivered_of = (total - undelivered).max(0.0);
    let scale = if known > 0.0 { delivered_of / known } else { 1.0 };
    let clean: f64 = series(counts::SENT_CLEAN).iter().sum();
    let tried = if known > 0.0 && clean > 0.0 { clean / known } else { scale };
    let listed = classes.iter().flat_map(|class| &class.volume.listed);
    let listed_messages: f64 = listed.map(|(_, messages)| messages).sum();
    let has_tail = hidden.messages > 0.0 || classes.iter().any(DestinationClass::has_tail);
    let rest = match known > 0.0 {
        true if has_tail => delivered_of - listed_messages * scale,
        true => 0.0,
        false => total,
    };

    document.section("[[outgoing]]", "flow users");
    document.line("name", quoted("users"));
    let volume = VolumeOverTime::of(options.mode, evidence, &sent, LevelKind::Sent);
    let weeks = volume.weeks(evidence, &sent);
    document.value(
        "messages_per_week",
        digits(rest.max(0.0) / weeks),
        Origin::Fitted,
        "recipients of destinations that are not listed",
    );
    document.value("servers", "{ domain = \"users.example\", addresses = \"192.0.2.16/29\" }", Origin::Assumed, "");
    document.value(
        "messages_per_connection",
        digits(per_connection),
        if relayed.is_some() { Origin::Fitted } else { Origin::Assumed },
        "",
    );
    options.template.write_flow(document);
    write_recipients(document, mean);
    write_size(document, evidence.total(counts::BYTES_OUT).zip(messages).map(|(bytes, messages)| bytes / messages));
    let virus: f64 = series(counts::SENT_VIRUS).iter().sum();
    if virus > 0.0 {
        document.value("virus", digits(virus / total), Origin::Fitted, "");
    }
    let nobody = evidence.by_key(9, &["Outgoing Clean"]).and_then(|users| users.get(NULL_SENDER).copied());
    if let Some(nobody) = nobody {
        document.value("null_sender", digits(nobody / total), Origin::Exact, "the row <> of users");
    }
    volume.write(document, "outgoing", evidence);
    let shared = DestinationMeans { scale, tried, weeks, most, attempts, bounced: bounced.unwrap_or(0.0) };
    if classes.is_empty() {
        write_unknown_destinations(document, evidence, &shared);
    } else if hidden.messages > 0.0 {
        hidden.write(document, &shared);
    }
    for class in &classes {
        class.write(document, &shared, options);
    }
    write_controls(document, evidence, &destinations, options);
}

/// Mail in clear that the table of destinations does not name, because the counting rule loses its connections.
struct HiddenMail {
    messages: f64,
    connections: f64,
}

impl HiddenMail {
    /// The smallest share of the messages that is not an accident.
    const LEAST: f64 = 0.005;

    fn find(evidence: &Evidence<'_>, destinations: &BTreeMap<&str, DestinationFigures>, named: f64) -> Self {
        let summary = evidence.figures.table(28);
        let all = summary.map_or(0.0, |table| table.sum_of("TLS Encrypted") + table.sum_of("Unencrypted"));
        let messages = all - named;
        if destinations.is_empty() || messages < Self::LEAST * all {
            return HiddenMail { messages: 0.0, connections: 0.0 };
        }
        let seen: f64 = destinations.values().map(|figures| figures.connections).sum();
        let connections = evidence.total(counts::CONNECTIONS_OUT).map_or(messages / 1.2, |made| made - seen);
        HiddenMail { messages, connections: connections.clamp(1.0, messages) }
    }

    fn write(&self, document: &mut ScenarioDraft, shared: &DestinationMeans) {
        document.section("[[outgoing.destinations]]", "destinations that no table names");
        document.line("name", quoted("hidden"));
        document.value("weight", digits(self.connections), Origin::Fitted, "connections that are made but not counted");
        document.value("domains", 1000, Origin::Assumed, "no table names them");
        document.value("slope", "0.8", Origin::Assumed, "");
        let per_connection = (self.messages * shared.tried / self.connections).clamp(1.0, shared.most);
        document.value("messages_per_connection", digits(per_connection), Origin::Fitted, "");
        document.value("hard_bounce", digits(shared.bounced), Origin::Fitted, "the same for all destinations");
    }
}

/// Values that all destinations share.
struct DestinationMeans {
    /// Recipients sent for each message of the table of destinations.
    scale: f64,
    /// Recipients for whom a delivery was tried, for each message of the table of destinations.
    tried: f64,
    weeks: f64,
    /// The most recipients of a connection.
    most: f64,
    /// Attempts for each message that is never delivered.
    attempts: f64,
    /// Share of recipients that bounce.
    bounced: f64,
}

/// The classes of destinations, each of which lists its largest domains.
fn classes<'a>(destinations: &BTreeMap<&'a str, DestinationFigures>, keys: ListedKeys) -> Vec<DestinationClass<'a>> {
    let mut classes: BTreeMap<TlsUse, BTreeMap<&str, DestinationFigures>> = BTreeMap::new();
    for (domain, figures) in destinations.iter().filter(|(_, figures)| figures.connections > 0.0) {
        classes.entry(figures.tls()).or_default().insert(domain, *figures);
    }
    let class = |(tls, domains): (TlsUse, BTreeMap<&'a str, DestinationFigures>)| {
        let messages = domains.iter().map(|(domain, figures)| (*domain, figures.messages)).collect();
        // The setting Required is that of single domains.
        let all = ListedKeys { most: domains.len(), is_anonymous: false };
        let keys = if tls == TlsUse::Required { all } else { keys };
        DestinationClass { tls, volume: divide(&messages, keys, 1.0), domains }
    };
    classes.into_iter().map(class).collect()
}

impl DestinationClass<'_> {
    /// True if some of its domains are not listed.
    fn has_tail(&self) -> bool {
        self.domains.len() > self.volume.listed.len()
    }

    /// The sums of the domains that are not listed.
    fn tail(&self) -> DestinationFigures {
        let listed: BTreeSet<&str> = self.volume.listed.iter().map(|(domain, _)| *domain).collect();
        let mut tail = DestinationFigures::default();
        for (_, figures) in self.domains.iter().filter(|(domain, _)| !listed.contains(*domain)) {
            tail.connections += figures.connections;
            tail.messages += figures.messages;
            tail.successful += figures.successful;
            tail.failed += figures.failed;
        }
        tail
    }

    fn write(&self, document: &mut ScenarioDraft, shared: &DestinationMeans, options: &FitOptions) {
        let name = match self.tls {
            TlsUse::Clear => "clear",
            TlsUse::Preferred => "tls",
            TlsUse::Required => "required",
        };
        let (volume, tail) = (&self.volume, self.tail());
        document.section("[[outgoing.destinations]]", &format!("destinations {name}"));
        document.line("name", quoted(name));
        document.value("weight", digits(tail.connections), Origin::Fitted, "connections");
        document.value(
            "domains",
            (volume.tail.keys as u64).clamp(1, 900_000),
            Origin::Fitted,
            "with those never seen (Chao1)",
        );
        document.value("slope", digits(volume.tail.slope), Origin::Fitted, "");
        let per_connection = |figures: &DestinationFigures| {
            digits((figures.messages * shared.tried / figures.connections.max(1.0)).clamp(1.0, shared.most))
        };
        document.value("messages_per_connection", per_connection(&tail), Origin::Fitted, "");
        if self.tls != TlsUse::Clear {
            document.value("starttls", quoted("good"), Origin::Fitted, "");
            if tail.failed > 0.0 {
                document.value("starttls_fails_after220", digits(tail.failing()), Origin::Fitted, "failed connections");
            }
        }
        document.value("hard_bounce", digits(shared.bounced), Origin::Fitted, "the same for all destinations");
        let entry = |(domain, messages): &(&str, f64)| {
            let figures = self.domains[domain];
            let name = quoted(&options.pseudonyms.of(NameKind::Domain, domain));
            let (messages, each) = match figures.is_unreachable() {
                true => (figures.failed / shared.attempts, "1".into()),
                false => (messages * shared.scale, per_connection(&figures)),
            };
            let per_week = digits(messages / shared.weeks);
            let mut text = format!("    {{ domain = {name}, per_week = {per_week}, messages_per_connection = {each}");
            if figures.failed > 0.0 {
                text += &format!(", starttls_fails_after220 = {}", digits(figures.failing()));
            } else if tail.failed > 0.0 {
                text += ", starttls_fails_after220 = 0";
            }
            text + " },\n"
        };
        if !volume.listed.is_empty() {
            let list: String = volume.listed.iter().map(entry).collect();
            document.long_value("listed", format!("[\n{list}]"), Origin::Fitted, "the largest domains");
        }
    }
}

/// Writes destinations from the summaries, if no table names them.
fn write_unknown_destinations(document: &mut ScenarioDraft, evidence: &Evidence<'_>, shared: &DestinationMeans) {
    let summary = |heading: &str| evidence.figures.table(27).map_or(0.0, |table| table.sum_of(heading));
    let (successful, failed) = (summary("Successful - Preferred"), summary("Failed - Preferred"));
    let clear = summary("Unencrypted Connections");
    let connections = evidence.total(counts::CONNECTIONS_OUT).unwrap_or(successful + failed + clear);
    let delivered = evidence.total(counts::DELIVERED).unwrap_or_default();
    let per_connection = if connections > 0.0 { (delivered / connections).clamp(1.0, shared.most) } else { 1.0 };
    let tls = successful + failed;
    let parts = [("clear", (connections - tls).max(if tls > 0.0 { 0.0 } else { 1.0 }), false), ("tls", tls, true)];
    for (name, weight, has_tls) in parts.into_iter().filter(|(_, weight, _)| *weight > 0.0) {
        document.section("[[outgoing.destinations]]", &format!("destinations {name}"));
        document.line("name", quoted(name));
        document.value("weight", digits(weight), Origin::Fitted, "connections");
        document.value("domains", 1000, Origin::Assumed, "no table names destinations");
        document.value("slope", "0.8", Origin::Assumed, "");
        document.value("messages_per_connection", digits(per_connection), Origin::Fitted, "");
        if has_tls {
            document.value("starttls", quoted("good"), Origin::Fitted, "");
            if failed > 0.0 {
                document.value("starttls_fails_after220", digits(failed / tls), Origin::Fitted, "");
            }
        }
        document.value("hard_bounce", digits(shared.bounced), Origin::Fitted, "");
    }
}
