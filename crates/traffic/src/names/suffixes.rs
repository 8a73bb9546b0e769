//! The suffixes of domains.

/// The suffixes of the reserved style, with weights (RFC 2606).
pub(super) const RESERVED: [(u32, &str); 2] = [(7, "example"), (1, "test")];

/// Suffixes of universities in the lifelike style.
pub(super) const ACADEMIC: [&str; 16] = [
    "edu", "edu", "edu", "edu", "edu", "edu", "edu", "ac.uk", "ac.uk", "edu.au", "ac.jp", "edu.tw", "edu.pl", "ac.il",
    "edu.cn", "edu.tr",
];

/// Returns true for suffixes of universities and public offices.
pub(super) fn is_public(suffix: &str) -> bool {
    suffix.split('.').any(|label| matches!(label, "edu" | "ac" | "gov"))
}

/// Returns true if a domain is reserved for examples.
pub(super) fn is_reserved(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or(domain);
    RESERVED.iter().any(|(_, suffix)| *suffix == top)
}
