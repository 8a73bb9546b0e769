//! The use of TLS by senders: the setting of each sender group, and the shares of connections that complete TLS.

use std::collections::BTreeMap;

use crate::domains::DomainFacts;
use crate::evidence::Evidence;
use crate::groups::{FittedGroup, GroupAction};

/// The settings of TLS of the sender groups that accept mail.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupTls {
    /// The setting of groups that are not in `required`.
    usual: &'static str,
    /// Groups whose setting is Required, with their connections that failed.
    required: BTreeMap<String, f64>,
}

/// Connections and recipients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct MailSums {
    pub(crate) connections: f64,
    pub(crate) recipients: f64,
}

impl MailSums {
    pub(crate) fn add(&mut self, connections: f64, recipients: f64) {
        self.connections += connections;
        self.recipients += recipients;
    }

    /// Sets sums to zero that are only rounding errors.
    pub(crate) fn clear_rounding(&mut self) {
        if self.recipients < 0.5 && self.connections < 0.5 {
            *self = MailSums::default();
        }
    }
}

/// The shares of connections of accepted mail under Preferred that complete TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TlsShares {
    pub(crate) clean: f64,
    pub(crate) others: f64,
}

/// The sums of the summaries of incoming TLS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TlsSums {
    /// Connections that succeeded and failed, under Required and under Preferred.
    pub(crate) required: [f64; 2],
    pub(crate) preferred: [f64; 2],
    /// Recipients of messages under TLS, if known.
    pub(crate) encrypted: Option<f64>,
}

impl TlsSums {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let Some(table) = evidence.figures.table(24) else { return TlsSums::default() };
        TlsSums {
            required: ["Successful - Required", "Failed - TLS Required"].map(|heading| table.sum_of(heading)),
            preferred: ["Successful - Preferred", "Failed - Preferred"].map(|heading| table.sum_of(heading)),
            encrypted: evidence.figures.table(25).map(|table| table.sum_of("TLS Encrypted")),
        }
    }
}

impl GroupTls {
    /// The settings that the tables show. Without the table of TLS by domain or that of addresses, all groups have the same.
    pub(crate) fn find(evidence: &Evidence<'_>, groups: &[FittedGroup], facts: &DomainFacts<'_>) -> Self {
        let sums = TlsSums::of(evidence);
        let [required, preferred] = [sums.required, sums.preferred].map(|[good, failed]| good + failed);
        let all = match preferred > 0.0 {
            true => "preferred",
            false if required > 0.0 => "required",
            false => "off",
        };
        if required == 0.0 {
            return GroupTls { usual: all, required: BTreeMap::new() };
        }
        // Connections of each group's domains under Required, failed ones of these, and others.
        let mut by_group: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
        for (domain, tls) in &facts.tls {
            for (group, share) in facts.groups(domain) {
                let sums = by_group.entry(group).or_default();
                let required: f64 = tls.required.iter().sum();
                sums[0] += share * required;
                sums[1] += share * tls.required[1];
                sums[2] += share * (tls.connections - required);
            }
        }
        let accepting = groups.iter().filter(|group| group.action == GroupAction::Accept);
        let found = accepting.filter_map(|group| {
            let [required, failed, others] = by_group.get(group.name.as_str())?;
            (*required > *others).then(|| (group.name.clone(), [*required, *failed]))
        });
        let found: BTreeMap<String, [f64; 2]> = found.collect();
        if found.is_empty() {
            return GroupTls { usual: all, required: BTreeMap::new() };
        }
        // Failures of hosts without a domain are those of the same groups.
        let known = |place: usize| found.values().map(|sums| sums[place]).sum::<f64>();
        let (all_required, all_failed) = (known(0), known(1));
        let failing = |[required, failed]: [f64; 2]| {
            sums.required[1] * if all_failed > 0.0 { failed / all_failed } else { required / all_required }
        };
        let required = found.into_iter().map(|(group, sums)| (group, failing(sums))).collect();
        GroupTls { usual: if preferred > 0.0 { "preferred" } else { "off" }, required }
    }

    /// The setting of a group.
    pub(crate) fn setting(&self, group: &FittedGroup) -> &'static str {
        if self.required.contains_key(&group.name) { "required" } else { self.usual }
    }

    /// The connections of a group that failed under Required, if that is its own setting.
    pub(crate) fn failing(&self, group: &FittedGroup) -> Option<f64> {
        self.required.get(&group.name).copied()
    }
}

impl TlsShares {
    /// The shares with which connections and messages under TLS agree. `clean` and `others` are the mail of senders whose share is not known.
    pub(crate) fn of(successful: f64, encrypted: Option<f64>, clean: MailSums, others: MailSums) -> Self {
        let all = clean.connections + others.connections;
        if all <= 0.0 || successful <= 0.0 {
            return TlsShares::default();
        }
        let is_mixed = clean.recipients > 0.0 && others.recipients > 0.0 && others.connections > 0.0;
        let Some(encrypted) = encrypted.filter(|_| is_mixed && clean.connections > 0.0) else {
            let same = (successful / all).min(1.0);
            return TlsShares { clean: same, others: same };
        };
        // successful = c x clean connections + o x other connections; encrypted = c x clean recipients + o x other recipients.
        let determinant = clean.connections * others.recipients - others.connections * clean.recipients;
        let of_others = (clean.connections * encrypted - clean.recipients * successful) / determinant;
        // If no shares agree with both, the connections count.
        let range = [(successful - clean.connections) / others.connections, successful / others.connections];
        let of_others = if of_others.is_finite() { of_others } else { successful / all };
        let of_others = of_others.clamp(range[0].clamp(0.0, 1.0), range[1].clamp(0.0, 1.0));
        let of_clean = (successful - of_others * others.connections) / clean.connections;
        TlsShares { clean: of_clean.clamp(0.0, 1.0), others: of_others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_tls_agree_with_connections_and_messages() {
        let mail = |connections, recipients| MailSums { connections, recipients };
        let (clean, others) = (mail(100.0, 150.0), mail(80.0, 60.0));
        // Half of the clean mail and a quarter of the other mail is under TLS.
        let TlsShares { clean: of_clean, others: of_others } = TlsShares::of(70.0, Some(90.0), clean, others);
        assert!((of_clean - 0.5).abs() < 1e-9 && (of_others - 0.25).abs() < 1e-9, "{of_clean} {of_others}");
        // More messages than all connections under TLS can have: all of the connections are those of clean mail.
        assert_eq!(TlsShares::of(70.0, Some(200.0), clean, others), TlsShares { clean: 0.7, others: 0.0 });
        assert_eq!(TlsShares::of(90.0, None, clean, others), TlsShares { clean: 0.5, others: 0.5 });
    }
}
