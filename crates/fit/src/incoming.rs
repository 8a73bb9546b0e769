//! Incoming mail: one class for each sender group and behaviour. The true classes of a site cannot be known.

use crate::class::{Domains, FittedClass, RecipientLaw, class_name};
use crate::draft::ScenarioDraft;
use crate::evidence::{self as counts, Evidence};
use crate::groups::{FittedGroup, GroupAction};
use crate::keys::chao1;
use crate::options::FitOptions;

/// The columns of the table of addresses, which show the mail of each group.
pub(crate) const GROUP_COLUMNS: [&str; 5] =
    ["Clean", "Stopped by Content Filter", "Spam Detected", "Virus Detected", "Stopped as Invalid Recipients"];
/// Mean recipients of a connection whose recipients do not exist, if the exports do not show it (assumed).
const HARVESTED: f64 = 5.0;

/// The accepted mail of a part of the sender groups, as series.
#[derive(Clone, Debug)]
pub(crate) struct AcceptedMail {
    pub(crate) clean: Vec<f64>,
    pub(crate) spam: Vec<f64>,
    pub(crate) virus: Vec<f64>,
    pub(crate) invalid: Vec<f64>,
    /// Connections.
    pub(crate) connections: f64,
}

/// The means of incoming mail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IncomingMeans {
    /// Recipients of a message.
    pub(crate) recipients: f64,
    /// Messages of a connection that brings any.
    pub(crate) messages: f64,
    /// Connections that bring only recipients who do not exist, and the recipients of each.
    pub(crate) harvests: f64,
    pub(crate) harvested: f64,
    /// Bytes of a message of clean mail and of other mail, if known.
    pub(crate) bytes: Option<[f64; 2]>,
}

/// A kind of accepted mail.
struct MailKind<'a> {
    name: &'static str,
    /// Recipients in each step.
    series: &'a [f64],
    /// The share of the group.
    share: f64,
    /// The columns of the table of domains.
    columns: &'static [&'static str],
}

/// The share of a group in the recipients that some groups have of each of `GROUP_COLUMNS`.
fn shares_of<'a>(group: &FittedGroup, groups: impl Iterator<Item = &'a FittedGroup> + Clone) -> [f64; 5] {
    GROUP_COLUMNS.map(|column| {
        let all: f64 = groups.clone().map(|group| group.senders.sum(column)).sum();
        if all > 0.0 { group.senders.sum(column) / all } else { 0.0 }
    })
}

/// Writes all classes.
pub(crate) fn write_incoming(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    groups: &[FittedGroup],
    options: &FitOptions,
) {
    let series = |sources| evidence.series_or_zeros(sources);
    write_rejected(document, evidence, groups, options);
    let accepting: Vec<&FittedGroup> = groups.iter().filter(|group| group.action == GroupAction::Accept).collect();
    let throttled = throttled_group(evidence, groups);
    let is_free = |group: &&FittedGroup| throttled.is_none_or(|(other, _)| other.name != group.name);
    let free: Vec<&FittedGroup> = accepting.iter().copied().filter(is_free).collect();
    let Some(main) = free.first().or(accepting.first()).copied() else { return };
    let [clean, spam, virus, invalid] = [counts::CLEAN, counts::SPAM, counts::VIRUS, counts::INVALID].map(series);
    let clean: Vec<f64> =
        clean.iter().zip(series(counts::FILTERED)).map(|(clean, filtered)| clean + filtered).collect();
    let accepted: f64 = series(counts::ACCEPTED).iter().sum();
    let mut rest = AcceptedMail { clean, spam, virus, invalid, connections: accepted };
    let mut messages = evidence.total(counts::MESSAGES_IN);
    let bytes = mean_sizes(evidence, &rest);
    if let Some((group, sum)) = throttled {
        let (taken, accepted) = write_throttled(document, evidence, (group, groups), (sum, bytes), options);
        rest.keep([1.0 - taken[0], 1.0 - taken[2], 1.0 - taken[3], 1.0 - taken[4]]);
        rest.connections = (rest.connections - group.connections).max(0.0);
        messages = messages.map(|messages| (messages - accepted).max(1.0));
    }
    let means = IncomingMeans::of(&rest, messages, bytes);
    let tls = TlsShares::of(evidence, &rest, &means);
    for group in &free {
        let part = part_of(group, main, &free);
        write_accepted(document, evidence, (group, main), (&rest, part, &means, &tls), options);
    }
    if tls.failing > 0.0 {
        let connections = rest.shape(tls.failing);
        let class = FittedClass {
            name: "tls-failing".into(),
            group: main,
            connections,
            domains: None,
            has_bots: true,
            messages: 1.0,
            recipients: RecipientLaw::Mean(1.0),
            shares: vec![("starttls_fails", 1.0)],
            tls: 0.0,
            bytes: means.bytes.map(|[_, others]| others),
        };
        class.write(document, evidence, options);
    }
}

