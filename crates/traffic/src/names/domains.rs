//! Registered domains of senders and destinations.

use hashbrown::HashSet;
use tollgate_scenario::NameStyle;

use super::draws::Draws;
use super::label::write_label;
use super::lists::{SUFFIXES, is_known};
use super::{Naming, first_free, hash, suffixes};

/// Stands for any host below a domain.
const HOST: &str = "x.";

/// Room for most domains, so that a name is allocated once.
const TYPICAL_BYTES: usize = 24;

impl Naming {
    /// The registered domains of one family, without repetitions. The domain of a rank depends only on the ranks before it, so a longer
    /// list begins with the shorter one. `of` is the hash of the family.
    pub(crate) fn domains(&self, of: u64, count: usize) -> Vec<String> {
        let mut seen = HashSet::with_capacity(count);
        let mut domain = String::with_capacity(64);
        (0..count as u64)
            .map(|rank| {
                first_free(of, rank, |mut draws| {
                    domain.clear();
                    domain.push_str(HOST);
                    write_label(&mut draws, &mut domain);
                    let suffix = self.suffix(&mut draws);
                    self.finish_domain(&mut domain, suffix).filter(|&name| seen.insert(hash(name))).map(|name| {
                        let mut own = String::with_capacity(TYPICAL_BYTES.max(name.len()));
                        own.push_str(name);
                        own
                    })
                })
            })
            .collect()
    }

    /// Adds a suffix to `host`, the label of a domain below `HOST`, and returns the domain. None if the domain is not allowed.
    pub(super) fn finish_domain<'h>(&self, host: &'h mut String, suffix: &str) -> Option<&'h str> {
        let label = &host[HOST.len()..];
        if is_known(label) {
            return None;
        }
        let may_be_suffix = self.may_be_suffix(label, suffix);
        host.push('.');
        host.push_str(suffix);
        let domain = &host[HOST.len()..];
        let is_suffix = may_be_suffix && self.roll_up.domain_of(host) != domain;
        (!is_suffix && !self.excluded.contains(&hash(domain))).then_some(domain)
    }

    /// Returns false if the domain of a label is certainly no suffix of other domains. A look at the whole list of suffixes takes several
    /// times as long as the rest of the name.
    fn may_be_suffix(&self, label: &str, suffix: &str) -> bool {
        match suffix {
            _ if suffixes::is_reserved(suffix) => false,
            "com" | "net" | "org" => label.len() <= 4,
            _ => label.len() <= 7,
        }
    }

    /// The suffix of a domain.
    pub(super) fn suffix(&self, draws: &mut Draws) -> &str {
        // Share of domains below the site's own second-level domains, in thousandths. Under the reserved style, they are as many as real
        // senders have below suffixes of two labels. The lifelike style has such suffixes, so there they are as many as in an export of
        // an IronPort appliance of 2005 (ironport-tools).
        let share = match self.style {
            NameStyle::Reserved => 160,
            NameStyle::Lifelike => 30,
        };
        if !self.second_level.is_empty() && draws.permille(share) {
            return &self.second_level[draws.below(self.second_level.len())];
        }
        match self.style {
            NameStyle::Reserved => draws.weighted(&suffixes::RESERVED),
            NameStyle::Lifelike => SUFFIXES.draw(draws),
        }
    }
}
