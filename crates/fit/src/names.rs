//! Pseudonyms: names that stand for those of the exports, the same in all tables.

use ring::hmac;

/// Makes pseudonyms with a secret key. The same name has the same pseudonym, and nobody without the key can find the name.
#[derive(Debug)]
pub struct Pseudonyms {
    /// `None` if names are kept.
    key: Option<hmac::Key>,
}

/// The kind of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Domain,
    Group,
    Filter,
    Appliance,
    User,
    Owner,
}

/// The names of sender groups of an appliance that nobody has renamed. They say nothing about a customer.
pub(crate) const USUAL_GROUPS: [&str; 6] = ["WHITELIST", "BLACKLIST", "SUSPECTLIST", "UNKNOWNLIST", "RELAYLIST", "ALL"];

/// The letters and digits of pseudonyms, without those that look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Pseudonyms {
    /// Pseudonyms with a key of at least 16 bytes.
    pub fn new(key: &[u8]) -> Self {
        Pseudonyms { key: Some(hmac::Key::new(hmac::HMAC_SHA256, key)) }
    }

    /// No pseudonyms: names are kept.
    pub fn none() -> Self {
        Pseudonyms { key: None }
    }

    /// True if names are kept.
    pub fn keeps_names(&self) -> bool {
        self.key.is_none()
    }

    /// The pseudonym of a user, even if names are kept.
    pub(crate) fn of_user(&self, name: &str) -> String {
        match self.key {
            Some(_) => self.of(NameKind::User, name),
            None => Pseudonyms::new(b"names that are no local parts").of(NameKind::User, name),
        }
    }

    /// The name that stands for a name.
    pub(crate) fn of(&self, kind: NameKind, name: &str) -> String {
        let Some(key) = &self.key else {
            return match kind {
                // A name that is no domain cannot be kept as one.
                NameKind::Domain if !is_domain(name) => Pseudonyms::new(b"names that are no domains").of(kind, name),
                NameKind::Domain => name.to_ascii_lowercase(),
                _ => name.to_owned(),
            };
        };
        let prefix = match kind {
            NameKind::Group if USUAL_GROUPS.contains(&name) => return name.to_owned(),
            NameKind::Group => "GROUP_",
            NameKind::Filter => "Filter_",
            NameKind::Domain => "d-",
            NameKind::Appliance => "mga-",
            NameKind::User => "u-",
            NameKind::Owner => "Owner ",
        };
        let tag = hmac::sign(key, format!("{kind:?}\n{name}").as_bytes());
        let letters: String =
            tag.as_ref()[..10].iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
        let ending = if kind == NameKind::Domain { ".example" } else { "" };
        format!("{prefix}{letters}{ending}")
    }
}

/// True if a scenario may have a name as a domain, in small letters.
pub(crate) fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_part)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}
