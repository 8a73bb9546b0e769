//! Words in names of hosts of access networks. An owner has one technology and one way to assign addresses.

use super::{Draws, HOST_WORDS, hash, mix};

/// Words before the address and a hyphen. A word stands in the list as often as it is common.
const BEFORE_HYPHEN: [&str; 48] = [
    "cpe", "cpe", "cpe", "cpe", "cpe", "cpe", "h", "pool", "pool", "pool", "pool", "pool", "pool", "c", "c", "c", "c",
    "c", "host", "host", "host", "host", "host", "adsl", "adsl", "adsl", "adsl", "adsl", "dsl", "dsl", "dsl", "ppp",
    "client", "ip", "ip", "ip", "ip", "dyn", "dynamic", "user", "dhcp", "cable", "cable", "static", "static", "static",
    "node", "customer",
];

/// Words before the address without a hyphen.
const BEFORE_NUMBER: [&str; 26] = [
    "p", "p", "p", "p", "p", "host", "host", "ppp", "ppp", "ip", "u", "d", "h", "h", "user", "adsl", "adsl", "dsl",
    "n", "a", "dhcp", "cm", "cm", "x", "cust", "dial",
];

/// Words after the address and a hyphen.
const AFTER: [&str; 12] =
    ["net", "adsl", "dsl", "dyn", "pool", "cable", "rev", "static", "static", "bb", "user", "cust"];

/// The place of a word in a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Position {
    BeforeHyphen,
    BeforeNumber,
    After,
    Label,
}

/// Number of earlier words that a word must differ from. It is smaller than the number of words without a meaning in each list.
const WORDS_KEPT: usize = 3;

/// The technology of an access network.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Technology {
    Dsl,
    Cable,
    Dial,
    Other,
}

/// The meaning of a word.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Technology(Technology),
    Dynamic,
    Static,
    None,
}

/// The words of the name of a host.
pub(super) struct Words {
    draws: Draws,
    technology: Technology,
    is_static: bool,
    used: [&'static str; WORDS_KEPT],
    used_count: usize,
    names_technology: bool,
    names_assignment: bool,
}

impl Words {
    /// The words of a host. `owner` is the hash of the owner's domain.
    pub(super) fn new(owner: u64, owner_domain: &str, draws: Draws) -> Self {
        let (technology, is_named, is_static) = access(owner, owner_domain);
        Words {
            draws,
            technology,
            is_static,
            used: [""; WORDS_KEPT],
            used_count: 0,
            names_technology: is_named,
            names_assignment: false,
        }
    }

    /// The next word. It fits the owner and the words before it.
    pub(super) fn next(&mut self, position: Position) -> &'static str {
        let list = match position {
            Position::BeforeHyphen => &BEFORE_HYPHEN[..],
            Position::BeforeNumber => &BEFORE_NUMBER[..],
            Position::After => &AFTER[..],
            Position::Label => &HOST_WORDS[..],
        };
        // The lists have words without a meaning, so a word is nearly always found.
        let mut word = self.draws.pick(list);
        // All lists have words without a meaning, so the loop ends soon.
        while !self.fits(word) {
            word = self.draws.pick(list);
        }
        match meaning(word) {
            Meaning::Technology(technology) => {
                self.names_technology = true;
                // Dialled addresses are dynamic.
                self.names_assignment |= technology == Technology::Dial;
            }
            Meaning::Dynamic | Meaning::Static => self.names_assignment = true,
            Meaning::None => {}
        }
        self.used[self.used_count % self.used.len()] = word;
        self.used_count += 1;
        word
    }

    fn fits(&self, word: &str) -> bool {
        match meaning(word) {
            Meaning::Technology(Technology::Dial) if self.names_assignment => false,
            Meaning::Technology(technology) => technology == self.technology && !self.names_technology,
            // PPP is not used on cables.
            Meaning::Dynamic if word == "ppp" && self.technology == Technology::Cable => false,
            Meaning::Dynamic => !self.is_static && !self.names_assignment,
            Meaning::Static => self.is_static && !self.names_assignment,
            Meaning::None => !self.used.iter().any(|used| singular(used) == singular(word)),
        }
    }
}

/// Returns false if the name of an owner names another technology than its hosts.
pub(crate) fn fits_technology(owner_name: &str, owner_domain: &str) -> bool {
    let (technology, ..) = access(hash(owner_domain), owner_domain);
    let is_dsl = owner_name.ends_with(" DSL");
    let is_cable = owner_name.contains(" Cable");
    (!is_dsl || technology == Technology::Dsl) && (!is_cable || technology == Technology::Cable)
}

/// The technology of an owner, true if the domain names it, and true if addresses are static.
fn access(owner: u64, owner_domain: &str) -> (Technology, bool, bool) {
    let of_owner = &mut Draws::new(mix(owner ^ 2), 0);
    let drawn = of_owner.weighted(&[
        (58, Technology::Dsl),
        (27, Technology::Cable),
        (3, Technology::Dial),
        (12, Technology::Other),
    ]);
    let label = owner_domain.split('.').next().unwrap_or_default();
    let named = if label.contains("dsl") {
        Some(Technology::Dsl)
    } else if label.contains("cable") || label.ends_with("tv") {
        Some(Technology::Cable)
    } else {
        None
    };
    let technology = named.unwrap_or(drawn);
    let is_static = of_owner.permille(150) && technology != Technology::Dial;
    (technology, named.is_some(), is_static)
}

fn singular(word: &str) -> &str {
    word.trim_end_matches('s')
}

fn meaning(word: &str) -> Meaning {
    match word {
        "adsl" | "dsl" | "xdsl" | "vdsl" => Meaning::Technology(Technology::Dsl),
        "cable" | "cm" | "hsd" | "cpe" | "catv" => Meaning::Technology(Technology::Cable),
        "dial" | "dialup" | "dip" => Meaning::Technology(Technology::Dial),
        "dyn" | "dynamic" | "dhcp" | "pool" | "pools" | "ppp" => Meaning::Dynamic,
        "static" | "fix" | "biz" => Meaning::Static,
        _ => Meaning::None,
    }
}
