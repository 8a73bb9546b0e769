//! Checks that the domain of each host is among the domains of the interval.

use std::collections::HashSet;

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::{Worst, files_of};
use super::source::{Sources, stem, table_of};
use super::sums::numbers;
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
const VERIFIED: usize = 2;
/// The counts of the mail of a domain that both tables have.
const COUNTS: [&str; 5] =
    ["Stopped by Reputation Filtering", "Stopped as Invalid Recipients", "Spam Detected", "Virus Detected", "Clean"];
/// A host without a name.
const NO_NAME: &str = "unknown";

/// The hosts whose domain has no row.
#[derive(Debug, Default)]
pub(super) struct HostDomains {
    missing: Vec<u32>,
    intervals: u64,
    hosts: u64,
    /// Number of hosts without their domain where no domain was dropped, in all intervals and in the latest one.
    breaks: u64,
    latest_breaks: u64,
    /// The same where the appliance has dropped domains.
    notices: u64,
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
        (table == ADDRESSES && [HOST, VERIFIED].contains(&column))
            || ([DOMAINS, ADDRESSES].contains(&table) && counts_of(table).contains(&column))
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
        let is_dropped = has_dropped(domains, hosts);
        self.intervals += 1;
        if hosts.begin_seconds != self.latest_begin_seconds {
            (self.latest_begin_seconds, self.latest_breaks) = (hosts.begin_seconds, 0);
        }
        let rows = (0..).map_while(|row| Some((row, hosts.text(ADDRESS, row)?, hosts.text(HOST, row)?)));
        for (row, address, host) in rows.filter(|(_, _, host)| !host.is_empty()) {
            self.hosts += 1;
            // The mail of a host whose name is not verified may count under no domain.
            let is_verified = hosts.text(VERIFIED, row) != Some("No");
            let has_none = || !is_verified && names.contains(NO_DOMAIN);
            if has_domain(&host.to_ascii_lowercase(), &names) || has_none() {
                continue;
            }
            *(if is_dropped { &mut self.notices } else { &mut self.breaks }) += 1;
            self.latest_breaks += u64::from(!is_dropped);
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
            notices: self.notices + notices,
            worst: self.worst,
            ..RuleResult::default()
        };
        if result.worst.is_some() {
            result.files = files_of(vec![DOMAINS, ADDRESSES]);
        }
        result
    }
}

/// The places of the counts in a table.
fn counts_of(table: u32) -> Vec<usize> {
    let columns = table_of(table).map(|table| table.columns.as_slice()).unwrap_or_default();
    COUNTS.iter().filter_map(|name| columns.iter().position(|column| column.name == *name)).collect()
}

/// Returns true if the domains have less mail than the hosts, because the appliance has dropped some.
fn has_dropped(domains: &IntervalRows, hosts: &IntervalRows) -> bool {
    let sum = |rows: &IntervalRows, column: usize| numbers(rows, column).unwrap_or_default().iter().sum::<f64>();
    counts_of(DOMAINS).into_iter().zip(counts_of(ADDRESSES)).any(|(one, other)| sum(domains, one) < sum(hosts, other))
}

/// Returns true if a host belongs to one of the domains: they have its name, or the end of its name from one of its points on.
fn has_domain(host: &str, domains: &HashSet<String>) -> bool {
    if host == NO_NAME {
        return domains.contains(NO_DOMAIN);
    }
    let ends = host.match_indices('.').map(|(place, _)| &host[place + 1..]);
    std::iter::once(host).chain(ends).any(|end| domains.contains(end))
}
