//! The times in which destinations and internal hosts are unreachable.

use std::ops::Range;

use hashbrown::HashMap;
use tollgate_scenario::{Moment, Scenario};
use tollgate_traffic::{Directory, DomainId};

/// The times in which destinations and internal hosts are unreachable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages {
    /// Those of every domain that no event names.
    default: Vec<Range<Moment>>,
    domains: HashMap<DomainId, Vec<Range<Moment>>>,
    /// Those of the internal hosts.
    inside: Vec<Range<Moment>>,
}

impl Outages {
    pub(crate) fn new(scenario: &Scenario, directory: &Directory) -> Self {
        let mut outages = Outages::default();
        for event in &scenario.events {
            let span = |duration| event.at..event.at.plus(duration);
            if let Some(outage) = &event.internal_hosts {
                outages.inside.push(span(outage.unreachable));
            }
            let Some(outage) = &event.destination else { continue };
            let span = span(outage.unreachable);
            if outage.domain == "default" {
                outages.default.push(span);
            } else if let Some(domain) = find_domain(directory, &outage.domain) {
                outages.domains.entry(domain).or_default().push(span);
            }
        }
        outages
    }

    /// True if a domain is unreachable at a moment.
    pub(crate) fn cover(&self, domain: DomainId, at: Moment) -> bool {
        let spans = self.domains.get(&domain).unwrap_or(&self.default);
        spans.iter().any(|span| span.contains(&at))
    }

    /// True if the internal hosts are unreachable at a moment.
    pub(crate) fn cover_inside(&self, at: Moment) -> bool {
        self.inside.iter().any(|span| span.contains(&at))
    }
}

/// The domain that a host is rolled up to. `None` if the directory does not have it.
pub(crate) fn find_domain(directory: &Directory, host: &str) -> Option<DomainId> {
    let rolled_up = directory.roll_up.domain_of(host);
    let place = directory.domains.binary_search_by(|name| name.as_str().cmp(rolled_up));
    place.ok().map(|place| DomainId::new(place as u32))
}
