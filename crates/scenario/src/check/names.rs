//! Names, domains and references.

use crate::finding::{Findings, list, nearest};
use crate::place::Place;
use crate::scenario::Scenario;
use crate::site::ListenerKind;

/// Checks that a name can stand in a CSV file and be read there.
pub(super) fn check_name(findings: &mut Findings, place: Place, name: &str) {
    if name.trim() != name || name.is_empty() || name.contains(char::is_control) {
        let allowed = "allowed is text without control characters and without blanks at its ends";
        findings.refuse(place, format!("found {name:?}, {allowed}"));
    }
}

/// Checks that a domain or host name is spelt as the exports spell it.
pub(super) fn check_domain(findings: &mut Findings, place: Place, domain: &str) {
    if !is_domain(domain) || !domain.contains('.') {
        findings.refuse(place, format!("found {domain:?}, {DOMAIN} such as \"mail.example.com\""));
    }
}

/// What a domain may be.
pub(super) const DOMAIN: &str = "allowed is a domain of lower-case letters, digits and hyphens";

/// Whether text is a domain, perhaps of one label only.
pub(super) fn is_domain(text: &str) -> bool {
    let is_number = text.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(is_label) && !is_number
}

/// Whether text can stand between the dots of a domain.
pub(super) fn is_label(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_allowed) && !text.starts_with('-') && !text.ends_with('-')
}

/// Checks that of elements at some places no two have the same text under a key.
pub(super) fn check_unique<'s>(findings: &mut Findings, key: &str, elements: impl Iterator<Item = (Place, &'s str)>) {
    let mut seen: Vec<(Place, &str)> = Vec::new();
    for (place, text) in elements {
        match seen.iter().find(|(_, earlier)| *earlier == text) {
            Some((earlier, _)) => {
                let message = format!("found {text:?}, which {earlier} has already, allowed is one that no other has");
                findings.refuse(place.key(key), message);
            }
            None => seen.push((place, text)),
        }
    }
}

/// Checks that a name is one of those that are known.
pub(super) fn check_known<'s>(
    findings: &mut Findings,
    place: Place,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'s str>,
) {
    let known: Vec<&str> = known.collect();
    if known.contains(&name) {
        return;
    }
    let help = match nearest(name, known.iter().copied()) {
        Some(word) => format!("did you mean \"{word}\"? There are {}", list(known, '"')),
        None if known.is_empty() => "there is none".into(),
        None => format!("there are {}", list(known, '"')),
    };
    findings.refuse_with(place, format!("found {name:?}, allowed is the name of {what}"), help);
}

/// Checks that a listener exists and is of the kind that is needed.
pub(super) fn check_listener(
    findings: &mut Findings,
    place: &Place,
    scenario: &Scenario,
    name: &str,
    kind: ListenerKind,
) {
    let of_kind = scenario.listeners.iter().filter(|listener| listener.kind == kind);
    let what = match kind {
        ListenerKind::Public => "a public listener",
        ListenerKind::Private => "a private listener",
    };
    check_known(findings, place.key("listener"), what, name, of_kind.map(|listener| listener.name.as_str()));
}
