//! Numbers the names in two steps: provisional numbers while names are still being found, then final ones in order of
//! bytes.

use hashbrown::HashMap;

/// The row for mail from hosts without reverse DNS.
pub const NO_DOMAIN: &str = "No Domain Information";
/// The row for mail from addresses without a known owner.
pub const NO_OWNER: &str = "No Network Owner Information";
/// The row for mail of the null sender.
pub const NULL_SENDER: &str = "<>";

/// The names of domains and owners that have been found so far.
#[derive(Debug, Default)]
pub struct Numbering {
    /// Domains that senders and destinations are rolled up to.
    pub domains: Names,
    /// Network owners.
    pub owners: Names,
    /// Rolls hosts up to domains.
    pub roll_up: RollUp,
}

/// Names by provisional number.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<String, u32>,
}

impl Names {
    /// The provisional number of a name.
    pub fn id(&mut self, name: &str) -> u32 {
        let next = self.ids.len() as u32;
        *self.ids.entry_ref(name).or_insert(next)
    }

    /// The names in order of bytes, and the final number of each provisional one.
    pub fn finish(self) -> (Vec<String>, Vec<u32>) {
        let mut names: Vec<(String, u32)> = self.ids.into_iter().collect();
        names.sort_unstable();
        let mut final_ids = vec![0; names.len()];
        for ((_, provisional), number) in names.iter().zip(0..) {
            final_ids[*provisional as usize] = number;
        }
        (names.into_iter().map(|(name, _)| name).collect(), final_ids)
    }
}

impl Numbering {
    /// The number of the domain that a host is rolled up to.
    pub fn domain_of(&mut self, host: &str) -> u32 {
        self.domains.id(self.roll_up.domain_of(host))
    }

    /// The number of the row for hosts without reverse DNS.
    pub fn no_domain(&mut self) -> u32 {
        self.domains.id(NO_DOMAIN)
    }

    /// The number of the row for addresses without a known owner.
    pub fn no_owner(&mut self) -> u32 {
        self.owners.id(NO_OWNER)
    }
}

/// Second-level domains that the appliance treated as suffixes beside those of the public suffix list. The Reporting API document of
/// AsyncOS 6.4 names `fed.us`; RFC 1480 defines it and others like it below `us`.
const SECOND_LEVEL: [&str; 5] = ["dni.us", "fed.us", "isa.us", "kids.us", "nsn.us"];

/// Rolls hosts up to domains.
#[derive(Clone, Debug, Default)]
pub struct RollUp {
    /// The site's own second-level domains.
    second_level: Vec<String>,
}

impl RollUp {
    /// A roll-up with a site's own second-level domains beside the usual ones.
    pub fn new(second_level: &[String]) -> Self {
        RollUp { second_level: second_level.to_vec() }
    }

    /// The domain that a host is rolled up to: one level below its suffix in the public suffix list, or below the longest of the
    /// second-level domains that it is in.
    ///
    /// ```
    /// use tollgate_traffic::RollUp;
    ///
    /// let own = RollUp::new(&["hosting.example".into()]);
    /// assert_eq!(own.domain_of("mx1.example.co.uk"), "example.co.uk");
    /// assert_eq!(own.domain_of("mx1.example.com"), "example.com");
    /// assert_eq!(own.domain_of("mx.agency.fed.us"), "agency.fed.us");
    /// assert_eq!(own.domain_of("mail.customer.hosting.example"), "customer.hosting.example");
    /// assert_eq!(own.domain_of("hosting.example"), "hosting.example");
    /// ```
    pub fn domain_of<'h>(&self, host: &'h str) -> &'h str {
        let own = self.second_level.iter().map(String::as_str);
        let below = own.chain(SECOND_LEVEL).filter_map(|suffix| one_level_below(host, suffix));
        let longest = below.chain(psl::domain_str(host)).max_by_key(|domain| domain.len());
        longest.unwrap_or(host)
    }
}

/// The domain of a host that is one level below a suffix. `None` if the host is not below it.
fn one_level_below<'h>(host: &'h str, suffix: &str) -> Option<&'h str> {
    let labels = host.strip_suffix(suffix)?.strip_suffix('.')?;
    let begin = labels.rfind('.').map_or(0, |dot| dot + 1);
    Some(&host[begin..])
}
