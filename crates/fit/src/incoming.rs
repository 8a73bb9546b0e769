//! Incoming mail: one class for each sender group and behaviour. The true classes of a site cannot be known.

use crate::class::{DomainLaws, Domains, FittedClass, RecipientLaw, class_name};
use crate::domains::DomainFacts;
use crate::draft::ScenarioDraft;
use crate::evidence::{self as counts, Evidence};
use crate::group_mail::GroupMail;
use crate::groups::{FittedGroup, GROUP_COLUMNS, GroupAction, shares_of};
use crate::incoming_tls::{GroupTls, MailSums, TlsShares, TlsSums};
use crate::means::{AcceptedMail, IncomingMeans, mean_recipients};
use crate::options::FitOptions;
use crate::sizes::{clean_sizes, mean_sizes};
use crate::throttled::{ThrottledMail, throttled_group, throttled_mail};

/// The facts about single domains and sender groups.
#[derive(Clone, Debug)]
pub(crate) struct SenderFacts<'a> {
    pub(crate) domains: DomainFacts<'a>,
    pub(crate) tls: GroupTls,
}

/// Writes all classes.
pub(crate) fn write_incoming<'a>(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'a>,
    groups: &'a [FittedGroup],
    facts: &SenderFacts<'_>,
    options: &FitOptions,
) {
    write_rejected(document, evidence, (groups, &facts.domains), options);
    let Some(main) = main_group(evidence, groups) else { return };
    let throttled = throttled_group(evidence, groups).map(|(group, _)| group.name.as_str());
    let is_free = |group: &&FittedGroup| group.action == GroupAction::Accept && throttled != Some(group.name.as_str());
    let free: Vec<&FittedGroup> = groups.iter().filter(is_free).collect();
    let mut rest = accepted_mail(evidence, options);
    let mut messages = evidence.total(counts::MESSAGES_IN);
    messages = messages.map(|messages| (messages - options.released.iter().sum::<f64>()).max(1.0));
    let recipients = mean_recipients(evidence, &rest);
    let bytes = mean_sizes(evidence, &rest, recipients);
    let sizes = clean_sizes(evidence, &rest, recipients, bytes);
    let throttled = throttled_mail(evidence, groups, bytes);
    if let Some(throttled) = &throttled {
        rest.keep([0, 2, 3, 4].map(|column| 1.0 - throttled.shares[column]));
        rest.connections = (rest.connections - throttled.connections).max(0.0);
        messages = messages.map(|messages| (messages - throttled.messages).max(1.0));
    }
    // Connections whose TLS fails bring no mail.
    let failing = failing_connections(evidence, (&free, main), &facts.tls);
    rest.connections = (rest.connections - failing.iter().map(|(_, count)| count).sum::<f64>()).max(0.0);
    let means = group_means(&rest, (&free, main, &failing), messages, recipients, bytes);
    let of_group = |(group, means): (&&'a FittedGroup, IncomingMeans)| {
        let part = part_of(group, main, &free);
        GroupMail::new(evidence, (group, main), (&rest, part, means, sizes.as_ref()), (&facts.domains, options))
    };
    let groups_of_mail: Vec<GroupMail<'_>> = free.iter().zip(means).map(of_group).collect();
    let shares = tls_shares(evidence, &groups_of_mail, throttled.as_ref(), facts);
    if let Some(ThrottledMail { class, .. }) = throttled {
        FittedClass { tls: shares.others, ..class }.write(document, evidence, options);
    }
    for mail in &groups_of_mail {
        write_accepted(document, evidence, (mail, &shares, facts), options);
    }
    for (group, count) in failing {
        write_failing(document, evidence, (group, rest.shape(count), facts, bytes), options);
    }
}