/// The share of a group in each kind of the mail that is left: clean, spam, virus, invalid.
fn part_of(group: &FittedGroup, main: &FittedGroup, others: &[&FittedGroup]) -> [f64; 4] {
    let [clean, _, spam, virus, invalid] = shares_of(group, others.iter().copied());
    // A kind that no row shows is in the main group.
    let has = |column: usize| others.iter().any(|group| group.senders.sum(GROUP_COLUMNS[column]) > 0.0);
    let or_main = |share: f64, column| if has(column) { share } else { f64::from(u8::from(group.name == main.name)) };
    [or_main(clean, 0), or_main(spam, 2), or_main(virus, 3), or_main(invalid, 4)]
}

impl AcceptedMail {
    fn keep(&mut self, parts: [f64; 4]) {
        let [clean, spam, virus, invalid] = parts;
        for (series, part) in
            [(&mut self.clean, clean), (&mut self.spam, spam), (&mut self.virus, virus), (&mut self.invalid, invalid)]
        {
            series.iter_mut().for_each(|count| *count *= part);
        }
    }

    /// Connections that are spread over time as the accepted mail.
    fn shape(&self, total: f64) -> Vec<f64> {
        let all: Vec<f64> = self.clean.iter().zip(&self.spam).zip(&self.invalid).map(|((a, b), c)| a + b + c).collect();
        let sum: f64 = all.iter().sum();
        let steps = all.len() as f64;
        all.iter().map(|count| if sum > 0.0 { count / sum * total } else { total / steps }).collect()
    }

    fn sums(&self) -> [f64; 4] {
        [&self.clean, &self.spam, &self.virus, &self.invalid].map(|series| series.iter().sum())
    }
}

impl IncomingMeans {
    /// The means with which the recipients, messages and connections of accepted mail agree.
    fn of(mail: &AcceptedMail, messages: Option<f64>, bytes: Option<[f64; 2]>) -> Self {
        let [clean, spam, virus, invalid] = mail.sums();
        let recipients = clean + spam + virus;
        let messages = messages.unwrap_or(recipients / 1.2).clamp(1.0, recipients.max(1.0));
        let mean = (recipients / messages).max(1.0);
        // Connections beyond one for each message bring only recipients who do not exist.
        let spare = mail.connections - messages;
        let (harvests, per_connection) = if mail.connections <= 0.0 {
            (invalid / HARVESTED, 1.1)
        } else if spare > 0.0 && invalid > 0.0 {
            (spare.min(invalid), 1.0)
        } else {
            let harvests = (invalid / HARVESTED).min(0.5 * mail.connections);
            (harvests, (messages / (mail.connections - harvests)).max(1.0))
        };
        IncomingMeans {
            recipients: mean,
            messages: per_connection,
            harvests,
            harvested: if harvests > 0.0 { (invalid / harvests).max(1.0) } else { 1.0 },
            bytes,
        }
    }
}

/// The mean bytes of a message of clean mail and of other mail: least squares over the intervals, in which their parts differ.
fn mean_sizes(evidence: &Evidence<'_>, mail: &AcceptedMail) -> Option<[f64; 2]> {
    let (bytes, messages) = (evidence.series(counts::BYTES_IN)?, evidence.series(counts::MESSAGES_IN)?);
    let (all_bytes, all_messages): (f64, f64) = (bytes.iter().sum(), messages.iter().sum());
    if all_bytes <= 0.0 || all_messages <= 0.0 {
        return None;
    }
    let mean = all_bytes / all_messages;
    // Messages of both kinds in each interval, and the sums of the normal equations.
    let (mut aa, mut ab, mut bb, mut ay, mut by) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let (mut all_a, mut all_b) = (0.0, 0.0);
    for (place, (&bytes, &messages)) in bytes.iter().zip(&messages).enumerate() {
        let (clean, others) = (mail.clean[place], mail.spam[place] + mail.virus[place]);
        if messages > 0.0 && clean + others > 0.0 {
            let (a, b) = (messages * clean / (clean + others), messages * others / (clean + others));
            // The variance of a sum of bytes grows with the number of messages.
            (aa, ab, bb) = (aa + a * a / messages, ab + a * b / messages, bb + b * b / messages);
            (ay, by) = (ay + a * bytes / messages, by + b * bytes / messages);
            (all_a, all_b) = (all_a + a, all_b + b);
        }
    }
    let determinant = aa * bb - ab * ab;
    // With nearly the same parts in all intervals, the two cannot be told apart.
    if determinant <= 1e-6 * aa * bb || all_b <= 0.0 || all_a <= 0.0 {
        return Some([mean; 2]);
    }
    // Few intervals leave large errors. The sum of all bytes stays as it is.
    let others = ((by * aa - ay * ab) / determinant).clamp(0.1 * mean, 3.0 * mean).min(0.9 * all_bytes / all_b);
    Some([((all_bytes - others * all_b) / all_a).max(100.0), others])
}

