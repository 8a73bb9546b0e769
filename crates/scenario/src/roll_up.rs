//! Rolls hosts up to domains.

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
    /// use tollgate_scenario::RollUp;
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
