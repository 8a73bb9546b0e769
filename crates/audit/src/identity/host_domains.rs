//! Checks that the domain of each host is among the domains of the interval.

use std::collections::HashSet;

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::{Worst, files_of};
use super::source::{Sources, stem, table_of};
use super::uncovered::IntervalInProgress;

/// Incoming Domains.
const DOMAINS: u32 = 4;
/// The place of the domain.
const DOMAIN: usize = 0;
/// The domain of hosts without a name.
const NO_DOMAIN: &str = "no domain information";

/// Incoming IP Addresses.
const ADDRESSES: u32 = 5;
/// The places of its columns.
const ADDRESS: usize = 0;
const HOST: usize = 1;
/// A host without a name.
const NO_NAME: &str = "unknown";

/// The hosts whose domain has no row.
#[derive(Debug, Default)]
pub(super) struct HostDomains {
    missing: Vec<u32>,
    intervals: u64,
    hosts: u64,
    /// Number of hosts without their domain, and in the latest interval.
    breaks: u64,
    latest_breaks: u64,
    latest_begin_seconds: i64,
    worst: Option<Worst>,
}

impl HostDomains {
    pub(super) fn new(sources: &Sources) -> Self {
        let missing = [DOMAINS, ADDRESSES].into_iter().filter(|table| sources.get(*table).is_none()).collect();
        HostDomains { missing, ..HostDomains::default() }
    }

    /// Returns true if the rule needs a column that is no key.
    pub(super) fn uses(table: u32, column: usize) -> bool {
        (table, column) == (ADDRESSES, HOST)
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        let of = |table| window.tables.get(&table).map(Vec::as_slice).unwrap_or_default();
        for hosts in of(ADDRESSES) {
            let is_same = |domains: &&IntervalRows| {
                (domains.begin_seconds, domains.length_seconds) == (hosts.begin_seconds, hosts.length_seconds)
            };
            // If both tables have as many rows, both may be cut off.
            let domains = of(DOMAINS).iter().find(is_same).filter(|domains| domains.rows() != hosts.rows());
            if let Some(domains) = domains {
                self.compare(hosts, domains);
            }
        }
    }

    fn compare(&mut self, hosts: &IntervalRows, domains: &IntervalRows) {
        let names = (0..).map_while(|row| domains.text(DOMAIN, row));
        let names: HashSet<String> = names.map(str::to_ascii_lowercase).collect();
        self.intervals += 1;
        if hosts.begin_seconds != self.latest_begin_seconds {
            (self.latest_begin_seconds, self.latest_breaks) = (hosts.begin_seconds, 0);
        }
        let rows = (0..).map_while(|row| Some((hosts.text(ADDRESS, row)?, hosts.text(HOST, row)?)));
        for (address, host) in rows.filter(|(_, host)| !host.is_empty()) {
            self.hosts += 1;
            if has_domain(&host.to_ascii_lowercase(), &names) {
                continue;
            }
            self.breaks += 1;
            self.latest_breaks += 1;
            let contradiction = || Contradiction {
                begin_seconds: hosts.begin_seconds,
                length_seconds: hosts.length_seconds,
                key: vec![address.to_owned(), host.to_owned()],
                left: ("rows of the host".into(), 1.0),
                right: (format!("rows of its domain in {}", table_of(DOMAINS).map_or("", stem)), 0.0),
            };
            self.worst.get_or_insert_with(|| Worst { difference: None, ..contradiction().into_worst() });
        }
    }

    /// The result. The tables of an unfinished interval were read one after the other.
    pub(super) fn finish(self, unfinished: Option<IntervalInProgress>) -> RuleResult {
        let is_unfinished = unfinished.is_some_and(|interval| interval.begin_seconds <= self.latest_begin_seconds);
        let notices = if is_unfinished { self.latest_breaks } else { 0 };
        let mut result = RuleResult {
            missing: self.missing,
            intervals: self.intervals,
            comparisons: self.hosts,
            breaks: self.breaks - notices,
            notices,
            worst: self.worst,
            ..RuleResult::default()
        };
        if result.worst.is_some() {
            result.files = files_of(vec![DOMAINS, ADDRESSES]);
        }
        result
    }
}

/// Returns true if a host belongs to one of the domains: they have its name, or the end of its name from one of its points on.
fn has_domain(host: &str, domains: &HashSet<String>) -> bool {
    if host == NO_NAME {
        return domains.contains(NO_DOMAIN);
    }
    let ends = host.match_indices('.').map(|(place, _)| &host[place + 1..]);
    std::iter::once(host).chain(ends).any(|end| domains.contains(end))
}