/// The means of each group. Those of small groups follow from their connections, and those of the main group from the mail that is left.
fn group_means(
    rest: &AcceptedMail,
    (groups, main, failing): (&[&FittedGroup], &FittedGroup, &[(&FittedGroup, f64)]),
    messages: Option<f64>,
    recipients: [f64; 2],
    bytes: Option<[f64; 2]>,
) -> Vec<IncomingMeans> {
    let (mut main_parts, mut main_connections, mut main_messages) = ([1.0; 4], rest.connections, messages);
    let mut all = Vec::new();
    for group in groups {
        let part = part_of(group, main, groups);
        let failed: f64 = failing.iter().filter(|(other, _)| other.name == group.name).map(|(_, count)| count).sum();
        let mail = rest.part(part, (group.connections - failed).max(0.0));
        let own = IncomingMeans::of_group(&mail, recipients, bytes).filter(|_| group.name != main.name);
        if let Some((_, messages)) = own {
            main_parts = [0, 1, 2, 3].map(|kind| main_parts[kind] - part[kind]);
            main_connections -= mail.connections;
            main_messages = main_messages.map(|all| (all - messages).max(1.0));
        }
        all.push(own.map(|(means, _)| means));
    }
    let main_mail = rest.part(main_parts, main_connections.max(0.0));
    let of_main = IncomingMeans::of(&main_mail, main_messages, recipients, bytes);
    all.into_iter().map(|own| own.unwrap_or(of_main)).collect()
}

/// All mail that is accepted. Outbreaks have their messages, each to one recipient in a connection of its own.
pub(crate) fn accepted_mail(evidence: &Evidence<'_>, options: &FitOptions) -> AcceptedMail {
    let series = |sources| evidence.series_or_zeros(sources);
    let [clean, spam, virus, invalid] = [counts::CLEAN, counts::SPAM, counts::VIRUS, counts::INVALID].map(series);
    let clean = clean.iter().zip(series(counts::FILTERED)).map(|(clean, filtered)| clean + filtered).collect();
    let virus = virus.iter().zip(&options.released).map(|(all, released)| (all - released).max(0.0)).collect();
    let accepted: f64 = series(counts::ACCEPTED).iter().sum();
    let released: f64 = options.released.iter().sum();
    AcceptedMail { clean, spam, virus, invalid, connections: (accepted - released).max(0.0) }
}

/// The group with most of the accepted mail.
pub(crate) fn main_group<'a>(evidence: &Evidence<'_>, groups: &'a [FittedGroup]) -> Option<&'a FittedGroup> {
    let throttled = throttled_group(evidence, groups).map(|(group, _)| group.name.as_str());
    let accepting = || groups.iter().filter(|group| group.action == GroupAction::Accept);
    accepting().find(|group| throttled != Some(group.name.as_str())).or_else(|| accepting().next())
}

/// The share of a group in each kind of the mail that is left: clean, spam, virus, invalid.
fn part_of(group: &FittedGroup, main: &FittedGroup, others: &[&FittedGroup]) -> [f64; 4] {
    let [clean, _, spam, virus, invalid] = shares_of(group, others.iter().copied());
    // A kind that no row shows is in the main group.
    let has = |column: usize| others.iter().any(|group| group.senders.sum(GROUP_COLUMNS[column]) > 0.0);
    let or_main = |share: f64, column| if has(column) { share } else { f64::from(u8::from(group.name == main.name)) };
    [or_main(clean, 0), or_main(spam, 2), or_main(virus, 3), or_main(invalid, 4)]
}