/// The use of TLS by the senders of accepted mail.
struct TlsShares {
    clean: f64,
    others: f64,
    /// Connections that fail.
    failing: f64,
}

impl TlsShares {
    fn of(evidence: &Evidence<'_>, mail: &AcceptedMail, means: &IncomingMeans) -> Self {
        let none = TlsShares { clean: 0.0, others: 0.0, failing: 0.0 };
        let Some(table) = evidence.figures.table(24) else { return none };
        let successful = table.sum_of("Successful - Required") + table.sum_of("Successful - Preferred");
        let failing = table.sum_of("Failed - TLS Required") + table.sum_of("Failed - Preferred");
        let [clean, spam, virus, _] = mail.sums();
        let each = means.recipients * means.messages;
        let (clean_connections, other_connections) = (clean / each, (spam + virus) / each + means.harvests);
        let all = clean_connections + other_connections;
        if all <= 0.0 {
            return TlsShares { failing, ..none };
        }
        let same = (successful / all).min(1.0);
        // The share of messages under TLS tells how much of it is clean mail.
        let encrypted = evidence.figures.table(25).map(|table| table.sum_of("TLS Encrypted"));
        let shares =
            encrypted.filter(|_| clean > 0.0 && spam + virus > 0.0 && other_connections > 0.0).map(|encrypted| {
                let threats = spam + virus;
                // successful = c x clean connections + o x other connections; encrypted = c x clean + o x threats.
                let determinant = clean_connections * threats - other_connections * clean;
                let of_clean = (successful * threats - other_connections * encrypted) / determinant;
                let of_others = (clean_connections * encrypted - clean * successful) / determinant;
                (of_clean, of_others)
            });
        match shares.filter(|(one, other)| (0.0..=1.0).contains(one) && (0.0..=1.0).contains(other)) {
            Some((clean, others)) => TlsShares { clean, others, failing },
            None => TlsShares { clean: same, others: same, failing },
        }
    }
}

/// Writes the classes of rejected connections.
fn write_rejected(document: &mut ScenarioDraft, evidence: &Evidence<'_>, groups: &[FittedGroup], options: &FitOptions) {
    let rejecting: Vec<&FittedGroup> =
        groups.iter().filter(|group| matches!(group.action, GroupAction::Reject | GroupAction::TcpRefuse)).collect();
    let series = evidence.series(counts::REJECTED).or_else(|| {
        let stopped = evidence.series(counts::REPUTATION)?;
        Some(stopped.iter().map(|count| count / f64::from(options.multiplier)).collect())
    });
    let Some(series) = series.filter(|series| series.iter().any(|count| *count > 0.0)) else { return };
    let known: f64 = rejecting.iter().map(|group| group.connections).sum();
    let domains = evidence.by_key(4, &["Rejected"]).unwrap_or_default();
    for (number, group) in rejecting.iter().enumerate() {
        let share = if known > 0.0 { group.connections / known } else { f64::from(u8::from(number == 0)) };
        let connections: Vec<f64> = series.iter().map(|count| count * share).collect();
        // Listed domains are all in the largest group.
        let domains =
            (number == 0).then(|| Domains::new(&domains, connections.iter().sum(), options.keys, 1.0)).flatten();
        let class = FittedClass {
            name: class_name("rejected", group),
            group,
            connections,
            domains,
            has_bots: true,
            messages: 1.0,
            recipients: RecipientLaw::Mean(1.0),
            shares: vec![("spam", 1.0)],
            tls: 0.0,
            bytes: None,
        };
        class.write(document, evidence, options);
    }
}

