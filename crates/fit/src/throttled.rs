//! The sender group whose recipients are throttled, and the class of its mail.

use crate::class::{FittedClass, RecipientLaw, class_name};
use crate::evidence::{self as counts, Evidence};
use crate::groups::{FittedGroup, GROUP_COLUMNS, GroupAction, shares_of};

/// The mail of the throttled group.
pub(crate) struct ThrottledMail<'a> {
    pub(crate) class: FittedClass<'a>,
    /// The group's shares of `GROUP_COLUMNS`.
    pub(crate) shares: [f64; 5],
    pub(crate) connections: f64,
    /// Accepted messages, and their recipients.
    pub(crate) messages: f64,
    pub(crate) recipients: f64,
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

/// The mail of the group whose recipients are throttled.
pub(crate) fn throttled_mail<'a>(
    evidence: &Evidence<'_>,
    groups: &'a [FittedGroup],
    bytes: Option<[f64; 2]>,
) -> Option<ThrottledMail<'a>> {
    let (group, throttled) = throttled_group(evidence, groups)?;
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
    // A message to one recipient is accepted if the recipient exists. One to many nearly always has one that does.
    let messages = connections * ((1.0 - many) * (1.0 - invalid) + many * (1.0 - invalid.powf(limit)));
    Some(ThrottledMail { class, shares: shares_of(group, groups.iter()), connections, messages, recipients: scanned })
}