/// Writes the classes of rejected connections.
fn write_rejected(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (groups, facts): (&[FittedGroup], &DomainFacts<'_>),
    options: &FitOptions,
) {
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
        let laws = DomainLaws { facts, group, each: 1.0, rest: 1.0, recipients: None, has_each: false, has_tls: false };
        // Listed domains are all in the largest group.
        let domains =
            (number == 0).then(|| Domains::new(&domains, connections.iter().sum(), options.keys, &laws)).flatten();
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

/// Writes the classes of a group that is not throttled.
fn write_accepted(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (mail, shares, facts): (&GroupMail<'_>, &TlsShares, &SenderFacts<'_>),
    options: &FitOptions,
) {
    let GroupMail { group, means, .. } = mail;
    // Without TLS, a group whose setting is Required gets no mail.
    let is_required = facts.tls.setting(group) == "required" && facts.tls.failing(group).is_some();
    let tls = |share: f64| if is_required { 1.0 } else { share };
    for kind in &mail.kinds {
        let has_bots = !kind.is_clean();
        let laws = mail.laws(kind, &facts.domains, !is_required && shares.clean + shares.others > 0.0);
        let connections: Vec<f64> = kind.series.iter().map(|count| count / laws.each * kind.share).collect();
        let class = FittedClass {
            name: class_name(kind.name, group),
            group,
            domains: Domains::new(&kind.domains, connections.iter().sum(), options.keys, &laws),
            connections,
            has_bots,
            messages: laws.rest / kind.recipients_of_message(*means),
            recipients: RecipientLaw::Mean(kind.recipients_of_message(*means)),
            shares: if has_bots { vec![(kind.name, 1.0)] } else { Vec::new() },
            tls: tls(if has_bots { shares.others } else { shares.clean }),
            bytes: kind.bytes,
        };
        class.write(document, evidence, options);
    }
    let class = FittedClass {
        name: class_name("invalid", group),
        group,
        connections: mail.harvests.clone(),
        domains: None,
        has_bots: true,
        messages: 1.0,
        recipients: RecipientLaw::Mean(means.harvested),
        shares: vec![("invalid_recipients", 1.0)],
        tls: tls(shares.others),
        bytes: means.bytes.map(|[_, others]| others),
    };
    class.write(document, evidence, options);
}

/// The connections whose TLS fails, by group. Failures under Preferred are all in the main group.
fn failing_connections<'a>(
    evidence: &Evidence<'_>,
    (groups, main): (&[&'a FittedGroup], &'a FittedGroup),
    tls: &GroupTls,
) -> Vec<(&'a FittedGroup, f64)> {
    let sums = TlsSums::of(evidence);
    let of_groups = groups.iter().filter_map(|group| Some((*group, tls.failing(group)?)));
    let mut failing: Vec<(&FittedGroup, f64)> = of_groups.collect();
    let required = if failing.is_empty() { sums.required[1] } else { 0.0 };
    // Figures that contradict each other may have failures under both settings in one group.
    match failing.iter_mut().find(|(group, _)| group.name == main.name) {
        Some((_, count)) => *count += sums.preferred[1] + required,
        None => failing.push((main, sums.preferred[1] + required)),
    }
    failing.retain(|(_, count)| *count > 0.0);
    failing
}

/// Writes a class of connections whose TLS fails.
fn write_failing(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (group, connections, facts, bytes): (&FittedGroup, Vec<f64>, &SenderFacts<'_>, Option<[f64; 2]>),
    options: &FitOptions,
) {
    // Under Required, connections fail that do not start TLS.
    let is_required = facts.tls.failing(group).is_some();
    let class = FittedClass {
        name: class_name("tls-failing", group),
        group,
        connections,
        domains: None,
        has_bots: true,
        messages: 1.0,
        recipients: RecipientLaw::Mean(1.0),
        shares: if is_required { Vec::new() } else { vec![("starttls_fails", 1.0)] },
        tls: 0.0,
        bytes: bytes.map(|[_, others]| others),
    };
    class.write(document, evidence, options);
}

/// The shares of connections of the mail of groups without Required that complete TLS. Listed domains have their own.
fn tls_shares(
    evidence: &Evidence<'_>,
    mail: &[GroupMail<'_>],
    throttled: Option<&ThrottledMail<'_>>,
    facts: &SenderFacts<'_>,
) -> TlsShares {
    let sums = TlsSums::of(evidence);
    let is_required = |mail: &&GroupMail<'_>| facts.tls.failing(mail.group).is_some();
    let (mut clean, mut others) = (MailSums::default(), MailSums::default());
    let has_required = mail.iter().any(|mail| is_required(&mail));
    let mut successful = sums.preferred[0] + if has_required { 0.0 } else { sums.required[0] };
    let encrypted_elsewhere: f64 = mail.iter().filter(is_required).map(GroupMail::recipients).sum();
    let mut encrypted = sums.encrypted.map(|all| (all - encrypted_elsewhere).max(0.0));
    if let Some(throttled) = throttled {
        others.add(throttled.connections, throttled.recipients);
    }
    for mail in mail.iter().filter(|mail| !is_required(mail)) {
        others.add(mail.harvests.iter().sum(), 0.0);
        for kind in &mail.kinds {
            let laws = mail.laws(kind, &facts.domains, true);
            let sums = if kind.is_clean() { &mut clean } else { &mut others };
            let recipients = kind.recipients();
            sums.add(recipients / laws.each, recipients);
            for (domain, recipients) in &kind.listed {
                let Some(share) = facts.domains.tls_share(domain) else { continue };
                let connections = recipients / laws.each(domain);
                sums.add(-connections, -recipients);
                successful -= share * connections;
                encrypted = encrypted.map(|encrypted| encrypted - share * recipients);
            }
        }
    }
    // All mail may be that of listed domains.
    [&mut clean, &mut others].into_iter().for_each(MailSums::clear_rounding);
    TlsShares::of(successful, encrypted, clean, others)
}
