//! The times in which destinations and internal hosts are unreachable.

use std::ops::Range;

use hashbrown::HashMap;
use tollgate_scenario::Scenario;
use tollgate_traffic::Directory;

/// The times in which destinations and internal hosts are unreachable, in microseconds since the Unix epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages {
    /// Those of every domain that no event names.
    default: Vec<Range<u64>>,
    /// By the domain's number in the directory.
    domains: HashMap<u32, Vec<Range<u64>>>,
    /// Those of the internal hosts.
    inside: Vec<Range<u64>>,
}

impl Outages {
    pub(crate) fn new(scenario: &Scenario, directory: &Directory) -> Self {
        let mut outages = Outages::default();
        for event in &scenario.events {
            let span_micros = |span| event.at.micros()..event.at.plus(span).micros();
            if let Some(outage) = &event.internal_hosts {
                outages.inside.push(span_micros(outage.unreachable));
            }
            let Some(outage) = &event.destination else { continue };
            let span_micros = span_micros(outage.unreachable);
            if outage.domain == "default" {
                outages.default.push(span_micros);
            } else if let Some(domain) = domain_number(directory, &outage.domain) {
                outages.domains.entry(domain).or_default().push(span_micros);
            }
        }
        outages
    }

    /// True if a domain is unreachable at a moment.
    pub(crate) fn cover(&self, domain: u32, micros: u64) -> bool {
        let spans = self.domains.get(&domain).unwrap_or(&self.default);
        spans.iter().any(|span| span.contains(&micros))
    }

    /// True if the internal hosts are unreachable at a moment.
    pub(crate) fn cover_inside(&self, micros: u64) -> bool {
        self.inside.iter().any(|span| span.contains(&micros))
    }
}

/// The number of the domain that a host is rolled up to. `None` if the directory does not have it.
pub(crate) fn domain_number(directory: &Directory, host: &str) -> Option<u32> {
    let rolled_up = directory.roll_up.domain_of(host);
    let place = directory.domains.binary_search_by(|name| name.as_str().cmp(rolled_up));
    place.ok().map(|place| place as u32)
}