/// Writes the class of the group whose recipients are throttled. Returns the group's shares of `GROUP_COLUMNS`, and its accepted messages.
fn write_throttled(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (group, groups): (&FittedGroup, &[FittedGroup]),
    (throttled, bytes): (f64, Option<[f64; 2]>),
    options: &FitOptions,
) -> ([f64; 5], f64) {
    let shares = shares_of(group, groups.iter());
    let sums = GROUP_COLUMNS.map(|column| group.senders.sum(column));
    let taken: f64 = sums.iter().sum();
    let connections = if group.connections > 0.0 { group.connections } else { throttled / 5.0 };
    let (each, beyond) = ((taken / connections).max(1.0), throttled / connections);
    let limit = throttle_limit(group) as f64;
    let many = ((each - 1.0) / (limit - 1.0)).max(beyond / 1000.0).min(1.0);
    let invalid = sums[4] / taken.max(1.0);
    let scanned = (taken - sums[4]).max(1.0);
    let spam = sums[2] / scanned;
    let accepted = evidence.series_or_zeros(counts::ACCEPTED);
    let all: f64 = accepted.iter().sum();
    let class = FittedClass {
        name: class_name("throttled", group),
        group,
        connections: accepted.iter().map(|count| count / all.max(1.0) * connections).collect(),
        domains: None,
        has_bots: true,
        messages: 1.0,
        recipients: RecipientLaw::OneOr(many, limit + beyond / many),
        shares: vec![("invalid_recipients", invalid), ("spam", spam), ("virus", sums[3] / scanned)],
        tls: 0.0,
        bytes: bytes.map(|[clean, others]| if spam.max(invalid) < 0.5 { clean } else { others }),
    };
    class.write(document, evidence, options);
    // A message to one recipient is accepted if the recipient exists. One to many nearly always has one that does.
    let accepted = connections * ((1.0 - many) * (1.0 - invalid) + many * (1.0 - invalid.powf(limit)));
    (shares, accepted)
}

/// The group whose recipients are throttled, with their number. An address that changes its group within an interval counts in the latest, so
/// other groups have a few of them, too.
pub(crate) fn throttled_group<'a>(
    evidence: &Evidence<'_>,
    groups: &'a [FittedGroup],
) -> Option<(&'a FittedGroup, f64)> {
    let throttled = evidence.total(counts::THROTTLED).filter(|sum| *sum > 0.0)?;
    let share = |group: &FittedGroup| {
        let attempted = group.senders.sum("Total Attempted");
        if attempted > 0.0 { group.senders.sum("Stopped by Reputation Filtering") / attempted } else { 0.0 }
    };
    let accepting = || groups.iter().filter(|group| group.action == GroupAction::Accept);
    let most = accepting().max_by(|one, other| share(one).total_cmp(&share(other))).filter(|group| share(group) > 0.0);
    let group = most.or_else(|| accepting().find(|group| group.name == "SUSPECTLIST"))?;
    Some((group, throttled))
}

/// The limit of recipients per hour of the throttled group.
pub(crate) fn throttle_limit(group: &FittedGroup) -> u64 {
    group.senders.hourly_limit().unwrap_or(20).max(2)
}

/// Writes the classes of a group that is not throttled. `part` is its share of the clean mail, spam, viruses and invalid recipients.
fn write_accepted(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (group, main): (&FittedGroup, &FittedGroup),
    (mail, part, means, tls): (&AcceptedMail, [f64; 4], &IncomingMeans, &TlsShares),
    options: &FitOptions,
) {
    let is_main = group.name == main.name;
    let each = means.recipients * means.messages;
    let kinds = [
        MailKind {
            name: "clean",
            series: &mail.clean,
            share: part[0],
            columns: &["Clean", "Stopped by Content Filter"],
        },
        MailKind { name: "spam", series: &mail.spam, share: part[1], columns: &["Spam Detected"] },
        MailKind { name: "virus", series: &mail.virus, share: part[2], columns: &["Virus Detected"] },
    ];
    for MailKind { name: kind, series, share, columns } in kinds {
        let has_bots = kind != "clean";
        let domains = evidence.by_key(4, columns).filter(|_| is_main).unwrap_or_default();
        let connections: Vec<f64> = series.iter().map(|count| count / each * share).collect();
        let class = FittedClass {
            name: class_name(kind, group),
            group,
            domains: Domains::new(&domains, connections.iter().sum(), options.keys, each),
            connections,
            has_bots,
            messages: means.messages,
            recipients: RecipientLaw::Mean(means.recipients),
            shares: if has_bots { vec![(kind, 1.0)] } else { Vec::new() },
            tls: if has_bots { tls.others } else { tls.clean },
            bytes: means.bytes.map(|[clean, others]| if has_bots { others } else { clean }),
        };
        class.write(document, evidence, options);
    }
    let harvests = mail.invalid.iter().map(|count| count / means.harvested * part[3]).collect();
    let class = FittedClass {
        name: class_name("invalid", group),
        group,
        connections: harvests,
        domains: None,
        has_bots: true,
        messages: 1.0,
        recipients: RecipientLaw::Mean(means.harvested),
        shares: vec![("invalid_recipients", 1.0)],
        tls: tls.others,
        bytes: means.bytes.map(|[_, others]| others),
    };
    class.write(document, evidence, options);
}

/// The number of keys of a table with an estimate of those that were never seen.
pub(crate) fn key_count(evidence: &Evidence<'_>, number: u32, headings: &[&str]) -> Option<f64> {
    let keys = evidence.by_key(number, headings)?;
    let counts: Vec<f64> = keys.values().copied().collect();
    let one_in = evidence.figures.table(number)?.keys.one_in.max(1) as f64;
    Some(chao1(&counts) * one_in)
}
